"""Sandboxed decoding of untrusted recordings, in child processes with resource limits.

A decoder is a large C library that reads what a stranger wrote. Here it runs in a child that may
write no file, sees no credential, and has a limit of memory, of CPU time and of waiting time for
every clip. A clip that crashes its decoder costs that child alone: the clip is named, the build goes on.
Encoded bytes go to the child and samples come back as they are: nothing is pickled.
"""

import json
import math
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from xlt.audio.decode import decode, encoded
from xlt.audio.limits import AudioRefused, Limits
from xlt.system.redaction import without_secrets

START_S = 120
"""Longest time for a child to start: a busy machine, a cold disk."""
READY = b"ready"
START = "import sys; sys.path.append(sys.argv[1]); from xlt.audio import sandbox; sandbox.main(*sys.argv[2:])"


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourceLimits:
    """Limits on decoding one clip; a clip of a minute takes a tenth of a second and a few MB."""

    cpu_s: int = 20
    """CPU time. The verdict is by this one: it doesn't depend on how busy the machine is."""
    memory_bytes: int = 420_000_000
    """Memory beyond the child's own 50 MB or so."""
    deadline_s: float = 300.0
    """Time by the clock: only for a decoder that waits for something for ever."""


class Decoders:
    """A child for every thread that decodes at the same time; `close` ends them all."""

    def __init__(self, resources: ResourceLimits = ResourceLimits()) -> None:
        self.resources = resources
        self._all: list[_Child] = []
        self._idle: list[_Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def decode(
        self, source: bytes | Path, limits: Limits = Limits(), suffix: str | None = None
    ) -> NDArray[np.float32]:
        """As `xlt.audio.decode.decode`, in a child.

        Raises:
            AudioRefused: also for a clip that costs too much or ends its decoder, twice.
            OSError: the file can't be read.
            RuntimeError: no child can be started.
        """
        if isinstance(source, Path):
            suffix = suffix or source.suffix
        data = encoded(source, limits)
        for last in (False, True):
            child = self._borrow()
            try:
                samples = child.decode(data, limits, suffix)
            except AudioRefused:
                self._idle.append(child)
                raise
            except _Ended as ended:
                self._all.remove(child)
                if ended.costly or last:  # an end for another reason may be no fault of the clip
                    reason = "too_costly" if ended.costly else "crashes_decoder"
                    raise AudioRefused(reason, str(ended)) from None
            else:
                self._idle.append(child)
                return samples
        raise AssertionError("the second try returns or raises")

    def close(self) -> None:
        """End the children."""
        while self._all:
            self._all.pop().end()
        self._idle.clear()

    def _borrow(self) -> "_Child":
        with suppress(IndexError):  # threads share the list; taking from it is one step
            return self._idle.pop()
        child = _Child(self.resources)
        self._all.append(child)
        return child


class _Ended(Exception):
    def __init__(self, what: str, *, costly: bool) -> None:
        super().__init__(what)
        self.costly = costly


class _Child:
    """One process that decodes one clip after the other."""

    def __init__(self, resources: ResourceLimits) -> None:
        self.resources = resources
        self.connection, theirs = Pipe()
        package = str(Path(__file__).parents[2])
        arguments = [package, str(theirs.fileno()), json.dumps(asdict(resources))]
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", START, *arguments],
            pass_fds=(theirs.fileno(),),
            env=child_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        theirs.close()
        started = False
        with suppress(EOFError, OSError):
            _set_timeout(self.connection, START_S)
            started = self.connection.recv_bytes() == READY
            _set_timeout(self.connection, resources.deadline_s)
        if not started:
            self.end()
            raise RuntimeError(
                f"no process to decode in could be started (it ended with {self.process.returncode}"
                f" or took more than {START_S} s); what it said is above"
            )

    def decode(self, data: bytes, limits: Limits, suffix: str | None) -> NDArray[np.float32]:
        """Samples (S,); raises AudioRefused, or _Ended if the process has ended."""
        asked = {"limits": asdict(limits), "suffix": suffix}
        try:
            self.connection.send_bytes(json.dumps(asked).encode())
            self.connection.send_bytes(data)
            answer = json.loads(self.connection.recv_bytes())
            if "reason" in answer:
                raise AudioRefused(answer["reason"], answer["detail"])
            return np.frombuffer(self.connection.recv_bytes(), dtype=np.float32)
        except BlockingIOError:
            self.end()
            what = f"it took more than {self.resources.deadline_s:g} s to decode"
            raise _Ended(what, costly=True) from None
        except (EOFError, OSError):
            raise self._exit_reason() from None

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self.connection.close()
        self.process.kill()
        self.process.wait()

    def _exit_reason(self) -> _Ended:
        """Signal or status that ended the process; it has ended, or is about to."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        status = self.process.poll()
        self.end()
        if status == -signal.SIGXCPU:
            return _Ended(f"it took more than {self.resources.cpu_s} s of CPU time", costly=True)
        said = f"signal {-status}" if status is not None and status < 0 else f"status {status}"
        return _Ended(f"the process that decodes it ended with {said}, twice", costly=False)


def _set_timeout(connection: Connection, seconds: float) -> None:
    """Let every read and write of the connection fail after this time; source: socket(7)."""
    whole, rest = divmod(seconds, 1)
    timeval = struct.pack("@ll", int(whole), int(1e6 * rest))
    with socket.socket(fileno=os.dup(connection.fileno())) as same:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            same.setsockopt(socket.SOL_SOCKET, option, timeval)


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Environment of a decoding process: no credentials, one thread, little address space."""
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
    return without_secrets(environment) | one


def main(descriptor: str, resources: str) -> None:
    """Decode what comes through the connection until it is closed: the child's whole life."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the parent ends its children
        signal.signal(number, signal.SIG_IGN)
    connection = Connection(int(descriptor))
    allowed = ResourceLimits(**json.loads(resources))
    connection.send_bytes(READY)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # decoders log bad frames to stderr
    _limit(allowed)
    with suppress(EOFError, OSError):
        while True:
            asked = json.loads(connection.recv_bytes())
            answer, samples = _answer(connection, asked, allowed)
            connection.send_bytes(json.dumps(answer).encode())
            if samples is not None:
                connection.send_bytes(samples.data.cast("B"))


def _limit(resources: ResourceLimits) -> None:
    """Set the limits of this process: no file is written, no core dumped, memory is bounded."""
    limits = {resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0}
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limits[resource.RLIMIT_AS] = pages * resource.getpagesize() + resources.memory_bytes
    for kind, most in limits.items():
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _answer(
    connection: Connection, asked: Mapping[str, Any], resources: ResourceLimits
) -> tuple[dict[str, Any], NDArray[np.float32] | None]:
    """The answer for one clip, and its samples."""
    spent_s = math.ceil(time.process_time())
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (spent_s + resources.cpu_s, hard))
    try:
        samples = decode(connection.recv_bytes(), Limits(**asked["limits"]), asked["suffix"])
    except AudioRefused as refused:
        return {"reason": refused.reason, "detail": refused.detail}, None
    except MemoryError:
        detail = f"decoding it needs more than {resources.memory_bytes / 1e6:.0f} MB of memory"
        return {"reason": "too_costly", "detail": detail}, None
    return {"samples": len(samples)}, np.ascontiguousarray(samples)
