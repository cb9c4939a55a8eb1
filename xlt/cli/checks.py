"""Verbs that look before you leap: doctor, overfit."""

import sys
from pathlib import Path
from typing import Annotated

import tyro

from xlt.cli.app import app

Subject = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="WHAT")]


@app.command
def doctor(out: Path = Path("runs")) -> None:
    """Is everything in place? Libraries, known holes, disk, memory, device; exit code 1 if not.

    Args:
        out: Where runs are to be kept.
    """
    from xlt.doctor.checkup import report

    if not report(out):
        sys.exit(1)


@app.command
def overfit(
    what: Subject,
    /,
    source: str | None = None,
    revision: str | None = None,
    out: Path = Path("runs"),
    peak: float | None = None,
    clips: int = 10,
    steps: int = 400,
    limit_s: float = 60.0,
) -> None:
    """Can it learn at all? Ten clips by heart within a minute; exit code 1 if not.

    Args:
        what: A recipe file, the folder of a run, or a prepared dataset.
        source: Checkpoint to start from; by default the recipe's, the run's, or xlt:en-mini.
        revision: Revision of a Hub source.
        out: Where the recipe's run keeps its data.
        peak: Learning rate; by default the recipe's, or 5e-4.
        clips: How many clips are learned.
        steps: At most so many steps.
        limit_s: At most so many seconds, after loading.
    """
    import dataclasses

    from xlt.doctor.overfit import exercise, learn, verdict

    found = exercise(what, source, revision=revision, out=out)
    found = dataclasses.replace(
        found, peak=peak or found.peak, clips=clips, steps=steps, limit_s=limit_s
    )
    points = []
    for point in learn(found):
        print(point, flush=True)
        points.append(point)
    learned, sentence = verdict(points, found)
    print(sentence)
    if not learned:
        sys.exit(1)
