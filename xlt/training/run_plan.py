"""Plan of a run: the settings and counts that its messages depend on."""

import bisect
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from xlt.audio.frames import feasible
from xlt.language.labels import encode
from xlt.training.dataloader import BatchSource
from xlt.training.options import Training

PLATEAU_EPOCHS = 3
"""A fresh head stayed all-blank for 3 epochs in a small run: 17 minutes of speech, batches of 16."""
PLATEAU_STEPS = 2000
"""A large corpus does not need whole epochs to leave the plateau: steps at the full rate that do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The settings of a run that its figures depend on."""

    steps: int
    warmup_steps: int
    head_only_steps: int
    steps_per_epoch: int
    clips: int
    infeasible: tuple[str, ...] = ()
    """Ids of clips with more labels than frames at the fastest speed."""

    @property
    def head_only(self) -> bool:
        """True if the run ends before anything but the head learns."""
        return self.head_only_steps >= self.steps

    @property
    def plateau_ends(self) -> int:
        """The step until which all-blank output is nothing to worry about.

        The rate must have risen and the whole model must be learning; then three epochs, or 2000
        steps where an epoch is long; but no more than half of the run, or no time is left to learn.
        """
        patient = min(PLATEAU_EPOCHS * self.steps_per_epoch, PLATEAU_STEPS)
        begun = max(self.warmup_steps, self.head_only_steps)
        return min(begun + patient, self.steps // 2)


def plan_of(
    options: Training, batch_source: BatchSource, trainable: Callable[[int], frozenset[str]]
) -> Plan:
    """The plan of a run; `trainable` as the trainer has it, whose last change ends the head phase.

    Where that comes after the run, all its steps are head-only.
    """
    at_last = trainable(sys.maxsize)
    head_only = bisect.bisect_left(
        range(options.steps), True, key=lambda step: trainable(step) == at_last
    )
    return Plan(
        steps=options.steps,
        warmup_steps=math.ceil(options.schedule.warmup * options.steps),
        head_only_steps=head_only,
        steps_per_epoch=len(batch_source.batches(0)),
        clips=len(batch_source.split),
        infeasible=tuple(infeasible_clips(batch_source)),
    )


def infeasible_clips(batch_source: BatchSource) -> Iterator[str]:
    """Ids of clips that CTC can't align at the fastest speed: zero_infinity makes their loss 0."""
    split, fastest = batch_source.split, batch_source.augmentation.max_speed
    for i, text in enumerate(split.texts):
        frames = batch_source.geometry.frames(split.length(i), fastest)
        if not feasible(frames, encode(text, batch_source.labels)):
            yield split.ids[i]
