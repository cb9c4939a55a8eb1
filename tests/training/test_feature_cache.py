"""Frozen layers run once: the same gradient as the whole model, resumable, checked, bounded."""

import dataclasses
import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from checkpoints import SHAPE, write_checkpoint
from toys import LANGUAGE, NEUTRAL, QUIET, one_step, toy_split, toy_trainer
from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

from xlt.audio.augment import Augmentation, drawn_speed
from xlt.language.labels import labels
from xlt.models.cpu_attention import NAME as ATTENTION
from xlt.models.inputs import model_inputs
from xlt.system.exit_status import exit_code
from xlt.training import feature_cache
from xlt.training.feature_cache import FeatureCache, LowerLayers, build
from xlt.transfer import Regularisation, Transfer, load_source, transfer
from xlt.transfer.frozen import FrozenBelow, UpperLayers, lower_output

SPEEDS = Augmentation(speeds=(0.9, 1.0, 1.1))


@pytest.fixture(scope="module", params=["wav2vec2", "hubert"])
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("toy") / "source", request.param)


def frozen(source: Path, below: FrozenBelow, augmentation: Augmentation = NEUTRAL) -> LowerLayers:
    known = load_source(source)
    model, _ = transfer(known, labels(LANGUAGE), Transfer(freeze_below=below), QUIET)
    return LowerLayers(
        model=model,
        below=below,
        source=known.digest,
        geometry=known.geometry,
        extractor=known.extractor(),
        augmentation=augmentation,
    )


def kept(
    parts: LowerLayers, folder: Path, *, cache_gb: float = 1.0, data: str = "toy"
) -> FeatureCache:
    return build(
        parts,
        toy_split(),
        folder,
        data=data,
        cache_gb=cache_gb,
        seed=0,
        accelerator=Accelerator(cpu=True),
    )


@pytest.mark.parametrize("below", [1, 2, 3, "all"])
@pytest.mark.parametrize("norm", ["before", "after"])
def test_bottom_and_top_are_the_whole_model(below: FrozenBelow, norm: str) -> None:
    torch.manual_seed(0)
    shape = {**SHAPE, "do_stable_layer_norm": norm == "before"}
    model = Wav2Vec2ForCTC(Wav2Vec2Config(**shape, vocab_size=29)).eval()
    split = toy_split()
    extractor = load_extractor()
    inputs = model_inputs([split.samples(i) for i in range(len(split))], extractor)
    with torch.no_grad():
        whole = model(**inputs).logits
        hidden = lower_output(model, below, inputs)
        frames = model._get_feat_extract_output_lengths(inputs["attention_mask"].sum(-1))
        mask = torch.arange(hidden.shape[1]) < frames[:, None]
        top = UpperLayers(model, below).eval()(hidden, mask).logits
    torch.testing.assert_close(top[mask], whole[mask])


def load_extractor():
    from transformers import Wav2Vec2FeatureExtractor

    return Wav2Vec2FeatureExtractor(return_attention_mask=True)


@pytest.mark.parametrize("below", [2, "all"])
def test_the_gradient_is_that_of_frozen_layers_run_again(
    tmp_path: Path, source: Path, below: FrozenBelow
) -> None:
    options = Transfer(freeze_below=below)
    loss, gradient = one_step(toy_trainer(tmp_path / "again", source=source, options=options))
    trainer = toy_trainer(tmp_path / "kept", source=source, options=options)
    parts = dataclasses.replace(frozen(source, below), model=trainer.model)
    trainer.trained = UpperLayers(trainer.model, below)
    trainer.batch_source = dataclasses.replace(
        trainer.batch_source, features=kept(parts, tmp_path / "cache")
    )
    kept_loss, kept_gradient = one_step(trainer)
    assert kept_loss == pytest.approx(loss, rel=1e-2)  # what is kept is rounded to bf16
    learned = {n for n, g in gradient.items() if g.any()}
    assert learned == {n for n, g in kept_gradient.items() if g.any()}
    assert learned
    for name in learned:
        scale = gradient[name].abs().max() + 1e-3
        assert (kept_gradient[name] - gradient[name]).abs().max() < 0.05 * scale, name


