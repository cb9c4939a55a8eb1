"""Meters of the memory that a piece of work takes, on CPUs and CUDA devices."""

import gc
import threading
from collections.abc import Callable
from typing import Protocol

import torch

from xlt.system.memory import available_bytes, give_back, peak_bytes, resident_bytes
from xlt.training.oom_retry import is_out_of_memory

SAMPLED_EVERY_S = 0.002


class Meter(Protocol):
    """Meter of the memory that an attempt takes."""

    def available(self) -> int:
        """Bytes that were free when the meter was made."""

    def peak(self, attempt: Callable[[], None]) -> int | None:
        """Most bytes held during the attempt beyond those held when the meter was made.

        None: the attempt ran out of memory.
        """


class CpuMeter:
    """Resident memory of this process, sampled while the attempt runs."""

    def __init__(self) -> None:
        give_back()
        self._start, self._available = resident_bytes(), available_bytes()

    def available(self) -> int:
        """Bytes that were free when the meter was made."""
        return self._available

    def peak(self, attempt: Callable[[], None]) -> int | None:
        """Sampled every 2 ms; exact where the attempt set a new record of the process."""
        give_back()
        done, record = threading.Event(), peak_bytes()
        seen = [resident_bytes()]

        def sample() -> None:
            while not done.wait(SAMPLED_EVERY_S):
                seen[0] = max(seen[0], resident_bytes())

        sampler = threading.Thread(target=sample, daemon=True)
        sampler.start()
        try:
            fitted = _fits(attempt)
        finally:
            done.set()
            sampler.join()
        after = peak_bytes()
        highest = max(seen[0], resident_bytes(), after if after > record else 0)
        return highest - self._start if fitted else None


class CudaMeter:
    """Memory that torch has reserved on a CUDA device."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        torch.cuda.empty_cache()
        self._start = torch.cuda.memory_reserved(device)
        self._available = torch.cuda.mem_get_info(device)[0]

    def available(self) -> int:
        """Bytes that were free on the device when the meter was made."""
        return self._available

    def peak(self, attempt: Callable[[], None]) -> int | None:
        """Most bytes reserved: what is allocated, and what fragmentation costs."""
        gc.collect()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(self._device)
        fitted = _fits(attempt)
        highest = torch.cuda.max_memory_reserved(self._device)
        gc.collect()
        torch.cuda.empty_cache()
        return highest - self._start if fitted else None


def meter(device: torch.device) -> Meter:
    """The meter of a device."""
    return CudaMeter(device) if device.type == "cuda" else CpuMeter()


def _fits(attempt: Callable[[], None]) -> bool:
    """Run an attempt; True if it had enough memory. The error is let go, and its tensors with it."""
    try:
        attempt()
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return False
    return True
