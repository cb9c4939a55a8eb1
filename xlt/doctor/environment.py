"""Environment of a run besides its libraries: disk, file-system durability, memory, cores, device."""

import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from xlt.doctor.finding import Finding, State, child
from xlt.system.cores import core_share, own_cores, usable_cores
from xlt.system.memory import available_bytes
from xlt.system.shared_memory import READERS, REMEDY, needed_bytes
from xlt.training.options import Training

GIB = 1 << 30
DISK_TIGHT, DISK_FULL = 20 * GIB, 1 * GIB
"""A model of 300 M parameters makes checkpoints of 3.6 GB: two, the one being written, the best
model, and the prepared data. The small demonstration needs under 1 GB."""
MEMORY_TIGHT, MEMORY_SHORT = 8 * GIB, 2 * GIB
"""Weights, gradients and moments of 300 M parameters are 4.8 GB before the first clip; the small
demonstration takes under 2 GB."""
SLOW_SYNC_S = 1.0
"""A checkpoint syncs about ten times."""


def disk(out: Path) -> Finding:
    """Room where runs are kept."""
    free = shutil.disk_usage(_nearest(out)).free
    do = "a run of a 300 M model takes about 20 GB: free some, or give another --out"
    return _judged("disk", free, DISK_TIGHT, DISK_FULL, f"free for {out}", do)


def _judged(name: str, amount: int, tight: int, short: int, what: str, do: str) -> Finding:
    """A finding about an amount of bytes: a warning below `tight`, a problem below `short`."""
    state: State = "problem" if amount < short else "warning" if amount < tight else "ok"
    seen = f"{amount / GIB:.1f} GiB {what}"
    return Finding(name=name, state=state, seen=seen, do="" if state == "ok" else do)


def _nearest(folder: Path) -> Path:
    """The folder, or the lowest one above it that is there."""
    folder = folder.absolute()
    return next(path for path in (folder, *folder.parents) if path.exists())


def files(out: Path) -> Finding:
    """File-system durability, as checkpoints need it: write, sync, rename, sync folder, read, lock.

    Done in a temporary folder, which is removed again.
    """
    where, step = _nearest(out), "make a folder"
    try:
        with tempfile.TemporaryDirectory(prefix=".xlt-doctor-", dir=where) as folder:
            for step, action in _actions(Path(folder)):
                started = time.monotonic()
                action()
                if (took_s := time.monotonic() - started) > SLOW_SYNC_S:
                    return Finding(
                        name="file system",
                        state="warning",
                        seen=f"{where}: to {step} takes {took_s:.1f} s",
                        do="checkpoints will take long: give an --out on a local disk",
                    )
    except OSError as error:
        return Finding(
            name="file system",
            state="problem",
            seen=f"{where}: can't {step} ({error.strerror or error})",
            do="give an --out on a local disk where you may write",
        )
    return Finding(
        name="file system", state="ok", seen=f"{where}: writes, syncs, renames and locks"
    )


