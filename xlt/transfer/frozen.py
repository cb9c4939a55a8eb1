"""A model cut in two: a frozen bottom that runs once a clip, and the top that learns on it.

With the lowest K encoder layers frozen, all that lies below layer K gives the same output in every
epoch. `Top` is the rest of the model, fed with what stands at the cut.

B utterances, T frames, D features, V labels.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.masking_utils import create_bidirectional_mask
from transformers.modeling_outputs import CausalLMOutput
from transformers.models.wav2vec2.modeling_wav2vec2 import _compute_mask_indices

from xlt.transfer.options import Below

FAMILIES = ("wav2vec2", "hubert")
"""Families that can be cut; in the others a layer needs more than its input and the mask."""


class _Reached(Exception):
    """The forward pass has come to the cut."""

    def __init__(self, hidden: Tensor) -> None:
        super().__init__("the cut")
        self.hidden = hidden


def can_be_cut(model: PreTrainedModel) -> bool:
    """Whether `bottom` and `Top` know this model."""
    config = model.config
    return config.model_type in FAMILIES and not getattr(config, "add_adapter", False)


def depth(model: PreTrainedModel, below: Below) -> int:
    """Number of encoder layers below the cut."""
    return int(model.config.num_hidden_layers) if below == "all" else below


def bottom(model: PreTrainedModel, below: Below, inputs: Mapping[str, Tensor]) -> Tensor:
    """What stands at the cut, (B, T, D): the model's own forward pass, ended there.

    The caller sets evaluation mode, autocast and `inference_mode`.
    """

    def stop(module: nn.Module, arguments: tuple[Any, ...]) -> None:
        raise _Reached(arguments[0])

    layers = _encoder(model).layers
    at = depth(model, below)
    first: nn.Module = model.get_submodule("dropout")
    if at < len(layers):
        first = layers[at]
    elif below != "all" and _normed_last(model):
        first = _encoder(model).layer_norm
    hook = first.register_forward_pre_hook(stop)
    try:
        model(**inputs)
    except _Reached as cut:
        return cut.hidden
    finally:
        hook.remove()
    raise RuntimeError("the forward pass never came to the cut")


class Top(nn.Module):
    """The part of a model above the cut; it shares the model's parameters.

    Time and feature masks (SpecAugment) fall on its input, as they fall on the input of the whole
    encoder otherwise; masked frames are zero, since the learned mask of the source belongs to
    another depth. Whole layers are left out at random (layerdrop) as in the whole encoder.
    """

    def __init__(self, model: PreTrainedModel, below: Below) -> None:
        super().__init__()
        encoder = _encoder(model)
        self.config = model.config
        at = depth(model, below)
        self.layers = nn.ModuleList(list(encoder.layers)[at:])
        normed = below != "all" and _normed_last(model)
        self.layer_norm = encoder.layer_norm if normed else None
        self.dropout = model.get_submodule("dropout")
        self.lm_head = model.get_submodule("lm_head")

    def forward(self, hidden: Tensor, attention_mask: Tensor) -> CausalLMOutput:
        """Logits (B, T, V) of `hidden` (B, T, D); the mask (B, T) is true where frames are."""
        hidden = hidden.float()
        if self.training:
            hidden = self._masked(hidden, attention_mask)
        hidden = hidden * attention_mask[..., None]
        if len(self.layers):
            mask = create_bidirectional_mask(
                config=self.config, inputs_embeds=hidden, attention_mask=attention_mask
            )
            for layer in self.layers:
                if self.training and self._left_out():
                    continue
                hidden = layer(hidden, attention_mask=mask)
        if self.layer_norm is not None:
            hidden = self.layer_norm(hidden)
        return CausalLMOutput(logits=self.lm_head(self.dropout(hidden)))

    def _left_out(self) -> bool:
        share = getattr(self.config, "layerdrop", 0.0)
        return share > 0 and float(torch.rand(())) < share

    def _masked(self, hidden: Tensor, attention_mask: Tensor) -> Tensor:
        utterances, frames, features = hidden.shape
        config = self.config
        if config.mask_time_prob > 0 and frames > config.mask_time_length:
            spans = _compute_mask_indices(
                (utterances, frames),
                mask_prob=config.mask_time_prob,
                mask_length=config.mask_time_length,
                attention_mask=attention_mask.long(),  # type: ignore[arg-type]  # it says LongTensor
                min_masks=config.mask_time_min_masks,
            )
            keep = torch.as_tensor(~spans, device=hidden.device)
            hidden = hidden * keep[..., None]
        if config.mask_feature_prob > 0 and features > config.mask_feature_length:
            spans = _compute_mask_indices(
                (utterances, features),
                mask_prob=config.mask_feature_prob,
                mask_length=config.mask_feature_length,
                min_masks=config.mask_feature_min_masks,
            )
            keep = torch.as_tensor(~spans, device=hidden.device)
            hidden = hidden * keep[:, None, :]
        return hidden


def _normed_last(model: PreTrainedModel) -> bool:
    """Whether a norm stands between the top layer and the head (pre-norm encoders)."""
    return bool(getattr(model.config, "do_stable_layer_norm", False))


def _encoder(model: PreTrainedModel) -> Any:
    return model.base_model.encoder
