"""Given masks hide what transformers' own would hide, in every family, without drawing anything."""

from pathlib import Path

import pytest
import torch
from checkpoints import write_checkpoint
from toys import LANGUAGE, toy_trainer

from xlt.audio.frames import geometry
from xlt.language.labels import labels
from xlt.models.given_masks import GivenMasks, fitted, spec_augment
from xlt.transfer import Regularisation, Transfer, load_source, transfer

MASKED = Regularisation(
    hidden_dropout=0.0,
    mask_time_prob=0.3,
    mask_time_length=2,
    mask_feature_prob=0.2,
    mask_feature_length=2,
)
FAMILIES = ["wav2vec2", "hubert", "wavlm", "wav2vec2-bert"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_masked_frame_is_what_transformers_makes_of_it(tmp_path: Path, family: str) -> None:
    trainer = toy_trainer(
        tmp_path, source=write_checkpoint(tmp_path / "source", family), regularisation=MASKED
    )
    batch = trainer.batch_source.micro_batch((0, 1, 2), (0, 1, 2), 0)
    time, feature = batch.masks["mask_time_indices"], batch.masks["mask_feature_indices"]
    assert time.any() and feature.any() and not time.all()
    model = trainer.model.eval()
    given = GivenMasks(model)
    encoder = model.base_model
    heard = []
    encoder.encoder.register_forward_pre_hook(
        lambda _, args, kwargs: heard.append(args[0] if args else kwargs["hidden_states"]),
        with_kwargs=True,
    )
    bare = {k: v for k, v in batch.arguments().items() if not k.startswith("mask_")}
    with torch.no_grad():
        ours = given(**batch.arguments()).logits
        plain = model(**bare).logits
    masked, unmasked = heard
    hides = fitted(time, masked.shape[1])
    width = ~feature[:, None]
    expected = torch.where(hides[..., None], encoder.masked_spec_embed, unmasked) * width
    assert torch.equal(masked, expected)
    assert not torch.equal(ours, plain)
    with torch.no_grad():
        assert torch.equal(given(**bare).logits, plain), "the class's own method is there again"


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_is_drawn_in_a_step_and_all_that_learns_has_a_gradient(
    tmp_path: Path, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = toy_trainer(
        tmp_path, source=write_checkpoint(tmp_path / "source", family), regularisation=MASKED
    )
    batch = trainer.batch_source.micro_batch((0, 1), (0, 1), 0)
    module = type(trainer.model).__module__
    monkeypatch.delattr(f"{module}._compute_mask_indices")
    trainer.model.train()
    GivenMasks(trainer.model)(**batch.arguments()).logits.sum().backward()
    assert trainer.model.base_model.masked_spec_embed.grad is not None


def test_a_configuration_without_masks_asks_for_none(tmp_path: Path) -> None:
    source = load_source(write_checkpoint(tmp_path / "source"))
    quiet = Regularisation(mask_time_prob=0.0)
    for options, wanted in ((quiet, False), (MASKED, True)):
        model, _ = transfer(source, labels(LANGUAGE), Transfer(), options)
        assert (spec_augment(model.config) is not None) is wanted
    found = spec_augment(model.config)
    assert found is not None and found.width == model.config.hidden_size
    assert found.geometry == geometry(model.config)
    model.config.apply_spec_augment = False
    assert spec_augment(model.config) is None


def test_a_mask_follows_the_padding() -> None:
    mask = torch.tensor([[True, False, True]])
    assert fitted(mask, 5).tolist() == [[True, False, True, False, False]]
    assert fitted(mask, 2).tolist() == [[True, False]]
