"""Frame counts of acoustic models, and the feasibility of CTC labels in them.

S samples, T frames, L label positions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

FBANK_WINDOW, FBANK_HOP = 400, 160  # 25 ms and 10 ms at 16 kHz: Kaldi's, as SeamlessM4T's extractor


@dataclass(frozen=True, kw_only=True, slots=True)
class Geometry:
    """The strided windows of a model, first to last, from samples to frames."""

    kernels: tuple[int, ...]
    """Width of each window in its own input (less its padding)."""
    strides: tuple[int, ...]
    """Step of each window."""

    def __post_init__(self) -> None:
        if not self.kernels or len(self.kernels) != len(self.strides):
            raise ValueError(
                f"A geometry takes as many kernels as strides, and at least one:"
                f" kernels {self.kernels}, strides {self.strides}"
            )
        if min(self.strides) < 1 or min(self.kernels) < 0:
            raise ValueError(f"Impossible windows: kernels {self.kernels}, strides {self.strides}")

    @property
    def hop(self) -> int:
        """Samples from one frame to the next."""
        return prod(self.strides)

    def frames(self, samples: int, speed: float = 1.0) -> int:
        """T frames of S samples: the model's own `_get_feat_extract_output_lengths`, never < 0.

        Samples that are played at another speed are counted as they would be then, rounded down.
        """
        length = int(samples / speed)
        for kernel, stride in zip(self.kernels, self.strides, strict=True):
            length = (length - kernel) // stride + 1
            if length <= 0:
                return 0
        return length

    def samples(self, frames: int) -> int:
        """The fewest samples that give this number of frames."""
        if frames <= 0:
            return 0
        length = frames
        for kernel, stride in zip(reversed(self.kernels), reversed(self.strides), strict=True):
            length = (length - 1) * stride + kernel
        return length


def geometry(config: Any) -> Geometry:
    """The geometry of a transformers configuration (object or dict).

    Known by their fields: `conv_kernel` and `conv_stride` (Wav2Vec2, HuBERT, WavLM, ... with or
    without adapter), or `feature_projection_input_dim` (Wav2Vec2-BERT: log-mel frames of 25 ms
    every 10 ms, stacked in pairs).

    Raises:
        ValueError: the configuration has neither.
    """
    fields = config if isinstance(config, Mapping) else _Fields(config)
    kind = fields.get("model_type", type(config).__name__)
    kernels, strides = tuple(fields.get("conv_kernel", ())), tuple(fields.get("conv_stride", ()))
    if kernels and strides:
        adapter_kernel = 1  # transformers counts its adapter of width 3 and padding 1 as width 1
    elif fields.get("feature_projection_input_dim"):
        kernels, strides = (FBANK_WINDOW, 2), (FBANK_HOP, 2)
        width = fields.get("adapter_kernel_size", 3)
        adapter_kernel = width - 2 * (width // 2)
    else:
        raise ValueError(
            f"The configuration of model type {kind!r} has no `conv_kernel` and `conv_stride`"
            f" (as Wav2Vec2, HuBERT, WavLM) and no `feature_projection_input_dim` (Wav2Vec2-BERT):"
            f" xlt can't tell its frames from samples"
        )
    if fields.get("add_adapter", False):
        layers = fields.get("num_adapter_layers", 3)
        kernels += (adapter_kernel,) * layers
        strides += (fields.get("adapter_stride", 2),) * layers
    return Geometry(kernels=kernels, strides=strides)


def feasible(frames: int, ids: Sequence[int]) -> bool:
    """True if CTC can spell L labels in T frames: T >= L + repeats, a blank between equal ones.

    Source: Graves et al. 2006, section 3; exactly where torch's `ctc_loss` is finite.
    """
    return frames >= len(ids) + sum(a == b for a, b in pairwise(ids))


class _Fields:
    """`get` over the attributes of an object, as a dict has it."""

    def __init__(self, config: object) -> None:
        self._config = config

    def get(self, name: str, default: Any = None) -> Any:
        return getattr(self._config, name, default)
