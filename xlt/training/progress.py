"""What a run has come to so far, what it came to in the end, and whether it may go on."""

import functools
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

log = logging.getLogger(__name__)

BITS_ONLY = frozenset({"numpy", "processes", "threads", "torchaudio"})
"""What a run may go on with otherwise: its result is as good, and not the same to the bit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a run came to: its curve, its best step, and every clip that it skipped."""

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
    """Pieces into which each process cuts its part of a batch; 0: not found out yet."""
    halvings: int = 0
    """How often these were cut in two since, where memory ran out."""
    saved: int = 0
    """Steps of the newest checkpoint."""

    def scored(self, done: int) -> bool:
        """Whether the evaluation after so many steps has been made."""
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
        """Where the run is and how long it will take."""
        left_s = self.wall_s / done * (steps - done)
        return (
            f"step {done} of {steps}: loss {self.losses[-1]:.3f}, about {left_s / 60:.1f} min left"
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain data for the checkpoint."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def check_unchanged(
    stored: Mapping[str, Any], now: Mapping[str, Any], allow_change: tuple[str, ...] = ()
) -> None:
    """Refuse to resume a run whose settings have changed; warn where only its last bits will.

    Args:
        stored: The settings that the run was started with.
        now: Those that it shall go on with.
        allow_change: Keys that may differ; `recipe.` before them may be left out.

    Raises:
        ValueError: with every key that differs, its stored and its new value; for an allowed key
            that is no setting.
    """
    keys = {*stored, *now}
    allowed = {full for key in allow_change for full in (key, f"recipe.{key}")}
    unknown = [key for key in allow_change if not keys & {key, f"recipe.{key}"}]
    if unknown:
        near = get_close_matches(unknown[0], [key.removeprefix("recipe.") for key in keys], n=3)
        raise ValueError(
            f"--allow-change {unknown[0]}: there is no such setting"
            + (f". Is {' or '.join(near)} meant?" if near else ".")
        )
    changed = {
        key: f"{key}: {stored.get(key)!r} -> {now.get(key)!r}"
        for key in sorted(keys - allowed)
        if stored.get(key) != now.get(key)
    }
    if bits := [text for key, text in changed.items() if key in BITS_ONLY]:
        _say_once(f"The run goes on, but not to the bit as it would have: {'; '.join(bits)}.")
    different = [text for key, text in changed.items() if key not in BITS_ONLY]
    if different:
        raise ValueError(
            "This run was started with other settings:\n  "
            + "\n  ".join(different)
            + "\nSet them back, give another --out, or allow a change with --allow-change KEY."
        )


@functools.cache
def _say_once(text: str) -> None:
    """Every arm of a run has the same to say."""
    log.warning(text)
