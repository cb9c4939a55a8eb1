"""Model inputs from samples, the same for training and for recognition.

Legend: B utterances, S samples, T frames, D features.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import FeatureExtractionMixin

from xlt.audio.decode import SAMPLE_RATE_HZ


def model_inputs(
    clips: Sequence[NDArray[np.float32]],
    extractor: FeatureExtractionMixin,
    device: torch.device | None = None,
) -> dict[str, Tensor]:
    """Keyword arguments of the model for mono clips of (S,) at 16 kHz, on a device (CPU).

    Those of `padded`, and `attention_mask` where it gives lengths.
    """
    values, lengths = padded(clips, extractor)
    return with_mask({k: v.to(device) for k, v in values.items()}, lengths)


def padded(
    clips: Sequence[NDArray[np.float32]], extractor: FeatureExtractionMixin
) -> tuple[dict[str, Tensor], Tensor | None]:
    """Padded input of the model for mono clips of (S,) at 16 kHz, and the lengths of its rows.

    `input_values` (B, S) for Wav2Vec2, HuBERT and WavLM, `input_features` (B, T, D) for
    Wav2Vec2-BERT; lengths (B,) exactly where the extractor asks for an attention mask (layer-norm
    models were trained with it, group-norm models without), else None. Normalisation is by clip:
    it never sees the padding, so a clip comes out the same in any company.
    """
    extract: Any = extractor  # the mixin declares no __call__
    batch = extract(
        list(clips),
        sampling_rate=SAMPLE_RATE_HZ,
        padding=True,
        return_attention_mask=True,
        return_tensors="pt",
    )
    inputs: dict[str, Tensor] = dict(batch)
    mask = inputs.pop("attention_mask")
    wanted = getattr(extractor, "return_attention_mask", False)
    return inputs, mask.sum(dim=-1).long() if wanted else None


def with_mask(inputs: dict[str, Tensor], lengths: Tensor | None) -> dict[str, Tensor]:
    """Padded input and the mask (B, S or T) of its rows, 1 up to their length, on its own device.

    The mask is made where it is used: at eight bytes a sample it is twice as large as the speech.
    """
    if lengths is None:
        return inputs
    values = next(iter(inputs.values()))
    positions = torch.arange(values.shape[1], device=values.device)
    mask = positions < lengths.to(values.device)[:, None]
    return {**inputs, "attention_mask": mask.long()}
