"""Checks of arguments that need no heavy library: what is wrong is said before torch is imported."""

from collections.abc import Sequence
from pathlib import Path

from xlt.corpora.readers.recording_finder import AUDIO_SUFFIXES


def check_positive(**amounts: float | None) -> None:
    """Refuse an amount that is not more than 0; None stands for a default.

    Raises:
        ValueError: with the flag and what it is.
    """
    for name, amount in amounts.items():
        if amount is not None and not amount > 0:
            flag = name.replace("_", "-")
            raise ValueError(f"--{flag} is {amount:g}; it must be more than 0.")


def check_writable(paths: Sequence[Path]) -> None:
    """Refuse before the work the files that could not be written after it.

    Raises:
        ValueError: for a path that is a folder, or that lies below a file.
    """
    for path in paths:
        if path.is_dir():
            raise ValueError(f"{path} is a folder; name a file to write.")
        _check_parents(path)


def check_folder_to_make(path: Path) -> None:
    """Refuse before the work a folder that could not be made.

    Raises:
        ValueError: for a path that is a file, or that lies below one.
    """
    if path.is_file():
        raise ValueError(f"{path} is a file; name a folder to write to.")
    _check_parents(path)


def _check_parents(path: Path) -> None:
    if blocked := [str(above) for above in path.parents if above.is_file()]:
        raise ValueError(f"{path} can't be written: {blocked[0]} is a file, not a folder.")


def with_folders(paths: Sequence[Path]) -> list[Path]:
    """The paths, and in the place of a folder the recordings in it and below it, by their names."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            below = (p for p in path.rglob("*") if p.suffix.lower() in AUDIO_SUFFIXES)
            found += sorted(p for p in below if not p.is_dir())
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def unreadable(files: Sequence[Path]) -> dict[Path, str]:
    """Those of the files that can't be recordings, with the reason: no file, or a folder without one."""
    found = {}
    for path in files:
        if path.is_dir() and not with_folders([path]):
            endings = " ".join(sorted(AUDIO_SUFFIXES))
            found[path] = f"is a folder without a recording ({endings}); name the files in it"
        elif not path.exists():  # a pipe is there and is not a file
            found[path] = "there is no such file"
    return found
