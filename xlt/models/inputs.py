"""Model inputs from samples, the same for training and for recognition.

Legend: B utterances, S samples, T frames, D features.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from transformers import FeatureExtractionMixin

from xlt.audio.decode import SAMPLE_RATE_HZ


def model_inputs(
    clips: Sequence[NDArray[np.float32]], extractor: FeatureExtractionMixin
) -> dict[str, Tensor]:
    """Keyword arguments of the model for mono clips of (S,) at 16 kHz.

    `input_values` (B, S) for Wav2Vec2, HuBERT and WavLM, `input_features` (B, T, D) for
    Wav2Vec2-BERT; `attention_mask` exactly where the extractor asks for one (layer-norm models
    were trained with it, group-norm models without). Normalisation is by clip: it never sees
    the padding, so a clip comes out the same in any company.
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
    if getattr(extractor, "return_attention_mask", False):
        inputs["attention_mask"] = mask.long()
    return inputs
