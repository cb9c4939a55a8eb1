"""SIGTERM raises a flag; the loop saves at the end of the step. One that comes later ends at once."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from torch import nn

from xlt.training.status import STOPPED

ECHO_S = 5.0
"""A launcher passes on a SIGTERM that its processes may have got already: within this time, it is
the same request."""


class Interrupted(Exception):
    """Somebody asked for the end of what was being done."""


@dataclass(slots=True)
class Stop:
    """Whether somebody asked the run to end."""

    requested: bool = False

    def check(self, *_: object) -> None:
        """Raise Interrupted where the end was asked for."""
        if self.requested:
            raise Interrupted


@contextmanager
def catch_termination() -> Iterator[Stop]:
    """Catch SIGTERM inside the block; the handlers of before come back after it.

    Raises:
        SystemExit: 143 where the block raises Interrupted.
    """
    stop, first_s = Stop(), 0.0

    def note(signum: int, frame: FrameType | None) -> None:
        nonlocal first_s
        now_s = time.monotonic()
        if not stop.requested:
            stop.requested, first_s = True, now_s
        elif now_s - first_s > ECHO_S:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.raise_signal(signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield stop
    except Interrupted:
        raise SystemExit(STOPPED) from None
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def interruptible(model: nn.Module, stop: Stop) -> Iterator[None]:
    """Inside the block, the first use of the model after the end was asked for raises Interrupted."""
    handle = model.register_forward_pre_hook(stop.check)
    try:
        yield
    finally:
        handle.remove()
