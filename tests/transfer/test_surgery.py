"""`transfer` on every family: sizes never fail, kept weights are equal, options reach the model."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch
from checkpoints import ENGLISH, write_checkpoint, write_headless
from transformers import AutoModelForCTC

from xlt.language import rules
from xlt.language.labels import labels
from xlt.transfer import Regularisation, Transfer, load_source, trainable, transfer

GERMAN = labels(rules.get("de"))
SPANISH = labels(rules.get("es"))


@pytest.fixture(scope="module", params=["wav2vec2", "hubert", "wavlm", "wav2vec2-bert"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("english"))


def audio(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    if model.config.model_type == "wav2vec2-bert":
        return {"input_features": torch.randn(2, 40, 160)}
    return {"input_values": torch.randn(2, 4000)}


def test_an_alphabet_of_29_goes_to_a_german_one_of_33(folder: Path) -> None:
    assert len(ENGLISH) == 29
    assert len(GERMAN.tokens) == 33
    with pytest.raises(RuntimeError, match=r"size|mismatch|shape"):  # what everybody meets
        AutoModelForCTC.from_pretrained(folder, vocab_size=33)
    model, report = transfer(load_source(folder), GERMAN)
    assert model(**audio(model)).logits.shape[-1] == 33
    assert len(report.rows) == 33
    assert "case fold" in str(report)


def test_the_encoder_and_the_copied_rows_are_the_sources(folder: Path) -> None:
    source = load_source(folder)
    before, after = source.load(), transfer(source, SPANISH)[0]
    old = {n: p for n, p in before.named_parameters() if not n.startswith("lm_head")}
    for name, parameter in after.named_parameters():
        if not name.startswith("lm_head"):
            assert torch.equal(parameter, old[name]), name
    after.eval(), before.eval()
    mine, theirs = after(**audio(after)).logits, before(**audio(before)).logits
    e = SPANISH.tokens.index("e")
    torch.testing.assert_close(mine[..., e], theirs[..., ENGLISH.index("E")])
    torch.testing.assert_close(mine[..., SPANISH.blank], theirs[..., 0])


def test_dropped_layers_leave_the_lower_ones(folder: Path) -> None:
    source = load_source(folder)
    model, report = transfer(source, SPANISH, Transfer(drop_layers=2))
    assert (report.layers_before, report.layers_after) == (3, 1)
    assert model.config.num_hidden_layers == 1
    whole = source.load().base_model.encoder.layers[0].state_dict()
    for name, value in model.base_model.encoder.layers[0].state_dict().items():
        assert torch.equal(value, whole[name]), name
    assert model(**audio(model)).logits.isfinite().all()


@pytest.mark.parametrize("pretraining", [False, True])
def test_a_source_without_a_head_gets_a_fresh_one(tmp_path: Path, pretraining: bool) -> None:
    source = load_source(write_headless(tmp_path, pretraining=pretraining))
    assert source.head is None
    model, report = transfer(source, GERMAN, Transfer(drop_layers=1))
    assert {row.how for row in report.rows} == {"fresh"}
    assert model(**audio(model)).logits.shape[-1] == 33


def test_random_weights_have_the_sources_shape_only(english: Path) -> None:
    source = load_source(english)
    model, _ = transfer(source, SPANISH, Transfer(weights="random"), seed=1)
    same, _ = transfer(source, SPANISH, Transfer(weights="random"), seed=1)
    name = "wav2vec2.encoder.layers.0.attention.q_proj.weight"
    assert not torch.equal(model.get_parameter(name), source.load().get_parameter(name))
    assert torch.equal(model.get_parameter(name), same.get_parameter(name))
    assert "wav2vec2.feature_extractor.conv_layers.0.conv.weight" in trainable(
        model, Transfer(weights="random"), 0
    )


def test_too_many_layers_are_refused(english: Path) -> None:
    source = load_source(english)
    with pytest.raises(ValueError, match="3 encoder layers and one at least"):
        transfer(source, SPANISH, Transfer(drop_layers=3))
    with pytest.raises(ValueError, match="only 2 encoder layers are left"):
        transfer(source, SPANISH, Transfer(drop_layers=1, freeze_below=3))


def test_every_regularisation_reaches_the_model(english: Path) -> None:
    source, default = load_source(english), Regularisation()
    for option in fields(Regularisation):
        value = 5 if option.name.endswith("length") else 0.33
        changed = replace(default, **{option.name: value})
        model, _ = transfer(source, SPANISH, regularisation=changed)
        assert getattr(model.config, option.name) == value
    model, _ = transfer(source, SPANISH, regularisation=replace(default, hidden_dropout=0.33))
    assert model.base_model.encoder.layers[0].dropout.p == 0.33


def test_masks_are_on_where_they_are_asked_for(folder: Path) -> None:
    file = folder / "config.json"
    before = json.loads(file.read_text())
    for stored in (False, True):
        file.write_text(json.dumps({**before, "apply_spec_augment": stored}))
        for time, channels in ((0.05, 0.0), (0.0, 0.1), (0.0, 0.0)):
            asked = Regularisation(mask_time_prob=time, mask_feature_prob=channels)
            model, _ = transfer(load_source(folder), SPANISH, regularisation=asked)
            assert model.config.apply_spec_augment is (time + channels > 0)
    file.write_text(json.dumps(before))


def test_probabilities_are_checked() -> None:
    with pytest.raises(ValueError, match=r"hidden_dropout is 1\.5"):
        Regularisation(hidden_dropout=1.5)
    with pytest.raises(ValueError, match="drop_layers is -1"):
        Transfer(drop_layers=-1)
