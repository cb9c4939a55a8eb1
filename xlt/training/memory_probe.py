"""How much fits into memory: found before step 1 by real forward and backward passes."""

import gc
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import nn

from xlt.dataset.batches import cut
from xlt.system.memory import available_bytes, give_back, peak_bytes, resident_bytes
from xlt.training.dataloader import Feed
from xlt.training.loss import ctc_losses
from xlt.training.oom_retry import OutOfMemory, is_out_of_memory

MARGIN = 0.1
"""Share of the free memory that stays free: for fragmentation, evaluation and other programs."""
GROWTH = 4
"""An attempt is at most so many times as large as the last one that fit, whatever the estimate says."""
FINE = 16
"""The search ends when the next size would be less than 1/16 larger."""
SAMPLED_EVERY_S = 0.002
MOMENTS_BYTES = 8
"""AdamW keeps two float32 numbers for every parameter that learns."""
GRADIENT_BYTES = 4
"""A gradient, which is there from the second piece of a batch on, beside all that a pass takes."""


class Meter(Protocol):
    """Measures what an attempt takes."""

    def available(self) -> int:
        """Bytes that were free when the meter was made."""

    def peak(self, attempt: Callable[[], None]) -> int | None:
        """Most bytes held during the attempt beyond those held when the meter was made.

        None: the attempt ran out of memory.
        """


class CpuMeter:
    """Resident memory of this process, sampled while the attempt runs."""

    def __init__(self) -> None:
        give_back()
        self._start, self._available = resident_bytes(), available_bytes()

    def available(self) -> int:
        """Bytes that were free when the meter was made."""
        return self._available

    def peak(self, attempt: Callable[[], None]) -> int | None:
        """Sampled every 2 ms; exact where the attempt set a new record of the process."""
        give_back()
        done, record = threading.Event(), peak_bytes()
        seen = [resident_bytes()]

        def sample() -> None:
            while not done.wait(SAMPLED_EVERY_S):
                seen[0] = max(seen[0], resident_bytes())

        sampler = threading.Thread(target=sample, daemon=True)
        sampler.start()
        try:
            fitted = _fits(attempt)
        finally:
            done.set()
            sampler.join()
        after = peak_bytes()
        highest = max(seen[0], resident_bytes(), after if after > record else 0)
        return highest - self._start if fitted else None


class CudaMeter:
    """Memory that torch has reserved on a CUDA device."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        torch.cuda.empty_cache()
        self._start = torch.cuda.memory_reserved(device)
        self._available = torch.cuda.mem_get_info(device)[0]

    def available(self) -> int:
        """Bytes that were free on the device when the meter was made."""
        return self._available

    def peak(self, attempt: Callable[[], None]) -> int | None:
        """Most bytes reserved: what is allocated, and what fragmentation costs."""
        gc.collect()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(self._device)
        fitted = _fits(attempt)
        highest = torch.cuda.max_memory_reserved(self._device)
        gc.collect()
        torch.cuda.empty_cache()
        return highest - self._start if fitted else None


def meter(device: torch.device) -> Meter:
    """The meter of a device."""
    return CudaMeter(device) if device.type == "cuda" else CpuMeter()


def _fits(attempt: Callable[[], None]) -> bool:
    """Run an attempt; whether it had enough memory. The error is let go, and its tensors with it."""
    try:
        attempt()
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return False
    return True


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """What the probe found."""

    batch_s: float
    """Seconds of speech that fit with the margin."""
    peak_bytes: int
    """What they take: measured, or at most so much where it is far from the limit."""
    allowed_bytes: int
    attempts: int
    limited: bool
    """Whether memory set the limit, and not `ceiling_s`."""

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
        attempt: Does forward and backward on so many seconds of clips as long as the longest.
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
    """How many clips to try after `fits` of them took `peak` bytes; `fits` itself: enough tried."""
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


def longest_batch(model: nn.Module, feed: Feed) -> Callable[[float], None]:
    """An attempt for `largest_batch`: forward and backward on the longest clips, at the slowest speed.

    The longest ones take most: attention grows with the square of a clip. Weights stay as they
    are and gradients are freed; call it under the autocast of the run, before step 1.
    """
    order = sorted(range(len(feed.split)), key=lambda i: -feed.split.durations_s[i])
    slowest = replace(feed.augmentation, speeds=(min(feed.augmentation.speeds),))
    feed = replace(feed, augmentation=slowest)
    longest_s = feed.split.durations_s[order[0]]

    def attempt(batch_s: float) -> None:
        count = max(1, int(batch_s / longest_s + 1e-9))
        chosen = tuple(order[k % len(order)] for k in range(count))
        with torch.autocast("cpu", enabled=False):  # the feed makes samples, not activations
            batch = feed.micro_batch(chosen, chosen, 0).to(next(model.parameters()).device)
        try:
            logits = model(**batch.inputs).logits
            losses = ctc_losses(
                logits, batch.frames, batch.labels, batch.label_lengths, blank=feed.labels.blank
            )
            (losses * batch.weights).sum().backward()  # type: ignore[no-untyped-call]
        finally:
            model.zero_grad(set_to_none=True)

    return attempt


def later_bytes(model: nn.Module, world: int = 1) -> int:
    """What a step takes beside a pass, for the parameters that learn now: moments and gradients.

    With several processes gradients stand in a second copy, too: DDP's buckets.
    """
    each = MOMENTS_BYTES + GRADIENT_BYTES * (2 if world > 1 else 1)
    return each * sum(p.numel() for p in model.parameters() if p.requires_grad)


def pieces_needed(feed: Feed, world: int, fits_s: float) -> int:
    """The least `accumulation` with which no micro-batch of the first epoch is over `fits_s`.

    Accumulation changes no result, so this is free to choose; a clip longer than `fits_s` stays
    alone.
    """
    batches, seconds = feed.batches(0), feed.split.durations_s

    def fit(accumulation: int) -> bool:
        parts = (part for batch in batches for part in cut(batch, world * accumulation))
        return all(
            len(part) * max(seconds[i] for i in part) <= fits_s for part in parts if len(part) > 1
        )

    return next(n for n in range(1, 2 + max(map(len, batches))) if fit(n))
