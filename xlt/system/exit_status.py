"""Exit codes for job scripts, and errors shown as a sentence instead of a traceback.

Nothing but the standard library, since an error may be that torch can't be imported.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from xlt.system.disk_full import FULL
from xlt.system.mending import Mendable, program

FAILED, DISK_FULL = 1, 74
"""Any error; EX_IOERR of sysexits.h: make room and go on. After a signal it is 128 + its number."""


def exit_code(error: BaseException) -> int:
    """Exit code for an error: DISK_FULL if a full disk is its cause, else FAILED."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in FULL:
            return DISK_FULL
        cause = cause.__cause__
    return FAILED


def exit_with_error(error: Exception) -> NoReturn:
    """Print an error and its notes to stderr and end the process with its exit code."""
    lines = [f"xlt: {error}", *getattr(error, "__notes__", ())]
    if isinstance(error, Mendable) and (line := error.mended([*program(), *sys.argv[1:]])):
        lines.append(f"Try: {line}")
    print("\n".join(lines), file=sys.stderr, flush=True)
    sys.exit(exit_code(error))


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """Turn an error or Ctrl-C inside the block into a sentence on stderr and an exit code."""
    try:
        yield
    except (ValueError, OSError, RuntimeError) as error:
        exit_with_error(error)
    except KeyboardInterrupt:
        print("xlt: ended by Ctrl-C. What was saved is kept.", file=sys.stderr, flush=True)
        sys.exit(128 + signal.SIGINT)
