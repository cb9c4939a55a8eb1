"""Pickled weights: written as safetensors by a child that runs nothing, only where it is asked for."""

import os
import pickle
import shutil
from pathlib import Path

import pytest
import torch
from checkpoints import write_checkpoint
from huggingface_hub import constants
from safetensors.torch import load_file

from xlt.models import pickled
from xlt.models.pickled import as_safetensors, convert
from xlt.models.safety import ModelRefused
from xlt.recognition.recogniser import Recogniser
from xlt.transfer import load_source

WEIGHTS = "model.safetensors"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny checkpoint with its weights in a pickle alone; the safetensors lie one folder above."""
    folder = write_checkpoint(tmp_path / "mine")
    torch.save(load_file(folder / WEIGHTS), folder / "pytorch_model.bin")
    shutil.move(folder / WEIGHTS, tmp_path / WEIGHTS)
    return folder


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HOME", str(tmp_path / "home"))


def same(one: Path, other: Path) -> bool:
    first, second = load_file(one), load_file(other)
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


@pytest.mark.slow
def test_a_converted_folder_holds_the_same_weights_and_files(folder: Path, tmp_path: Path) -> None:
    out = convert(folder, tmp_path / "converted")
    assert same(out / WEIGHTS, tmp_path / WEIGHTS)
    assert {p.name for p in out.iterdir()} == {
        *("config.json", "vocab.json", "preprocessor_config.json", WEIGHTS)
    }
    assert load_source(out).labels is not None
    with pytest.raises(ModelRefused, match="is there already: name another folder"):
        convert(folder, out)
    with pytest.raises(ModelRefused, match="there is nothing to convert"):
        convert(out, tmp_path / "again")


@pytest.mark.slow
def test_a_pickle_is_opened_only_where_it_is_allowed(folder: Path, tmp_path: Path) -> None:
    for opened in (load_source, Recogniser.load):
        with pytest.raises(ModelRefused, match="not opened unasked.*xlt convert .*mine --out"):
            opened(folder)
    source = load_source(folder, allow_pickle=True)
    assert same(source.folder / WEIGHTS, tmp_path / WEIGHTS)
    assert source.name == str(folder)
    made = (source.folder / WEIGHTS).stat().st_mtime_ns
    assert Recogniser.load(folder, "cpu", allow_pickle=True).labels == source.labels
    assert (as_safetensors(folder) / WEIGHTS).stat().st_mtime_ns == made  # once
    (folder / "pytorch_model.bin").write_bytes(b"changed")
    with pytest.raises(ModelRefused, match="can't be read as plain tensors"):
        load_source(folder, allow_pickle=True)


class Canary:
    """Unpickled, it leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.slow
@pytest.mark.parametrize("content", ["canary", "a list", "no weights", "damaged"])
def test_other_things_than_weights_are_refused_and_not_run(
    folder: Path, tmp_path: Path, content: str
) -> None:
    file = folder / "pytorch_model.bin"
    if content == "canary":
        file.write_bytes(pickle.dumps({"x": Canary(tmp_path / "ran")}))
    elif content == "damaged":
        file.write_bytes(file.read_bytes()[:1000])
    else:
        torch.save([torch.zeros(2)] if content == "a list" else {"step": 3}, file)
    with pytest.raises(
        ModelRefused, match="can't be read as plain tensors: .*Nothing in it was run"
    ):
        convert(folder, tmp_path / "converted")
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "converted" / WEIGHTS).exists()


@pytest.mark.slow
def test_shards_are_joined_and_shared_tensors_parted(tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    shared = torch.arange(4.0)
    torch.save({"a": shared, "b": shared}, folder / "pytorch_model-00001-of-00002.bin")
    torch.save({"c": shared[1:3].t()}, folder / "pytorch_model-00002-of-00002.bin")
    torch.save({"d": shared}, folder / "training_args.bin")
    found = load_file(convert(folder, tmp_path / "out") / WEIGHTS)
    assert sorted(found) == ["a", "b", "c"]
    assert torch.equal(found["c"], shared[1:3])


@pytest.mark.slow
def test_the_child_has_no_secrets_and_a_limit_of_what_it_writes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = (
        "import os, resource, sys; "
        "sys.exit(f\"{resource.getrlimit(resource.RLIMIT_FSIZE)[0]} {'HF_TOKEN' in os.environ}\")"
    )
    limited = "import sys; sys.path.append(sys.argv[1]); from xlt.models import pickled; pickled._limit(1000); "
    monkeypatch.setenv("HF_TOKEN", "hf_" + "x" * 30)
    monkeypatch.setattr(pickled, "START", limited + seen)
    with pytest.raises(ModelRefused, match="1002000 False"):
        convert(folder, tmp_path / "converted")
