"""Pretrained CTC models on disk, opened in one strict way, for transfer and for recognition.

Only safetensors are read, and only configurations of the known families: a model folder is
somebody else's file, so nothing in it may run code. V labels, D features.
"""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError, safe_open
from torch import Tensor
from transformers import FeatureExtractionMixin, PreTrainedConfig, PreTrainedModel
from transformers.utils import logging as hf_logging

from xlt.audio.frames import Geometry, geometry
from xlt.language.labels import Labels
from xlt.language.vocabulary import read_labels
from xlt.models.families import FAMILIES, Family, known_family
from xlt.models.hub_files import HubOrigin
from xlt.models.language_parts import LanguagePart, put_adapter, read_adapter
from xlt.models.licences import stated_licence
from xlt.models.location import (
    EXTRACTOR_FILES,
    PICKLE,
    configuration_file,
    folder_with,
    labels_unknown,
)
from xlt.models.other_formats import GIVE, refuse_adapter
from xlt.models.safety import ModelRefused, check_folder, known, settings

SENTENCE_MARKS = 2
"""Rows that transformers' tokenizer adds to those of vocab.json: `<s>` and `</s>`."""
DAMAGE = (SafetensorError, OverflowError, MemoryError)
"""Errors of a damaged weight file."""
MISFIT = (OSError, KeyError, TypeError, ValueError, AttributeError, RuntimeError)
"""Errors of transformers when weights and configuration do not fit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pretrained:
    """A checked model folder: family, configuration, labels, head; weights are loaded on demand."""

    name: str
    """As the user gave it: a Hub id, a folder, or `xlt:<name>`."""
    folder: Path
    family: str
    """`model_type`, a key of FAMILIES."""
    config: PreTrainedConfig
    labels: Labels | None
    """Labels of its CTC head; None when it has no head, or no vocab.json beside one."""
    head: tuple[Tensor, Tensor] | None
    """Weight (V, D) and bias (V,) of its CTC head; None for base and pretraining checkpoints."""
    part: LanguagePart = LanguagePart()
    """The language that is taken of it, where it has several."""
    licence: str = ""
    """Licence that its card states, as it stands there."""
    origin: HubOrigin | None = None
    """Repository and commit of a model from the Hub."""
    remarks: tuple[str, ...] = ()
    """Sentences on what was found other than expected, to be shown and kept."""

    @property
    def geometry(self) -> Geometry:
        """Samples to frames, from its own convolutions."""
        return geometry(self.config)

    @property
    def layers(self) -> int:
        """Number of encoder layers."""
        return int(self.config.num_hidden_layers)

    def extractor(self) -> FeatureExtractionMixin:
        """Its feature extractor; where none is stored, the one its family is trained with.

        It asks for a mask wherever the model takes one, also where the stored one does not: without it
        the model hears the padding, and a clip reads otherwise in other company.

        Raises:
            ModelRefused: if it stores one of another class.
        """
        family = FAMILIES[self.family]
        stored = _extractor_settings(folder_with(self.folder, *EXTRACTOR_FILES))
        if not stored:
            return family.default_extractor(self.config)
        expected = family.extractor.__name__
        named = stored.get("feature_extractor_type", expected)
        if named != expected:
            raise ModelRefused(
                f"{self.name} says feature extractor {str(named)[:80]!r}; a {self.family} model "
                f"is trained with {expected}."
            )
        extractor: Any = family.extractor(**known(stored, family.extractor().to_dict()))
        extractor.return_attention_mask |= not family.hears_padding(self.config)
        return cast(FeatureExtractionMixin, extractor)

    def load(self, config: PreTrainedConfig | None = None) -> PreTrainedModel:
        """The model, shaped by `config` (its own by default): layers that are not in it are left out.

        With another configuration, a head of another size than the checkpoint's comes out random.

        Raises:
            ModelRefused: if weights other than the head are missing or of another shape, or if the
                head is not of the size that its own configuration says.
        """
        if config is None:
            self._check_head_size()
        check_folder(self.folder)
        verbosity = hf_logging.get_verbosity()
        hf_logging.set_verbosity_error()
        try:
            loaded: Any = FAMILIES[self.family].ctc.from_pretrained(
                self.folder,
                config=copy.deepcopy(config or self.config),
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
                dtype=torch.float32,  # checkpoints may be stored in half precision
            )
        except (*DAMAGE, *MISFIT) as error:
            raise ModelRefused(f"{self.name} can't be opened as {self.family}: {error}") from error
        finally:
            hf_logging.set_verbosity(verbosity)
        model: PreTrainedModel
        info: dict[str, Any]
        model, info = loaded
        mismatched = {key for key, *_ in info["mismatched_keys"]}
        lost = sorted(k for k in {*info["missing_keys"], *mismatched} if not self._may_be_new(k))
        if lost:
            raise ModelRefused(
                f"{self.name} lacks {len(lost)} weights of a {self.family} encoder of this shape "
                f"(first: {lost[0]}). Take a whole checkpoint of this family."
            )
        if self.part.adapter is not None:
            head = FAMILIES[self.family].modules.head
            put_adapter(model, self.part.adapter, head, with_head=config is None)
        return model

    def _check_head_size(self) -> None:
        if self.head is not None and self.config.vocab_size != len(self.head[1]):
            raise ModelRefused(
                f"{self.name}: config.json has vocab_size {self.config.vocab_size} but the head "
                f"writes {len(self.head[1])}. The two belong together: take both from one release."
            )

    def _may_be_new(self, parameter: str) -> bool:
        head = FAMILIES[self.family].modules.head
        return parameter.startswith(f"{head}.") or parameter.endswith("masked_spec_embed")


def open_pretrained(folder: Path, name: str, part: LanguagePart = LanguagePart()) -> Pretrained:
    """Check a model folder and read all but its encoder; messages call it by `name`.

    Head and labels are those of `part`.

    Raises:
        ModelRefused: for an unknown family, pickled or damaged weights, labels that are not those
            of the head, or a file that asks for foreign code.
    """
    family, config = _configuration(folder, name)
    head = _read_head(folder, family, part)
    labels, remarks = (None, ()) if head is None else _labels(folder, name, len(head[1]), part.code)
    if head is not None and part.adapter is not None:
        config.vocab_size = len(head[1])
    return Pretrained(
        name=name,
        folder=folder,
        family=family.model_type,
        config=config,
        labels=labels,
        head=head,
        part=part,
        licence=stated_licence(folder),
        remarks=(
            *remarks,
            *([part.remark] if part.remark else []),
            *_mask_remark(folder, name, family.hears_padding(config)),
        ),
    )


def _labels(
    folder: Path, name: str, rows: int, language: str | None
) -> tuple[Labels | None, tuple[str, ...]]:
    """Labels of a head, and what is to be said of them."""
    place = folder_with(folder, "vocab.json")
    if not (place / "vocab.json").is_file():
        return None, (f"{labels_unknown(name, rows)}.",)
    labels = read_labels(place, model=folder, language=language, rows=rows if language else None)
    if place == folder and len(labels.tokens) == rows:
        return labels, ()
    if place == folder:
        raise ModelRefused(
            f"{name}: vocab.json has {len(labels.tokens)} labels but the head writes {rows}. The two "
            "belong together: take both from one release."
        )
    named = len(labels.tokens) - len(labels.unused)
    if len(labels.tokens) == rows and rows - named <= SENTENCE_MARKS:
        return labels, (f"The labels of {name} are those of {place / 'vocab.json'}.",)
    return None, (
        f"{labels_unknown(name, rows)}. {place / 'vocab.json'} has {named}: it is of another training.",
    )


def _mask_remark(folder: Path, name: str, hears_padding: bool) -> tuple[str, ...]:
    """Sentence on a stored extractor that asks for no mask, of a model that takes one."""
    stored = _extractor_settings(folder_with(folder, *EXTRACTOR_FILES))
    if hears_padding or stored.get("return_attention_mask", True):
        return ()
    return (
        f"The extractor of {name} asks for no attention mask, which its model takes: it is given one, so "
        "that no clip hears the padding of another.",
    )


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a model folder, in order.

    Raises:
        ModelRefused: if there is none, with what to do about pickled weights.
    """
    files = sorted(p for p in folder.glob("*.safetensors") if not p.name.startswith("adapter"))
    if not files:
        if not (folder / PICKLE).exists():
            raise ModelRefused(
                f"{folder} holds no safetensors weights. {GIVE[0].upper()}{GIVE[1:]}."
            )
        raise ModelRefused(
            f"{folder} holds no safetensors weights, only {PICKLE}, a pickle, which is not opened "
            f"unasked. Write it as safetensors once, `xlt convert {folder} --out converted`, and give "
            "that folder; or --allow-pickle (allow_pickle=True in a recipe). Both read it by torch's "
            "weights_only, which runs nothing that is in it."
        )
    return files


