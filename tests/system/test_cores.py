"""Number of cores that a process may use. Run: pytest tests/system/test_cores.py."""

import os
from pathlib import Path

import pytest
import torch

from xlt.dataset import prepare
from xlt.doctor import environment
from xlt.reports.record import hardware
from xlt.system import cores
from xlt.system.cores import core_share, usable_cores
from xlt.training import device


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("cpu.max", "150000 100000\n", 1.5),
        ("cpu.max", "max 100000\n", None),
        ("cpu/cfs", "50000", 0.5),
        ("cpu/cfs", "-1", None),
    ],
)
def test_cores_of_a_container(tmp_path: Path, file: str, text: str, expected: float | None) -> None:
    groups = tmp_path / "sys/fs/cgroup"
    assert core_share(tmp_path) is None
    if file == "cpu/cfs":
        write(groups / "cpu/cpu.cfs_quota_us", text)
        write(groups / "cpu/cpu.cfs_period_us", "100000\n")
    else:
        write(groups / file, text)
    assert core_share(tmp_path) == expected


@pytest.mark.parametrize(
    ("quota", "own", "expected"),
    [("150000", 8, 2), ("50000", 8, 1), ("400000", 3, 3), ("max", 3, 3), ("200000", 2, 2)],
)
def test_the_fewer_of_quota_and_affinity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str, own: int, expected: int
) -> None:
    write(tmp_path / "sys/fs/cgroup/cpu.max", f"{quota} 100000\n")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(own)), raising=False)
    assert usable_cores(tmp_path) == expected


def test_a_record_counts_what_the_container_grants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert hardware(tmp_path)["cores"] == 8
    write(tmp_path / "sys/fs/cgroup/cpu.max", "150000 100000\n")
    assert hardware(tmp_path)["cores"] == 2


def test_who_asks_for_cores_asks_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (prepare, device, environment):
        assert module.usable_cores is cores.usable_cores
    before, taken = torch.get_num_threads(), []
    monkeypatch.setattr(torch, "set_num_threads", taken.append)
    monkeypatch.setattr(device, "usable_cores", lambda: 3)
    device.use_all_cores(0)
    device.use_all_cores(1)
    assert (taken, torch.get_num_threads()) == ([3, 1], before)


def test_the_doctor_says_what_is_granted_and_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "own_cores", lambda: 8)
    monkeypatch.setattr(environment, "core_share", lambda: 1.5)
    monkeypatch.setattr(environment, "usable_cores", lambda: 2)
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    found = environment.cores()
    assert found.seen == "8, of which the container grants the time of 1.5, and OMP_NUM_THREADS=4"
    assert (found.state, found.do) == ("warning", "export OMP_NUM_THREADS=2")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert environment.cores().state == "ok"
