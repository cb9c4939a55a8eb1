"""Detection and report of a full disk, an exhausted quota or a file-size limit.

Nothing but the standard library, since an error may be that torch can't be imported.
"""

import errno
import shutil
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Error numbers of a full disk, an exhausted quota and a file-size limit."""
MB = 2**20


def no_room(number: int, folder: Path, needed_bytes: int, kept: str) -> OSError:
    """An error that says what is used up, how much is needed, what is kept, and what to do."""
    needed = f"at least {max(1.0, needed_bytes / MB):.0f} MB are needed now"
    if number == errno.EDQUOT:
        seen, do = (
            f"the quota for {folder} is used up: {needed}",
            "Make room there, or ask for more",
        )
    elif number == errno.EFBIG:
        seen = f"a file in {folder} has reached the file-size limit: {needed}"
        do = "Raise the limit (`ulimit -f unlimited`)"
    else:
        free = shutil.disk_usage(folder).free
        seen = f"the disk of {folder} is full: {needed} and {free / MB:.0f} MB are free"
        do = "Make room"
    return OSError(
        number, f"{seen}; {kept}. {do} and run the same command again: it goes on where it was"
    )
