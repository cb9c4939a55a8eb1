"""Memory that a process may still take, read from a file tree like the kernel's."""

import resource
from pathlib import Path

import numpy as np
import pytest

from xlt.system.memory import (
    available_bytes,
    give_back,
    peak_bytes,
    resident_bytes,
)

MIB = 1 << 20


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine with 1000 MiB available."""
    write(tmp_path / "proc/meminfo", "MemTotal: 4096000 kB\nMemAvailable: 1024000 kB\n")
    return tmp_path


def test_without_a_container_the_machine_decides(root: Path) -> None:
    assert available_bytes(root) == 1000 * MIB
    write(root / "proc/self/cgroup", "0::/\n")
    assert available_bytes(root) == 1000 * MIB


def version_2(root: Path, group: str, limit: str, used: int, cached: int) -> None:
    folder = root / "sys/fs/cgroup" / group
    write(folder / "memory.max", f"{limit}\n")
    write(folder / "memory.current", f"{used * MIB}\n")
    write(folder / "memory.stat", f"anon 1\ninactive_file {cached * MIB}\n")


def test_every_group_above_the_process_counts_and_caches_do_not(root: Path) -> None:
    write(root / "proc/self/cgroup", "0::/slice/job\n")
    version_2(root, "slice/job", "max", 10, 0)
    assert available_bytes(root) == 1000 * MIB
    version_2(root, "slice", str(500 * MIB), 400, 150)
    assert available_bytes(root) == 250 * MIB
    version_2(root, "slice/job", str(300 * MIB), 100, 20)
    assert available_bytes(root) == 220 * MIB
    version_2(root, "slice/job", str(300 * MIB), 400, 0)
    assert available_bytes(root) == 0


def test_inside_a_container_the_top_group_is_its_own(root: Path) -> None:
    write(root / "proc/self/cgroup", "0::/../../kubepods/job\n")
    version_2(root, "", str(500 * MIB), 100, 0)
    assert available_bytes(root) == 400 * MIB


def test_version_1(root: Path) -> None:
    write(root / "proc/self/cgroup", "7:cpu:/job\n4:memory:/job\n0::/\n")
    folder = root / "sys/fs/cgroup/memory/job"
    write(folder / "memory.limit_in_bytes", f"{(1 << 63) - 4096}\n")
    write(folder / "memory.usage_in_bytes", f"{200 * MIB}\n")
    write(folder / "memory.stat", f"inactive_file 1\ntotal_inactive_file {50 * MIB}\n")
    assert available_bytes(root) == 1000 * MIB
    write(folder / "memory.limit_in_bytes", f"{300 * MIB}\n")
    assert available_bytes(root) == 150 * MIB


def test_this_machine_has_something(tmp_path: Path) -> None:
    whole = resource.getpagesize() * 10**12
    assert 0 < available_bytes() < whole
    assert 0 < available_bytes(tmp_path) < whole  # no /proc there: a guess from sysconf


@pytest.mark.slow
def test_resident_memory_follows_what_is_held() -> None:
    give_back()
    before = resident_bytes()
    held = np.ones(64 * MIB // 8)
    assert resident_bytes() - before == pytest.approx(64 * MIB, rel=0.1)
    assert peak_bytes() >= 0.99 * resident_bytes()
    del held
    give_back()
    assert resident_bytes() - before < 16 * MIB
