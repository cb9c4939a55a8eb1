"""Verbs that check before a run: doctor, overfit."""

import sys
from pathlib import Path
from typing import Annotated

import tyro

from xlt.cli.app import app
from xlt.cli.arguments import check_positive

What = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="WHAT")]


@app.command
def doctor(out: Path = Path("runs")) -> None:
    """Check libraries, known vulnerabilities, disk, memory and device; exit code 1 if one is unfit.

    Args:
        out: Where runs are to be kept.
    """
    from xlt.doctor.checkup import report

    if not report(out):
        sys.exit(1)


@app.command
def overfit(
    what: What,
    /,
    source: str | None = None,
    revision: str | None = None,
    out: Path = Path("runs"),
    peak: float | None = None,
    clips: int = 10,
    steps: int = 400,
    limit_s: float = 60.0,
) -> None:
    """Check that a model can learn: ten clips memorised within a minute; exit code 1 if not.

    Args:
        what: A recipe file, the folder of a run, or a prepared dataset.
        source: Checkpoint to start from; by default the recipe's, the run's, or xlt:en-mini.
        revision: Revision of a Hub source.
        out: Where the recipe's run keeps its data.
        peak: Learning rate; by default the recipe's, or 5e-4.
        clips: Number of clips that are learned.
        steps: Largest number of steps.
        limit_s: Time limit in seconds, after loading.
    """
    import dataclasses

    from xlt.doctor.subject import subject

    check_positive(peak=peak, clips=clips, steps=steps, limit_s=limit_s)
    asked = subject(what, source, revision=revision, out=out)

    from xlt.doctor.overfit import exercise, learn, verdict

    found = exercise(asked)
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
