"""K2 and K7: a crash, and an error of the disk, at every point of what is done to checkpoints."""

import json
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from torture.cases import Case, differences, outcome, run_and_note, start
from torture.faulty_disk import (
    AFTER,
    BEFORE,
    ERRORS,
    HALF,
    Files,
    Moment,
    die,
    die_without_power,
    fail,
    watched,
)
from torture.forks import Child, fork, in_lanes
from torture.results import Result

from xlt.system.exit_status import DISK_FULL

CASE = Case(steps=10, evaluate_every=2, checkpoint_every=3, head_only_steps=2)
"""Checkpoints after 3, 6, 9 and 10 steps; the best model is written between them."""
CHECKPOINTS = 3
"""The crash points are those of the first three, and of what is deleted after them."""

Act = Callable[[Moment, Files], None]


def undisturbed(case: Case, folder: Path, source: Path) -> tuple[list[Moment], dict]:
    """Every moment of a run up to its fourth checkpoint, and what the run comes to."""
    seen: list[Moment] = []

    def work() -> None:
        with watched(folder / "checkpoints", lambda moment, _: seen.append(moment)):
            run_and_note(case, folder, source)
        rows = [[m.number, m.operation, m.phase, m.path] for m in seen]
        (folder / "moments.json").write_text(json.dumps(rows))

    child = fork(work, folder / "log.txt")
    assert child.wait() == 0, child.text()
    every = [Moment(*row) for row in json.loads((folder / "moments.json").read_text())]
    fourth = f".tmp-step-{case.checkpoint_every * CHECKPOINTS + 1:08d}"
    end = next(k for k, m in enumerate(every) if m.path.startswith(fourth))
    return every[:end], outcome(folder)


def disturbed(case: Case, folder: Path, source: Path, chosen: Moment, act: Act) -> Child:
    """A run in a child, to which `act` is done at one moment."""

    def at(moment: Moment, files: Files) -> None:
        if (moment.number, moment.phase) == (chosen.number, chosen.phase):
            act(moment, files)

    def work() -> None:
        with watched(folder / "checkpoints", at):
            run_and_note(case, folder, source)

    return fork(work, folder / "log.txt")


def crashes(folder: Path, source: Path, lanes: int, every: int = 1) -> Result:
    """K2: the process dies at a moment, with or without the power, and is started again."""
    begun_s = time.monotonic()
    points, expected = undisturbed(CASE, folder / "counted", source)
    ways: list[tuple[Moment, Act]] = [(m, die) for m in points]
    ways += [(m, die_without_power) for m in points if m.phase == AFTER]
    ways = ways[::every]

    def work(way: tuple[Moment, Act]) -> None:
        moment, act = way
        place = folder / f"{act.__name__}-{moment.number}-{moment.phase}"
        child = disturbed(CASE, place, source, moment, act)
        assert child.wait() == -9, f"{moment} was not met: {child.text()}"
        _goes_on(CASE, place, source, expected)

    return Result(
        id="K2",
        what="crash at every point of a checkpoint, and with loss of what was not synced",
        count=len(ways),
        failures=in_lanes(work, ways, folder / "lanes", lanes, "crash points"),
        took_s=time.monotonic() - begun_s,
        note=f"{points[-1].number} operations, {len(points)} points",
    )


def _goes_on(case: Case, folder: Path, source: Path, expected: dict) -> None:
    """Started again, a run comes to the same, and leaves nothing half-done."""
    again = start(case, folder, source)
    assert again.wait() == 0, again.text()
    assert not differences(outcome(folder), expected), differences(outcome(folder), expected)
    left = [p.name for p in (folder / "checkpoints").glob(".tmp-*")]
    assert not left, left


def disk_errors(folder: Path, source: Path, lanes: int, every: int = 1) -> Result:
    """K7, K9: each operation fails once; the run says why, and goes on when the disk is mended."""
    begun_s = time.monotonic()
    points, expected = undisturbed(CASE, folder / "counted", source)
    points = [m for m in points if m.phase in (BEFORE, HALF)][::every]
    work = partial(_fails_once, folder, source, expected)
    return Result(
        id="K7",
        what="no space, an I/O error or a read-only disk at every operation",
        count=len(points),
        failures=in_lanes(work, points, folder / "lanes", lanes, "disk errors"),
        took_s=time.monotonic() - begun_s,
    )


def _fails_once(folder: Path, source: Path, expected: dict, moment: Moment) -> None:
    place = folder / f"{moment.number}-{moment.phase}"
    number = ERRORS.get(moment.operation, 30)  # EROFS
    child = disturbed(CASE, place, source, moment, fail(number))
    code, said = child.wait(), child.text()
    if "Could not delete the old checkpoint" in said:  # a warning: nothing is lost by it
        assert code == 0, (code, said)
    else:
        full = number == 28  # ENOSPC
        assert code == (DISK_FULL if full else 1), (code, said)
        assert "xlt: " in said and str(place / "checkpoints") in said, said
        assert os.strerror(number) in said, said
    _goes_on(CASE, place, source, expected)
