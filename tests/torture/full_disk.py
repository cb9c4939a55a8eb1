"""K7, K9: disks that are really full, files that may not grow, folders that may not be written."""

import ctypes
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from torture.cases import Case, differences, outcome, run_and_note, start, uninterrupted
from torture.forks import Child, fork, in_lanes
from torture.results import Result

from xlt.system.exit_status import DISK_FULL
from xlt.training import checkpointer

CASE = Case(steps=12, evaluate_every=4, checkpoint_every=3)
CLONE_NEWNS = 0x00020000  # sched.h
NOBODY = 65_534
LOG_BYTES = 16_000
"""What a run may write to its log: under the same limit as its checkpoints."""


def full_disks(count: int, folder: Path, source: Path, lanes: int) -> Result:
    """K7 on real disks: a tmpfs that gets full, and a limit on the size of files."""
    begun_s = time.monotonic()
    expected = uninterrupted(CASE, folder / "whole", source)
    checkpoints = sorted((folder / "whole" / "checkpoints").glob("step-*"))
    size = sum(p.stat().st_size for p in checkpoints[-1].iterdir())
    largest = max(p.stat().st_size for p in checkpoints[-1].iterdir())
    ways = [("limit", LOG_BYTES + (largest - LOG_BYTES) * k // count) for k in range(count)]
    mounts = may_mount()
    if mounts:
        ways += [("tmpfs", size // 2 + size * 2 * k // count) for k in range(count)]
        ways.append(("preflight", size * 2))

    def work(way: tuple[str, int]) -> None:
        kind, bytes_ = way
        place = folder / f"{kind}-{bytes_}"
        place.mkdir(parents=True)
        one = _size_limit if kind == "limit" else partial(_small_disk, kind == "preflight")
        one(place, source, bytes_, expected)

    return Result(
        id="K7",
        what="a file-size limit, a full tmpfs, a tmpfs too small for the preflight",
        count=len(ways),
        failures=in_lanes(work, ways, folder / "lanes", lanes, "full disks"),
        took_s=time.monotonic() - begun_s,
        note="" if mounts else "no tmpfs could be mounted here: file-size limit only",
    )


def _size_limit(place: Path, source: Path, bytes_: int, expected: dict) -> None:
    def work() -> None:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, hard))
        run_and_note(CASE, place, source)

    _stops_and_goes_on(fork(work, place.parent / f"{place.name}.log"), place, source, expected)


def _small_disk(preflight: bool, place: Path, source: Path, bytes_: int, expected: dict) -> None:
    """In a lane's process: mount a small disk that nobody else sees, fill it, make it larger."""
    _own_mounts()
    _mount("-t", "tmpfs", "-o", f"size={bytes_}", "tmpfs", str(place))

    def work() -> None:
        if not preflight:
            checkpointer.check_space = lambda *_: None
        run_and_note(CASE, place, source)

    child = fork(work, place.parent / f"{place.name}.log")
    if preflight:
        assert child.wait() == DISK_FULL, child.text()
        assert "The checkpoints of this run need" in child.text(), child.text()
        assert not list((place / "checkpoints").glob("*")), "it took a step before it asked"
    else:
        _stops(child, place)
    _mount("-o", "remount,size=64m", str(place))
    _goes_on(place, source, expected)


def _stops_and_goes_on(child: Child, place: Path, source: Path, expected: dict) -> None:
    _stops(child, place)
    _goes_on(place, source, expected)


def _stops(child: Child, place: Path) -> None:
    assert child.wait() == DISK_FULL, (child.code, child.text())
    assert "The disk is full" in child.text() and str(place) in child.text(), child.text()
    left = [p.name for p in (place / "checkpoints").glob(".tmp-*")]
    assert not left, left


def _goes_on(place: Path, source: Path, expected: dict) -> None:
    again = start(CASE, place, source)
    assert again.wait() == 0, again.text()
    assert not differences(outcome(place), expected), differences(outcome(place), expected)


def may_mount() -> bool:
    """Whether a process here may have mounts of its own."""
    probe = Path("/proc/self/ns/mnt")
    if os.geteuid() != 0 or not probe.exists() or shutil.which("mount") is None:
        return False

    def work() -> None:
        _own_mounts()
        _mount("-t", "tmpfs", "-o", "size=65536", "tmpfs", "/mnt")

    return fork(work, Path(os.devnull)).wait() == 0


def _own_mounts() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "unshare")
    _mount("--make-rprivate", "/")


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


# ------------------------------------------------------------------- may not be written


def not_writable(folder: Path, source: Path, lanes: int) -> Result:
    """K9: folders that may not be written, from the start or from a moment on."""
    begun_s = time.monotonic()
    expected = uninterrupted(CASE, folder / "whole", source)
    ways: list[Callable[[Path, Path, dict], None]] = [_no_right]
    mounts = may_mount()
    if mounts:
        ways.append(_read_only_disk)

    def work(way: Callable[[Path, Path, dict], None]) -> None:
        place = folder / way.__name__
        place.mkdir(parents=True)
        way(place, source, expected)

    return Result(
        id="K9",
        what="no right to write; a disk that becomes read-only in the middle of a run",
        count=len(ways),
        failures=in_lanes(work, ways, folder / "lanes", lanes, "not writable"),
        took_s=time.monotonic() - begun_s,
        note="" if mounts else "no disk could be mounted here: rights only",
    )


def _no_right(place: Path, source: Path, expected: dict) -> None:
    (place / "checkpoints").mkdir()
    (place / "checkpoints").chmod(0o555)

    def give_up_rights(_: object) -> None:
        if os.geteuid() == 0:  # who may write everywhere
            os.setegid(NOBODY)
            os.seteuid(NOBODY)

    def work() -> None:
        run_and_note(CASE, place, source, before=give_up_rights)

    for parent in place.parents[: len(place.relative_to(tempfile.gettempdir()).parts)]:
        parent.chmod(0o755)

    child = fork(work, place.parent / f"{place.name}.log")
    assert child.wait() == 1, child.text()
    assert "Could not write checkpoint" in child.text(), child.text()
    assert "Permission denied" in child.text(), child.text()
    (place / "checkpoints").chmod(0o755)
    _goes_on(place, source, expected)


def _read_only_disk(place: Path, source: Path, expected: dict) -> None:
    _own_mounts()
    _mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place))

    def work() -> None:
        save = checkpointer.save

        def after_two(*arguments: object, **more: object) -> object:
            if len(list((place / "checkpoints").glob("step-*"))) == 2:
                _mount("-o", "remount,ro", str(place))
            return save(*arguments, **more)

        checkpointer.save = after_two
        run_and_note(CASE, place, source)

    child = fork(work, place.parent / f"{place.name}.log")
    assert child.wait() == 1, child.text()
    assert "Could not write checkpoint" in child.text(), child.text()
    assert "Read-only file system" in child.text(), child.text()
    _mount("-o", "remount,rw", str(place))
    _goes_on(place, source, expected)
