"""Memory that this process holds and may still take: machine, container, resource limit.

Nothing but the standard library, since this is also asked where torch is broken.
"""

import ctypes
import gc
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

UNLIMITED = 1 << 60
"""Control groups of version 1 write a limit near 2^63 where there is none."""


def resident_bytes(root: Path = Path("/")) -> int:
    """Memory that this process holds now; its peak so far where the system doesn't say."""
    statm = root / "proc/self/statm"
    if statm.is_file():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    return peak_bytes()


def peak_bytes() -> int:
    """The most memory that this process has held since its start."""
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2) of macOS and of the others
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def give_back() -> None:
    """Return what was freed to the system, where the allocator can: else it counts as held."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's
    if trim is not None:
        trim(0)


def available_bytes(root: Path = Path("/")) -> int:
    """Bytes that this process can still take before swap, a container's limit, or a failed allocation.

    The least of: MemAvailable of /proc/meminfo; limit less use of every control group that the
    process is in (file caches don't count as use: the kernel gives them back); RLIMIT_AS.
    """
    return max(0, min([_machine(root), *_groups(root), *_own_limit(root)]))


def _machine(root: Path) -> int:
    meminfo = root / "proc/meminfo"
    if meminfo.is_file():
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines() if ":" in line)
        if "MemAvailable" in lines:
            return int(lines["MemAvailable"].split()[0]) * 1024
    # No such file (macOS): half of the machine is a cautious guess at what others leave.
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def _groups(root: Path) -> Iterator[int]:
    """Room in every control group with a memory limit, from the process's own up to the top one."""
    membership = root / "proc/self/cgroup"
    if not membership.is_file():
        return
    for line in membership.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        names = ("memory.max", "memory.current", "inactive_file")
        base = root / "sys/fs/cgroup"
        if controllers:
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            base /= "memory"
        own = base / path.lstrip("/")
        # Inside a container the path may be the host's: then only the top is there, and is ours.
        for group in (own, *own.parents):
            if group.is_relative_to(base):
                yield from _room(group, *names)


def _room(group: Path, limit_file: str, use_file: str, cache_key: str) -> Iterator[int]:
    try:
        limit, use = (group / limit_file).read_text().strip(), int((group / use_file).read_text())
        rows = (group / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):
        return  # no such group in sight, or the top one, which has no limit
    if limit == "max" or int(limit) >= UNLIMITED:
        return
    cached = sum(int(row.split()[1]) for row in rows if row.split()[0] == cache_key)
    yield int(limit) - use + cached


def _own_limit(root: Path) -> Iterator[int]:
    """`ulimit -v`, less the address space in use."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    statm = root / "proc/self/statm"
    if limit != resource.RLIM_INFINITY and statm.is_file():
        yield limit - int(statm.read_text().split()[0]) * resource.getpagesize()
