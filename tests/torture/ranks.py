"""K4, K5, K6: several processes of which one fails; the same data on any number of them; SIGTERM."""

import json
import os
import random
import re
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from torch.distributed.launcher.api import LaunchConfig, elastic_launch
from torture.cases import (
    TIMEOUT_S,
    Case,
    differences,
    outcome,
    run_and_note,
    start_all,
    toy,
    uninterrupted,
)
from torture.forks import Child, fork, in_lanes
from torture.results import Result

from xlt.training.checkpoint import Checkpoint
from xlt.training.dataloader import RankShare, steps_from
from xlt.training.loop import Trainer
from xlt.training.watchdog import GRACE_S

PAIR = Case(processes=2)
FAULT_STEPS = (0, 7, 11, 23)
"""The first step, one in an epoch, one before a checkpoint, the last."""
PATIENCE_S = TIMEOUT_S + 15
HERE = re.compile(r"process (\d) of 2, at step (\d+)")


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _hang() -> None:
    while True:
        with suppress(Exception):
            time.sleep(3600)


def _raise() -> None:
    raise ValueError("this process was told to fail")


def _leave() -> None:
    sys.exit(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What one process does in the middle of a step."""

    name: str
    rank: int
    act: Callable[[], None]
    step: int


FAULTS = (
    ("killed", 0, _kill),
    ("killed", 1, _kill),
    ("hangs", 1, _hang),
    ("raises", 1, _raise),
    ("leaves", 1, _leave),
)


def all_faults() -> list[Fault]:
    """5 ways x 4 steps."""
    return [
        Fault(name=name, rank=rank, act=act, step=step)
        for name, rank, act in FAULTS
        for step in FAULT_STEPS
    ]


def at_step(step: int, rank: int, act: Callable[[], None]) -> Callable[[Trainer], None]:
    """Let one process do something when the model is used in a step."""

    def before(trainer: Trainer) -> None:
        def note(module: torch.nn.Module, *_: object) -> None:
            if module.training and len(trainer.progress.losses) == step:
                act()

        if trainer.accelerator.process_index == rank:
            trainer.model.register_forward_pre_hook(note)

    return before


def launch(case: Case, folder: Path, source: Path, **options: object) -> Child:
    """The run under the agent that torchrun is a command line of; it forks its processes."""
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=case.processes,
        run_id=folder.name,
        rdzv_backend="c10d",
        rdzv_endpoint="127.0.0.1:0",
        local_addr="127.0.0.1",
        start_method="fork",
        monitor_interval=0.1,
        max_restarts=0,
    )

    def entry() -> None:
        run_and_note(case, folder, source, **options)

    surroundings = {"ACCELERATE_USE_CPU": "1", "OMP_NUM_THREADS": "1"}
    return fork(elastic_launch(config, entry), folder / "log.txt", surroundings)


def lost_ranks(chosen: list[Fault], folder: Path, source: Path, lanes: int) -> Result:
    """K4: the launcher ends in time and says who and where; started again, nothing is lost."""
    begun_s = time.monotonic()
    expected = uninterrupted(PAIR, folder / "whole", source)

    def work(fault: Fault) -> None:
        place = folder / f"{fault.name}-{fault.rank}-{fault.step}"
        started_s = time.monotonic()
        before = at_step(fault.step, fault.rank, fault.act)
        child = launch(PAIR, place, source, before=before)
        code = child.wait(PATIENCE_S + 10)
        took_s = time.monotonic() - started_s
        said = child.log.read_text(errors="replace")
        assert code != 0, said[-3000:]
        assert took_s < PATIENCE_S, f"the launcher took {took_s:.1f} s"
        assert (place / "checkpoints").is_dir() or fault.step < PAIR.checkpoint_every
        named = {int(step) for _, step in HERE.findall(said)}
        assert named == {fault.step}, f"named {named}: {said[-3000:]}"
        again = launch(PAIR, place, source)
        assert again.wait() == 0, again.text()
        assert not differences(outcome(place), expected), differences(outcome(place), expected)
        (place / "took.json").write_text(json.dumps(took_s))

    failures = in_lanes(work, chosen, folder / "lanes", lanes, "lost processes")
    took = [json.loads(p.read_text()) for p in folder.glob("*/took.json")]
    return Result(
        id="K4",
        what="one of two processes is killed, hangs, raises or leaves, under torchrun's agent",
        count=len(chosen),
        failures=failures,
        took_s=time.monotonic() - begun_s,
        note=f"the launcher ended after {max(took, default=0):.1f} s at most; {TIMEOUT_S:.0f} s is the timeout",
    )


def slow_saves(folder: Path, source: Path) -> Result:
    """K4: a checkpoint and a best model that take longer to write than any process waits."""
    begun_s = time.monotonic()
    expected = uninterrupted(PAIR, folder / "whole", source)

    def before(trainer: Trainer) -> None:
        from xlt.training import checkpointer

        save = checkpointer.save

        def slow(checkpoint: Checkpoint, *arguments: object, **more: object) -> object:
            if checkpoint.step in (5, 6):  # the first best model, and the checkpoint after it
                time.sleep(TIMEOUT_S + GRACE_S + 1)
            return save(checkpoint, *arguments, **more)

        checkpointer.save = slow

    child = launch(PAIR, folder / "slow", source, before=before)
    code, failures = child.wait(), []
    if code:
        failures = [child.text()]
    elif different := differences(outcome(folder / "slow"), expected):
        failures = [f"other {', '.join(different)}"]
    return Result(
        id="K4",
        what="two checkpoints take longer than the timeout; two processes",
        count=1,
        failures=failures,
        took_s=time.monotonic() - begun_s,
        note="the run goes on, and comes to the same bits",
    )


def same_data(folder: Path, source: Path, lanes: int) -> Result:
    """K5: ids of every step are the same on 1, 2, 3 and 8 processes; losses agree to 1e-6."""
    begun_s = time.monotonic()
    failures, quiet = [], Case(masks=False, accumulation=1)
    plain = Case(masks=False)

    def ids() -> None:
        batch_source = toy(plain, folder / "ids", source).batch_source
        for world in (2, 3, 8):
            for step in range(plain.steps):
                one, many = _ids(batch_source, 1, step), _ids(batch_source, world, step)
                assert one == many, (world, step, one, many)

    child = fork(ids, folder / "ids.txt")
    if child.wait():
        failures.append(child.text())
    one = uninterrupted(quiet, folder / "one", source)["losses"]
    two = uninterrupted(replace(quiet, processes=2), folder / "two", source)["losses"]
    apart = [abs(a - b) / abs(a) for a, b in zip(one, two, strict=True)]
    failures += [f"step {k}: {gap:.1e}" for k, gap in enumerate(apart) if gap > 1e-6]
    return Result(
        id="K5",
        what="1, 2, 3, 8 processes: same ids in every step; 1 and 2: same loss to 1e-6",
        count=3 * plain.steps + len(apart),
        failures=failures,
        took_s=time.monotonic() - begun_s,
        note=f"losses differ by {max(apart):.1e} at most, relative",
    )


def _ids(batch_source: object, world: int, step: int) -> set[str]:
    found: list[str] = []
    for rank in range(world):
        share = RankShare(rank=rank, world=world)
        for _, _, batches in steps_from(batch_source, share, step, step + 1):
            found += [i for b in batches for i, w in zip(b.ids, b.weights, strict=True) if w > 0]
    assert len(found) == len(set(found)), found
    return set(found)


# ------------------------------------------------------------------- SIGTERM

PHASES = ("step", "evaluation", "checkpoint")


def _slowly(phase: str, number: int, folder: Path) -> Callable[[Trainer], None]:
    """Make the `number`-th step, evaluation or checkpoint slow, and say when it begins."""

    def before(trainer: Trainer) -> None:
        seen = {"count": 0}
        rank = trainer.accelerator.process_index

        def here(reached: int = 0) -> None:
            seen["count"] += 1
            if (reached or seen["count"]) == number and not (folder / f"at-{rank}").exists():
                (folder / f"at-{rank}").touch()
                time.sleep(0.3)

        if phase == "checkpoint":
            from xlt.training import checkpointer

            save = checkpointer.save

            def slow(*arguments: object, **more: object) -> object:
                here()
                return save(*arguments, **more)

            checkpointer.save = slow
        else:
            wanted = phase == "step"

            def note(module: torch.nn.Module, *_: object) -> None:
                if module.training is wanted:
                    here(len(trainer.progress.losses) + 1 if wanted else 0)

            trainer.model.register_forward_pre_hook(note, prepend=True)

    return before


def terminated(count: int, folder: Path, source: Path, lanes: int) -> Result:
    """K6: SIGTERM to all processes, or to one, in the middle of something: nothing is lost."""
    begun_s = time.monotonic()
    every = {
        n: uninterrupted(replace(PAIR, processes=n), folder / f"whole-{n}", source) for n in (1, 2)
    }
    chosen = [(phase, k) for phase in PHASES for k in range(count)]
    work = partial(_terminate_once, folder, source, every)
    return Result(
        id="K6",
        what="SIGTERM in a step, an evaluation, a checkpoint; 1 or 2 processes; to all or to one",
        count=len(chosen),
        failures=in_lanes(work, chosen, folder / "lanes", lanes, "SIGTERM"),
        took_s=time.monotonic() - begun_s,
        note="status 143, no step lost",
    )


def _terminate_once(folder: Path, source: Path, every: dict, chosen: tuple[str, int]) -> None:
    phase, k = chosen
    dice = random.Random(f"{phase} {k}")
    case = replace(PAIR, processes=1 + k % 2)
    place = folder / f"{phase}-{k}"
    number = dice.randrange(1, 24 if phase == "step" else 5)
    before = _slowly(phase, number, place)
    children = start_all(
        case, place, source, partial(run_and_note, case, place, source, before=before)
    )
    first = place / "at-0"
    _until(first.exists, children)
    time.sleep(dice.random() * 0.3)
    told = children if dice.random() < 0.7 else [dice.choice(children)]
    for child in told:
        child.send(signal.SIGTERM)
    codes = [child.wait(PATIENCE_S) for child in children]
    assert set(codes) == {128 + signal.SIGTERM}, (codes, [c.text() for c in children])
    steps = [int(s) for c in children for s in re.findall(r"saved at step (\d+)", c.text())]
    assert len(steps) == len(children) and len(set(steps)) == 1, (steps, children[0].text())
    if phase == "step":
        assert steps[0] in (number, number + 1), (number, steps)
    children = start_all(case, place, source)
    for child in children:
        assert child.wait() == 0, child.text()
    found = outcome(place)
    assert not differences(found, every[case.processes]), differences(found, every[case.processes])


def _until(happened: Callable[[], bool], children: list[Child]) -> None:
    end_s = time.monotonic() + 60
    while not happened():
        assert all(child.poll() is None for child in children), [c.text() for c in children]
        assert time.monotonic() < end_s, "the moment never came"
        time.sleep(0.002)
