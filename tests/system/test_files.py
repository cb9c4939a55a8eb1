"""Files are whole on disk under their names, or not there. Run: pytest tests/system/test_files.py."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from places import GOLDEN

from xlt.reports.page import write_report
from xlt.reports.record import Record
from xlt.system.files import atomic_file, replace_folder, sha256, write_atomically


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of what is synced and replaced, in order."""
    seen: list[str] = []
    fsync, replace = os.fsync, os.replace

    def synced(descriptor: int) -> None:
        seen.append(f"sync {Path(os.readlink(f'/proc/self/fd/{descriptor}')).name}")
        fsync(descriptor)

    def replaced(self: Path, target: Path) -> Path:
        seen.append(f"replace {target.name}")
        replace(self, target)
        return target

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    return seen


def by_text(path: Path) -> None:
    write_atomically(path, "text\n")


def by_stream(path: Path) -> None:
    with atomic_file(path) as stream:
        np.save(stream, np.arange(9))


def by_report(path: Path) -> None:
    write_report(Record.load(GOLDEN / "record.json").to_dict(), path)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="names of descriptors are Linux's")
@pytest.mark.parametrize("write", [by_text, by_stream, by_report])
def test_content_is_on_the_disk_before_the_name_and_the_name_after_it(
    tmp_path: Path, calls: list[str], write: Callable[[Path], None]
) -> None:
    path = tmp_path / "run" / "file"
    write(path)
    assert calls == ["sync .file.tmp", "replace file", "sync run"]
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_an_error_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new \ud800")
    with pytest.raises(TypeError), atomic_file(path) as stream:
        stream.writelines([b"half", "of it"])  # type: ignore[list-item]
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_text() == "old"


def test_a_lone_surrogate_may_be_replaced(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", "a\ud800ñ\r\n", errors="replace")
    assert (tmp_path / "file").read_bytes() == "a?ñ\r\n".encode()


def test_sha256_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    assert sha256(tmp_path / "abc").startswith("ba7816bf8f01cfea414140de5dae2223b00361a3")


def test_a_folder_takes_the_place_of_another(tmp_path: Path) -> None:
    for name in ("old", "new"):
        draft = tmp_path / "draft"
        draft.mkdir()
        (draft / name).write_text(name)
        replace_folder(draft, tmp_path / "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]
    assert [p.name for p in (tmp_path / "folder").iterdir()] == ["new"]
