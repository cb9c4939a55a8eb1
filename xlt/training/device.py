"""Device set-up: threads, bf16, data-loader processes, and an allocator that keeps freed memory."""

import ctypes
import os
import platform

import torch

from xlt.system.cores import usable_cores

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # malloc.h of glibc
TOP_PAD_BYTES = 256 << 20
READERS = 4
"""Reading and augmenting a batch takes some hundredths of a second: few are enough for any step."""


def has_accelerator() -> bool:
    """True if there is a GPU or another accelerator."""
    return torch.accelerator.is_available()


def has_bf16() -> bool:
    """True if the device has bf16 in hardware; elsewhere it is emulated, and slower than fp32."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if has_accelerator():
        return False
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def use_all_cores(threads: int) -> None:
    """Let a single process on a CPU use `threads` cores, or all that it may use (0).

    `accelerate launch` sets OMP_NUM_THREADS to 1 where nobody else has set it.
    """
    torch.set_num_threads(threads or usable_cores())


def readers(asked: int | None, device: torch.device) -> int:
    """Processes that read ahead for one of the run's processes; launchers say how many share cores.

    On a CPU they would take the cores that the model computes on (tests/benchmarks/NOTES.md).
    """
    if asked is not None or device.type == "cpu":
        return asked or 0
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return max(1, min(READERS, usable_cores() // processes - 1))


def keep_memory() -> bool:
    """Make glibc keep freed memory for the next step; True if it accepted.

    Activations of a batch are large: by default each is mapped anew and faulted in page by page,
    which takes up to a third of a step on a CPU.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    settings = ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, -1), (M_TOP_PAD, TOP_PAD_BYTES))
    accepted = [mallopt(name, value) == 1 for name, value in settings]
    return all(accepted)
