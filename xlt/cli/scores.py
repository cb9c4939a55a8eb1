"""Verbs about transcripts: score, compare-scores."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from xlt.cli.app import NormalisedAs, app
from xlt.cli.arguments import check_writable

if TYPE_CHECKING:
    from xlt.language.rules import Language
    from xlt.reports.run_transcripts import RunTranscripts
    from xlt.scoring.compare import Comparison
    from xlt.scoring.errors import Score
    from xlt.scoring.pairing import Pairs
    from xlt.scoring.scored_split import ScoredSplit

Reference = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="REFERENCE")]
Hypothesis = Annotated[Path | None, tyro.conf.Positional, tyro.conf.arg(metavar="HYPOTHESIS")]
First = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="A")]
Counting = Literal["minimum", "sclite"]
Out = tyro.conf.UseAppendAction[tuple[Path, ...]]
Second = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="B")]


@app.command
def score(
    reference: Reference,
    hypothesis: Hypothesis = None,
    /,
    language: NormalisedAs = None,
    out: Out = (),
    data: str | None = None,
    split: str | None = None,
    decoder: str | None = None,
    train: Path | None = None,
    counting: Counting = "minimum",
    seed: int = 0,
) -> None:
    """Count the word and character errors of transcripts against references.

    Tables have columns id and text, and what else "Files" in xlt/scoring/README.md names.

    Args:
        reference: What was said: .tsv, .csv, .jsonl, .trn with ids, or .txt; or a run's folder.
        hypothesis: What was recognised, or a run's folder; left out where the first file has a column for it.
        language: Normalise both sides.
        out: Files for all of it, as .json or .html; may be given twice.
        data: Name of the corpus in the score; by default the run's, or the file's.
        split: Name of the split in the score; by default the run's, or all.
        decoder: Name of the decoder in the score; by default the run's, or the hypotheses' file.
        train: Transcripts of the training, for the errors in words that it never held (.html).
        counting: Fewest edits (as jiwer), or the weights of NIST's sclite.
        seed: Seed of the bootstrap.
    """
    from xlt.reports.run_transcripts import transcripts
    from xlt.scoring import views

    _check_out(out)
    rule = _rule(language)
    trained = _trained(train, out, rule)
    heard = transcripts(hypothesis) if hypothesis else None
    source, pairs = _read(reference, heard, rule)
    tested = _split(
        pairs,
        data=data or source.data,
        split=split or source.split,
        decoder=decoder or (heard or source).decoder,
        seed=seed,
        counting=counting,
        listed=any(map(_is_page, out)),
    )
    found = views.views(tested)
    system = decoder or str((heard or source).run or hypothesis or reference)
    remarks = _remarks(pairs, tested, system)
    print(next(iter(found.values())), views.lines(found), *remarks, sep="\n")
    report = partial(
        _write_report,
        found,
        tested,
        title=str(hypothesis or reference),
        remarks=remarks,
        folder=source.path.parent,
        training_words=trained,
    )
    _write(out, partial(views.to_json, found, tested, remarks), report)


@app.command
def compare_scores(
    a: First,
    b: Second,
    /,
    reference: Path | None = None,
    names: tuple[str, str] | None = None,
    language: NormalisedAs = None,
    out: Out = (),
    counting: Counting = "minimum",
    seed: int = 0,
) -> None:
    """Say whether two recognisers' errors on one test differ by more than chance.

    Of two runs, the settings that differ are named.

    Args:
        a: Folder of a run, or transcripts with columns for reference and hypothesis.
        b: The same of the other; with --reference, both are files of hypotheses.
        reference: What was said: a file, or a run; needed for files of hypotheses alone.
        names: Names of the two in the comparison, such as "greedy" "beam 8"; by default their paths.
        language: Normalise all texts.
        out: Files for the comparison, as .json or .html (with the errors of A); may be given twice.
        counting: Fewest edits (as jiwer), or the weights of NIST's sclite.
        seed: Seed of permutations and bootstrap.
    """
    from xlt.reports.compared import as_they_are, line_that_works, settings_that_differ
    from xlt.reports.run_transcripts import transcripts
    from xlt.scoring.compare import OtherReferences, compare
    from xlt.scoring.training_overlap import trained_on

    _check_out(out)
    rule = _rule(language)
    run_a, run_b = transcripts(a), transcripts(b)
    (source, of_a), (_, of_b) = (
        _read(reference, run, rule) if reference else _read(path, None, rule)
        for path, run in ((a, run_a), (b, run_b))
    )
    same: dict[str, Any] = {"data": source.data, "split": source.split, "seed": seed}
    same["counting"] = counting
    tested_a, tested_b = (
        _split(pairs, **same, decoder=path.stem, listed=True)
        for path, pairs in ((a, of_a), (b, of_b))
    )
    name_a, name_b = names or (str(a), str(b))
    try:
        found = compare(name_a, tested_a, name_b, tested_b)
    except OtherReferences as error:
        raise ValueError(line_that_works(error, a, b, (run_a, run_b))) from error
    remarks = [f"{name_a}: {one}" for one in of_a.remarks]
    remarks += [f"{name_b}: {one}" for one in of_b.remarks]
    remarks += [*trained_on(name_a, tested_a), *trained_on(name_b, tested_b)]
    remarks += settings_that_differ(run_a, run_b)
    remarks += as_they_are(run_a, run_b) if rule is None else []
    print(*remarks, found, sep="\n")
    content = asdict(found) | {"remarks": remarks, "verdict": found.verdict}
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    report = partial(_write_page, found, tested_a, remarks, source.path.parent)
    _write(out, lambda: text, report)


def _write_page(
    found: "Comparison",
    of_a: "ScoredSplit",
    remarks: Sequence[str],
    folder: Path,
    path: Path,
) -> None:
    """A report of the first recogniser's errors with the comparison on top."""
    from xlt.scoring.views import views

    title = f"{found.a} against {found.b}"
    _write_report(
        views(of_a), of_a, path, title=title, remarks=remarks, folder=folder, comparison=found
    )


