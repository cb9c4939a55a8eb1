"""Account of a training run: clips in = trained + skipped + not reached."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from xlt.dataset.batches import reached


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingAccount:
    """Account of every training clip: clips in = trained + skipped + not reached."""

    clips_in: int
    reached: int
    """Clips whose turn came: those in the batches of the steps that were taken."""
    skipped: Mapping[str, str]
    """Clip id -> why it did not count in a step."""

    def __post_init__(self) -> None:
        counts = f"{len(self.skipped)} skipped, {self.reached} reached of {self.clips_in} clips"
        assert len(self.skipped) <= self.reached <= self.clips_in, counts

    @classmethod
    def after(
        cls,
        steps: int,
        durations_s: Sequence[float],
        *,
        batch_s: float,
        seed: int,
        skipped: Mapping[str, str],
    ) -> Self:
        """The account after a number of steps. A run that changed its batches may have skipped more."""
        met = max(reached(durations_s, batch_s, seed, steps), len(skipped))
        return cls(clips_in=len(durations_s), reached=met, skipped=skipped)

    @property
    def trained(self) -> int:
        """Clips that counted whenever their turn came."""
        return self.reached - len(self.skipped)

    @property
    def not_reached(self) -> int:
        """Clips whose turn never came: the run ended within its first epoch."""
        return self.clips_in - self.reached

    def reasons(self) -> dict[str, int]:
        """Skipped clips by reason, without the step."""
        return dict(
            sorted(Counter(why.partition(", step")[0] for why in self.skipped.values()).items())
        )

    def check(self, max_skip_fraction: float) -> None:
        """Refuse to go on when more is skipped than bad luck explains; one clip is always allowed.

        Raises:
            ValueError: with the reasons and the clips.
        """
        if len(self.skipped) > max(1.0, max_skip_fraction * self.clips_in):
            raise ValueError(
                f"{self}. Allowed are {100 * max_skip_fraction:g} % of the clips: prepare the data "
                "again, look at these clips, or raise max_skip_fraction"
            )

    def to_dict(self) -> dict[str, Any]:
        """JSON-able: the fields that a record keeps."""
        counts = {
            "clips_in": self.clips_in,
            "trained": self.trained,
            "not_reached": self.not_reached,
        }
        return {**counts, "skipped": self.reasons(), "named": dict(self.skipped)}

    def __str__(self) -> str:
        line = (
            f"clips in {self.clips_in:,} = trained {self.trained:,} + skipped {len(self.skipped):,}"
            f" + not reached {self.not_reached:,}"
        )
        named = ", ".join(f"{clip} ({why})" for clip, why in list(self.skipped.items())[:20])
        return f"{line}: {named}" if named else line
