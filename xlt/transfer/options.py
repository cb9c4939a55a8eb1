"""Options of a transfer. Nothing heavy is imported here: a recipe's flags are made of them."""

from dataclasses import asdict, dataclass
from typing import Literal

from xlt.system.resume import Fixed

Head = Literal["letters", "fresh"]
Weights = Literal["source", "random"]
FrozenBelow = int | Literal["all"]
"""Number of the lowest encoder layers that are frozen; all: everything but the head."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Regularisation:
    """Dropout and masking, by the names that transformers' configurations have."""

    attention_dropout: Fixed[float] = 0.0
    hidden_dropout: Fixed[float] = 0.1
    activation_dropout: Fixed[float] = 0.0
    feat_proj_dropout: Fixed[float] = 0.0
    final_dropout: Fixed[float] = 0.0
    layerdrop: Fixed[float] = 0.0
    """Whole layers left out at random; 0 is required by DistributedDataParallel."""
    mask_time_prob: Fixed[float] = 0.05
    """Share of frames under a time mask (SpecAugment, https://arxiv.org/abs/1904.08779)."""
    mask_time_length: Fixed[int] = 10
    """Frames a time mask spans."""
    mask_feature_prob: Fixed[float] = 0.0
    mask_feature_length: Fixed[int] = 10

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not name.endswith("length") and not 0.0 <= value < 1.0:
                raise ValueError(f"{name} is {value}; it is a probability: 0 <= {name} < 1.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """Options of a transfer: what is kept of the source, what is dropped, and what stays frozen."""

    head: Fixed[Head] = "letters"
    """letters: rows copied by letter, case and accents folded; fresh: a random head."""
    weights: Fixed[Weights] = "source"
    """source: the checkpoint's encoder; random: the same shape from scratch, for comparison."""
    drop_layers: Fixed[int] = 0
    """Encoder layers dropped from the top."""
    freeze_feature_encoder: Fixed[bool] = True
    """Keep the convolutions as the source has them."""
    freeze_below: Fixed[FrozenBelow] = 0
    """Lowest encoder layers that stay frozen, with all that lies below them: run once a clip and
    speed, their output kept on disk, and only the upper layers are trained. all: only the head."""
    head_only_steps: Fixed[int] = 0
    """First steps in which only the head learns; a model from scratch has no such phase."""

    def __post_init__(self) -> None:
        for name in ("drop_layers", "freeze_below", "head_only_steps"):
            value = getattr(self, name)
            if value != "all" and value < 0:
                raise ValueError(f"{name} is {value}; it counts, so 0 or more.")
