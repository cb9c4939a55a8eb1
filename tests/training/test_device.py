"""Requests to the machine, none of which changes a result."""

import platform

import pytest
import torch

from xlt.training.device import (
    READERS,
    keep_memory,
    lacks_kernels,
    readers,
    unfit_gpu,
    use_all_cores,
    use_tf32,
)


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
    assert readers(None, torch.device("mps")) == 0
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "1000")
    assert readers(None, gpu) == 1


@pytest.mark.parametrize(
    ("capability", "built_for", "lacks"),
    [
        ((7, 0), ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"], True),  # V100, cu130
        ((6, 0), ["sm_75", "sm_80"], True),
        ((8, 9), ["sm_75", "sm_80", "sm_86"], False),  # 4090: binaries of 8.6
        ((8, 0), ["sm_86"], True),
        ((9, 0), ["sm_90a"], False),
        ((12, 1), ["sm_90", "compute_90"], False),
        ((7, 5), ["compute_80"], True),
        ((9, 0), [], False),
        ((9, 4), ["gfx942"], False),  # ROCm names its devices otherwise
    ],
)
def test_kernels_for_a_gpu_are_told_from_what_a_build_lists(
    capability: tuple[int, int], built_for: list[str], lacks: bool
) -> None:
    assert lacks_kernels(capability, built_for) == lacks


def test_no_gpu_is_not_an_unfit_one() -> None:
    assert torch.cuda.is_available() or unfit_gpu() == ""


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU may have it")
def test_a_cpu_keeps_the_precision_of_its_products() -> None:
    before = torch.get_float32_matmul_precision()
    assert not use_tf32("fp32") and not use_tf32("bf16")
    assert torch.get_float32_matmul_precision() == before
