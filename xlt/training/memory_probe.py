"""Memory probe before step 1: real forward and backward passes find how much of a batch fits at once."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from accelerate import Accelerator
from torch import nn
from transformers import PreTrainedModel

from xlt.dataset.batches import cut
from xlt.training.control_group import gathered
from xlt.training.dataloader import BatchSource
from xlt.training.loss import batch_losses
from xlt.training.memory_meter import Meter, meter
from xlt.training.oom_retry import OutOfMemory
from xlt.training.options import Training
from xlt.transfer.freezing import learn_only

MARGIN = 0.1
"""Share of the free memory that stays free: for fragmentation, evaluation and other programs."""
GROWTH = 4
"""Most by which an attempt exceeds the last one that fit, as a factor, whatever the estimate says."""
FINE = 16
"""The search ends when the next size would be less than 1/16 larger."""
PLENTY = 0.5
"""On a CPU a pass takes long and memory does not fragment: half of it free is enough to go by the
estimate, which is never too low."""
MOMENTS_BYTES = 8
"""AdamW keeps two float32 numbers for every parameter that learns."""
GRADIENT_BYTES = 4
"""A gradient, which is there from the second piece of a batch on, beside all that a pass takes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """Result of the probe."""

    batch_s: float
    """Seconds of speech that fit with the margin."""
    peak_bytes: int
    """Memory they take: measured, or an upper bound where it is far from the limit."""
    allowed_bytes: int
    attempts: int
    limited: bool
    """True if memory set the limit, and not `ceiling_s`."""

    def __str__(self) -> str:
        return (
            f"{self.batch_s:.0f} s of speech fit in one forward and backward pass: "
            f"{self.peak_bytes / 2**30:.2f} of {self.allowed_bytes / 2**30:.2f} GiB, measured in "
            f"{self.attempts} attempts"
        )


def largest_batch(
    attempt: Callable[[float], None],
    meter: Meter,
    *,
    clip_s: float,
    ceiling_s: float,
    reserve_bytes: int = 0,
    margin: float = MARGIN,
    plenty: float = 0.0,
) -> Fit:
    """The largest batch, in seconds, that fits: real attempts with 1, 4, 16 ... longest clips.

    An attempt is only made when the last one says that it fits. What n clips take is a fixed part
    and a part for each clip, so n + k of them take at most (n + k) / n times as much: the estimate
    is never too low, and comes closer with every attempt; where it leaves plenty of memory for
    the whole batch, no more are made. So a CPU's memory is never overrun, and
    the kernel ends nobody. A GPU that runs out all the same only says so, and the search goes on
    below.

    Args:
        attempt: Does forward and backward on that many seconds of clips as long as the longest.
        meter: Made before the first attempt.
        clip_s: The longest clip; a batch is a whole number of these.
        ceiling_s: No more than this is tried: the batch that the recipe asks for.
        reserve_bytes: Taken later by others, such as the optimizer, and gradients of other pieces.
        margin: Share of the free memory that stays free.
        plenty: Where the whole batch takes less than this share by the estimate, it is not tried.

    Raises:
        OutOfMemory: if one clip alone does not fit.
    """
    allowed = int((1 - margin) * meter.available()) - reserve_bytes
    top = max(1, int(ceiling_s / clip_s + 1e-9))
    fits, peak_of_fit, too_many, attempts, clips = 0, 0, top + 1, 0, 1
    if allowed <= 0:
        raise _too_large(clip_s, None, allowed, reserve_bytes)
    while fits < clips < too_many:
        attempts += 1
        peak = meter.peak(lambda clips=clips: attempt(clips * clip_s))  # type: ignore[misc]
        if peak is None or peak > allowed:
            too_many = clips
            if clips == 1:
                raise _too_large(clip_s, peak, allowed, reserve_bytes)
        else:
            fits, peak_of_fit = clips, peak
            if top * max(peak, 1) <= plenty * clips * allowed:
                fits, peak_of_fit = top, top * peak // clips
                break
        clips = _next(fits, too_many, max(1, peak_of_fit), allowed)
    return Fit(
        batch_s=fits * clip_s,
        peak_bytes=peak_of_fit,
        allowed_bytes=allowed,
        attempts=attempts,
        limited=fits < top,
    )


def _next(fits: int, too_many: int, peak: int, allowed: int) -> int:
    """Clips to try next after `fits` of them took `peak` bytes; `fits` itself: enough tried."""
    safe = fits * allowed // peak
    clips = min(GROWTH * fits, safe, too_many - 1)
    return clips if clips == too_many - 1 or clips - fits > fits // FINE else fits


def _too_large(clip_s: float, peak: int | None, allowed: int, reserve: int) -> OutOfMemory:
    took = "ran out of memory" if peak is None else f"takes {peak / 2**30:.2f} GiB"
    return OutOfMemory(
        f"One clip of {clip_s:.1f} s in a forward and backward pass {took}; free for it are "
        f"{max(0, allowed) / 2**30:.2f} GiB, beside {reserve / 2**30:.2f} GiB for optimizer and gradients. "
        "Prepare the data with a lower longest duration, train fewer layers (freeze_below, "
        "drop_layers), take a smaller source, or close other programs."
    )


