"""SIGTERM and Ctrl-C raise a flag; the loop saves at the end of the step. A later one ends at once."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

ECHO_S = 5.0
"""A launcher passes on a signal that its processes may have got already: within this time, it is
the same request."""
ON_CTRL_C = (
    b"\nCtrl-C: stopping when the work in hand is done and saved. Later, once more ends at once.\n"
)
PR_SET_PDEATHSIG = 1  # linux/prctl.h
LAUNCHED = "ACCELERATE_MIXED_PRECISION"
"""In the environment of a process that `accelerate launch` started."""


class Interrupted(Exception):
    """Somebody asked for the end of what was being done."""


@dataclass(slots=True)
class Stop:
    """Whether somebody asked the run to end, and how."""

    requested: bool = False
    by: signal.Signals = signal.SIGTERM

    @property
    def status(self) -> int:
        """The exit status after it, as a shell reports it: 143 for SIGTERM, 130 for Ctrl-C."""
        return 128 + self.by

    def check(self, *_: object) -> None:
        """Raise Interrupted where the end was asked for."""
        if self.requested:
            raise Interrupted


@contextmanager
def catch_termination() -> Iterator[Stop]:
    """Catch SIGTERM and SIGINT inside the block; the handlers of before come back after it.

    Raises:
        SystemExit: 143 or 130 where the block raises Interrupted.
    """
    stop, first_s = Stop(), 0.0

    def note(signum: int, frame: FrameType | None) -> None:
        nonlocal first_s
        now_s, number = time.monotonic(), signal.Signals(signum)
        if not stop.requested:
            stop.requested, stop.by, first_s = True, number, now_s
            if number == signal.SIGINT:  # straight to the terminal: a stream may be in use
                os.write(2, ON_CTRL_C)
        elif now_s - first_s > ECHO_S:
            signal.signal(number, before[number])
            signal.raise_signal(number)

    before = {s: signal.signal(s, note) for s in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    except Interrupted:
        raise SystemExit(stop.status) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_with_launcher() -> None:
    """Ask Linux for a SIGTERM where the launcher of this process ends.

    `accelerate launch` of one process dies of a SIGTERM and leaves its process running.
    """
    if sys.platform == "linux" and LAUNCHED in os.environ:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))


@contextmanager
def interruptible(model: "nn.Module", stop: Stop) -> Iterator[None]:
    """Inside the block, the first use of the model after the end was asked for raises Interrupted."""
    handle = model.register_forward_pre_hook(stop.check)
    try:
        yield
    finally:
        handle.remove()
