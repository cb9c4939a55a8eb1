"""Frozen lower layers, run once a clip, and the upper layers that learn on their output.

With the lowest K encoder layers frozen, they and all below them give the same output in every
epoch. `UpperLayers` is the rest of the model, fed with that output.

B utterances, T frames, D features, V labels.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.masking_utils import create_bidirectional_mask
from transformers.modeling_outputs import CausalLMOutput

from xlt.models.families import ends_with_norm, family_of
from xlt.models.given_masks import fitted
from xlt.transfer.options import FrozenBelow


class _Reached(Exception):
    """The forward pass has reached the first upper module."""

    def __init__(self, hidden: Tensor) -> None:
        super().__init__("reached the upper layers")
        self.hidden = hidden


def can_cache_features(model: PreTrainedModel) -> bool:
    """True if `lower_output` and `UpperLayers` support this model."""
    adapted = getattr(model.config, "add_adapter", False)
    return family_of(model.config).caches_features and not adapted


def frozen_layers(model: PreTrainedModel, below: FrozenBelow) -> int:
    """Number of frozen encoder layers."""
    return int(model.config.num_hidden_layers) if below == "all" else below


def lower_output(
    model: PreTrainedModel, below: FrozenBelow, inputs: Mapping[str, Tensor]
) -> Tensor:
    """Output (B, T, D) of the frozen layers: the model's own forward pass, ended above them.

    The caller sets evaluation mode, autocast and `inference_mode`.
    """

    def stop(module: nn.Module, arguments: tuple[Any, ...]) -> None:
        raise _Reached(arguments[0])

    modules, frozen = family_of(model.config).modules, frozen_layers(model, below)
    layers = _layers(model)
    first = model.get_submodule(modules.dropout)
    if frozen < len(layers):
        first = layers[frozen]
    elif norm := _final_norm(model, below):
        first = norm
    hook = first.register_forward_pre_hook(stop)
    try:
        model(**inputs)
    except _Reached as reached:
        return reached.hidden
    finally:
        hook.remove()
    raise RuntimeError("the forward pass never reached the upper layers")


class UpperLayers(nn.Module):
    """The part of a model above its frozen layers; it shares the model's parameters.

    Time and feature masks (SpecAugment) fall on its input, as they fall on the input of the whole
    encoder otherwise; masked frames are zero, since the learned mask of the source belongs to
    another depth. Whole layers are left out at random (layerdrop) as in the whole encoder.
    """

    def __init__(self, model: PreTrainedModel, below: FrozenBelow) -> None:
        super().__init__()
        modules, frozen = family_of(model.config).modules, frozen_layers(model, below)
        self.config = model.config
        self.layers = nn.ModuleList(_layers(model)[frozen:])
        self.final_norm = _final_norm(model, below)
        self.dropout = model.get_submodule(modules.dropout)
        self.head = model.get_submodule(modules.head)

    def forward(
        self,
        hidden: Tensor,
        attention_mask: Tensor,
        mask_time_indices: Tensor | None = None,
        mask_feature_indices: Tensor | None = None,
    ) -> CausalLMOutput:
        """Logits (B, T, V) of `hidden` (B, T, D).

        The attention mask (B, T) is 1 where frames are; those of SpecAugment, (B, T) and (B, D), are
        true where nothing is to be seen.
        """
        hidden = hidden.float()
        if mask_time_indices is not None:
            hides = fitted(mask_time_indices, hidden.shape[1])
            hidden = hidden.masked_fill(hides[..., None], 0)
        if mask_feature_indices is not None:
            hidden = hidden.masked_fill(mask_feature_indices[:, None], 0)
        hidden = hidden * attention_mask[..., None]
        if len(self.layers):
            mask = create_bidirectional_mask(
                config=self.config, inputs_embeds=hidden, attention_mask=attention_mask
            )
            for layer in self.layers:
                if self.training and self._left_out():
                    continue
                hidden = layer(hidden, attention_mask=mask)
        if self.final_norm is not None:
            hidden = self.final_norm(hidden)
        return CausalLMOutput(logits=self.head(self.dropout(hidden)))

    def _left_out(self) -> bool:
        share = getattr(self.config, "layerdrop", 0.0)
        return share > 0 and float(torch.rand(())) < share


def _layers(model: PreTrainedModel) -> list[nn.Module]:
    return list(model.get_submodule(family_of(model.config).modules.layers).children())


def _final_norm(model: PreTrainedModel, below: FrozenBelow) -> nn.Module | None:
    """The norm between the last layer and the head, where it belongs to the upper layers."""
    name = family_of(model.config).modules.final_norm
    if name is None or below == "all" or not ends_with_norm(model.config):
        return None
    return model.get_submodule(name)
