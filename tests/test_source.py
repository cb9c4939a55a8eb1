"""What is accepted as a source, and what is refused with which sentence."""

import json
from pathlib import Path

import pytest
import torch
from checkpoints import ENGLISH, write_checkpoint
from safetensors.torch import load_file, save_file

from xlt.transfer import SourceRefused, load_source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_checkpoint(tmp_path / "source")


def change_config(folder: Path, **values: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def test_a_source_is_known(folder: Path) -> None:
    source = load_source(folder)
    assert source.family == "wav2vec2"
    assert source.layers == 3
    assert source.labels is not None
    assert source.labels.tokens == tuple(ENGLISH)
    assert source.head is not None
    assert source.head[0].shape == (29, 16)
    assert source.geometry.frames(16_000) == 200
    assert len(source.digest) == 64


def test_the_digest_follows_the_weights(folder: Path) -> None:
    before = load_source(folder).digest
    tensors = load_file(folder / "model.safetensors")
    tensors["lm_head.bias"] += 1
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    assert load_source(folder).digest != before


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"model_type": "whisper"}, "'whisper' checkpoint.*wav2vec2, hubert, wavlm, wav2vec2-bert"),
        ({"auto_map": {"AutoModel": "evil.Model"}}, "run code from elsewhere"),
        ({"_attn_implementation_internal": "someone/kernel"}, "run code from elsewhere"),
    ],
)
def test_other_configurations_are_refused(
    folder: Path, values: dict[str, object], words: str
) -> None:
    change_config(folder, **values)
    with pytest.raises(SourceRefused, match=words):
        load_source(folder)


def test_pickles_are_never_opened(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")
    with pytest.raises(
        SourceRefused, match="a pickle, which is never opened.*--revision refs/pr/1"
    ):
        load_source(folder)


def test_missing_encoder_weights_are_named(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    name = "wav2vec2.encoder.layers.1.attention.q_proj.weight"
    del tensors[name]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(SourceRefused, match=name):
        load_source(folder).load()


def test_a_vocabulary_of_another_size_is_refused(folder: Path) -> None:
    (folder / "vocab.json").write_text(
        json.dumps({t: i for i, t in enumerate([*ENGLISH, "É", "Ñ"])})
    )
    with pytest.raises(SourceRefused, match="31 labels but the head writes 29"):
        load_source(folder)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("xlt:no-such", "There is: xlt:"),
        ("./nowhere", "not a folder here, and not a Hub id"),
        ("nobody/nothing", "Could not get nobody/nothing from the Hub"),
    ],
)
def test_names_that_lead_nowhere(name: str, words: str) -> None:
    with pytest.raises(SourceRefused, match=words):
        load_source(name)


def test_the_embedded_source_opens() -> None:
    source = load_source("xlt:en-mini")
    assert source.labels is not None
    assert "".join(source.labels.letters) == "abcdefghijklmnopqrstuvwxyz'"
    logits = source.load().eval()(torch.randn(1, 16_000)).logits
    assert logits.shape[-1] == len(source.labels.tokens)
