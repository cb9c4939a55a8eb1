"""A run folder belongs to one run at a time: a lock that says who holds it, and dies with its holder."""

import fcntl
import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

log = logging.getLogger(__name__)

LOCK = ".lock"
"""File in the run folder: the holder's process, host and time, empty when nobody holds it."""

_descriptors: set[int] = set()


def _let_go() -> None:
    """Close the locks in a forked child: a data loader's worker that outlives the run holds none."""
    for descriptor in _descriptors:
        os.close(descriptor)
    _descriptors.clear()


os.register_at_fork(after_in_child=_let_go)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder inside the block. The kernel lets go of it however the process ends.

    Raises:
        ValueError: if another run holds it, with its process, its host and since when; if the folder
            can't be written or locked.
    """
    descriptor = _opened(folder)
    _descriptors.add(descriptor)
    try:
        _acquire(descriptor, folder)
        try:
            yield
        finally:
            if descriptor in _descriptors:  # not so in a child that was forked meanwhile
                os.ftruncate(descriptor, 0)
    finally:
        if descriptor in _descriptors:
            _descriptors.remove(descriptor)
            os.close(descriptor)


def _opened(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ValueError(
            f"The run folder {folder} can't be written ({error}). Give another --out, or make it "
            "writable."
        ) from error


def _acquire(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ValueError(
            f"Another run works in {folder}: {_holder(descriptor)}. Wait for it, stop it, or give "
            "another --out."
        ) from None
    except OSError as error:
        raise ValueError(
            f"{folder} can't be locked ({error}), so two runs could spoil each other there. Give an "
            "--out on a file system with locks."
        ) from error
    if os.fstat(descriptor).st_size:
        log.warning("The run before this one in %s did not end: %s.", folder, _holder(descriptor))
    me = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(me).encode(), 0)


def _holder(descriptor: int) -> str:
    try:
        held_by = json.loads(os.pread(descriptor, 4096, 0))
        return f"process {held_by['pid']} on {held_by['host']} since {held_by['since']}"
    except (ValueError, KeyError, TypeError):
        return "a process that has not said which"
