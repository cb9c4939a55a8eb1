"""Overlapping windows over long clips, and their logits joined again.

T frames, V labels.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from xlt.audio.decode import SAMPLE_RATE_HZ
from xlt.audio.frames import Geometry

WINDOW_S = 30.0
"""Longer clips are cut into windows of this length, more than any clip seen in training."""
OVERLAP_S = 5.0
"""Context at each side of a window: its frames are those of the neighbour, which hears more there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A stretch of one clip in samples, and the frames that are taken from it."""

    clip: int
    start: int
    stop: int
    first: int
    """First frame of the window that is taken."""
    end: int
    """The frame after the last one that is taken."""


def windows(clip: int, samples: int, shape: Geometry) -> list[Window]:
    """Cut a clip into overlapping windows from which each of its frames is taken once."""
    if shape.frames(samples) < 1:
        return []
    overlap = round(OVERLAP_S * SAMPLE_RATE_HZ) // shape.hop
    step = round(WINDOW_S * SAMPLE_RATE_HZ) // shape.hop - 2 * overlap
    longest = (step + 2 * overlap) * shape.hop
    cut, start, first = [], 0, 0
    while samples - start * shape.hop > longest:
        stop, end = start * shape.hop + longest, first + step + (0 if start else overlap)
        cut.append(Window(clip=clip, start=start * shape.hop, stop=stop, first=first, end=end))
        start, first = start + end - overlap, overlap
    frames = shape.frames(samples - start * shape.hop)
    cut.append(Window(clip=clip, start=start * shape.hop, stop=samples, first=first, end=frames))
    return cut


class WindowJoiner:
    """Logits of whole clips from those of their windows, which come in any order.

    A clip is given back as soon as its last window is there, so that only the logits of clips in
    several windows are ever kept.
    """

    def __init__(self, cut: Sequence[Window]) -> None:
        self._expected = Counter(window.clip for window in cut)
        self._parts: dict[int, dict[int, Tensor]] = {}

    def add(self, window: Window, logits: Tensor) -> Tensor | None:
        """Take the logits (T, V) of a window; those of its clip if it was the last, else None."""
        parts = self._parts.setdefault(window.clip, {})
        parts[window.start] = logits[window.first : window.end]
        if len(parts) < self._expected[window.clip]:
            return None
        del self._parts[window.clip]
        return torch.cat([parts[start] for start in sorted(parts)])
