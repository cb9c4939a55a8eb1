"""Time and feature masks (SpecAugment, https://arxiv.org/abs/1904.08779) of a clip in an epoch.

Drawn where clips are read, as a pure function of (seed, epoch, clip): the same masks in any company,
on any number of processes, and none of the drawing in a step. T frames, D features.
"""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from xlt.audio.frames import Geometry


@dataclass(frozen=True, kw_only=True, slots=True)
class Spans:
    """Masks along one axis."""

    share: float
    """Share of the positions under a span, before spans overlap; 0: none."""
    length: int
    """Positions that a span covers."""
    least: int
    """Spans at least, where there is room."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpecAugment:
    """Masks of a model: where they fall, and how many."""

    time: Spans
    feature: Spans
    width: int
    """D."""
    geometry: Geometry
    """Samples to frames where the masks fall, before any adapter."""


def span_mask(positions: int, spans: Spans, draw: np.random.Generator) -> NDArray[np.bool_]:
    """Mask (positions,) with spans at random places, which may overlap.

    Their number is that of fairseq and transformers (`_compute_mask_indices`): share x positions /
    length, rounded up or down at random, as far as there are places to begin.
    """
    count = max(int(spans.share * positions / spans.length + draw.random()), spans.least)
    places = max(0, positions - spans.length + 1)
    count = min(count, positions // spans.length, places)
    mask = np.zeros(positions, dtype=np.bool_)
    for start in draw.choice(places, size=count, replace=False) if count else ():
        mask[start : start + spans.length] = True
    return mask


def clip_masks(
    options: SpecAugment, frames: int, seed: int, epoch: int, clip: str
) -> tuple[NDArray[np.bool_] | None, NDArray[np.bool_] | None]:
    """Time mask (frames,) and feature mask (D,) of a clip; None where there are none of the kind."""
    key = sha256(f"masks/{seed}/{epoch}/{clip}".encode()).digest()
    draw = np.random.default_rng(np.frombuffer(key, dtype=np.uint32))
    time = span_mask(frames, options.time, draw) if options.time.share > 0 else None
    feature = span_mask(options.width, options.feature, draw) if options.feature.share > 0 else None
    return time, feature
