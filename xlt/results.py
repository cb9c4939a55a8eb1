"""What a run leaves behind: the record, the report, and the table on the terminal."""

import dataclasses
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xlt.arms import ArmResult, Bench
from xlt.dataset.account import Account
from xlt.publication.record import Record, digests, hardware, plain, versions, write_atomically
from xlt.scoring.errors import character_errors
from xlt.scoring.report import headline, notes, write_report
from xlt.scoring.table import arms, table

SAMPLES_KEPT = 200
"""Test utterances that go into the record, those with most errors first; all are in transcripts/."""


def write_transcripts(
    path: Path, ids: Sequence[str], references: Sequence[str], hypotheses: Sequence[str]
) -> None:
    """A table of id, reference and hypothesis, a line for every utterance."""
    rows = zip(ids, references, hypotheses, strict=True)
    lines = ["id\treference\thypothesis", *("\t".join(row) for row in rows)]
    write_atomically(path, "\n".join(lines) + "\n")


def make_record(
    bench: Bench,
    account: Account,
    scores: Mapping[str, Any],
    results: Mapping[str, ArmResult],
    timings: Mapping[str, float],
) -> Record:
    """All that a run came to, as data."""
    chosen = list(results)[-1]
    own, source = results[chosen], bench.source
    return Record(
        name=bench.recipe.name,
        language=bench.recipe.language,
        recipe=plain(dataclasses.asdict(bench.recipe), "recipe"),
        source={
            "id": source.name,
            "sha256": source.digest,
            "family": source.family,
            "local": Path(source.name).is_dir(),
        },
        labels=bench.labels.tokens,
        licence=bench.recipe.licence,
        versions=versions(),
        hardware=hardware(),
        seeds={"training": bench.recipe.training.seed, "data": bench.recipe.preparation.seed},
        account=account.to_dict(),
        transfer={name: result.transfer for name, result in results.items()},
        curves={name: result.curve for name, result in results.items()},
        scores=scores,
        samples=_worst(bench, own.hypotheses),
        timings_s={**timings, **{name: result.wall_s for name, result in results.items()}},
        chosen=chosen,
        files=digests(bench.folder),
        command=command(),
    )


def _worst(bench: Bench, hypotheses: Sequence[str]) -> list[dict[str, str]]:
    """The test utterances with most character errors."""
    errors = character_errors(bench.test.texts, hypotheses)
    order = sorted(range(len(errors)), key=lambda i: -errors[i].errors)[:SAMPLES_KEPT]
    return [
        {
            "id": bench.test.ids[i],
            "reference": bench.test.texts[i],
            "hypothesis": hypotheses[i],
        }
        for i in order
    ]


def command() -> str:
    """The command line that makes this run again."""
    script = os.path.relpath(sys.argv[0])
    return shlex.join(["accelerate", "launch", script, *sys.argv[1:]])


def finish(folder: Path, record: Record) -> None:
    """Write record and report; print the table and where everything is."""
    record.save(folder / "record.json")
    write_report(record.to_dict(), folder / "report.html")
    content = record.to_dict()
    print("\n", headline(content, arms(content)), "\n\n", table(content), "\n", sep="")
    for note in notes(content):
        print(note)
    print(
        f"\nmodel    {folder / 'model'}\nrecord   {folder / 'record.json'}\n"
        f"report   {folder / 'report.html'}\n"
        f"time     {record.timings_s['total'] / 60:.1f} min"
    )
