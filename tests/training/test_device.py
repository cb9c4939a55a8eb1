"""Requests to the machine, none of which changes a result."""

import platform

import pytest
import torch

from xlt.training.device import READERS, keep_memory, readers, use_all_cores


def test_threads_are_set() -> None:
    before = torch.get_num_threads()
    try:
        use_all_cores(1)
        assert torch.get_num_threads() == 1
        use_all_cores(0)
        assert torch.get_num_threads() >= 1
    finally:
        torch.set_num_threads(before)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator is glibc's")
def test_the_allocator_listens() -> None:
    assert keep_memory()
    assert float(torch.ones(4_000_000).sum()) == 4_000_000


def test_a_gpu_is_read_ahead_for_and_a_cpu_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu, gpu = torch.device("cpu"), torch.device("cuda")
    assert readers(None, cpu) == 0
    assert 1 <= readers(None, gpu) <= READERS
    assert [readers(n, d) for n in (0, 3) for d in (cpu, gpu)] == [0, 0, 3, 3]
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "1000")
    assert readers(None, gpu) == 1
