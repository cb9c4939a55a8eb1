"""Verbs about transcripts: score, compare-scores."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from xlt.cli.app import app

if TYPE_CHECKING:
    from xlt.language.rules import Language
    from xlt.scoring.align import Costs
    from xlt.scoring.compare import Comparison
    from xlt.scoring.errors import Score
    from xlt.scoring.pairs import Pairs

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
    language: str | None = None,
    out: Out = (),
    data: str | None = None,
    split: str = "all",
    decoder: str | None = None,
    train: Path | None = None,
    counting: Counting = "minimum",
    seed: int = 0,
) -> None:
    """Count the word and character errors of transcripts against references.

    Args:
        reference: What was said: .tsv, .csv, .jsonl, .trn with ids, or .txt; or a run's folder.
        hypothesis: What was recognised; left out where the first file has a column for it.
        language: Normalise both sides as this language: de, de-CH, en, es, pt, pt-PT; by default as they are.
        out: Files for all of it, as .json or .html; may be given twice.
        data: Name of the corpus in the score; by default the file's.
        split: Name of the split in the score.
        decoder: Name of the decoder in the score; by default the hypotheses' file.
        train: Transcripts of the training, for the errors in words that it never held (.html).
        counting: Fewest edits (as jiwer), or the weights of NIST's sclite.
        seed: Seed of the bootstrap.
    """
    from xlt.language.own import named
    from xlt.publication.record import write_atomically
    from xlt.scoring import views
    from xlt.scoring.pairs import read_pairs, transcripts

    _check_endings(out)
    reference = transcripts(reference)
    rule = named(language) if language else None
    pairs = read_pairs(reference, hypothesis, rule)
    remarks = [*pairs.remarks, *views.remarks(pairs.utterances)]
    found = views.views(
        pairs.utterances,
        data=data or reference.stem,
        split=split,
        decoder=decoder or (hypothesis or reference).stem,
        normaliser=pairs.normaliser,
        seed=seed,
        costs=_costs(counting),
    )
    print(next(iter(found.values())), views.lines(found), *remarks, sep="\n")
    for path in out:
        if path.suffix.lower() == ".html":
            folder, title = reference.parent, (hypothesis or reference).name
            _write_report(path, found, pairs, remarks, title, folder, train, rule)
        else:
            write_atomically(path, views.to_json(found, pairs.utterances, remarks))


@app.command
def compare_scores(
    a: First,
    b: Second,
    /,
    reference: Path | None = None,
    language: str | None = None,
    out: Out = (),
    counting: Counting = "minimum",
    seed: int = 0,
) -> None:
    """Say whether two recognisers' word errors on one test differ by more than chance.

    Args:
        a: Folder of a run, or transcripts with columns for reference and hypothesis.
        b: The same of the other; with --reference, both are files of hypotheses.
        reference: What was said, for files of hypotheses alone.
        language: Normalise all as this language: de, de-CH, en, es, pt, pt-PT; by default as they are.
        out: Files for the comparison, as .json or .html (with the errors of the first); may be
            given twice.
        counting: Fewest edits (as jiwer), or the weights of NIST's sclite.
        seed: Seed of permutations and bootstrap.
    """
    from xlt.language.own import named
    from xlt.publication.record import write_atomically
    from xlt.scoring.compare import compare
    from xlt.scoring.pairs import read_pairs, transcripts

    _check_endings(out)
    rule = named(language) if language else None
    sides, remarks = [], []
    for path in (a, b):
        texts = transcripts(path)
        pairs = read_pairs(reference or texts, texts if reference else None, rule)
        sides.append(pairs)
        remarks += [f"{path}: {remark}" for remark in pairs.remarks]
    of_a, of_b = sides
    costs = _costs(counting)
    found = compare(str(a), of_a.utterances, str(b), of_b.utterances, seed=seed, costs=costs)
    print(*remarks, found, sep="\n")
    for path in out:
        if path.suffix.lower() == ".html":
            _write_page(path, found, of_a, remarks, data=(reference or a).stem, costs=costs)
        else:
            content = asdict(found) | {"remarks": remarks, "verdict": found.verdict}
            write_atomically(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def _write_page(
    path: Path,
    found: "Comparison",
    of_a: "Pairs",
    remarks: Sequence[str],
    data: str,
    costs: "Costs",
) -> None:
    """A report of the first recogniser's errors with the comparison on top."""
    from xlt.scoring.report import write_score_report
    from xlt.scoring.views import views

    shown = views(
        of_a.utterances,
        data=data,
        split="all",
        decoder=Path(found.a).stem,
        normaliser=of_a.normaliser,
        costs=costs,
    )
    write_score_report(
        shown,
        of_a.utterances,
        path,
        title=f"{found.a} against {found.b}",
        remarks=remarks,
        comparison=found.rows(),
    )


def _write_report(
    path: Path,
    found: Mapping[str, "Score"],
    pairs: "Pairs",
    remarks: Sequence[str],
    title: str,
    folder: Path,
    train: Path | None,
    language: "Language | None",
) -> None:
    from xlt.scoring.report import write_score_report
    from xlt.scoring.words import trained_words

    write_score_report(
        found,
        pairs.utterances,
        path,
        title=title,
        remarks=remarks,
        folder=folder,
        training_words=trained_words(train, language) if train else None,
    )


def _costs(counting: Counting) -> "Costs":
    from xlt.scoring.align import MINIMUM, SCLITE

    return SCLITE if counting == "sclite" else MINIMUM


def _check_endings(out: Sequence[Path]) -> None:
    if wrong := [str(path) for path in out if path.suffix.lower() not in (".json", ".html")]:
        raise ValueError(f"{', '.join(wrong)}: a score is written as .json or .html.")
