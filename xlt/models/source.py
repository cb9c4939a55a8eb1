"""A source checkpoint, known before it is used: its family, its labels, its head, its geometry.

Only safetensors are read, and only configurations of the families below: a checkpoint is
somebody else's file, so nothing in it may run code.
"""

import copy
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError, safe_open
from torch import Tensor
from transformers import (
    FeatureExtractionMixin,
    HubertConfig,
    HubertForCTC,
    PreTrainedConfig,
    PreTrainedModel,
    SeamlessM4TFeatureExtractor,
    Wav2Vec2BertConfig,
    Wav2Vec2BertForCTC,
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    WavLMConfig,
    WavLMForCTC,
)
from transformers.utils import logging as hf_logging

from xlt.audio.frames import Geometry, geometry
from xlt.language.labels import Labels, read_labels
from xlt.models.location import SourceRefused, configuration_file, located
from xlt.models.safety import ForeignRefused, check_folder, known, settings

FAMILIES: dict[str, tuple[type[PreTrainedConfig], type[PreTrainedModel]]] = {
    "wav2vec2": (Wav2Vec2Config, Wav2Vec2ForCTC),
    "hubert": (HubertConfig, HubertForCTC),
    "wavlm": (WavLMConfig, WavLMForCTC),
    "wav2vec2-bert": (Wav2Vec2BertConfig, Wav2Vec2BertForCTC),
}
"""`model_type` in config.json -> the configuration and the CTC class that read it."""

EXTRACTORS = dict.fromkeys(FAMILIES, Wav2Vec2FeatureExtractor) | {
    "wav2vec2-bert": SeamlessM4TFeatureExtractor
}
"""`model_type` -> what its features are made by."""
EXTRACTOR_FILES = ("preprocessor_config.json", "processor_config.json")

