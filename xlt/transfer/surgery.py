"""`transfer`: a source checkpoint and a new alphabet in, a model that writes that alphabet out.

It never fails on the size of a head, says where every output row came from, and
is never run again on resume.
"""

import copy
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from transformers import PreTrainedConfig, PreTrainedModel

from xlt.language.labels import Labels
from xlt.models.families import FAMILIES
from xlt.models.source import Source
from xlt.system.resume import Fixed
from xlt.transfer.frozen import FrozenBelow
from xlt.transfer.head import HeadRow, build_head, fresh_rows, match

Head = Literal["letters", "fresh"]
Weights = Literal["source", "random"]


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


@dataclass(frozen=True, kw_only=True, slots=True)
class TransferReport:
    """Account of a transfer: stored in the record and printed, never guessed later."""

    source: str
    source_digest: str
    family: str
    weights: Weights
    head: Head
    rows: tuple[HeadRow, ...]
    layers_before: int
    layers_after: int
    parameters: int
    labels_digest: str

    def to_dict(self) -> dict[str, Any]:
        """As plain data for the record."""
        return asdict(self)

    def __str__(self) -> str:
        """The table, a line for every kind of row."""
        kinds = Counter(row.how for row in self.rows)
        lines = [
            f"{self.source} ({self.family}, {self.layers_before} layers"
            + (
                f", top {dropped} dropped"
                if (dropped := self.layers_before - self.layers_after)
                else ""
            )
            + f", {self.parameters / 1e6:.1f} M parameters, weights: {self.weights}) "
            f"-> {len(self.rows)} labels",
        ]
        for how in kinds:
            pairs = " ".join(_pair(row) for row in self.rows if row.how == how)
            lines.append(f"  {how:16} {kinds[how]:3}  {pairs}")
        return "\n".join(lines)


def _pair(row: HeadRow) -> str:
    made_from = "+".join(row.sources)
    return row.token if made_from in ("", row.token) else f"{row.token}<-{made_from}"


def transfer(
    source: Source,
    labels: Labels,
    options: Transfer = Transfer(),
    regularisation: Regularisation = Regularisation(),
    *,
    seed: int = 0,
) -> tuple[PreTrainedModel, TransferReport]:
    """Make a model for `labels` out of `source`.

    Works from a checkpoint whose CTC head has any size, and from one that has none. A source
    without a head, or without known labels, gets a fresh head, and the table says so.

    Raises:
        ValueError: if more layers are to be dropped or frozen than there are.
    """
    _check_layers(source, options)
    config = _configuration(source, labels, options, regularisation)
    model = _body(source, config, options.weights, seed)
    rows = _rows(source, labels, options)
    known = (*source.head, source.labels) if source.head and source.labels else None
    head: Any = model.get_submodule(FAMILIES[source.family].modules.head)
    weight, bias = build_head(rows, head.in_features, known, seed=seed)
    with torch.no_grad():
        head.weight.copy_(weight)
        head.bias.copy_(bias)
    report = TransferReport(
        source=source.name,
        source_digest=source.digest,
        family=source.family,
        weights=options.weights,
        head=options.head,
        rows=rows,
        layers_before=source.layers,
        layers_after=int(config.num_hidden_layers),
        parameters=sum(p.numel() for p in model.parameters()),
        labels_digest=labels.digest,
    )
    return model, report


def _check_layers(source: Source, options: Transfer) -> None:
    left = source.layers - options.drop_layers
    if left < 1:
        raise ValueError(
            f"drop_layers is {options.drop_layers}, but {source.name} has {source.layers} encoder "
            "layers and one at least must stay."
        )
    if options.freeze_below != "all" and options.freeze_below > left:
        raise ValueError(
            f"freeze_below is {options.freeze_below}, but only {left} encoder layers are left."
        )


def _configuration(
    source: Source, labels: Labels, options: Transfer, regularisation: Regularisation
) -> PreTrainedConfig:
    """The source's configuration with the new alphabet, depth, dropout and masking."""
    config = copy.deepcopy(source.config)
    config.vocab_size = len(labels.tokens)
    config.pad_token_id = labels.blank
    config.bos_token_id = config.eos_token_id = None
    config.num_hidden_layers = source.layers - options.drop_layers
    config.ctc_loss_reduction = "mean"
    config.ctc_zero_infinity = True
    for name, value in asdict(regularisation).items():
        setattr(config, name, value)
    return config


def _body(source: Source, config: PreTrainedConfig, weights: Weights, seed: int) -> PreTrainedModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if weights == "source":
            return source.load(config)
        return FAMILIES[source.family].ctc(config)


def _rows(source: Source, labels: Labels, options: Transfer) -> tuple[HeadRow, ...]:
    copies = options.head == "letters" and options.weights == "source"
    return match(source.labels, labels) if copies and source.labels else fresh_rows(labels)
