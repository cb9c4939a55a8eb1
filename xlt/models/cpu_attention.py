"""Attention for CPUs: two matrix products and a softmax in the model's own precision.

torch's fused kernel for CPUs saves memory and takes twice the time in bf16, backwards most of all;
tests/benchmarks/NOTES.md has the figures. On a GPU the fused kernels are the fast ones.

B utterances, H heads, T frames, D features of a head.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.masking_utils import eager_mask

from xlt.models.families import family_of

NAME = "xlt_cpu"
"""Our attention in transformers' AttentionInterface."""


def attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **_: Any,
) -> tuple[Tensor, None]:
    """Softmax attention over (B, H, T, D); the mask is added to the scores (B, 1, T, T).

    The softmax adds up in float32 inside, whatever its input is, so scores are never widened.
    """
    scale = 1 / math.sqrt(query.shape[-1]) if scaling is None else scaling
    with torch.autocast(query.device.type, enabled=False):
        scores = torch.matmul(query * scale, key.transpose(2, 3))
        if attention_mask is not None:
            scores += attention_mask.to(scores.dtype)
        weights = functional.dropout(scores.softmax(dim=-1), p=dropout, training=module.training)
        return torch.matmul(weights, value.to(weights.dtype)).transpose(1, 2).contiguous(), None


def suit_device(model: PreTrainedModel) -> None:
    """Use our attention on CPUs, SDPA elsewhere."""
    if not family_of(model.config).swaps_attention:
        return
    ours = model.config._attn_implementation == NAME
    if model.device.type == "cpu" and not ours:
        model.set_attn_implementation(NAME)
    elif model.device.type != "cpu" and ours:
        model.set_attn_implementation("sdpa")


AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, eager_mask)