DAMAGE = (SafetensorError, OverflowError, MemoryError)
"""What reading a damaged weight file raises."""
HEAD_WEIGHT, HEAD_BIAS = "lm_head.weight", "lm_head.bias"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A checkpoint on disk: what it is, what its head can write, and how it hears."""

    name: str
    """As the user gave it: a Hub id, a folder, or `xlt:<name>`."""
    folder: Path
    family: str
    config: PreTrainedConfig
    labels: Labels | None
    """Labels of its CTC head; None when it has no head, or no vocab.json beside one."""
    head: tuple[Tensor, Tensor] | None
    """Weight (V, D) and bias (V,) of its CTC head; None for base and pretraining checkpoints."""
    digest: str
    """SHA-256 of its weight files."""

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

        Raises:
            SourceRefused: if it stores one of another class.
        """
        extractor = EXTRACTORS[self.family]
        stored = _extractor_settings(self.folder)
        if stored:
            named = stored.get("feature_extractor_type", extractor.__name__)
            if named != extractor.__name__:
                raise SourceRefused(
                    f"{self.name} says feature extractor {str(named)[:80]!r}; a {self.family} model "
                    f"is trained with {extractor.__name__}."
                )
            made: FeatureExtractionMixin = extractor(**known(stored, extractor().to_dict()))
            return made
        if self.family == "wav2vec2-bert":
            return SeamlessM4TFeatureExtractor()
        masked = getattr(self.config, "feat_extract_norm", "group") == "layer"
        return Wav2Vec2FeatureExtractor(return_attention_mask=masked)

    def load(self, config: PreTrainedConfig | None = None) -> PreTrainedModel:
        """The model, shaped by `config` (its own by default): layers that are not in it are left out.

        A head of another size than the checkpoint's comes out random.

        Raises:
            SourceRefused: if weights other than the head are missing or of another shape.
        """
        _, model_class = FAMILIES[self.family]
        before = hf_logging.get_verbosity()
        hf_logging.set_verbosity_error()
        check_folder(self.folder)
        try:
            loaded: Any = model_class.from_pretrained(
                self.folder,
                config=copy.deepcopy(config or self.config),
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
                dtype=torch.float32,
            )
        except (*DAMAGE, KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            raise SourceRefused(f"{self.name} can't be opened as {self.family}: {error}") from error
        finally:
            hf_logging.set_verbosity(before)
        model: PreTrainedModel
        info: dict[str, Any]
        model, info = loaded
        mismatched = {key for key, *_ in info["mismatched_keys"]}
        lost = sorted(k for k in {*info["missing_keys"], *mismatched} if not _may_be_new(k))
        if lost:
            raise SourceRefused(
                f"{self.name} lacks {len(lost)} weights of a {self.family} encoder of this shape "
                f"(first: {lost[0]}). Take a whole checkpoint of this family."
            )
        return model


def _may_be_new(key: str) -> bool:
    return key.startswith("lm_head.") or key.endswith("masked_spec_embed")


def load_source(name: str | Path, *, revision: str | None = None) -> Source:
    """Read a checkpoint: a local folder, `xlt:<name>` from the package, or a Hub id.

    Raises:
        SourceRefused: for an unknown family, pickled weights, a configuration that asks for
            foreign code, or a folder that is not there.
    """
    folder = _locate(str(name), revision)
    family, config = _configuration(folder, str(name))
    head = _read_head(folder)
    labels = read_labels(folder) if (folder / "vocab.json").is_file() else None
    if head is not None and labels is not None and len(labels.tokens) != len(head[1]):
        raise SourceRefused(
            f"{name}: vocab.json has {len(labels.tokens)} labels but the head writes "
            f"{len(head[1])}. The two belong together: take both from one release."
        )
    return Source(
        name=str(name),
        folder=folder,
        family=family,
        config=config,
        labels=labels if head is not None else None,
        head=head,
        digest=weights_digest(folder),
    )


def _locate(name: str, revision: str | None) -> Path:
    return located(name) or _download(name, revision)


def _download(repo: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(
                repo, revision=revision, allow_patterns=["*.json", "*.safetensors", "vocab.txt"]
            )
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise SourceRefused(
            f"Could not get {repo} from the Hub ({type(error).__name__}: {error}). Check the name "
            "and the network, or give a folder that holds the checkpoint."
        ) from error


def _configuration(folder: Path, name: str) -> tuple[str, PreTrainedConfig]:
    """Family and configuration, made of what its config.json says and the family knows."""
    file = configuration_file(folder, name)
    try:
        check_folder(folder)
        content = settings(file)
    except ForeignRefused as error:
        raise SourceRefused(str(error)) from error
    family = content.get("model_type")
    if not isinstance(family, str) or family not in FAMILIES:
        raise SourceRefused(
            f"{name} is a {family!r} checkpoint. Known families: {', '.join(FAMILIES)}."
        )
    config_class, _ = FAMILIES[family]
    try:
        return family, config_class(**known(content, config_class().to_dict()))
    except (StrictDataclassError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise SourceRefused(f"{file} describes no {family} model: {error}") from error


def _extractor_settings(folder: Path) -> dict[str, Any]:
    """What the folder stores of a feature extractor; a processor holds one under that name."""
    for name in EXTRACTOR_FILES:
        if (folder / name).is_file():
            content = settings(folder / name)
            nested = content.get("feature_extractor", content)
            return nested if isinstance(nested, dict) else content
    return {}


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a model folder, in order.

    Raises:
        SourceRefused: if there is none, with what to do about pickled weights.
    """
    files = sorted(p for p in folder.glob("*.safetensors") if not p.name.startswith("adapter"))
    if not files:
        pickled = (folder / "pytorch_model.bin").exists()
        raise SourceRefused(
            f"{folder} holds no safetensors weights"
            + (", only pytorch_model.bin, a pickle, which is never opened" if pickled else "")
            + ". On the Hub a safetensors copy often waits in a pull request: pass its revision, "
            "such as --revision refs/pr/1, or convert the file once with "
            "https://huggingface.co/spaces/safetensors/convert."
        )
    return files


def weights_digest(folder: Path) -> str:
    """SHA-256 over the weight files of a model folder."""
    digest = hashlib.sha256()
    for file in weight_files(folder):
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _read_head(folder: Path) -> tuple[Tensor, Tensor] | None:
    for file in weight_files(folder):
        try:
            with safe_open(file, framework="pt") as tensors:
                if HEAD_WEIGHT in tensors.keys():  # noqa: SIM118 (safe_open is no mapping)
                    weight: Tensor = tensors.get_tensor(HEAD_WEIGHT)
                    bias: Tensor = tensors.get_tensor(HEAD_BIAS)
                    return weight.float(), bias.float()
        except DAMAGE as error:
            raise SourceRefused(f"{file} is damaged, or no safetensors ({error}).") from error
    return None
