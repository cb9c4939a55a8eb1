"""File integrity: SHA-256 of files, and writes that survive a crash or a loss of power."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


def sha256(file: Path) -> str:
    """SHA-256 of a file, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Let a file, or the names in a folder, survive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def atomic_file(path: Path, draft: Path | None = None) -> Iterator[BinaryIO]:
    """A stream whose bytes become the file `path` when the block ends without an error.

    After a crash or an error the old file is there or the new one, never half of it.

    Args:
        path: the file; its folder is made where it is missing.
        draft: file beside it that takes the bytes until then; `.<name>.tmp` where one process
            writes at a time, another name for each process where several do.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = draft or path.with_name(f".{path.name}.tmp")
    try:
        with draft.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    if os.name == "posix":  # the rename itself must survive a power cut
        sync(path.parent)


def write_atomically(path: Path, text: str, errors: str = "strict") -> None:
    """Write a text file as UTF-8; `errors` as for `str.encode`. See `atomic_file`."""
    content = text.encode("utf-8", errors)
    with atomic_file(path) as stream:
        stream.write(content)


def replace_folder(draft: Path, folder: Path) -> None:
    """Move a draft folder, synced, to the place of `folder`, where there may be an older one.

    The older one goes last of all: after a crash one of them is there as a whole, under its name
    or, between two renames, as `.<name>.old` beside it.
    """
    for path in [*draft.rglob("*"), draft]:
        sync(path)
    old = folder.with_name(f".{folder.name}.old")
    if folder.exists():
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
    draft.rename(folder)
    sync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)
