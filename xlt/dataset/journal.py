"""Journal of a dataset build: a killed build goes on where it was, in its work folder.

A build reads rows in a fixed order. Their outcomes are appended to `journal.jsonl` when the shard
that holds their recordings is whole on disk; the lines up to the last commit line are true, what
comes after is thrown away. Outcomes are kept there and read again, not in memory.
"""

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

from xlt.dataset.shards import ShardWriter
from xlt.system.disk_full import FULL, no_room
from xlt.system.lock import Work, held
from xlt.system.resume import check_unchanged

logger = logging.getLogger(__name__)

COMMIT_ROWS = 2_000
"""Rows after which the work is committed even if hardly one of them was kept."""
NAME = "journal.jsonl"
PLACED = "placed.jsonl"
"""Log of the second pass: a line with the digest of the dataset, then one for each finished shard."""
PREPARATION = Work(
    name="preparation", folder="folder", elsewhere="another output folder", hidden=True
)


@dataclass(kw_only=True)
class Journal:
    """The outcomes so far, and the shard in hand; `row` and `commit` are all a build calls."""

    folder: Path
    file: FileIO
    """Unbuffered: what could not be written is not tried again when it is closed."""
    rows: int = 0
    """Rows whose outcomes are committed."""
    shards: int = 0
    """Whole shards on disk."""
    end: int = 0
    """Bytes of the file up to the last commit."""
    check: Callable[[], None] = lambda: None
    """Asked after every row; what it raises ends the build, and what is done is kept."""
    pending: list[dict[str, Any]] = field(default_factory=list)
    writer: ShardWriter | None = None

    def shard(self, number: int) -> Path:
        """The file of one shard."""
        return self.folder / f"{number:05d}.parquet"

    def outcomes(self) -> Iterator[dict[str, Any]]:
        """The committed outcomes of every row of the corpora, in order, read from the disk.

        Of a kept row the facts that `row` got, of another reason and detail.
        """
        with (self.folder / NAME).open("rb") as lines:
            lines.readline()
            while lines.tell() < self.end:
                entry: dict[str, Any] = json.loads(lines.readline())
                if "commit" not in entry:
                    yield entry

    def shard_clips(self) -> Iterator[int]:
        """Number of clips in each committed shard, whether it is still there or not."""
        clips, shards = 0, 0
        with (self.folder / NAME).open("rb") as lines:
            lines.readline()
            while lines.tell() < self.end:
                entry = json.loads(lines.readline())
                if "commit" not in entry:
                    clips += "reason" not in entry
                elif entry["commit"] > shards:
                    yield clips
                    clips, shards = 0, entry["commit"]

    def row(self, outcome: Mapping[str, Any], row: Mapping[str, Any] | None) -> None:
        """Note one outcome, and keep the row that goes with it."""
        if row is not None:
            with disk_full_explained(self):
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
        with disk_full_explained(self):
            if self.writer:
                self.writer.close()
            shards = self.shards + (self.writer is not None)
            append(self.file, self.end, [*self.pending, {"commit": shards}])
        self.shards, self.end = shards, self.file.tell()
        self.rows += len(self.pending)
        self.pending, self.writer = [], None


@contextmanager
def open_journal(
    folder: Path,
    made_from: Mapping[str, str],
    check: Callable[[], None] = lambda: None,
    same: Callable[[], bool] = lambda: True,
) -> Iterator[Journal]:
    """Begin a build in its work folder, or go on with the one that was killed there.

    `same` is asked once the folder is held: False begins anew, as the inputs have changed.

    Raises:
        ValueError: if that one was made from something else, or is still running.
    """
    path = folder / NAME
    with held(folder, PREPARATION):
        try:
            path.touch()
        except OSError as error:
            if error.errno not in FULL:
                raise ValueError(
                    f"{path} can't be written ({error.strerror}). Give another output folder, or make "
                    "it writable."
                ) from error
            raise no_room(error.errno, folder, 0, "nothing is done yet") from error
        with path.open("r+b", buffering=0) as file:
            journal = Journal(folder=folder, file=file, check=check)
            with disk_full_explained(journal):
                if not same():
                    file.truncate(0)
            yield _recovered(journal, made_from)


def _recovered(journal: Journal, made_from: Mapping[str, str]) -> Journal:
    """The journal with all that is committed, and no shard that is not."""
    with disk_full_explained(journal):
        _recover(journal, made_from)
    if not journal.rows:
        (journal.folder / PLACED).unlink(missing_ok=True)
    for leftover in journal.folder.glob("*.parquet"):
        if int(leftover.stem) >= journal.shards:
            leftover.unlink()
    if journal.rows:
        logger.info("going on with the build in %s: %d rows are done", journal.folder, journal.rows)
    return journal


def check_made_from(before: Mapping[str, str], now: Mapping[str, str], folder: Path) -> None:
    """Raise ValueError, saying what differs, unless a folder was made from what is asked for now."""
    check_unchanged(
        before,
        now,
        what=f"{folder} was prepared from something else",
        remedy="Choose another output folder, or delete this one to prepare it again.",
        show=str,
    )


@contextmanager
def disk_full_explained(journal: Journal) -> Iterator[None]:
    """Turn a full disk into a sentence; what is committed stays, the shard in hand is given up."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        needed = journal.writer.bytes if journal.writer else 0
        if journal.writer:
            journal.writer.abandon()
        with suppress(FileNotFoundError):
            journal.shard(journal.shards).unlink()
        raise no_room(
            error.errno,
            journal.folder,
            needed,
            f"{journal.shards} finished shards with the outcomes of {journal.rows} rows "
            "are kept there",
        ) from error


def append(file: FileIO, end: int, entries: list[dict[str, Any]]) -> None:
    """Write lines after the first `end` bytes and wait until the disk has them, or leave none of them."""
    lines = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries).encode()
    try:
        file.seek(end)
        while lines:
            lines = lines[file.write(lines) :]
        os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            file.truncate(end)
        raise


def _recover(journal: Journal, made_from: Mapping[str, str]) -> None:
    """Find rows and shards up to the last commit; the file is cut off there."""
    rows = 0
    with (journal.folder / NAME).open("rb") as lines:
        header = lines.readline()
        while (line := lines.readline()).endswith(b"\n"):
            entry = json.loads(line)
            rows += "commit" not in entry
            if "commit" in entry:
                journal.rows, journal.shards, journal.end = rows, entry["commit"], lines.tell()
    if journal.rows:
        check_made_from(json.loads(header)["made_from"], made_from, journal.folder)
    else:
        append(journal.file, 0, [{"made_from": dict(made_from)}])
        journal.end = journal.file.tell()
    journal.file.truncate(journal.end)
