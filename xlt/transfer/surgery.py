"""`transfer`: a source checkpoint and a new alphabet in, a model that writes that alphabet out.

It never fails on the size of a head, says where every output row came from, and
is never run again on resume.
"""

import copy
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import torch
from transformers import PreTrainedConfig, PreTrainedModel

from xlt.language.labels import Labels
from xlt.models.families import FAMILIES
from xlt.models.safety import ModelRefused
from xlt.models.source import Source
from xlt.transfer.head import HeadRow, build_head, fresh_rows, match
from xlt.transfer.options import Head, Regularisation, Transfer, Weights


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
    remarks: tuple[str, ...] = ()
    """Sentences on the source: labels found elsewhere, or not at all."""

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
        return "\n".join([*lines, *self.remarks])


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
    _check_source(source, options)
    config = _configuration(source, labels, options, regularisation)
    model = _body(source, config, options.weights, seed)
    rows = _rows(source, labels, options)
    known = (*source.head, source.labels) if source.head and source.labels else None
    head: Any = model.get_submodule(FAMILIES[source.family].modules.head)
    weight, bias = build_head(rows, head.in_features, known, seed=seed)
    with torch.no_grad():
        head.weight.copy_(weight)
        head.bias.copy_(bias)
    return model, _report(source, labels, options, model)


def outlined(
    source: Source,
    labels: Labels,
    options: Transfer = Transfer(),
    regularisation: Regularisation = Regularisation(),
) -> tuple[PreTrainedModel, TransferReport]:
    """Shapes of the model that `transfer` would make, without its weights, and the same report.

    Raises:
        ValueError: if more layers are to be dropped or frozen than there are.
    """
    _check_source(source, options)
    config = _configuration(source, labels, options, regularisation)
    with torch.device("meta"):
        model = FAMILIES[source.family].ctc(config)
    return model, _report(source, labels, options, model)


def _report(
    source: Source, labels: Labels, options: Transfer, model: PreTrainedModel
) -> TransferReport:
    return TransferReport(
        source=source.name,
        source_digest=source.digest,
        family=source.family,
        weights=options.weights,
        head=options.head,
        rows=_rows(source, labels, options),
        layers_before=source.layers,
        layers_after=int(model.config.num_hidden_layers),
        parameters=sum(p.numel() for p in model.parameters()),
        labels_digest=labels.digest,
        remarks=source.remarks,
    )


def _check_source(source: Source, options: Transfer) -> None:
    if source.part.undecided:
        raise ModelRefused(source.part.undecided)
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
    masks = regularisation.mask_time_prob > 0 or regularisation.mask_feature_prob > 0
    config.apply_spec_augment = masks  # published w2v-BERT says false: the masks would be off
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
