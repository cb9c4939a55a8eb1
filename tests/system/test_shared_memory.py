"""Shared memory of readers: its need, a sentence before it is short, and one after."""

import shutil
from pathlib import Path

from xlt.system.shared_memory import free_bytes, loader_failure, needed_bytes, shortage


def test_need_is_readers_times_what_each_makes_ahead() -> None:
    assert needed_bytes(4, 240.0) == 4 * 4 * 240 * 16_000 * 4  # float32 at 16 kHz
    assert needed_bytes(0, 240.0) == 0


def test_a_folder_that_is_too_small_is_named_before_the_first_batch() -> None:
    found = shortage(4, 240.0, 64 << 20)
    assert found is not None and "246 MB" in found and "67 MB are free" in found
    assert "--ipc=host" in found
    assert shortage(4, 240.0, 1 << 30) is None
    assert shortage(4, 240.0, None) is None
    assert shortage(0, 240.0, 0) is None, "the main process needs none"


def test_only_what_speaks_of_shared_memory_is_explained() -> None:
    bus = RuntimeError("DataLoader worker (pid 7) is killed by signal: Bus error.")
    full = RuntimeError("unable to allocate shared memory(shm) for file </torch_1>: No space left")
    assert all("--resume" in str(loader_failure(e, 2, 60.0)) for e in (bus, full))
    assert loader_failure(bus, 0, 60.0) is None
    assert loader_failure(RuntimeError("shapes do not match"), 2, 60.0) is None


def test_free_memory_is_that_of_the_folder(tmp_path: Path) -> None:
    free = free_bytes(tmp_path)
    assert free is not None and 0 < free <= shutil.disk_usage(tmp_path).total
    assert free_bytes(tmp_path / "none") is None
