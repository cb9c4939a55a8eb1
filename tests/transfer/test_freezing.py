"""Parameters that learn at a step, on every family; and no gradient below the lowest of them."""

from pathlib import Path

import pytest
import torch
from checkpoints import SHAPE, tiny_model, write_checkpoint
from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

from xlt.language import rules
from xlt.language.labels import labels
from xlt.models.families import FAMILIES
from xlt.transfer import Regularisation, Transfer, load_source, trainable, transfer
from xlt.transfer.freezing import learn_only, region

SPANISH = labels(rules.get("es"))


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp(request.param), request.param)


def learning(model: torch.nn.Module, step: int = 0, **options: object) -> frozenset[str]:
    return trainable(model, Transfer(**options), step)


def test_what_learns_is_a_function_of_the_step(folder: Path) -> None:
    model, _ = transfer(load_source(folder), SPANISH)
    head = {"lm_head.weight", "lm_head.bias"}
    assert learning(model, 4, head_only_steps=5) == head
    after = learning(model, 5, head_only_steps=5)
    assert after > head
    assert not any(".feature_extractor." in n for n in after)
    frozen = learning(model, freeze_below=2)
    assert {n.split(".layers.")[1][0] for n in frozen if ".layers." in n} == {"2"}
    assert not any("feature_projection" in n for n in frozen)
    everything = {n for n, _ in model.named_parameters()}
    assert learning(model, freeze_feature_encoder=False) == everything


def test_masks_that_are_not_drawn_are_not_learned(folder: Path) -> None:
    quiet = Regularisation(mask_time_prob=0.0, mask_feature_prob=0.1)
    model, _ = transfer(load_source(folder), SPANISH, regularisation=quiet)
    assert any(n.endswith("masked_spec_embed") for n, _ in model.named_parameters())
    assert not any(n.endswith("masked_spec_embed") for n in learning(model))


@pytest.mark.parametrize("name", FAMILIES)
def test_every_part_of_a_family_is_found_by_its_name(name: str) -> None:
    model = tiny_model(name)
    regions = {region(n, FAMILIES[name]) for n, _ in model.named_parameters()}
    convolved = FAMILIES[name].modules.convolutions is not None
    expected = {"head", "input", "layer 0", "layer 1", "layer 2"}
    assert regions == (expected | {"convolutions", "top"} if convolved else expected)


@pytest.mark.parametrize("name", FAMILIES)
def test_no_gradient_is_computed_below_the_lowest_that_learns(name: str) -> None:
    model = tiny_model(name).train()
    model.config.mask_time_prob = model.config.layerdrop = 0.0
    for module in model.modules():
        module.layerdrop = 0.0
    names = trainable(model, Transfer(freeze_below=2), 0)
    learn_only(model, names)
    bert = name == "wav2vec2-bert"
    inputs = torch.randn(2, 40, 160) if bert else torch.randn(2, 4000)
    seen: list[bool] = []
    layers = model.get_submodule(FAMILIES[name].modules.layers)
    for layer in layers:
        layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].requires_grad))
    model(inputs).logits.sum().backward()
    assert seen == [False, False, False]
    assert {n for n, p in model.named_parameters() if p.grad is not None} == names


def test_the_norm_before_the_layers_is_frozen_with_them() -> None:
    model = Wav2Vec2ForCTC(Wav2Vec2Config(**{**SHAPE, "do_stable_layer_norm": False}))
    learns = learning(model, freeze_below=2)
    assert not any(".encoder.layer_norm." in name for name in learns)
    before = Wav2Vec2ForCTC(Wav2Vec2Config(**SHAPE))
    assert any(".encoder.layer_norm." in name for name in learning(before, freeze_below=2))