def test_masks_fall_where_the_trained_part_begins() -> None:
    torch.manual_seed(0)
    config = Wav2Vec2Config(**SHAPE, vocab_size=29, mask_time_prob=0.5, mask_time_length=2)
    top = UpperLayers(Wav2Vec2ForCTC(config), 2).train()
    hidden, mask = torch.ones(3, 40, 16), torch.ones(3, 40, dtype=torch.bool)
    heard = []
    top.layers[0].register_forward_pre_hook(lambda _, args: heard.append(args[0]))
    time, feature = torch.zeros(3, 38, dtype=torch.bool), torch.zeros(3, 16, dtype=torch.bool)
    time[1, 5:9] = feature[2, 3] = True
    top(hidden, mask, mask_time_indices=time, mask_feature_indices=feature)
    assert heard[0][0].all() and (heard[0][1] == 0).all(dim=-1).nonzero().flatten().tolist() == [
        5,
        6,
        7,
        8,
    ]
    assert (heard[0][2] == 0).all(dim=0).nonzero().flatten().tolist() == [3]
    assert torch.equal(top.eval()(hidden, mask).logits[0], top(hidden, mask).logits[1])


def test_layers_above_the_cut_are_left_out_at_random() -> None:
    torch.manual_seed(0)
    model = Wav2Vec2ForCTC(Wav2Vec2Config(**SHAPE, vocab_size=29, layerdrop=0.5))
    top, heard = UpperLayers(model, 1).train(), []
    for number, layer in enumerate(top.layers):
        layer.register_forward_pre_hook(lambda *_, number=number: heard.append(number))
    hidden, mask = torch.randn(1, 5, 16), torch.ones(1, 5, dtype=torch.bool)
    for _ in range(200):
        assert top(hidden, mask).logits.shape == (1, 5, 29)
    assert {0, 1} == set(heard) and 160 < len(heard) < 240
    heard.clear()
    top.eval()(hidden, mask)
    assert heard == [0, 1]
    model.config.layerdrop = 0.0
    before = torch.random.get_rng_state()
    UpperLayers(model, "all").train()._left_out()
    assert torch.equal(torch.random.get_rng_state(), before), "no draw where nothing is left out"


def test_every_speed_is_kept_and_the_epoch_draws_one(tmp_path: Path, source: Path) -> None:
    parts, split = frozen(source, 2, SPEEDS), toy_split()
    found = kept(parts, tmp_path)
    assert set(found.entries) == {(clip, speed) for clip in split.ids for speed in SPEEDS.speeds}
    for epoch in range(5):
        speed = drawn_speed(SPEEDS, 0, epoch, split.ids[1])
        frames = len(found.read(split.ids[1], epoch))
        samples = len(split.samples(1))
        assert frames == parts.geometry.frames(int(np.ceil(samples / speed)))
    size = sum(f.stat().st_size for f in found.folder.glob("*.bin"))
    assert size == parts.needed_bytes(split)


def test_a_killed_build_goes_on_to_the_same_bits(tmp_path: Path, source: Path) -> None:
    parts = frozen(source, 2, SPEEDS)
    whole = kept(parts, tmp_path / "whole")
    kept(parts, tmp_path / "cut")
    (values,) = (tmp_path / "cut").rglob("*.bin")
    journal = values.with_suffix(".jsonl")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:8]) + lines[8][:7])  # one batch, and a torn line
    with values.open("r+b") as stream:
        stream.truncate(values.stat().st_size - 101)  # an odd number of bytes
    again = kept(parts, tmp_path / "cut")
    assert again.entries.keys() == whole.entries.keys()
    for clip, _ in whole.entries:
        for epoch in range(4):
            assert torch.equal(again.read(clip, epoch), whole.read(clip, epoch))
    before = values.stat().st_size
    kept(parts, tmp_path / "cut")
    assert values.stat().st_size == before, "a whole cache is not made again"
    assert before == parts.needed_bytes(toy_split()), "nothing is left of what was cut off"


def test_a_flipped_bit_is_found_and_the_clip_named(tmp_path: Path, source: Path) -> None:
    found = kept(frozen(source, 2), tmp_path)
    (values,) = tmp_path.rglob("*.bin")
    content = bytearray(values.read_bytes())
    entry = found.entries["toy/3", 1.0]
    content[entry.start + 5] ^= 1
    values.write_bytes(content)
    with pytest.raises(ValueError, match=r"activations of clip toy/3 .* delete .* --resume"):
        kept(frozen(source, 2), tmp_path).read("toy/3", 0)