def longest_batch(model: nn.Module, batch_source: BatchSource) -> Callable[[float], None]:
    """An attempt for `largest_batch`: forward and backward on the longest clips, at the slowest speed.

    The longest ones take most: attention grows with the square of a clip. Weights stay as they
    are and gradients are freed; call it under the autocast of the run, before step 1.
    """
    order = sorted(range(len(batch_source.split)), key=lambda i: -batch_source.split.durations_s[i])
    slowest = replace(batch_source.augmentation, speeds=(min(batch_source.augmentation.speeds),))
    batch_source = replace(batch_source, augmentation=slowest)
    longest_s = batch_source.split.durations_s[order[0]]

    def attempt(batch_s: float) -> None:
        count = max(1, int(batch_s / longest_s + 1e-9))
        chosen = tuple(order[k % len(order)] for k in range(count))
        with torch.autocast("cpu", enabled=False):  # the source makes samples, not activations
            batch = batch_source.micro_batch(chosen, chosen, 0).to(next(model.parameters()).device)
        try:
            _, loss = batch_losses(model, batch, batch_source.labels.blank)
            loss.backward()  # type: ignore[no-untyped-call]
        finally:
            model.zero_grad(set_to_none=True)

    return attempt


def later_bytes(model: nn.Module) -> int:
    """Memory of a step beside a pass, for the parameters that learn now: moments and gradients.

    With several processes as with one: gradients are views of DDP's buckets.
    """
    return (MOMENTS_BYTES + GRADIENT_BYTES) * sum(
        p.numel() for p in model.parameters() if p.requires_grad
    )


def pieces_needed(batch_source: BatchSource, world: int, fits_s: float) -> int:
    """The least `accumulation` with which no micro-batch of the first epoch is over `fits_s`.

    Accumulation changes no result, so this is free to choose; a clip longer than `fits_s` stays
    alone.
    """
    batches, seconds = batch_source.batches(0), batch_source.split.durations_s

    def fits(accumulation: int) -> bool:
        parts = (part for batch in batches for part in cut(batch, world * accumulation))
        return all(
            len(part) * max(seconds[i] for i in part) <= fits_s for part in parts if len(part) > 1
        )

    return next(n for n in range(1, 2 + max(map(len, batches))) if fits(n))


def save_activations(model: PreTrainedModel) -> None:
    """Keep the inputs of the encoder's layers for the backward pass, and nothing inside them.

    Dropout is drawn again as it was, so the gradient is the same.
    """
    older = model.gradient_checkpointing_enable  # the name that later versions warn of
    enable = getattr(model, "activation_checkpointing_enable", older)
    enable({"use_reentrant": False})


def saves_activations(model: nn.Module) -> bool:
    """True after `save_activations`."""
    return any(getattr(module, "gradient_checkpointing", False) for module in model.modules())


def pieces_that_fit(
    model: PreTrainedModel,
    trained: nn.Module,
    trainable: Callable[[int], frozenset[str]],
    batch_source: BatchSource,
    options: Training,
    accelerator: Accelerator,
) -> tuple[int, bool]:
    """The least accumulation, from the recipe's own, with which every process has enough memory.

    With it comes whether activations must be computed again (`save_activations`), since one clip does
    not fit otherwise; they are, from then on. Real forward and backward passes on the longest clips;
    the weights are left as they were. Processes on one CPU share its memory.

    Raises:
        OutOfMemory: if one clip alone does not fit even so.
    """
    world, cpu = accelerator.num_processes, accelerator.device.type == "cpu"
    learn_only(model, trainable(options.steps))
    trained.train()
    saving = saves_activations(model)

    def probed() -> Fit:
        gauge = meter(accelerator.device)
        others = gauge.available() * (world - 1) // world if cpu else 0
        with accelerator.autocast():
            return largest_batch(
                longest_batch(trained, batch_source),
                gauge,
                clip_s=max(batch_source.split.durations_s),
                ceiling_s=options.batch_s / (world * options.accumulation),
                reserve_bytes=later_bytes(model) + others,
                plenty=PLENTY if cpu else 0.0,
            )

    try:
        fit = probed()
    except OutOfMemory:
        if saving:
            raise
        saving = True
        save_activations(model)
        fit = probed()
    least = options.accumulation
    if fit.limited:
        least = max(least, pieces_needed(batch_source, world, fit.batch_s))
    found = gathered(accelerator, [(least, saving)])
    agreed, saved = max(pieces for pieces, _ in found), any(each for _, each in found)
    if saved:
        save_activations(model)
    if accelerator.is_main_process and agreed > options.accumulation:
        print(f"{fit}. Batches are cut into {agreed} pieces, with the same gradient.", flush=True)
    if accelerator.is_main_process and saved and not options.checkpointing:
        print(
            "One clip does not fit with all its activations: they are computed again in the backward "
            "pass (--training.checkpointing), for a third more time.",
            flush=True,
        )
    return agreed, saved
