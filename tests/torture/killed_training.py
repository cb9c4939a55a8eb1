"""K1, training alone: SIGKILL at random moments, restarts until it is done."""

import json
import random
import time
from dataclasses import replace
from pathlib import Path

from torture.cases import (
    TIMEOUT_S,
    Case,
    differences,
    outcome,
    start,
    start_all,
    uninterrupted,
)
from torture.forks import in_lanes
from torture.results import Result

AGAIN = 0.4
"""Share of the restarts that are killed as well."""


def killed(case: Case, runs: int, folder: Path, source: Path, lanes: int) -> Result:
    """Every run is killed at least once, at a moment drawn from its whole life, start-up included."""
    begun_s = time.monotonic()
    expected = uninterrupted(case, folder / "whole", source)
    life_s = (time.monotonic() - begun_s) * (1 if lanes == 1 else 1.3)
    one = _one_killed_run if case.processes == 1 else _one_killed_group

    def work(k: int) -> None:
        one(replace(case), folder / f"run-{k}", source, expected, life_s, random.Random(k))

    failures = in_lanes(work, range(runs), folder / "lanes", lanes, "kills")
    notes = [json.loads(path.read_text()) for path in folder.glob("run-*/note.json")]
    kills = sum(note["kills"] for note in notes)
    writing = sum(note["writing"] for note in notes)
    what = "SIGKILL at random moments" + (
        f", of one of {case.processes} processes" if case.processes > 1 else ""
    )
    return Result(
        id="K1",
        what=what + (f", lowest {case.freeze_below} layers cached" if case.freeze_below else ""),
        count=runs,
        failures=failures,
        took_s=time.monotonic() - begun_s,
        note=f"{kills} kills, {writing} in the middle of a checkpoint",
    )


def _one_killed_run(
    case: Case, folder: Path, source: Path, expected: dict, life_s: float, dice: random.Random
) -> None:
    kills = writing = 0
    while True:
        child = start(case, folder, source)
        if kills == 0 or dice.random() < AGAIN:
            time.sleep(dice.random() * life_s)
            if child.send(9) and child.wait() == -9:
                kills += 1
                writing += bool(list((folder / "checkpoints").glob(".tmp-*")))
                continue
        assert child.wait() == 0, child.text()
        found = outcome(folder)
        assert not differences(found, expected), differences(found, expected)
        if kills:  # else it was over before the signal came: once more
            break
        _start_over(folder)
    _note(folder, kills, writing)


def _one_killed_group(
    case: Case, folder: Path, source: Path, expected: dict, life_s: float, dice: random.Random
) -> None:
    kills = writing = 0
    while True:
        children = start_all(case, folder, source)
        if kills == 0 or dice.random() < AGAIN:
            time.sleep(dice.random() * life_s)
            victim = children.pop(dice.randrange(len(children)))
            if victim.send(9) and victim.wait() == -9:
                kills += 1
                writing += bool(list((folder / "checkpoints").glob(".tmp-*")))
                for child in children:
                    child.wait(TIMEOUT_S + 15)  # 0 only where it had finished before
                continue
            children.append(victim)
        for child in children:
            assert child.wait() == 0, child.text()
        found = outcome(folder)
        assert not differences(found, expected), differences(found, expected)
        if kills:
            break
        _start_over(folder)
    _note(folder, kills, writing)


def _start_over(folder: Path) -> None:
    folder.rename(folder.with_name(f"{folder.name}.over-{time.monotonic_ns()}"))


def _note(folder: Path, kills: int, writing: int) -> None:
    (folder / "note.json").write_text(json.dumps({"kills": kills, "writing": writing}))
