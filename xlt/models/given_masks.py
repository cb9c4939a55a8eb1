"""Models that take the masks of SpecAugment as arguments, instead of drawing them in a step.

transformers draws masks with numpy inside the forward pass: it reads the lengths back from the
device, and waits again for the places of the masked frames. B utterances, T frames, D features.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedConfig, PreTrainedModel

from xlt.audio.frames import geometry
from xlt.audio.spec_augment import Spans, SpecAugment


def spec_augment(config: PreTrainedConfig) -> SpecAugment | None:
    """The masks that a configuration asks for; None where it asks for none."""
    if not getattr(config, "apply_spec_augment", True):
        return None
    time, feature = (
        Spans(
            share=getattr(config, f"mask_{axis}_prob"),
            length=getattr(config, f"mask_{axis}_length"),
            least=getattr(config, f"mask_{axis}_min_masks", 0),  # WavLM has none for features
        )
        for axis in ("time", "feature")
    )
    if not time.share and not feature.share:
        return None
    shape = geometry({**config.to_dict(), "add_adapter": False})
    return SpecAugment(time=time, feature=feature, width=config.hidden_size, geometry=shape)


def fitted(mask: Tensor, frames: int) -> Tensor:
    """A mask (B, any) with columns for `frames`: those it lacks are padding, and not masked."""
    return functional.pad(mask, (0, frames - mask.shape[1]))


class GivenMasks(nn.Module):
    """A CTC model whose forward pass takes `mask_time_indices` (B, T) and `mask_feature_indices` (B, D).

    It shares the model's parameters. Without either argument the model does as it always does.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        mask_time_indices: Tensor | None = None,
        mask_feature_indices: Tensor | None = None,
        **inputs: Tensor,
    ) -> Any:
        """The model's output for `inputs`, with true positions of the masks hidden from it."""
        if mask_time_indices is None and mask_feature_indices is None:
            return self.model(**inputs)
        encoder: Any = self.model.base_model

        def mask(hidden: Tensor, *_: object, **__: object) -> Tensor:
            if mask_time_indices is not None:
                hides = fitted(mask_time_indices, hidden.shape[1])[..., None]
                hidden = torch.where(hides, encoder.masked_spec_embed.to(hidden.dtype), hidden)
            if mask_feature_indices is not None:
                hidden = hidden.masked_fill(mask_feature_indices[:, None], 0)
            return hidden

        encoder._mask_hidden_states = mask
        try:
            return self.model(**inputs)
        finally:
            del encoder._mask_hidden_states  # the class's own is there again
