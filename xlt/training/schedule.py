"""Learning rate and noise seeds as pure functions of the step: nothing of them is saved."""

import hashlib
import math
import random
from dataclasses import dataclass

from xlt.system.resume import Fixed


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """Tri-stage: linear warm-up, hold, exponential decay.

    The shape and its shares are those of wav2vec 2.0 (https://arxiv.org/abs/2006.11477, section
    4.3: 10 % warm-up, 40 % constant, then decay), the final scale that of fairseq's tri_stage.
    """

    peak: Fixed[float] = 1e-4
    """Learning rate while it is held."""
    warmup: Fixed[float] = 0.1
    """Share of the steps in which the rate rises from 0."""
    hold: Fixed[float] = 0.4
    """Share of the steps at the peak."""
    final: Fixed[float] = 0.05
    """Rate at the end, as a share of the peak."""

    def __post_init__(self) -> None:
        if self.peak <= 0 or not 0 < self.final <= 1:
            raise ValueError(
                f"peak is {self.peak} and final {self.final}; peak > 0 and 0 < final <= 1 are allowed."
            )
        if self.warmup < 0 or self.hold < 0 or self.warmup + self.hold > 1:
            raise ValueError(
                f"warmup {self.warmup} and hold {self.hold} are shares of the steps: each at least 0, "
                "together at most 1."
            )


def learning_rate(step: int, steps: int, schedule: Schedule) -> float:
    """Learning rate of a step (0-based) in a run of `steps`."""
    warmup, hold = schedule.warmup * steps, schedule.hold * steps
    if step < warmup:
        return schedule.peak * (step + 1) / math.ceil(warmup)
    if step < warmup + hold:
        return schedule.peak
    share = (step - warmup - hold) / max(1.0, steps - warmup - hold)
    return schedule.peak * math.exp(math.log(schedule.final) * min(1.0, share))


def noise_seed(seed: int, step: int, rank: int) -> int:
    """A 63-bit seed of everything random in one step of one process (dropout, masks)."""
    digest = hashlib.blake2b(f"{seed}/{step}/{rank}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def seed_noise(seed: int, step: int, rank: int) -> None:
    """Seed torch, numpy (transformers' SpecAugment) and random (layer drop) for a step."""
    import numpy as np  # here: the options above make a recipe's flags, which are read before torch
    import torch

    value = noise_seed(seed, step, rank)
    torch.manual_seed(value)
    np.random.seed(value % 2**32)  # noqa: NPY002 (transformers draws its masks from here)
    random.seed(value)
