"""Several processes train one model: who lost whom at which step, and an end to one that hangs.

A collective operation that waits in vain fails in the processes that wait, after the timeout of
their group. The one that hangs sees no error: here it notices that it has done nothing for longer
than that, writes where it stands, and exits, so that a launcher need not kill it.

What one process does alone, or each its own part of, may take longer than that: `together` lets the
processes tell each other meanwhile that they are still at it.
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

import torch
from accelerate import Accelerator
from torch import distributed, nn

Result = TypeVar("Result")

GRACE_S = 5.0
"""After the timeout. A process that waits for others fails in this time, and only one that hangs is
still there."""
LOST = ("gloo/transport", "Connection closed by peer", "Socket Timeout")
"""In messages of gloo, whose errors have no class of their own."""
ASKED_EVERY_S = 1.0
"""At most, between two questions whether all processes have done their part."""


class LostContact(RuntimeError):
    """Another process of the run ended or did not answer; the message names process and step."""


@dataclass(slots=True)
class Contact:
    """One process among others in the middle of a run."""

    rank: int
    world: int
    timeout_s: float
    step: Callable[[], int]
    """The step that is being taken."""
    _beat_s: float = field(default_factory=time.monotonic)
    _over: threading.Event = field(default_factory=threading.Event)

    def beat(self, *_: object) -> None:
        """Something is being done: called before every use of the model."""
        self._beat_s = time.monotonic()

    def here(self) -> str:
        """Which process, at which step."""
        return f"process {self.rank} of {self.world}, at step {self.step()}"

    def watch(self) -> None:
        """End this process when it has done nothing for longer than the others wait."""
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
        """The processes need each other no more."""
        self._over.set()


_current: ContextVar[Contact | None] = ContextVar("contact", default=None)
"""That of the block in which this process is."""


@contextmanager
def in_contact(
    accelerator: Accelerator, timeout_s: float, step: Callable[[], int], *models: nn.Module
) -> Iterator[None]:
    """Inside the block, a lost process is named, and one that hangs ends; alone, nothing changes.

    Raises:
        LostContact: where a collective operation failed.
    """
    if accelerator.num_processes == 1:
        yield
        return
    contact = Contact(
        rank=accelerator.process_index,
        world=accelerator.num_processes,
        timeout_s=timeout_s,
        step=step,
    )
    hooks = [model.register_forward_pre_hook(contact.beat) for model in models]
    before = _current.set(contact)
    threading.Thread(target=contact.watch, name="xlt contact", daemon=True).start()
    try:
        yield
    except (RuntimeError, ValueError, OSError) as error:
        if not _is_lost(error):
            error.add_note(f"This is {contact.here()}.")
            raise
        raise LostContact(
            f"This is {contact.here()}: another process ended, or did not answer for "
            f"{timeout_s:.0f} s ({error}). What it wrote says why. Start again with --resume: the "
            "run goes on from its newest checkpoint."
        ) from error
    finally:
        contact.end()
        _current.reset(before)
        for hook in hooks:
            hook.remove()


@dataclass(slots=True)
class _Part:
    """One process's part of a common work, and the thread that tells the others of it."""

    accelerator: Accelerator
    contact: Contact | None
    silent: bool
    done: threading.Event = field(default_factory=threading.Event)
    failed: bool = False
    others_failed: bool = False
    error: BaseException | None = None
    """Of the thread: a process that was lost."""

    def tell(self) -> None:
        """Ask again and again whether all have done their part, at the pace of the slowest."""
        wait_s, most_s = 0.005, ASKED_EVERY_S
        if self.contact is not None:
            most_s = min(most_s, self.contact.timeout_s / 10)
        try:
            while True:
                done = self.done.wait(wait_s)
                wait_s = min(2 * wait_s, most_s)
                state = torch.tensor(
                    [not done, self.failed], device=self.accelerator.device
                ).float()
                busy, failed = self.accelerator.reduce(state, reduction="sum").tolist()
                if self.contact is not None and (done or self.silent):
                    self.contact.beat()
                self.others_failed = failed > self.failed
                if not busy or failed:
                    return
        except Exception as error:  # noqa: BLE001 (`together` raises it)
            self.error = error


def together(
    accelerator: Accelerator, work: Callable[[], Result], *, silent: bool = False
) -> Result:
    """Do this process's part, and return when all have done theirs, however long that takes.

    `work` runs in the calling thread and uses no collective operation; another thread asks the other
    processes meanwhile, so that none waits for an answer longer than a moment. Alone: `work()`.

    Args:
        accelerator: Its processes call this together.
        work: The part of this process, which may be nothing.
        silent: It uses no model, as in writing a file; else a process that hangs in it is ended, as
            in a step.

    Raises:
        LostContact: in the others, where the part of one process fails; that one has its own error.
    """
    if accelerator.num_processes == 1:
        return work()
    part = _Part(accelerator=accelerator, contact=_current.get(), silent=silent)
    teller = threading.Thread(target=part.tell, name="xlt together", daemon=True)
    teller.start()
    try:
        result = work()
    except BaseException:
        part.failed = True
        raise
    finally:
        part.done.set()
        teller.join()
    if part.error is not None:
        raise part.error
    if part.others_failed:
        raise LostContact("Another process could not do its part; what it wrote says why.")
    return result


def _is_lost(error: Exception) -> bool:
    return isinstance(error, distributed.DistError) or any(text in str(error) for text in LOST)
