"""A model's folder is on the disk before anything says so, and the old one stays until then."""

import errno
import os
from pathlib import Path

import pytest
from checkpoints import tiny_model
from transformers import Wav2Vec2FeatureExtractor

from xlt.language import rules
from xlt.system import files
from xlt.system.exit_status import exit_code
from xlt.training.checkpoint import CheckpointError
from xlt.training.model_folder import changed_files, write_model

EXTRACTOR = Wav2Vec2FeatureExtractor(return_attention_mask=True)
SPANISH = rules.get("es")


def write(folder: Path) -> dict[str, str]:
    return write_model(tiny_model(), EXTRACTOR, SPANISH, folder)


def test_every_file_is_synced_before_the_folder_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, synced = tmp_path / "model", []
    known_fsync = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append((os.readlink(f"/proc/self/fd/{descriptor}"), folder.exists()))
        known_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    hashes = write(folder)
    early = {Path(path).name for path, there in synced if not there}
    assert early == {*hashes, ".model.tmp"}
    assert synced[-1] == (str(tmp_path), True)
    assert set(hashes) == {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("break_at", range(3))
def test_a_whole_model_is_there_after_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, break_at: int
) -> None:
    folder = tmp_path / "model"
    hashes = write(folder)
    rename, count = Path.rename, 0

    def crash(path: Path, target: Path) -> None:
        nonlocal count
        count += 1
        if count > break_at:
            raise KeyboardInterrupt
        rename(path, target)

    monkeypatch.setattr(Path, "rename", crash)
    if break_at < 2:
        with pytest.raises(KeyboardInterrupt):
            write(folder)
    else:
        write(folder)
    there = [p for p in (folder, tmp_path / ".model.old") if p.is_dir()]
    assert [changed_files(p, hashes) for p in there] == [[]]
    monkeypatch.undo()
    assert changed_files(folder, write(folder)) == []
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_a_full_disk_says_so_and_the_old_model_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = write(tmp_path / "model")

    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "sync", full)
    with pytest.raises(
        CheckpointError, match=r"write the model .* MB: .*No space.*--resume"
    ) as said:
        write(tmp_path / "model")
    assert exit_code(said.value) == 74
    assert changed_files(tmp_path / "model", hashes) == []
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_what_has_changed_is_named(tmp_path: Path) -> None:
    hashes = write(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "vocab.json").unlink()
    assert changed_files(tmp_path, hashes) == ["config.json", "vocab.json"]
