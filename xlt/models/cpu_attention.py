"""Attention for CPUs: two matrix products and a softmax in the model's own precision.

torch's fused kernel for CPUs saves memory and takes twice the time in bf16, backwards most of all;
tests/benchmarks/NOTES.md has the figures. On a GPU the fused kernels are the fast ones. WavLM's
layers call torch's attention of the layout (T, B, D), which copies every product in bf16.

B utterances, H heads, T frames, D features of a head.
"""

import math
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.masking_utils import eager_mask
from transformers.models.wavlm.modeling_wavlm import WavLMAttention

from xlt.models.families import family_of

NAME = "xlt_cpu"
"""Our attention in transformers' AttentionInterface."""
WAVLM_METHOD = "torch_multi_head_self_attention"
"""The method of WavLM's attention that ours stands in for."""


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


def biased_attention(
    module: WavLMAttention, hidden: Tensor, mask: Tensor | None, bias: Tensor
) -> tuple[Tensor, None]:
    """WavLM's attention of hidden states (B, T, D), with its gated position bias (B * H, T, T).

    `mask` (B, T) is 1 or true for frames that may be looked at.
    """
    utterances, frames, _ = hidden.shape
    query, key, value = (
        projection(hidden).view(utterances, frames, module.num_heads, -1).transpose(1, 2)
        for projection in (module.q_proj, module.k_proj, module.v_proj)
    )
    bias = bias.view(utterances, module.num_heads, frames, frames)
    if mask is not None:
        bias = bias.masked_fill(mask[:, None, None].ne(1), -math.inf)
    context, _ = attention(module, query, key, value, bias, dropout=module.dropout)
    out: Tensor = module.out_proj(context.flatten(2))
    return out, None


def suit_device(model: PreTrainedModel) -> None:
    """Use our attention on CPUs, that of torch or transformers elsewhere."""
    on_cpu = model.device.type == "cpu"
    for module in model.modules():
        if isinstance(module, WavLMAttention):
            vars(module).pop(WAVLM_METHOD, None)
            if on_cpu:
                setattr(module, WAVLM_METHOD, partial(biased_attention, module))
    if not family_of(model.config).swaps_attention:
        return
    ours = model.config._attn_implementation == NAME
    if on_cpu and not ours:
        model.set_attn_implementation(NAME)
    elif not on_cpu and ours:
        model.set_attn_implementation("sdpa")


AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, eager_mask)
