"""The table of families against the classes of transformers: names lead to modules, rules to truth."""

from pathlib import Path

import pytest
import torch
from checkpoints import SHAPE, tiny_model, write_checkpoint
from transformers import AutoConfig, AutoFeatureExtractor, AutoModelForCTC, WhisperConfig

from xlt.models.cpu_attention import NAME, suit_device
from xlt.models.families import FAMILIES, family_of, known_family
from xlt.models.safety import ModelRefused

NORMS = {"layer": True, "group": False}
"""Norm of the convolutions -> pre-norm encoder, as in the published models."""


@pytest.mark.parametrize("name", FAMILIES)
def test_the_classes_are_those_of_transformers(name: str, tmp_path: Path) -> None:
    folder, family = write_checkpoint(tmp_path, name), FAMILIES[name]
    assert family.model_type == name
    assert type(AutoConfig.from_pretrained(folder)) is family.config
    assert type(AutoModelForCTC.from_pretrained(folder)) is family.ctc
    assert type(AutoFeatureExtractor.from_pretrained(folder)) is family.extractor


@pytest.mark.parametrize("name", FAMILIES)
def test_module_names_lead_to_modules(name: str) -> None:
    model, modules = tiny_model(name), FAMILIES[name].modules
    assert family_of(model.config) is FAMILIES[name]
    assert len(list(model.get_submodule(modules.layers).children())) == 3
    assert model.get_submodule(modules.head).weight.shape == (29, 16)
    assert isinstance(model.get_submodule(modules.dropout), torch.nn.Dropout)
    for part in (modules.convolutions, modules.final_norm):
        assert part is None or list(model.get_submodule(part).parameters())
    if modules.adapter is None:
        return
    config = type(model.config)(**{**model.config.to_dict(), "add_adapter": True})
    adapted = FAMILIES[name].ctc(config)
    assert list(adapted.get_submodule(modules.adapter).parameters())


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_says_when_padding_is_heard(name: str, norm: str) -> None:
    """In the output of a padded clip, without a mask where the family asks for none."""
    family = FAMILIES[name]
    torch.manual_seed(0)
    if name == "wav2vec2-bert":
        model, short, long = tiny_model(name), torch.randn(1, 20, 160), (1, 90, 160)
    else:
        shape = {**SHAPE, "feat_extract_norm": norm, "do_stable_layer_norm": NORMS[norm]}
        model, short, long = family.ctc(family.config(**shape)), torch.randn(1, 2000), (1, 9000)
    padded, mask = torch.zeros(long), torch.zeros(long[:2], dtype=torch.long)
    padded[:, : short.shape[1]], mask[:, : short.shape[1]] = short, 1
    hears = family.hears_padding(model.config)
    assert family.default_extractor(model.config).return_attention_mask is not hears
    alone = model.eval()(short, attention_mask=torch.ones_like(mask[:, : short.shape[1]])).logits
    together = model(padded, attention_mask=mask).logits[:, : alone.shape[1]]
    assert torch.allclose(alone, together, atol=1e-4) is not hears


@pytest.mark.parametrize("name", FAMILIES)
def test_attention_is_swapped_where_the_family_takes_it(name: str) -> None:
    model = tiny_model(name)
    suit_device(model)
    assert (model.config._attn_implementation == NAME) == FAMILIES[name].swaps_attention


def test_unknown_families_are_named() -> None:
    words = "'whisper' checkpoint: .* xlt opens CTC models of wav2vec2, HuBERT, WavLM and"
    with pytest.raises(ModelRefused, match=f"The model is a {words}"):
        family_of(WhisperConfig())
    with pytest.raises(ModelRefused, match=f"a/b is a {words}"):
        known_family("whisper", "a/b")
