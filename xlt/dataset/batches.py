"""Batch plan of an epoch: clips that go together, as a pure function of (seed, epoch)."""

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

JITTER = 0.02
"""Lengths are sorted after a random stretch of up to this share, so that neighbours change from
epoch to epoch; the price is about the same share of padding."""
BEST_CLIPS = 20_000
"""Most clips for which the best cuts are searched; in more, lengths are so close that any cut is good."""
BATCH_COST = (1 / 45, 1 / 22)
"""Cost of one more batch, as a share of a full one: with more batches, padding is lower and batches are
smaller. Drawn from this range for every epoch, so that the cuts move."""


def fill(
    order: Sequence[int], durations_s: Sequence[float], batch_s: float, first_s: float | None = None
) -> Iterator[tuple[int, ...]]:
    """Cut clips, taken in the given order, into batches of at most `batch_s` padded seconds.

    A clip longer than that is a batch of its own; `first_s` is another limit for the first batch.
    """
    limit_s = batch_s if first_s is None else first_s
    start, longest_s = 0, 0.0
    for end, index in enumerate(order):
        longer_s = max(longest_s, durations_s[index])
        if end > start and longer_s * (end - start + 1) > limit_s:
            yield tuple(order[start:end])
            start, longer_s, limit_s = end, durations_s[index], batch_s
        longest_s = longer_s
    if start < len(order):
        yield tuple(order[start:])


def best_cuts(
    order: Sequence[int], durations_s: Sequence[float], batch_s: float, cost_s: float
) -> list[tuple[int, ...]]:
    """Cut as `fill` does, where padded seconds and `cost_s` a batch add up to the least.

    Dynamic programming over the end of the last batch.
    """
    seconds = np.asarray(durations_s, dtype=np.float64)[list(order)]
    count = len(seconds)
    best, start = np.zeros(count + 1), np.zeros(count + 1, dtype=np.int64)
    first = 0
    for end in range(1, count + 1):
        longest = np.maximum.accumulate(seconds[first:end][::-1])
        padded = longest * np.arange(1, end - first + 1)
        fits = max(1, int(np.searchsorted(padded, batch_s, side="right")))
        first = end - fits
        total = best[first:end][::-1] + padded[:fits] + cost_s
        k = int(np.argmin(total))
        best[end], start[end] = total[k], end - 1 - k
    cuts, end = [], count
    while end:
        cuts.append(tuple(order[int(start[end]) : end]))
        end = int(start[end])
    return cuts[::-1]


def by_length(durations_s: Sequence[float], batch_s: float) -> list[tuple[int, ...]]:
    """Batches for recognition: longest clips first, no noise, every index once."""
    seconds = _checked(durations_s, batch_s)
    order = np.argsort(-seconds, kind="stable").tolist()
    return list(fill(order, seconds.tolist(), batch_s))


def plan(
    durations_s: Sequence[float], batch_s: float, seed: int, epoch: int
) -> tuple[tuple[int, ...], ...]:
    """The batches of one epoch: every index exactly once, near lengths together, order shuffled.

    The padded seconds of a batch (longest clip x clips) are at most `batch_s`, except where one
    clip alone is longer. Raises ValueError on a duration that is not a positive number.
    """
    seconds = _checked(durations_s, batch_s)
    random = np.random.default_rng((seed, epoch))
    stretched = seconds * random.uniform(1 - JITTER, 1 + JITTER, size=len(seconds))
    order = np.argsort(-stretched, kind="stable").tolist()
    first_s = float(random.uniform(0.3, 1.0)) * batch_s
    if len(order) > BEST_CLIPS:
        batches = list(fill(order, seconds.tolist(), batch_s, first_s))
    else:
        batches = best_cuts(order, seconds.tolist(), batch_s, random.uniform(*BATCH_COST) * batch_s)
    return tuple(batches[k] for k in random.permutation(len(batches)).tolist())


def cut(batch: tuple[int, ...], parts: int) -> list[tuple[int, ...]]:
    """Deal a batch out to ranks x accumulation steps; a part of a short batch may be empty."""
    if parts < 1:
        raise ValueError(f"parts is {parts}: a batch is cut into 1 part or more")
    return [batch[k::parts] for k in range(parts)]


def reached(durations_s: Sequence[float], batch_s: float, seed: int, steps: int) -> int:
    """Number of clips in the first `steps` batches: all, once an epoch is over."""
    return len(reached_clips(durations_s, batch_s, seed, steps))


def reached_clips(durations_s: Sequence[float], batch_s: float, seed: int, steps: int) -> list[int]:
    """Positions of the clips in the first `steps` batches: all, once an epoch is over."""
    return sorted(chain.from_iterable(plan(durations_s, batch_s, seed, 0)[:steps]))


def _checked(durations_s: Sequence[float], batch_s: float) -> NDArray[np.float64]:
    seconds = np.asarray(durations_s, dtype=np.float64)
    if not batch_s > 0:
        raise ValueError(f"batch_s is {batch_s}: a batch needs a positive number of seconds")
    bad = np.flatnonzero(~(np.isfinite(seconds) & (seconds > 0)))
    if bad.size:
        raise ValueError(
            f"the duration of clip {bad[0]} is {seconds[bad[0]]} s: durations are positive numbers; "
            "prepare the dataset again"
        )
    return seconds
