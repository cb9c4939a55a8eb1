"""Number of cores that this process may use: CPU affinity, and the quota of a container.

Nothing but the standard library, since this is also asked where torch is broken.
"""

import math
import os
from pathlib import Path


def usable_cores(root: Path = Path("/")) -> int:
    """Cores that this process may use: those it may run on, or fewer by the container's quota."""
    share = core_share(root)
    return own_cores() if share is None else max(1, min(own_cores(), math.ceil(share)))


def own_cores() -> int:
    """Cores that the system lets this process run on."""
    affinity = getattr(os, "sched_getaffinity", None)  # of Linux
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def core_share(root: Path = Path("/")) -> float | None:
    """Cores' worth of time that the container grants, or None where it sets no limit."""
    shares = []
    for group in (root / "sys/fs/cgroup", root / "sys/fs/cgroup/cpu"):
        try:
            if (group / "cpu.max").is_file():
                quota, period = (group / "cpu.max").read_text().split()
            else:
                quota = (group / "cpu.cfs_quota_us").read_text().strip()
                period = (group / "cpu.cfs_period_us").read_text().strip()
        except OSError:
            continue
        if quota not in ("max", "-1"):
            shares.append(int(quota) / int(period))
    return min(shares, default=None)
