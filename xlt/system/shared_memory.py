"""Shared memory that data-loader processes hand batches over in: its need, and its end.

Nothing but the standard library, since this is also asked where torch is broken.
"""

import shutil
from pathlib import Path

READERS = 4
"""Most processes that read ahead for one process of a run: reading and augmenting a batch takes some
hundredths of a second, so few are enough for any step."""
PREFETCH = 4
"""Micro-batches that each reader makes ahead."""
SAMPLE_BYTES, SAMPLES_PER_S = 4, 16_000  # float32 at 16 kHz
FOLDER = Path("/dev/shm")  # of Linux
REMEDY = (
    "give the container more (docker run --ipc=host, or --shm-size 8g), or read in the main process "
    "(--training.workers 0)"
)
SIGNS = ("bus error", "shared memory", "shm")
"""Parts of the messages, in lower case, of a loader whose processes found no shared memory."""


def needed_bytes(workers: int, batch_s: float) -> int:
    """Shared memory that readers hold at most, for one process whose batches hold `batch_s`."""
    return int(workers * PREFETCH * batch_s * SAMPLES_PER_S * SAMPLE_BYTES)


def free_bytes(folder: Path = FOLDER) -> int | None:
    """Shared memory that is free; None where the system has no such folder."""
    return shutil.disk_usage(folder).free if folder.is_dir() else None


def shortage(workers: int, batch_s: float, free: int | None) -> str | None:
    """Sentence about readers that may hold more than `free` bytes; None where they can't."""
    needed = needed_bytes(workers, batch_s)
    if free is None or needed <= free:
        return None
    return (
        f"{workers} readers hold up to {needed / 1e6:.0f} MB of batches in {FOLDER}, where "
        f"{free / 1e6:.0f} MB are free: {REMEDY}."
    )


def loader_failure(error: RuntimeError, workers: int, batch_s: float) -> str | None:
    """Sentence for a loader that lost its readers to a lack of shared memory; None for other errors."""
    said, cause = "", error.__cause__
    while cause is not None:  # torch says the signal in the cause
        said, cause = f"{said} {cause}", cause.__cause__
    said = f"{error} {said}".lower()
    if not workers or not any(sign in said for sign in SIGNS):
        return None
    free = free_bytes()
    left = "" if free is None else f" ({free / 1e6:.0f} MB are free in {FOLDER} now)"
    return (
        f"The processes that read clips ahead ran out of shared memory: they hold up to "
        f"{needed_bytes(workers, batch_s) / 1e6:.0f} MB{left}. Please {REMEDY}, and go on with "
        "--resume."
    )
