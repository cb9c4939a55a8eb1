"""Sources by name: a folder, the package, the Hub; and their digest."""

from pathlib import Path

import pytest
import torch
from checkpoints import write_checkpoint
from safetensors.torch import load_file, save_file

from xlt.transfer import ModelRefused, load_source


@pytest.mark.slow
def test_the_digest_follows_the_weights(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "source")
    before = load_source(folder).digest
    assert len(before) == 64
    tensors = load_file(folder / "model.safetensors")
    tensors["lm_head.bias"] += 1
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    assert load_source(folder).digest != before


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("xlt:no-such", "There is: xlt:"),
        ("./nowhere", "not a folder here, and not a Hub id"),
        ("nobody/nothing", "Could not get nobody/nothing from the Hub"),
    ],
)
def test_names_that_lead_nowhere(name: str, words: str) -> None:
    with pytest.raises(ModelRefused, match=words):
        load_source(name)


def test_the_embedded_source_opens() -> None:
    source = load_source("xlt:en-mini")
    assert source.labels is not None
    assert "".join(source.labels.letters) == "abcdefghijklmnopqrstuvwxyz'"
    logits = source.load().eval()(torch.randn(1, 16_000)).logits
    assert logits.shape[-1] == len(source.labels.tokens)
