"""Device set-up: threads, bf16, data-loader processes, and an allocator that keeps freed memory."""

import ctypes
import os
import platform
from collections.abc import Sequence

import torch

from xlt.system.cores import usable_cores
from xlt.system.shared_memory import READERS

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # malloc.h of glibc
TOP_PAD_BYTES = 256 << 20


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


def use_tf32(precision: str) -> bool:
    """Let matrix products of an fp32 run round their factors to TF32, where a GPU has it; True if so.

    Eight times as fast from Ampere on (https://docs.nvidia.com/cuda/ampere-tuning-guide), with the
    range of fp32 and 10 bits after the point.
    """
    if precision != "fp32" or not torch.cuda.is_available():
        return False
    if torch.cuda.get_device_capability() < (8, 0):
        return False
    torch.set_float32_matmul_precision("high")
    return True


def use_all_cores(threads: int) -> None:
    """Let a single process on a CPU use `threads` cores, or all that it may use (0).

    `accelerate launch` sets OMP_NUM_THREADS to 1 where nobody else has set it.
    """
    torch.set_num_threads(threads or usable_cores())


def readers(asked: int | None, device: torch.device) -> int:
    """Processes that read ahead for one of the run's processes; launchers say how many share cores.

    On a CPU they would take the cores that the model computes on (tests/benchmarks/NOTES.md); on
    Apple's MPS each would import everything anew, since macOS does not fork.
    """
    if asked is not None or device.type in ("cpu", "mps"):
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


def unfit_gpu() -> str:
    """Sentence on a GPU that this torch can't compute on, after one kernel on it; "" if all is well."""
    if not torch.cuda.is_available():
        return ""
    device = torch.cuda.current_device()
    name, capability = torch.cuda.get_device_name(device), torch.cuda.get_device_capability(device)
    if lacks_kernels(capability, torch.cuda.get_arch_list()):
        built = " ".join(torch.cuda.get_arch_list())
        return (
            f"{name} has compute capability {capability[0]}.{capability[1]}, and torch "
            f"{torch.__version__} has kernels for {built} only. Install an older torch for it, or train "
            "on the CPU: CUDA_VISIBLE_DEVICES= xlt train …"
        )
    try:
        torch.ones(8, device=device).sum().item()
    except RuntimeError as error:
        return (
            f"{name} computes nothing with torch {torch.__version__}: {str(error).splitlines()[0]} "
            "`xlt doctor` looks at the driver; on the CPU: CUDA_VISIBLE_DEVICES= xlt train …"
        )
    return ""


def lacks_kernels(capability: tuple[int, int], built_for: Sequence[str]) -> bool:
    """True if no kernel of a build runs on a GPU of that compute capability.

    Binaries (`sm_80`) run on devices of the same major version from their own minor one on; `compute_90`
    is compiled for the device, and runs on every newer one. Builds that list nothing are not for CUDA.
    """
    major, minor = capability
    for name in built_for:
        kind, _, number = name.partition("_")
        digits = "".join(c for c in number if c.isdigit())
        if not digits:
            continue
        theirs = int(digits[:-1] or 0), int(digits[-1])
        runs = (
            theirs <= capability if kind == "compute" else theirs[0] == major and theirs[1] <= minor
        )
        if runs:
            return False
    return any("_" in name for name in built_for)
