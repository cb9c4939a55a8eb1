"""K3, the resume matrix: bit-identical results from every kind of stop under every setting."""

import itertools
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from torture.cases import STEPS_AN_EPOCH, Case, differences, outcome, start, uninterrupted
from torture.forks import in_lanes
from torture.results import Result

STEPS = 3 * STEPS_AN_EPOCH + 2
STOPS = {
    "mid-epoch 0": STEPS_AN_EPOCH // 2,
    "boundary": STEPS_AN_EPOCH,
    "mid-epoch 2": 2 * STEPS_AN_EPOCH + STEPS_AN_EPOCH // 2,
    "last step": STEPS - 1,
}
PHASES = {"head only": STEPS, "all": 0, "from head to all": STEPS_AN_EPOCH + 1}
"""Steps in which only the head learns."""


def cases(freeze_below: int = 0) -> list[Case]:
    """Workers x accumulation x augmentation x precision x phase."""
    axes = ((0, 2), (1, 2), (False, True), ("fp32", "bf16"), PHASES.values())
    return [
        Case(
            steps=STEPS,
            evaluate_every=STEPS_AN_EPOCH,
            checkpoint_every=1,
            keep=STEPS,
            workers=workers,
            accumulation=accumulation,
            augmentation=noisy,
            masks=noisy,
            precision=precision,
            head_only_steps=head_only,
            freeze_below=freeze_below,
        )
        for workers, accumulation, noisy, precision, head_only in itertools.product(*axes)
    ]


def resumed(chosen: Sequence[Case], folder: Path, source: Path, lanes: int) -> Result:
    """One undisturbed run a case; from its checkpoints, a run that goes on from each stop."""
    begun_s = time.monotonic()

    def work(case: Case) -> None:
        place = folder / f"{case}".replace(" ", "")[-150:]
        expected = uninterrupted(case, place / "whole", source)
        wrong = []
        for name, stop in STOPS.items():
            part = place / name.replace(" ", "-")
            _cut(place / "whole" / "checkpoints", part / "checkpoints", stop)
            child = start(replace(case, keep=2), part, source)
            assert child.wait() == 0, child.text()
            if differences(outcome(part), expected):
                wrong.append(f"{name}: {differences(outcome(part), expected)}")
        shutil.rmtree(place)
        assert not wrong, wrong

    failed = in_lanes(work, chosen, folder / "lanes", lanes, "resume matrix")
    return Result(
        id="K3",
        what="resume matrix: 4 stops x workers x accumulation x augmentation x precision x phase",
        count=len(chosen) * len(STOPS),
        failures=failed,
        took_s=time.monotonic() - begun_s,
        note=f"{len(chosen)} settings, {len(STOPS)} stops each; a failed setting counts once",
    )


def _cut(whole: Path, part: Path, stop: int) -> None:
    """Copy what was there after `stop` steps."""
    part.mkdir(parents=True)
    for checkpoint in whole.iterdir():
        if int(checkpoint.name.rpartition("-")[2]) <= stop:
            shutil.copytree(checkpoint, part / checkpoint.name)
