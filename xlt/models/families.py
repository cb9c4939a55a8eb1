"""Table of model families: classes, rules and module names of each `model_type` that xlt opens."""

from collections.abc import Callable
from dataclasses import dataclass

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

from xlt.models.other_formats import not_ctc
from xlt.models.safety import ModelRefused


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleNames:
    """Dotted names of the parts of a CTC model, as `get_submodule` and parameter names have them."""

    layers: str
    """List of the encoder's layers, lowest first."""
    convolutions: str | None = None
    """Convolutions over samples (the feature encoder); None: features are made by the extractor."""
    final_norm: str | None = None
    """Norm of the whole encoder: after its last layer in pre-norm models, else before its first."""
    adapter: str | None = None
    """Strided layers between the encoder and the head; None: the family can have none."""
    dropout: str = "dropout"
    """Dropout on the input of the head."""
    head: str = "lm_head"
    """Linear map from hidden states to logits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """Everything that differs between the families of CTC models."""

    model_type: str
    """As config.json has it."""
    config: type[PreTrainedConfig]
    ctc: type[PreTrainedModel]
    extractor: type[FeatureExtractionMixin]
    modules: ModuleNames
    hears_padding: Callable[[PreTrainedConfig], bool]
    """True if padding changes the output: such models get clips of one length, and no mask."""
    caches_features: bool
    """True if a layer needs only its input and the mask, so that it runs on stored hidden states."""
    swaps_attention: bool
    """True if the layers take their attention from transformers' AttentionInterface."""

    def default_extractor(self, config: PreTrainedConfig) -> FeatureExtractionMixin:
        """The extractor that models of this family are trained with."""
        return self.extractor(return_attention_mask=not self.hears_padding(config))


def _group_norm(config: PreTrainedConfig) -> bool:
    """True if the convolutions are normalised over all frames of a row, padding included."""
    return bool(config.feat_extract_norm == "group")


def _never(_: PreTrainedConfig) -> bool:
    return False


def _wav2vec2_modules(prefix: str, *, adapter: bool = True) -> ModuleNames:
    return ModuleNames(
        layers=f"{prefix}.encoder.layers",
        convolutions=f"{prefix}.feature_extractor",
        final_norm=f"{prefix}.encoder.layer_norm",
        adapter=f"{prefix}.adapter" if adapter else None,
    )


FAMILIES = {
    family.model_type: family
    for family in (
        Family(
            model_type="wav2vec2",
            config=Wav2Vec2Config,
            ctc=Wav2Vec2ForCTC,
            extractor=Wav2Vec2FeatureExtractor,
            modules=_wav2vec2_modules("wav2vec2"),
            hears_padding=_group_norm,
            caches_features=True,
            swaps_attention=True,
        ),
        Family(
            model_type="hubert",
            config=HubertConfig,
            ctc=HubertForCTC,
            extractor=Wav2Vec2FeatureExtractor,
            modules=_wav2vec2_modules("hubert", adapter=False),
            hears_padding=_group_norm,
            caches_features=True,
            swaps_attention=True,
        ),
        Family(  # its first layer makes the position bias of all the others
            model_type="wavlm",
            config=WavLMConfig,
            ctc=WavLMForCTC,
            extractor=Wav2Vec2FeatureExtractor,
            modules=_wav2vec2_modules("wavlm"),
            hears_padding=_group_norm,
            caches_features=False,
            swaps_attention=False,
        ),
        Family(  # its layers need the relative positions, and have an attention of their own
            model_type="wav2vec2-bert",
            config=Wav2Vec2BertConfig,
            ctc=Wav2Vec2BertForCTC,
            extractor=SeamlessM4TFeatureExtractor,
            modules=ModuleNames(
                layers="wav2vec2_bert.encoder.layers", adapter="wav2vec2_bert.adapter"
            ),
            hears_padding=_never,
            caches_features=False,
            swaps_attention=False,
        ),
    )
}
"""`model_type` -> family."""


def family_of(config: PreTrainedConfig) -> Family:
    """Look up the family of a model by its configuration.

    Raises:
        ModelRefused: if it is not in the table.
    """
    return known_family(config.model_type, "The model")


def known_family(model_type: object, name: str) -> Family:
    """Look up a family by the `model_type` that a configuration file states.

    Raises:
        ModelRefused: if it is not in the table; the message calls the checkpoint by `name`.
    """
    if sentence := not_ctc(model_type, name):
        raise ModelRefused(sentence)
    if not isinstance(model_type, str) or model_type not in FAMILIES:
        raise ModelRefused(
            f"{name} is a {model_type!r} checkpoint. Known families: {', '.join(FAMILIES)}."
        )
    return FAMILIES[model_type]


def ends_with_norm(config: PreTrainedConfig) -> bool:
    """True if the encoder's norm follows its last layer (pre-norm), not the input (post-norm)."""
    return bool(getattr(config, "do_stable_layer_norm", False))
