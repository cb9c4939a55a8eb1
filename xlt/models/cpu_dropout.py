"""Dropout for CPUs that draws random bytes instead of one Bernoulli number for every value.

torch draws each Bernoulli number on one thread, a tenth of a small model's step.
"""

import numpy as np
import torch
from torch import Tensor, nn


class ByteDropout(nn.Module):
    """Dropout whose probability is rounded to 1/256; seeded by torch's generator, as all noise is."""

    def __init__(self, p: float) -> None:
        super().__init__()
        if not can_be_rounded(p):
            raise ValueError(f"dropout of {p:g} is all or nothing in bytes: take torch's own")
        self.threshold = round(p * 256)

    def forward(self, values: Tensor) -> Tensor:
        """Keep each number with probability 1 - p, scaled by 1 / (1 - p); the identity in evaluation."""
        if not self.training or not self.threshold:
            return values
        seed = int(torch.randint(2**63 - 1, ()))
        noise = np.random.Generator(np.random.SFC64(seed))
        words = noise.integers(2**64, size=-(-values.numel() // 8), dtype=np.uint64)
        draws = torch.from_numpy(words.view(np.uint8)[: values.numel()]).view(values.shape)
        keep = (draws >= self.threshold).to(values.dtype)
        return values * keep.mul_(256 / (256 - self.threshold))

    def extra_repr(self) -> str:
        """The probability, as nn.Dropout shows it."""
        return f"p={self.threshold / 256:g}"


def can_be_rounded(p: float) -> bool:
    """True if a probability, rounded to 1/256, is 0 still or strictly between 0 and 1."""
    return p == 0 or 0 < round(p * 256) < 256


def suit_dropout(model: nn.Module) -> None:
    """Replace every nn.Dropout of a model on a CPU by `ByteDropout`, where bytes can express it."""
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if type(child) is nn.Dropout and can_be_rounded(child.p):
                setattr(parent, name, ByteDropout(child.p))
