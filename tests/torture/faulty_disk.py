"""A disk that fails, or a process that dies, at a chosen operation on files under one folder.

The operations are those of Python and safetensors on real files, wrapped from outside; the code under
test knows nothing of it. Each write has three moments (before, half of it done, after), each
fsync, rename, mkdir and delete two.
"""

import errno
import io
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlt.training import checkpoint

BEFORE, HALF, AFTER = "before", "half", "after"
WRITES = ("write", "save_file")
DELETES = ("unlink", "rmdir")


@dataclass(frozen=True, slots=True)
class Moment:
    """A numbered point in what happens to the files."""

    number: int
    """Of the operation."""
    operation: str
    phase: str
    path: str
    """Relative to the folder."""


@dataclass(slots=True)
class Files:
    """Counts the operations under a folder, and calls `at` at every moment of them."""

    root: Path
    at: Callable[[Moment, "Files"], None]
    operations: int = 0
    unsynced: set[int] = field(default_factory=set)
    """Inodes of files that were written and not synced: lost where the power fails."""

    def holds(self, path: object) -> bool:
        """Whether a path is under the folder."""
        return isinstance(path, str | os.PathLike) and Path(os.fspath(path)).is_relative_to(
            self.root
        )

    def moment(self, operation: str, phase: str, path: object) -> None:
        """Something is about to happen, half done, or done."""
        self.operations += phase == BEFORE
        name = str(Path(os.fspath(path)).relative_to(self.root))  # type: ignore[call-overload]
        self.at(Moment(self.operations, operation, phase, name), self)

    def lose_power(self) -> None:
        """Empty every file that was not synced."""
        for path in self.root.rglob("*"):
            if path.is_file() and path.stat().st_ino in self.unsynced:
                os.truncate(path, 0)


def die(_: Moment, __: Files) -> None:
    """SIGKILL to this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_without_power(_: Moment, files: Files) -> None:
    """The same, and what was not synced is gone."""
    files.lose_power()
    os.kill(os.getpid(), signal.SIGKILL)


def fail(number: int) -> Callable[[Moment, Files], None]:
    """Raise an OSError, as the operating system does."""

    def act(moment: Moment, _: Files) -> None:
        raise OSError(number, os.strerror(number), moment.path)

    return act


def where(path: object, dir_fd: int | None) -> Path:
    """The whole path of an operation that may be relative to an open folder."""
    base = Path(os.readlink(f"/proc/self/fd/{dir_fd}")) if dir_fd is not None else Path.cwd()
    return base / os.fspath(path)  # type: ignore[call-overload]


@contextmanager
def watched(root: Path, at: Callable[[Moment, Files], None]) -> Iterator[Files]:
    """Inside the block, `at` is called at every moment of the files under `root`."""
    files = Files(root=root, at=at)
    before = {name: getattr(os, name) for name in ("mkdir", "rename", "replace", "unlink", "rmdir")}
    opened, synced, saved = io.open, os.fsync, checkpoint.save_file

    def wrapped(name: str) -> Callable[..., Any]:
        def call(path: Any, *arguments: Any, dir_fd: int | None = None, **more: Any) -> Any:
            whole = where(path, dir_fd)
            if dir_fd is not None:
                more["dir_fd"] = dir_fd
            if not files.holds(whole):
                return before[name](path, *arguments, **more)
            files.moment(name, BEFORE, whole)
            found = before[name](path, *arguments, **more)
            files.moment(name, AFTER, whole)
            return found

        return call

    def fsync(descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        if not files.holds(path):
            return synced(descriptor)
        files.moment("fsync", BEFORE, path)
        synced(descriptor)
        files.unsynced.discard(os.fstat(descriptor).st_ino)
        return files.moment("fsync", AFTER, path)

    def open_(file: Any, mode: str = "r", *arguments: Any, **more: Any) -> Any:
        stream = opened(file, mode, *arguments, **more)
        if files.holds(file) and set(mode) & set("wxa+"):
            files.unsynced.add(os.fstat(stream.fileno()).st_ino)
            write = stream.write

            def in_halves(content: Any) -> int:
                files.moment("write", BEFORE, file)
                write(content[: len(content) // 2])
                stream.flush()
                files.moment("write", HALF, file)
                write(content[len(content) // 2 :])
                stream.flush()
                files.moment("write", AFTER, file)
                return len(content)

            stream.write = in_halves
        return stream

    def save_file(tensors: Any, path: Path, *arguments: Any) -> None:
        files.moment("save_file", BEFORE, path)
        saved(tensors, path, *arguments)
        files.unsynced.add(path.stat().st_ino)
        with opened(path, "r+b") as stream:
            content = stream.read()
            stream.truncate(len(content) // 2)
            files.moment("save_file", HALF, path)
            stream.seek(0)
            stream.write(content)
        files.moment("save_file", AFTER, path)

    try:
        for name in before:
            setattr(os, name, wrapped(name))
        io.open, os.fsync, checkpoint.save_file = open_, fsync, save_file  # type: ignore[assignment]
        yield files
    finally:
        for name, function in before.items():
            setattr(os, name, function)
        io.open, os.fsync, checkpoint.save_file = opened, synced, saved  # type: ignore[assignment]


ERRORS = {
    "write": errno.ENOSPC,
    "save_file": errno.ENOSPC,
    "mkdir": errno.ENOSPC,
    "fsync": errno.EIO,
}
"""What the operating system says in the worst case, by operation; others: a read-only disk."""
