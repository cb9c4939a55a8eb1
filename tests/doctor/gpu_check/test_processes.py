"""Two processes on a CPU: one gradient, no hang, an orderly end.

Also tests: xlt/doctor/gpu_check/ranks.py
"""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from xlt.doctor.gpu_check import processes
from xlt.doctor.gpu_check.check import Bench, Seen


@pytest.mark.slow
@pytest.mark.parametrize(
    "look", [processes.same_gradient, processes.lost, processes.hung, processes.terminated]
)
def test_a_cpu_is_as_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: Callable[[Bench], Seen]
) -> None:
    monkeypatch.setattr(processes, "TIMEOUT_S", 10.0)
    monkeypatch.setattr(processes, "START_S", 600.0)  # a busy machine
    seen = look(Bench(device=torch.device("cpu"), folder=tmp_path))
    assert seen.ok, seen.text


@pytest.mark.slow
def test_the_speed_of_an_exchange_is_a_number(tmp_path: Path) -> None:
    seen = processes.exchange(Bench(device=torch.device("cpu"), folder=tmp_path))
    assert seen.ok is None
    assert "GB/s" in seen.text
