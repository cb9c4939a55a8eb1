"""Lock on a folder: one process at a time works in it; the kernel lets go when the holder ends."""

import fcntl
import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from xlt.system.disk_full import FULL, no_room

log = logging.getLogger(__name__)

LOCK = ".lock"
"""File in the folder: the holder's process, host and time, empty when nobody holds it."""

_descriptors: set[int] = set()


def _close_inherited() -> None:
    """Close the locks in a forked child: a data loader's worker that outlives the run holds none."""
    for descriptor in _descriptors:
        os.close(descriptor)
    _descriptors.clear()


os.register_at_fork(after_in_child=_close_inherited)


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """Words for messages about the work that a folder is locked for."""

    name: str
    """As in "Another run works in ..."."""
    folder: str
    """As in "The run folder ... can't be written"."""
    elsewhere: str
    """As in "Give another --out"."""
    hidden: bool = False
    """The user never named the folder that is locked, but the one that it lies in."""


RUN = Work(name="run", folder="run folder", elsewhere="another --out")


@contextmanager
def held(folder: Path, work: Work = RUN) -> Iterator[None]:
    """Hold the folder inside the block. The kernel lets go of it however the process ends.

    Raises:
        ValueError: if another process holds it, with its process, its host and since when; if the
            folder can't be written or locked.
        OSError: if the disk is full.
    """
    descriptor = _opened(folder, work)
    _descriptors.add(descriptor)
    try:
        _acquire(descriptor, folder, work)
        try:
            yield
        finally:
            if descriptor in _descriptors:  # not so in a child that was forked meanwhile
                os.ftruncate(descriptor, 0)
    finally:
        if descriptor in _descriptors:
            _descriptors.remove(descriptor)
            os.close(descriptor)


def holder(folder: Path) -> str | None:
    """Process that holds a folder, as far as its lock file says; None where nobody does.

    Takes no lock, so that it is in nobody's way. Of a process of another machine it is not known
    whether it lives.
    """
    try:
        held_by = json.loads((folder / LOCK).read_bytes())
        pid, host = int(held_by["pid"]), str(held_by["host"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if host == socket.gethostname():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return None
        except PermissionError:
            pass
    return f"process {pid} on {host}"


def _opened(folder: Path, work: Work) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        if error.errno in FULL:
            raise _no_room(error.errno, folder) from error
        raise ValueError(
            f"The {work.folder} {folder.parent if work.hidden else folder} can't be written ({error}). "
            f"Give {work.elsewhere}, or make it writable."
        ) from error


def _acquire(descriptor: int, folder: Path, work: Work) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ValueError(
            f"Another {work.name} works in {folder}: {_holder(descriptor)}. Wait for it, stop it, or "
            f"give {work.elsewhere}."
        ) from None
    except OSError as error:
        raise ValueError(
            f"{folder} can't be locked ({error}), so two processes could spoil each other's work "
            f"there. Give {work.elsewhere} on a file system with locks."
        ) from error
    if os.fstat(descriptor).st_size:
        log.warning(
            "The %s before this one in %s did not end: %s.", work.name, folder, _holder(descriptor)
        )
    me = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(me).encode(), 0)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise _no_room(error.errno, folder) from error


def _no_room(number: int, folder: Path) -> OSError:
    there = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.is_dir())
    return no_room(number, there, 0, "what was done before is kept")


def _holder(descriptor: int) -> str:
    try:
        held_by = json.loads(os.pread(descriptor, 4096, 0))
        return f"process {held_by['pid']} on {held_by['host']} since {held_by['since']}"
    except (ValueError, KeyError, TypeError):
        return "a process that has not given its name"
