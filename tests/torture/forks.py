"""Children forked from a process that has imported everything: a start costs milliseconds, not ten seconds.

Nothing here is a test. A child leads a session of its own, writes to a log file, and leaves by os._exit.
"""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True)
class Child:
    """A forked process: what it wrote, and how it ended."""

    pid: int
    log: Path
    started_s: float
    code: int | None = None
    """Exit status; minus the signal's number where one ended it, as in subprocess."""

    def poll(self) -> int | None:
        """The exit status, if it has ended."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def wait(self, timeout_s: float = 120.0) -> int:
        """The exit status; a child that takes longer is killed, and that is an error."""
        end_s = time.monotonic() + timeout_s
        while self.poll() is None:
            if time.monotonic() > end_s:
                self.kill()
                raise AssertionError(f"a process took more than {timeout_s:.0f} s:\n{self.text()}")
            time.sleep(0.002)
        assert self.code is not None
        return self.code

    def send(self, number: int) -> bool:
        """Send a signal, if the child is still there to get it."""
        if self.poll() is not None:
            return False
        os.kill(self.pid, number)
        return True

    def kill(self) -> None:
        """SIGKILL to the child and all of its session, and wait for its end."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # so young that it leads no session yet
                os.killpg(self.pid, signal.SIGKILL)
            os.kill(self.pid, signal.SIGKILL)
            self.wait()

    def text(self) -> str:
        """The end of what it wrote."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-6000:]


def fork(work: Callable[[], object], log: Path, environment: dict[str, str] | None = None) -> Child:
    """Run `work` in a child. Status 0: it returned; 1: it raised; SystemExit gives its own."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return Child(pid=pid, log=log, started_s=time.monotonic())
    code = 1
    try:
        os.setsid()
        os.environ.update(environment or {})
        # tqdm's own lock is shared by all that were forked, and one of them may be killed with it.
        tqdm.set_lock(threading.RLock())
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for stream in (1, 2):
            os.dup2(descriptor, stream)
        os.close(descriptor)
        sys.stdout = sys.__stdout__ = os.fdopen(1, "w", buffering=1, closefd=False)
        sys.stderr = sys.__stderr__ = os.fdopen(2, "w", buffering=1, closefd=False)
        work()
        code = 0
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:  # noqa: BLE001 (whatever it is: it is written down, and the status says so)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def in_lanes(
    work: Callable[[Item], None], items: Sequence[Item], folder: Path, lanes: int, title: str
) -> list[str]:
    """Do `work` for every item, each in a child, `lanes` at a time; what failed, and how."""
    waiting, running, failed = list(enumerate(items)), {}, []
    started_s, shown_s = time.monotonic(), 0.0
    while waiting or running:
        while waiting and len(running) < lanes:
            k, item = waiting.pop(0)
            log = folder / f"{k:04d}.log"
            running[k] = fork(lambda item=item: work(item), log)
        for k, child in list(running.items()):
            if child.poll() is not None:
                del running[k]
                if child.code:
                    failed.append(f"{items[k]}: status {child.code}\n{child.text()}")
        now_s = time.monotonic() - started_s
        if now_s - shown_s > 10:
            shown_s = now_s
            done = len(items) - len(waiting) - len(running)
            print(
                f"  {title}: {done} of {len(items)}, {len(failed)} failed, {now_s:.0f} s",
                flush=True,
            )
        time.sleep(0.005)
    return failed
