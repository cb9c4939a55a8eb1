"""A checkpoint is whole or passed over; what was there before a failure is still there after it."""

import errno
import json
from pathlib import Path

import pytest
import torch

from xlt.training import checkpoint as module
from xlt.training.checkpoint import Checkpoint, CheckpointError, damage, newest, save

FILES = ["model.safetensors", "optimizer.safetensors", "state.json", "MANIFEST.json"]


def at(step: int) -> Checkpoint:
    return Checkpoint(
        step=step,
        tensors={
            "model": {"w": torch.full((3, 2), float(step))},
            "optimizer": {"w/m": torch.ones(2)},
        },
        state={"progress": {"losses": [1.5, step]}},
    )


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    save(at(7), tmp_path)
    found = newest(tmp_path)
    assert found is not None
    assert found.step == 7
    assert torch.equal(found.tensors["model"]["w"], torch.full((3, 2), 7.0))
    assert found.state["progress"] == {"losses": [1.5, 7]}
    assert newest(tmp_path / "empty") is None


def test_the_newest_are_kept_and_nothing_else_is_left(tmp_path: Path) -> None:
    for step in (8, 9, 10, 100):
        save(at(step), tmp_path, keep=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step-00000010", "step-00000100"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("harm", ["missing", "empty", "cut", "one bit"])
def test_a_damaged_checkpoint_is_passed_over_and_named(
    tmp_path: Path, name: str, harm: str
) -> None:
    save(at(1), tmp_path)
    file = save(at(2), tmp_path) / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(
            {"empty": b"", "cut": content[: len(content) // 2]}.get(harm, bytes(content))
        )
    found = newest(tmp_path)
    assert found is not None
    assert found.step == 1
    (passed_over,) = found.passed_over
    assert passed_over.startswith("step-00000002: ")
    if name != "MANIFEST.json":
        assert name in passed_over


def test_a_run_never_starts_again_in_silence(tmp_path: Path) -> None:
    (save(at(1), tmp_path) / "model.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"No checkpoint in .* is whole .*model\.safetensors"):
        newest(tmp_path)


def test_a_manifest_that_lists_less_is_damage(tmp_path: Path) -> None:
    folder = save(at(1), tmp_path)
    (folder / "MANIFEST.json").write_text(json.dumps({}))
    assert damage(folder) == "MANIFEST.json does not list state.json"


def test_a_full_disk_leaves_the_last_good_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(at(1), tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "_sync", full)  # the disk itself can't be filled in a test
    with pytest.raises(CheckpointError, match="The disk is full.*--resume"):
        save(at(2), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["step-00000001"]
    found = newest(tmp_path)
    assert found is not None
    assert found.step == 1


def test_a_half_written_one_does_not_count(tmp_path: Path) -> None:
    save(at(1), tmp_path)
    (tmp_path / ".tmp-step-00000002").mkdir()
    (tmp_path / ".tmp-step-00000002" / "model.safetensors").write_bytes(b"half")
    found = newest(tmp_path)
    assert found is not None
    assert found.step == 1
    save(at(2), tmp_path)
    assert not list(tmp_path.glob(".tmp*"))
