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
