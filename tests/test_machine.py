"""What is asked of the machine, and that asking changes no result."""

import platform

import pytest
import torch

from xlt.training.machine import keep_memory, use_all_cores


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
