"""Verbs that check before a run: doctor, gpu-check, overfit."""

import sys
from pathlib import Path
from typing import Annotated

import tyro

from xlt.cli.app import Opened, app
from xlt.cli.arguments import check_positive
from xlt.models.location import Opening

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
def gpu_check(
    out: Path = Path("gpu-check.json"),
    only: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME")] = (),
) -> None:
    """Check numbers, memory, speed and processes on this machine's GPU; exit code 1 if one is not as expected.

    It takes a few minutes, needs no network and no data. On a CPU, what needs a GPU is left out.

    Args:
        out: File for all results, to send to somebody else.
        only: Names of the checks to make; by default all.
    """
    from xlt.cli.arguments import check_writable

    check_writable([out])

    from xlt.doctor.gpu_check.report import gpu_check as check_all

    results = check_all(out, only)
    wrong = [result.name for result in results if result.ok is False]
    print(f"\nwritten to {out}; not as expected: {', '.join(wrong) or 'none'}")
    if wrong:
        sys.exit(1)


@app.command
def overfit(
    what: What,
    /,
    source: str | None = None,
    opening: Opened = Opening(),
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
        opening: Revision of a Hub source, and pickled weights; by default the recipe's.
        out: Where the recipe's run keeps its data.
        peak: Learning rate; by default the recipe's, or 5e-4.
        clips: Number of clips that are learned.
        steps: Largest number of steps.
        limit_s: Time limit in seconds, after loading.
    """
    import dataclasses

    from xlt.doctor.subject import subject

    check_positive(peak=peak, clips=clips, steps=steps, limit_s=limit_s)
    asked = subject(what, source, opening, out=out)

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
