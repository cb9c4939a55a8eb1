"""How a process ends: the sentence it leaves, and the status that tells a job script what to do.

Nothing but the standard library, since an error may be that torch can't be imported.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from xlt.system.disk_full import FULL

FAILED, DISK_FULL = 1, 74
"""Any error; EX_IOERR of sysexits.h: make room and go on. After a signal it is 128 + its number."""


def status(error: BaseException) -> int:
    """The exit status for an error: DISK_FULL where that is behind it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in FULL:
            return DISK_FULL
        cause = cause.__cause__
    return FAILED


def leave(error: Exception) -> NoReturn:
    """End the process with the sentence of an error and its notes."""
    print(
        "\n".join([f"xlt: {error}", *getattr(error, "__notes__", ())]), file=sys.stderr, flush=True
    )
    sys.exit(status(error))


@contextmanager
def in_a_sentence() -> Iterator[None]:
    """Where the block fails or is ended by Ctrl-C, end the process with a sentence and a status."""
    try:
        yield
    except (ValueError, OSError, RuntimeError) as error:
        leave(error)
    except KeyboardInterrupt:
        print("xlt: ended by Ctrl-C. What was saved is kept.", file=sys.stderr, flush=True)
        sys.exit(128 + signal.SIGINT)
