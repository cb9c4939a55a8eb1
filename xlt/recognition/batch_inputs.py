"""Inputs of a model for batches of windows, made in the processes that read ahead.

Legend: B utterances, S samples, T frames, D features.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import FeatureExtractionMixin

from xlt.audio.frames import Geometry
from xlt.dataset.reader import Split
from xlt.models.inputs import padded
from xlt.recognition.windows import Window

BatchInputs = tuple[dict[str, Tensor], Tensor | None, Tensor]
"""Padded input (B, S) or (B, T, D), lengths of its rows where the model takes a mask, true frames."""


def batch_inputs(
    clips: Sequence[NDArray[np.float32]], extractor: FeatureExtractionMixin, shape: Geometry
) -> BatchInputs:
    """Input of mono 16 kHz clips of (S,) for the model, and their frames."""
    frames = torch.tensor([shape.frames(len(clip)) for clip in clips])
    return *padded(clips, extractor), frames


@dataclass(frozen=True, slots=True)
class ChosenClips:
    """Samples (S,) of some clips of a split, by their position among them."""

    split: Split
    chosen: Sequence[int]

    def __call__(self, k: int) -> NDArray[np.float32]:
        """Samples of the clip at position k."""
        return self.split.samples(self.chosen[k])


@dataclass(frozen=True, slots=True)
class WindowInputs:
    """Inputs of the windows whose positions make a batch."""

    cut: Sequence[Window]
    samples_of: Callable[[int], NDArray[np.float32]]
    extractor: FeatureExtractionMixin
    shape: Geometry

    def __call__(self, batch: Sequence[int]) -> BatchInputs:
        """Inputs of the windows at these positions."""
        chosen = [self.cut[k] for k in batch]
        clips = [self.samples_of(w.clip)[w.start : w.stop] for w in chosen]
        return batch_inputs(clips, self.extractor, self.shape)
