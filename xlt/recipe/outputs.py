"""Outputs of a run: the record, the report, and the table on the terminal."""

import dataclasses
import os
import shlex
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from xlt.dataset.account import Account
from xlt.dataset.findings import FINDINGS, read_findings, to_json, to_text
from xlt.recipe.arm_result import ArmResult
from xlt.recipe.context import RunContext
from xlt.recipe.trained_on import source_overlap
from xlt.reports.analysis import Analysis, analyse
from xlt.reports.causes import causes
from xlt.reports.page import write_report
from xlt.reports.record import Record, digests, hardware, plain, versions
from xlt.reports.summary import headline, notes
from xlt.reports.table import arms, table
from xlt.scoring.by_corpus import by_corpus
from xlt.scoring.errors import Score
from xlt.scoring.scored_split import ScoredSplit
from xlt.scoring.views import views
from xlt.system.files import write_atomically
from xlt.system.mending import program
from xlt.training.training_account import TrainingAccount

SAMPLES_KEPT = 200
"""Test utterances that go into the record, those with most errors first; all are in transcripts/."""


def write_transcripts(
    path: Path,
    ids: Sequence[str],
    references: Sequence[str],
    hypotheses: Sequence[str],
    durations_s: Sequence[float],
    speakers: Sequence[str | None],
    *,
    corpora: Sequence[str] = (),
    trained_on: Sequence[bool] | None = None,
) -> None:
    """A table of id, texts, duration and speaker, a line for every utterance.

    Names of corpora are a column where there are several; so is `trained_on`, yes or no, where it is
    known which clips the model was trained on. Speakers are numbered, not named, since the table may be published: that is enough for
    intervals over speakers.
    """
    numbers: dict[str, str] = {}
    columns = {
        "id": ids,
        "reference": references,
        "hypothesis": hypotheses,
        "duration_s": list(map("{:.3f}".format, durations_s)),
        "speaker": [
            "" if s is None else numbers.setdefault(s, f"{len(numbers) + 1}") for s in speakers
        ],
    }
    if len(set(corpora)) > 1:
        columns["corpus"] = corpora
    if trained_on is not None:
        columns["trained_on"] = ["yes" if one else "no" for one in trained_on]
    lines = ["\t".join(row) for row in [list(columns), *zip(*columns.values(), strict=True)]]
    write_atomically(path, "\n".join(lines) + "\n")


def make_record(
    context: RunContext,
    account: Account,
    scores: Mapping[str, Score],
    results: Mapping[str, ArmResult],
    timings: Mapping[str, float],
) -> Record:
    """The record of a run."""
    chosen = list(results)[-1]
    own, source = results[chosen], context.source
    overlap = source_overlap(context, own.tested)
    return Record(
        name=context.recipe.name,
        language=context.recipe.language,
        recipe=plain(dataclasses.asdict(context.recipe), "recipe"),
        source={
            "id": source.origin.repo if source.origin else source.name,
            "sha256": source.digest,
            "family": source.family,
            **({"licence": source.licence} if source.licence else {}),
            **({"language": source.part.code} if source.part.code else {}),
            "local": Path(source.name).is_dir(),
            **({} if source.origin is None else dataclasses.asdict(source.origin)),
        },
        labels=context.labels.tokens,
        licence=context.recipe.licence,
        versions=versions(),
        hardware=hardware(),
        seeds={"training": context.recipe.training.seed, "data": context.recipe.preparation.seed},
        account={
            **account.to_dict(),
            **({} if overlap is None else {"trained_by_source": overlap}),
            "training": {
                name: taken(context, result).to_dict() for name, result in results.items()
            },
        },
        transfer={name: result.transfer for name, result in results.items()},
        curves={name: result.curve for name, result in results.items()},
        scores={name: score.to_dict() for name, score in scores.items()},
        samples=_worst(own.tested),
        timings_s={**timings, **{name: result.wall_s for name, result in results.items()}},
        chosen=chosen,
        files=digests(context.folder),
        command=command(),
    )


def taken(context: RunContext, result: ArmResult) -> TrainingAccount:
    """Account of the training clips of an arm; its last evaluation is that of its last step."""
    training = context.recipe.training
    return TrainingAccount.after(
        int(result.curve[-1]["step"]),
        context.train.durations_s,
        batch_s=training.batch_s,
        seed=training.seed,
        skipped=result.skipped,
    )


def _worst(tested: ScoredSplit) -> list[dict[str, str]]:
    """The test utterances with most character errors."""
    errors = tested.characters
    order = sorted(range(len(errors)), key=lambda i: -errors[i].errors)[:SAMPLES_KEPT]
    return [
        {"id": u.id, "reference": u.reference, "hypothesis": u.hypothesis}
        for u in (tested.utterances[i] for i in order)
    ]


def explain(context: RunContext, tested: ScoredSplit) -> Analysis:
    """Take apart the errors of the test split, with its recordings and the words of training."""
    place = {clip: i for i, clip in enumerate(context.test.ids)}
    return analyse(
        tested,
        trained=Counter(word for text in context.train.texts for word in text.split()),
        listen=lambda utterance: context.test.samples(place[utterance.id]),
    )


def command() -> str:
    """The command line that makes this run again: as it was typed, or through accelerate for several."""
    several, start = int(os.environ.get("WORLD_SIZE", "1")) > 1, program()
    if several:
        start = ["accelerate", "launch", *(["-m", "xlt"] if start == ["xlt"] else start[1:])]
    return shlex.join([*start, *sys.argv[1:]])


def finish(context: RunContext, record: Record, own: ArmResult) -> None:
    """Write the record and the report of the recipe's own arm; print the table and where all is."""
    folder = context.folder
    record.save(folder / "record.json")
    findings = [*read_findings(folder / "data"), *own.findings]
    write_atomically(folder / FINDINGS, to_json(findings))
    write_report(
        record.to_dict(),
        folder / "report.html",
        analysis=explain(context, own.tested),
        views=views(own.tested),
        findings=findings,
    )
    content = record.to_dict()
    print("\n", headline(content, arms(content)), "\n\n", table(content), "\n", sep="")
    tested = own.tested
    corpora = by_corpus(tested.references, tested.hypotheses, [u.corpus for u in tested.utterances])
    for note in [*corpora, *causes(content), *notes(content)]:
        print(note)
    for note in own.unchecked:
        print(note)
    if own.findings:
        print("", to_text(own.findings), sep="\n")
    print(
        f"\nmodel    {folder / 'model'}\nrecord   {folder / 'record.json'}\n"
        f"report   {folder / 'report.html'}\n"
        f"time     {record.timings_s['total'] / 60:.1f} min"
    )
