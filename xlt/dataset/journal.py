"""The journal of a build: what a killed build has already done, and the folder it is done in.

A build reads rows in a fixed order. Their outcomes are appended to `journal.jsonl` when the shard
that holds their recordings is whole on disk; the lines up to the last commit line are true, what
comes after is thrown away.
"""

import errno
import fcntl
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from xlt.dataset.shards import ShardWriter

logger = logging.getLogger(__name__)

COMMIT_ROWS = 2_000
"""Rows after which the work is committed even if hardly one of them was kept."""
MB = 2**20


@dataclass(kw_only=True)
class Journal:
    """The outcomes so far, and the shard in hand; `row` and `commit` are all a build calls."""

    folder: Path
    file: TextIO
    outcomes: list[dict[str, Any]]
    """Of every row of the corpora, in order: of a kept one what `row` was told, or reason, detail."""
    shards: int
    """Whole shards on disk."""
    check: Callable[[], None] = lambda: None
    """Asked after every row; what it raises ends the build, and what is done is kept."""
    pending: list[dict[str, Any]] = field(default_factory=list)
    writer: ShardWriter | None = None

    def shard(self, number: int) -> Path:
        """The file of one shard."""
        return self.folder / f"{number:05d}.parquet"

    def row(self, outcome: Mapping[str, Any], row: Mapping[str, Any] | None) -> None:
        """Note one outcome, and keep the row that goes with it."""
        if row is not None:
            with explained(self):
                self.writer = self.writer or ShardWriter(self.shard(self.shards))
                self.writer.write(row)
        self.pending.append(dict(outcome))
        if (self.writer and self.writer.full) or len(self.pending) >= COMMIT_ROWS:
            self.commit()
        try:
            self.check()
        except BaseException:
            self.commit()
            raise

    def commit(self) -> None:
        """Make everything so far outlive this process."""
        if not self.pending:
            return
        with explained(self):
            if self.writer:
                self.writer.close()
            self.shards += self.writer is not None
            lines = [*self.pending, {"commit": self.shards}]
            self.file.write("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
            self.file.flush()
            os.fsync(self.file.fileno())
        self.outcomes += self.pending
        self.pending, self.writer = [], None


@contextmanager
def opened(
    folder: Path, made_from: Mapping[str, str], check: Callable[[], None] = lambda: None
) -> Iterator[Journal]:
    """Begin a build in its work folder, or go on with the one that was killed there.

    Raises:
        ValueError: if that one was made from something else, or is still running.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "journal.jsonl"
    path.touch()
    with path.open("r+", encoding="utf-8") as file:
        _lock(file, folder)
        outcomes, shards = _recovered(file, made_from, folder)
        journal = Journal(folder=folder, file=file, outcomes=outcomes, shards=shards, check=check)
        for leftover in folder.glob("*.parquet"):
            if int(leftover.stem) >= shards:
                leftover.unlink()
        if outcomes:
            logger.info("going on with the build in %s: %d rows are done", folder, len(outcomes))
        yield journal


def check_made_from(before: Mapping[str, str], now: Mapping[str, str], folder: Path) -> None:
    """Raise ValueError, saying what differs, unless a folder was made from what is asked for now."""
    different = [
        f"{key} was {before.get(key, 'not set')}, is {now.get(key, 'not set')}"
        for key in [*now, *(key for key in before if key not in now)]
        if before.get(key) != now.get(key)
    ]
    if different:
        raise ValueError(
            f"{folder} was prepared from something else: {'; '.join(different)}. "
            "Choose another output folder, or delete this one to prepare it again"
        )


@contextmanager
def explained(journal: Journal) -> Iterator[None]:
    """Turn a full disk into a sentence; what is committed stays, the shard in hand is given up."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        needed = journal.writer.bytes if journal.writer else 0
        if journal.writer:
            journal.writer.abandon()
        with suppress(FileNotFoundError):
            journal.shard(journal.shards).unlink()
        raise no_space(
            journal.folder,
            needed,
            f"{journal.shards} finished shards with the outcomes of {len(journal.outcomes)} rows "
            "are kept there",
        ) from error


def no_space(folder: Path, needed_bytes: int, kept: str) -> OSError:
    """The error that says how much room is there, how much is needed and what to do."""
    free = shutil.disk_usage(folder).free
    sentence = (
        f"the disk of {folder} is full: at least {needed_bytes / MB:.0f} MB are needed now and "
        f"{free / MB:.0f} MB are free; {kept}. Make room and run the same command again: "
        "it goes on where it was"
    )
    return OSError(errno.ENOSPC, sentence)


def _lock(file: TextIO, folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ValueError(
            f"another process is preparing this dataset in {folder}: wait for it, or choose "
            "another output folder"
        ) from None


def _recovered(
    file: TextIO, made_from: Mapping[str, str], folder: Path
) -> tuple[list[dict[str, Any]], int]:
    """Outcomes and shards up to the last commit; the file is cut off there."""
    header = file.readline()
    outcomes, shards, true_end = _committed(file)
    if not outcomes:
        file.seek(0)
        file.truncate()
        file.write(json.dumps({"made_from": dict(made_from)}, ensure_ascii=False) + "\n")
        file.flush()
        return [], 0
    check_made_from(json.loads(header)["made_from"], made_from, folder)
    file.seek(true_end)
    file.truncate()
    return outcomes, shards


def _committed(file: TextIO) -> tuple[list[dict[str, Any]], int, int]:
    """Outcomes, shards and the place in the file up to the last commit line."""
    outcomes: list[dict[str, Any]] = []
    pending: list[dict[str, Any]] = []
    shards, end = 0, file.tell()
    while (line := file.readline()).endswith("\n"):
        entry: dict[str, Any] = json.loads(line)
        if "commit" in entry:
            outcomes += pending
            pending, shards, end = [], entry["commit"], file.tell()
        else:
            pending.append(entry)
    return outcomes, shards, end