def test_the_disk_is_bounded(tmp_path: Path, source: Path) -> None:
    parts = frozen(source, 2)
    needed_gb = parts.needed_bytes(toy_split()) / 1e9
    with pytest.raises(ValueError, match=r"cache_gb is .*: raise it, take fewer"):
        kept(parts, tmp_path, cache_gb=needed_gb / 2)
    first = kept(parts, tmp_path, cache_gb=1.5 * needed_gb, data="one")
    second = kept(parts, tmp_path, cache_gb=1.5 * needed_gb, data="two")
    assert not first.folder.exists()
    third = kept(parts, tmp_path, cache_gb=2.5 * needed_gb, data="three")
    assert second.folder.exists() and third.folder.exists()


@pytest.mark.slow
def test_training_on_kept_activations_resumes_to_the_bit(tmp_path: Path, source: Path) -> None:
    masked = Regularisation(hidden_dropout=0.1, mask_time_prob=0.1, mask_time_length=2)

    def run(folder: Path, *, resume: bool = False) -> tuple[list[float], dict]:
        options = Transfer(freeze_below=2)
        trainer = toy_trainer(
            folder, source=source, options=options, regularisation=masked, augmentation=SPEEDS,
            batch_s=1.5, steps=10, evaluate_every=5, checkpoint_every=5,
        )  # fmt: skip
        parts = dataclasses.replace(frozen(source, 2, SPEEDS), model=trainer.model)
        trainer.trained = UpperLayers(trainer.model, 2)
        trainer.batch_source = dataclasses.replace(
            trainer.batch_source, features=kept(parts, folder / "cache")
        )
        outcome = trainer.run(resume=resume)
        return list(outcome.losses), trainer.model.state_dict()

    losses, weights = run(tmp_path / "whole")
    run(tmp_path / "half")
    shutil.rmtree(tmp_path / "half" / "checkpoints" / "step-00000010")
    again, rest = run(tmp_path / "half", resume=True)
    assert again == losses
    assert all(torch.equal(weights[name], rest[name]) for name in weights)


@pytest.mark.slow
def test_a_bottom_that_has_learned_is_not_taken_for_the_source(
    tmp_path: Path, source: Path
) -> None:
    toy_trainer(tmp_path, source=source, steps=5).run()
    trainer = toy_trainer(tmp_path, source=source, steps=8, options=Transfer(freeze_below=2))
    parts = dataclasses.replace(frozen(source, 2), model=trainer.model)
    trainer.trained = UpperLayers(trainer.model, 2)
    trainer.batch_source = dataclasses.replace(
        trainer.batch_source, features=kept(parts, tmp_path / "cache")
    )
    with pytest.raises(ValueError, match="frozen layers have learned in this run"):
        trainer.run(resume=True)


def test_the_bottom_runs_on_the_device_and_with_the_attention_of_the_training(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = frozen(source, 2)
    heard = []

    def note(model: torch.nn.Module, *rest: object) -> torch.Tensor:
        heard.append(model.config._attn_implementation)
        return lower_output(model, *rest)

    monkeypatch.setattr(feature_cache, "lower_output", note)
    kept(parts, tmp_path)
    assert set(heard) == {ATTENTION}
    (folder,) = tmp_path.iterdir()
    assert folder.name == parts.key("toy", "no")
    parts.model.set_attn_implementation("sdpa")
    assert folder.name != parts.key("toy", "no"), "other bits"
    on_cpu = parts.key("toy", "no")
    parts.model.to("meta")
    assert parts.key("toy", "no") != on_cpu


def test_a_full_disk_is_told_with_folder_and_size(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = frozen(source, 2)

    def full(descriptor: int) -> None:
        raise OSError(errno.EFBIG, "File too large")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(
            ValueError, match=rf"GB in all, to {tmp_path}.* too large; make"
        ) as said:
            kept(parts, tmp_path)
    assert exit_code(said.value) == 74
    room = shutil.disk_usage(tmp_path)._replace(free=10)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: room)
        with pytest.raises(ValueError, match="GB are free") as said:
            kept(parts, tmp_path, data="another")
    assert exit_code(said.value) == 74
    assert kept(parts, tmp_path).read("toy/3", 0).isfinite().all()