def _actions(folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """The steps by which a checkpoint appears, in order."""
    draft, final, content = folder / ".tmp-step", folder / "step", os.urandom(1 << 20)

    def write() -> None:
        draft.mkdir()
        with (draft / "file").open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def rename() -> None:
        draft.rename(final)

    def sync_folder() -> None:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def read() -> None:
        if (final / "file").read_bytes() != content:
            raise OSError("what was read is not what was written")

    yield "write and sync a file", write
    yield "rename a folder", rename
    yield "sync a folder", sync_folder
    yield "read what was written", read
    yield "lock a file", lambda: _lock(folder / ".lock")


def _lock(path: Path) -> None:
    """Lock a file, and see that nobody else can."""
    with path.open("w") as ours, path.open("w") as theirs:
        fcntl.flock(ours, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            fcntl.flock(theirs, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
    raise OSError("two holders got one lock")


def memory() -> Finding:
    """Memory that this process may use, by the machine, the container and its own limit."""
    do = "close other programs, raise the container's limit, or keep to small sources (xlt:en-mini)"
    return _judged("memory", available_bytes(), MEMORY_TIGHT, MEMORY_SHORT, "available", do)


def shared_memory(free: int | None) -> Finding:
    """Shared memory, beside what the readers of one GPU hold with the default batch.

    Args:
        free: Bytes; None where the system does not keep it in a folder.
    """
    name, batch_s = "shared memory", Training().batch_s
    needed = needed_bytes(READERS, batch_s)
    if free is None or free >= needed:
        seen = "no limit known" if free is None else f"{free / GIB:.2f} GiB free"
        return Finding(name=name, state="ok", seen=seen)
    return Finding(
        name=name,
        state="warning",
        seen=f"{free / 1e6:.0f} MB free; beside one GPU, {READERS} readers of batches of {batch_s:.0f} s hold "
        f"up to {needed / 1e6:.0f} MB (runs on a CPU have no readers)",
        do=REMEDY,
    )


def cores() -> Finding:
    """Cores that this process may use, and a warning where more threads are asked for."""
    count, share, usable = own_cores(), core_share(), usable_cores()
    asked = os.environ.get("OMP_NUM_THREADS", "")
    seen = str(count)
    if share is not None and share < count:
        seen += f", of which the container grants the time of {share:g}"
    if asked.isdigit() and int(asked) > usable:
        return Finding(
            name="cores",
            state="warning",
            seen=f"{seen}, and OMP_NUM_THREADS={asked}",
            do=f"export OMP_NUM_THREADS={usable}",
        )
    return Finding(name="cores", state="ok", seen=seen)


FACTS = """
import json, torch
from xlt.training.device import has_accelerator, has_bf16
facts = {"bf16": has_bf16(), "threads": torch.get_num_threads(), "device": None, "gpus": [], "gloo": ""}
if has_accelerator():
    facts["device"] = str(torch.accelerator.current_accelerator())
if torch.cuda.is_available():
    for k in range(torch.cuda.device_count()):
        free, whole = torch.cuda.mem_get_info(k)
        facts["gpus"].append([torch.cuda.get_device_name(k), free, whole])
try:
    import torch.distributed as group
    group.init_process_group("gloo", store=group.HashStore(), rank=0, world_size=1)
    group.all_reduce(one := torch.ones(1))
    assert float(one) == 1
    group.destroy_process_group()
except Exception as error:
    facts["gloo"] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
print("facts " + json.dumps(facts))
"""


def devices() -> Iterator[Finding]:
    """Device, bf16 and process groups, asked of torch in a child process."""
    said, code = child(FACTS)
    line = next((line for line in said.splitlines() if line.startswith("facts ")), None)
    if line is None:
        yield Finding(
            name="device",
            state="problem",
            seen=f"torch can't say (exit code {code})",
            do="python -c 'import torch; print(torch.cuda.is_available())' shows why",
        )
        return
    yield from described(json.loads(line.removeprefix("facts ")))


def described(facts: dict[str, Any]) -> Iterator[Finding]:
    """Findings from what torch said."""
    gpus = [
        f"{n} ({free / GIB:.0f} of {all_ / GIB:.0f} GiB free)" for n, free, all_ in facts["gpus"]
    ]
    yield Finding(name="device", state="ok", seen=", ".join(gpus) or facts["device"] or "CPU")
    if not facts["device"] and facts["threads"] == 1 and usable_cores() > 1:
        yield Finding(
            name="threads",
            state="ok",
            seen="torch would take one; a run in one process takes all cores by itself",
        )
    if facts["bf16"]:
        yield Finding(name="bf16", state="ok", seen="in hardware")
    else:
        yield Finding(
            name="bf16",
            state="ok",
            seen="not in hardware: --training.precision auto takes fp32",
        )
    if facts["gloo"]:
        yield Finding(
            name="gloo",
            state="warning",
            seen=f"several processes on CPUs won't find each other: {facts['gloo']}",
            do="export GLOO_SOCKET_IFNAME=lo on one machine, or its network interface; check that the "
            "host's own name resolves (getent hosts $(hostname))",
        )
    else:
        yield Finding(
            name="gloo", state="ok", seen="works: runs with several processes are possible"
        )
