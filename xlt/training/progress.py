"""Progress and outcome of a run, and the check that a stored run may be resumed."""

import functools
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlt.system.resume import (
    Fixed,
    Inexact,
    OnResume,
    check_unchanged,
    differences,
    known_keys,
    policies,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFacts:
    """Facts beside the recipe that decide the result of a run."""

    data: Fixed[str]
    """Digest of the dataset."""
    labels: Fixed[str]
    """All labels in the order of their ids."""
    source: Fixed[str]
    """Digest of the source's weights."""
    precision: Fixed[str]
    xlt: Fixed[str]
    torch: Fixed[str]
    transformers: Fixed[str]
    torchaudio: Inexact[str]
    numpy: Inexact[str]
    processes: Inexact[int]
    threads: Inexact[int | None]
    """Threads of a run on a CPU."""


BY_CONTENT = frozenset({"recipe.data"})
"""Settings that may be spelled otherwise: the digest of the dataset says if it is the same."""
STEPS = "recipe.training.steps"
VERSIONS = frozenset({"xlt", "torch", "transformers"})
"""Facts that a finished model may be reported under, if the user allows it."""
INEXACT = frozenset(k for k, policy in policies(RunFacts).items() if policy is OnResume.INEXACT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """Outcome of a run: its curve, its best step, and every clip that it skipped."""

    curve: tuple[dict[str, float], ...]
    """One entry per evaluation: step, epoch, loss, lr, wall_s and the figures of `evaluate`."""
    losses: tuple[float, ...]
    """Training loss of every step."""
    best_step: int
    skipped: Mapping[str, str]
    """Clip id -> why it did not count in a step."""
    wall_s: float


@dataclass(slots=True)
class Progress:
    """The part of a run that a checkpoint stores beside tensors."""

    losses: list[float] = field(default_factory=list)
    curve: list[dict[str, float]] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    nonfinite: int = 0
    best_step: int = -1
    best_cer: float = float("inf")
    since_best: int = 0
    wall_s: float = 0.0
    epoch: int = 0
    """Epoch of the last step."""
    accumulation: int = 0
    """Pieces into which each process cuts its part of a batch; 0: not determined yet."""
    halvings: int = 0
    """Times that these were cut in two since, where memory ran out."""
    checkpointing: bool = False
    """True if activations are computed again in the backward pass, as one clip takes too much else."""
    saved: int = 0
    """Steps of the newest checkpoint."""

    def scored(self, done: int) -> bool:
        """True if the evaluation after `done` steps has been made."""
        return bool(self.curve) and self.curve[-1]["step"] == done

    def loss(self) -> float:
        """The last loss of an evaluation; 0 before any, where no step was finite."""
        return self.curve[-1]["loss"] if self.curve else 0.0

    def forget_best(self) -> None:
        """The best model is lost: the best is chosen among what follows, beginning with this step."""
        self.best_step, self.best_cer, self.since_best = -1, float("inf"), 0
        if self.scored(len(self.losses)):
            self.curve.pop()

    def line(self, done: int, steps: int) -> str:
        """Line of progress: the step, the loss, and the time left."""
        left_s = self.wall_s / done * (steps - done)
        return (
            f"step {done} of {steps}: loss {self.losses[-1]:.3f}, about {left_s / 60:.1f} min left"
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain data for the checkpoint."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def check_resumable(
    stored: Mapping[str, Any], now: Mapping[str, Any], allow_change: tuple[str, ...] = ()
) -> None:
    """Refuse to resume a run whose settings have changed; warn where only its last bits will.

    Args:
        stored: The settings and facts with which the run was started.
        now: Those with which it is to go on.
        allow_change: Keys that may differ; `recipe.` before them may be left out.

    Raises:
        ValueError: with every key that differs, its stored and its new value; for an allowed key
            that is not a setting.
    """
    allowed = check_allowed(stored, now, allow_change)
    bits = [v for k, v in differences(stored, now).items() if k in INEXACT - allowed]
    if bits:
        _warn_once(
            f"The run goes on, but not bit-identical to an uninterrupted one: {'; '.join(bits)}."
        )


def check_allowed(
    stored: Mapping[str, Any], now: Mapping[str, Any], allow_change: tuple[str, ...] = ()
) -> set[str]:
    """As `check_resumable`, without its warning; the settings that the user lets differ."""
    allowed = known_keys(allow_change, {*stored, *now}, "recipe.")
    kept = allowed | INEXACT | BY_CONTENT
    changed = [k.removeprefix("recipe.") for k in differences(stored, now) if k not in kept]
    flag = " ".join(["--allow-change", *allow_change, *changed])
    check_unchanged(
        stored,
        now,
        what="This run was started with other settings",
        remedy=f"Set them back, start another run with --name, or allow the change: {flag}",
        allowed=kept,
    )
    return allowed


def check_steps(folder: Path, done: int, steps: int) -> None:
    """Refuse to go on with a run that is beyond the steps that are asked for.

    Raises:
        ValueError: with the number of steps that would work.
    """
    if done > steps:
        raise ValueError(
            f"{folder} holds a run at step {done}, but {steps} steps are asked for: give "
            f"--training.steps {done} or more, or start another run with --name."
        )


def trains_on(
    stored: Mapping[str, Any],
    now: Mapping[str, Any],
    allow_change: tuple[str, ...],
    done: int,
    name: str,
) -> bool:
    """True if a finished model is to be trained further: more steps are asked for, and allowed.

    Args:
        stored: The settings and facts with which it was trained.
        now: Those that are asked for.
        allow_change: Keys that may differ.
        done: The steps that it was trained.
        name: Its name.

    Raises:
        ValueError: as `check_resumable`; or where a change would be written down and not be done.
    """
    check_allowed(stored, now, allow_change)
    kept = INEXACT | BY_CONTENT | VERSIONS
    changed = {k: text for k, text in differences(stored, now).items() if k not in kept}
    before, wanted = stored.get(STEPS), now.get(STEPS)
    more = before is not None and wanted is not None and wanted > before
    if more and done == before:
        return True
    if more:
        raise ValueError(
            f"{name} is finished: it ended early, at step {done} of {before}, as its patience was "
            f"used up. More steps change nothing: set --training.steps back to {before}, or "
            "start another run with --name."
        )
    if changed:
        raise ValueError(
            "\n  ".join(
                [f"{name} is finished, after {done} steps with other settings:"]
                + list(changed.values())
            )
            + "\nNothing would be trained with the new ones. Set them back, ask for more than "
            f"{done} steps (--training.steps {2 * done} --allow-change training.steps), or "
            "start another run with --name."
        )
    return False


@functools.cache
def _warn_once(text: str) -> None:
    """Warn once per process: every arm of a run has the same warning."""
    log.warning(text)