def _configuration(folder: Path, name: str) -> tuple[Family, PreTrainedConfig]:
    """Family and configuration, made of the keys of config.json that the family knows."""
    refuse_adapter(folder, name)
    file = configuration_file(folder, name)
    check_folder(folder)
    content = settings(file)
    family = known_family(content.get("model_type"), name)
    try:
        return family, family.config(**known(content, family.config().to_dict()))
    except (StrictDataclassError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise ModelRefused(
            f"{file} does not describe a {family.model_type} model: {error}"
        ) from error


def _extractor_settings(folder: Path) -> dict[str, Any]:
    """Stored settings of a feature extractor, if any; a processor holds one under that name."""
    for name in EXTRACTOR_FILES:
        if (folder / name).is_file():
            content = settings(folder / name)
            nested = content.get("feature_extractor", content)
            return nested if isinstance(nested, dict) else content
    return {}


def _read_head(folder: Path, family: Family, part: LanguagePart) -> tuple[Tensor, Tensor] | None:
    """Weight and bias of the CTC head, if there is one; every weight file is seen to open."""
    head, name = None, family.modules.head
    for file in weight_files(folder):
        try:
            with safe_open(file, framework="pt") as tensors:
                if f"{name}.weight" in tensors.keys():  # noqa: SIM118 (safe_open is not a mapping)
                    weight: Tensor = tensors.get_tensor(f"{name}.weight")
                    bias: Tensor = tensors.get_tensor(f"{name}.bias")
                    head = weight.float(), bias.float()
        except DAMAGE as error:
            raise ModelRefused(f"{file} is damaged, or not safetensors ({error}).") from error
    if part.adapter is None:
        return head
    own = read_adapter(part.adapter)
    if f"{name}.weight" not in own or f"{name}.bias" not in own:
        raise ModelRefused(
            f"{part.adapter} holds no head ({name}): take it from the model's release."
        )
    return own[f"{name}.weight"], own[f"{name}.bias"]