def _write_report(
    found: Mapping[str, "Score"], tested: "ScoredSplit", path: Path, **more: Any
) -> None:
    """The page of `write_score_report`, which draws with heavy libraries: imported when needed."""
    from xlt.reports.page import write_score_report

    write_score_report(found, tested, path, **more)


def _is_page(path: Path) -> bool:
    return path.suffix.lower() == ".html"


def _write(out: Sequence[Path], text: Callable[[], str], page: Callable[[Path], None]) -> None:
    """Write every file: a text as .json, a page as .html."""
    from xlt.system.files import write_atomically

    for path in out:
        if _is_page(path):
            page(path)
        else:
            write_atomically(path, text())


def _read(
    reference: Path, heard: "RunTranscripts | None", rule: "Language | None"
) -> tuple["RunTranscripts", "Pairs"]:
    """The pairs of a test, normalised now, or before where a run's record says so."""
    from xlt.reports.compared import marked_pairs
    from xlt.reports.run_transcripts import transcripts
    from xlt.scoring.pairing import read_pairs

    source = transcripts(reference)
    pairs = read_pairs(source.path, heard.path if heard else None, rule)
    pairs = marked_pairs(heard or source, pairs)
    if rule is None and heard is None and source.normaliser is not None:
        pairs = replace(pairs, normaliser=source.normaliser)
    return source, pairs


def _trained(
    train: Path | None, out: Sequence[Path], rule: "Language | None"
) -> Mapping[str, int] | None:
    """The words of training, which only a report shows."""
    from xlt.scoring.words import trained_words

    if train is None:
        return None
    if not any(map(_is_page, out)):
        raise ValueError("--train is for the words of a report: add --out report.html.")
    return trained_words(train, rule)


def _remarks(pairs: "Pairs", tested: "ScoredSplit", system: str) -> list[str]:
    """Caveats of a score, a sentence each, and a line for each corpus."""
    from xlt.scoring import views
    from xlt.scoring.by_corpus import by_corpus
    from xlt.scoring.caveats import too_few
    from xlt.scoring.training_overlap import trained_on

    corpora = [u.corpus for u in tested.utterances]
    return [
        *pairs.remarks,
        *views.remarks(pairs.utterances),
        *too_few(len(pairs.utterances)),
        *trained_on(system, tested),
        *by_corpus(tested.references, tested.hypotheses, corpora),
    ]


def _rule(language: str | None) -> "Language | None":
    from xlt.language.custom import named

    return named(language) if language else None


def _split(
    pairs: "Pairs",
    *,
    data: str,
    split: str,
    decoder: str,
    seed: int,
    counting: Counting,
    listed: bool,
) -> "ScoredSplit":
    """The pairs as a test under its conditions."""
    from xlt.scoring.align import MINIMUM, SCLITE
    from xlt.scoring.conditions import Conditions
    from xlt.scoring.scored_split import ScoredSplit

    conditions = Conditions(
        data=data,
        split=split,
        decoder=decoder,
        normaliser=pairs.normaliser,
        seed=seed,
        costs=SCLITE if counting == "sclite" else MINIMUM,
    )
    return ScoredSplit(utterances=pairs.utterances, conditions=conditions, listed=listed)


def _check_out(out: Sequence[Path]) -> None:
    """Refuse before the work what could not be written after it."""
    if wrong := [str(path) for path in out if path.suffix.lower() not in (".json", ".html")]:
        raise ValueError(f"{', '.join(wrong)}: a score is written as .json or .html.")
    check_writable(out)
