"""Files that must be what was written: their hashes, and a way onto the disk that survives a crash."""

import hashlib
import os
import shutil
from pathlib import Path


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


def write_atomically(path: Path, text: str) -> None:
    """Write a text file so that a crash leaves the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.tmp")
    with draft.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    if os.name == "posix":  # the rename itself must survive a power cut
        sync(path.parent)


def put(draft: Path, folder: Path) -> None:
    """Let a draft folder take its place, synced, where there may be an older one.

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
