"""Watchdog for multi-process runs: reports lost peers, ends this rank when it hangs.

A collective operation that waits in vain fails in the processes that wait, after the timeout of
their group. The one that hangs sees no error: its watchdog notices that nothing has been done for
longer than that, writes a traceback of all threads, and exits, so that a launcher need not kill it.

Work that one process does alone, or that each does a part of, may take longer than the timeout:
`all_ranks` keeps the processes in touch while it lasts.
"""

import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from accelerate import Accelerator
from torch import distributed, nn

from xlt.training.control_group import control_group, totals

Result = TypeVar("Result")

GRACE_S = 5.0
"""After the timeout. A process that waits for others fails in this time, and only one that hangs is
still there."""
LOST = ("gloo/transport", "Connection closed by peer", "Socket Timeout")
"""Parts of the messages of gloo, whose errors have no class of their own."""
ASKED_EVERY_S = 1.0
"""Longest pause between two rounds in which the processes ask whether all parts are done."""


class LostRank(RuntimeError):
    """Another process of the run ended or did not answer; the message names process and step."""


@dataclass(slots=True)
class Watchdog:
    """Heartbeat of one process of a run."""

    rank: int
    world: int
    timeout_s: float
    step: Callable[[], int]
    """Returns the number of the step in hand."""
    _beat_s: float = field(default_factory=time.monotonic)
    _over: threading.Event = field(default_factory=threading.Event)

    def beat(self, *_: object) -> None:
        """Record a heartbeat; called before every forward pass."""
        self._beat_s = time.monotonic()

    def here(self) -> str:
        """Name of this process and its step, for messages."""
        return f"process {self.rank} of {self.world}, at step {self.step()}"

    def watch(self) -> None:
        """Exit with a traceback once no heartbeat came for longer than the other processes wait."""
        patience_s = self.timeout_s + GRACE_S
        while not self._over.wait(min(1.0, patience_s / 10)):
            if time.monotonic() - self._beat_s > patience_s:
                error = sys.__stderr__ or sys.stderr
                print(
                    f"xlt: {self.here()}, has done nothing for {patience_s:.0f} s and ends; this is "
                    "where it stands:",
                    file=error,
                    flush=True,
                )
                faulthandler.dump_traceback(file=error, all_threads=True)
                os._exit(1)

    def end(self) -> None:
        """Stop watching: the processes no longer wait for each other."""
        self._over.set()


_current: ContextVar[Watchdog | None] = ContextVar("watchdog", default=None)
"""The watchdog of the surrounding `with watchdog(...)` block."""


@contextmanager
def watchdog(
    accelerator: Accelerator, timeout_s: float, step: Callable[[], int], *models: nn.Module
) -> Iterator[None]:
    """Name a lost process and end a hanging one inside the block; a single process is not watched.

    Raises:
        LostRank: where a collective operation failed.
    """
    if accelerator.num_processes == 1:
        yield
        return
    guard = Watchdog(
        rank=accelerator.process_index,
        world=accelerator.num_processes,
        timeout_s=timeout_s,
        step=step,
    )
    hooks = [model.register_forward_pre_hook(guard.beat) for model in models]
    before = _current.set(guard)
    threading.Thread(target=guard.watch, name="xlt watchdog", daemon=True).start()
    try:
        yield
    except (RuntimeError, ValueError, OSError) as error:
        if not _is_lost(error):
            error.add_note(f"This is {guard.here()}.")
            raise
        raise LostRank(
            f"This is {guard.here()}: another process ended, or did not answer for "
            f"{timeout_s:.0f} s ({error}). What it wrote says why. Start again with --resume: the "
            "run goes on from its newest checkpoint."
        ) from error
    finally:
        guard.end()
        _current.reset(before)
        for hook in hooks:
            hook.remove()


@dataclass(slots=True)
class _Part:
    """One process's part of a common piece of work, and the thread that reports on it."""

    accelerator: Accelerator
    guard: Watchdog | None
    silent: bool
    done: threading.Event = field(default_factory=threading.Event)
    failed: bool = False
    others_failed: bool = False
    error: BaseException | None = None
    """Error of the reporting thread: another process was lost."""

    def report(self) -> None:
        """Exchange states with the other processes until all have done their part."""
        wait_s, most_s = 0.005, ASKED_EVERY_S
        if self.guard is not None:
            most_s = min(most_s, self.guard.timeout_s / 10)
        try:
            while True:
                done = self.done.wait(wait_s)
                wait_s = min(2 * wait_s, most_s)
                busy, failed = totals(self.accelerator, [not done, self.failed])
                if self.guard is not None and (done or self.silent):
                    self.guard.beat()
                self.others_failed = failed > self.failed
                if not busy or failed:
                    return
        except Exception as error:  # noqa: BLE001 (`all_ranks` raises it)
            self.error = error


def all_ranks(
    accelerator: Accelerator, work: Callable[[], Result], *, silent: bool = False
) -> Result:
    """Do this process's part, and return when all have done theirs, however long that takes.

    `work` runs in the calling thread and uses no collective operation; another thread exchanges
    states with the other processes, so that no collective call waits long. In a run of one process
    this is `work()`.

    Args:
        accelerator: Its processes call this together.
        work: The part of this process, which may be nothing.
        silent: True if the work uses no model, as in writing a file; a process that hangs in work
            that does use one is ended, as in a step.

    Raises:
        LostRank: in the others, where the part of one process fails; that one has its own error.
    """
    if accelerator.num_processes == 1:
        return work()
    control_group(accelerator)  # made here, where all processes are, and not in a thread
    part = _Part(accelerator=accelerator, guard=_current.get(), silent=silent)
    reporter = threading.Thread(target=part.report, name="xlt all_ranks", daemon=True)
    reporter.start()
    try:
        result = work()
    except BaseException:
        part.failed = True
        raise
    finally:
        part.done.set()
        reporter.join()
    if part.error is not None:
        raise part.error
    if part.others_failed:
        raise LostRank("Another process could not do its part; what it wrote says why.")
    return result


def _is_lost(error: Exception) -> bool:
    return isinstance(error, distributed.DistError) or any(text in str(error) for text in LOST)
