"""Several processes train one model: who lost whom at which step, and an end to one that hangs.

A collective operation that waits in vain fails in the processes that wait, after the timeout of
their group. The one that hangs sees no error: here it notices that it has done nothing for longer
than that, writes where it stands, and exits, so that a launcher need not kill it.
"""

import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from accelerate import Accelerator
from torch import distributed, nn

GRACE_S = 5.0
"""After the timeout. A process that waits for others fails in this time, and only one that hangs is
still there."""
LOST = ("gloo/transport", "Connection closed by peer", "Socket Timeout")
"""In messages of gloo, whose errors have no class of their own."""


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
        for hook in hooks:
            hook.remove()


def _is_lost(error: Exception) -> bool:
    return isinstance(error, distributed.DistError) or any(text in str(error) for text in LOST)
