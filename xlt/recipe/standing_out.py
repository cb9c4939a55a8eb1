"""Clips of train and dev whose loss stands out after training: often a transcript of another clip."""

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from accelerate import Accelerator
from accelerate.utils import gather_object

from xlt.dataset.findings import ClipFinding, Collected
from xlt.dataset.rates import NORMAL_QUARTILES
from xlt.dataset.reader import Split
from xlt.recognition.recogniser import Recogniser
from xlt.training.clip_losses import clip_losses
from xlt.training.watchdog import all_ranks, watchdog

MOST = 300
"""Clips of a split that are looked at, evenly spread: together about two evaluations of a small dev."""
FEW = 8
"""Clips below which no loss is usual."""
LEARNED = 1.0
"""Loss per letter (nats) of half the clips, below which a model has learned enough to tell."""
GUESSING = 1.5
"""Least loss per letter that stands out: half-way to guessing among 30 letters, which is 3."""
DEVIATIONS = 5.0
"""Robust standard deviations above the median."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TranscriptCheck:
    """Findings on transcripts, and sentences on what could not be checked."""

    findings: tuple[ClipFinding, ...] = ()
    unchecked: tuple[str, ...] = ()


def standing_out(
    recogniser: Recogniser,
    splits: Mapping[str, Split],
    accelerator: Accelerator,
    *,
    timeout_s: float,
    step: int,
) -> TranscriptCheck:
    """Findings on splits, by a model after `step` steps; every process calls it.

    A sentence in their place where the model has not learned enough for its losses to tell.
    """
    with watchdog(accelerator, timeout_s, lambda: step, recogniser.model):
        found = [_finding(recogniser, name, split, accelerator) for name, split in splits.items()]
    return TranscriptCheck(
        findings=tuple(one for one in found if isinstance(one, ClipFinding)),
        unchecked=tuple(one for one in found if isinstance(one, str)),
    )


def _finding(
    recogniser: Recogniser, name: str, split: Split, accelerator: Accelerator
) -> ClipFinding | str | None:
    world, rank = accelerator.num_processes, accelerator.process_index
    chosen = sample(len(split))
    mine = all_ranks(
        accelerator,
        lambda: clip_losses(
            recogniser.model, recogniser.labels, recogniser.extractor, split, chosen[rank::world]
        ),
    )
    losses = dict(sorted(gather_object(list(mine.items()))))
    far, usual = outliers(losses)
    if not far:
        return unchecked(name, len(losses), usual)
    worst = sorted(far, key=lambda i: -losses[i])
    read = all_ranks(accelerator, lambda: recogniser.transcribe_split(split, indices=worst))
    collected = Collected()
    for i, text in zip(worst, read, strict=True):
        seen = f"loss {losses[i]:.1f} a letter, {usual:.1f} is usual: {split.texts[i]!r} is read {text!r}"
        collected.add(split.ids[i], seen, losses[i])
    sampled = "" if len(chosen) == len(split) else f" (a sample of {len(split):,})"
    return ClipFinding(
        kind=f"loss in {name}",
        clips=len(far),
        of=len(losses),
        sign=f"of {name}{sampled} fit their transcript far worse than the others, says the trained model",
        advice="Listen: another text may be said, another voice be heard, or the recording be damaged.",
        examples=collected.examples(),
    )


def unchecked(name: str, clips: int, usual: float) -> str | None:
    """A sentence where losses of a split can't tell: of too few clips, or of a model that has learned little.

    `usual` is the median loss per letter, in nats.
    """
    if clips < FEW:
        return (
            f"Transcripts of {name} were not checked: {FEW} clips with a loss are needed to tell "
            f"which is usual, and there are {clips}."
        )
    if usual > LEARNED:
        return (
            f"Transcripts of {name} were not checked for other texts than are said: the median loss "
            f"is {usual:.2f} nats a letter, {LEARNED:g} or less is needed. Train longer: --training.steps."
        )
    return None


def sample(clips: int) -> list[int]:
    """At most MOST indices, evenly spread."""
    return [k * clips // min(clips, MOST) for k in range(min(clips, MOST))]


def outliers(losses: Mapping[int, float]) -> tuple[list[int], float]:
    """Indices whose loss stands out, and the median of all; none where too little is learned."""
    if len(losses) < FEW:
        return [], math.nan
    low, usual, high = statistics.quantiles(losses.values(), n=4)
    if usual > LEARNED:
        return [], usual
    bound = max(GUESSING, usual + DEVIATIONS * (high - low) / NORMAL_QUARTILES)
    return [i for i, loss in losses.items() if loss > bound], usual
