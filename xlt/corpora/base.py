"""A corpus as the rest of xlt sees it: a name, a licence, and a stream of rows."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, Self

from xlt.system.mending import Mendable


class CorpusError(Mendable):
    """A corpus that can't be read: what was seen, where, and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One recording with its transcript, both as published."""

    id: str
    """`<corpus>/<path in archive or folder>`: unique and the same on every machine."""
    audio: Path | bytes
    """The encoded recording."""
    suffix: str
    """Its file suffix (".mp3"): raw formats have no other mark."""
    transcript: str
    """Text of the recording, as published."""
    corpus: str
    """Name of the corpus."""
    language: str
    """Language code."""
    licence: str
    """Licence of recording and transcript."""
    speaker: str | None = None
    """Prefixed by the corpus; None = unknown, never "all one"."""
    split: str | None = None
    """As published, or None."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Whatever else the corpus says."""


IF_GIVEN = {"noted": "if given"}
"""Metadata of an option that a dataset notes only where it is given: one that came later than others."""
LEAK = "leak"
"""Reason of a row that may not be trained on because an evaluation holds its sentence or speaker."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedRow:
    """A row that its reader could not use; it is counted all the same."""

    id: str
    """As a row's, or the place in the file (`<corpus>/train.tsv:17`)."""
    reason: str
    """A short code: the account counts by it."""
    detail: str
    """A sentence: what was seen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteFile:
    """A file elsewhere that a corpus is read from, as its server knows it."""

    size: int
    """Bytes."""
    version: str
    """Commit that it was read at."""
    digest: str
    """Its SHA-256, or for small files Git's id of it."""


class Corpus(Protocol):
    """A corpus that the user has, or that may be fetched."""

    @classmethod
    def at(cls, path: Path, language: str) -> Self:
        """The corpus of a language in a file or folder that the user has."""

    @property
    def name(self) -> str:
        """Short name; the first part of every row id."""

    @property
    def language(self) -> str:
        """Language code."""

    @property
    def licence(self) -> str:
        """Licence of the whole, or "see rows"."""

    @property
    def synthetic(self) -> bool:
        """True if a machine speaks."""

    @property
    def same_speaker(self) -> bool:
        """True if one voice speaks everything: a test on it says nothing about other voices."""

    def rows(self) -> Iterator[Row | RefusedRow]:
        """Every row, one at a time. Raises CorpusError where there is nothing to read."""

    def inputs(self) -> Iterator[tuple[str, Path | RemoteFile]]:
        """Name (without the corpus's own path) and path of every file that it is read from."""

    def fetch(self) -> None:
        """Get it if it may be fetched and isn't there; prints source, size and licence."""


def clips_of(rows: Iterable[Row | RefusedRow], folder: Path) -> Iterator[tuple[str, Path]]:
    """Name and path of the recordings of rows, as far as they are files of their own."""
    for row in rows:
        if isinstance(row, Row) and isinstance(row.audio, Path):
            inside = row.audio.is_relative_to(folder)
            name = row.audio.relative_to(folder).as_posix() if inside else row.id
            yield name, row.audio


_SCRATCH: ContextVar[Path | None] = ContextVar("scratch", default=None)
SCRATCH = "scratch-"
"""Beginning of the names of temporary folders."""


@contextmanager
def scratch_in(folder: Path) -> Iterator[None]:
    """Let readers keep what does not fit into memory in a folder, once it is there.

    The system's temporary folder may be small, or memory itself; a dataset's disk is neither.
    """
    before = _SCRATCH.set(folder)
    try:
        yield
    finally:
        _SCRATCH.reset(before)


def scratch() -> TemporaryDirectory[str]:
    """A temporary folder, where `scratch_in` says."""
    folder = _SCRATCH.get()
    there = folder is not None and folder.is_dir()
    return TemporaryDirectory(
        prefix=SCRATCH, dir=folder if there else None, ignore_cleanup_errors=True
    )


def data_folder() -> Path:
    """Folder of fetched corpora: $XLT_DATA, or data/ in the working folder."""
    return Path(os.environ.get("XLT_DATA") or "data")
