"""What a run has come to so far, what it came to in the end, and whether it may go on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
    """Refuse to resume a run whose settings have changed.

    Raises:
        ValueError: with every key that differs, its stored and its new value.
    """
    different = [
        f"{key}: {stored.get(key)!r} -> {now.get(key)!r}"
        for key in sorted({*stored, *now})
        if stored.get(key) != now.get(key) and key not in allow_change
    ]
    if different:
        raise ValueError(
            "This run was started with other settings:\n  "
            + "\n  ".join(different)
            + "\nSet them back, give another --out, or allow a change with --allow-change KEY."
        )
