"""SIGTERM raises a flag; the loop saves at the end of the step. A second one ends at once."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass(slots=True)
class Stop:
    """Whether somebody asked the run to end."""

    requested: bool = False


@contextmanager
def catch_termination() -> Iterator[Stop]:
    """Catch SIGTERM inside the block; the handlers of before come back after it."""
    stop = Stop()

    def note(signum: int, frame: FrameType | None) -> None:
        stop.requested = True
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)
