"""Index of a split, mapped into memory: ids, texts, speakers, and the places of the recordings.

It is written with the dataset. All processes of a run map the same file, so what they read of it is in
memory once, and nobody searches the shards for their recordings. A dataset without one, or whose
shards have changed since, gets it when it is opened.
"""

import hashlib
import os
import socket
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from itertools import accumulate
from operator import eq
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from tqdm import tqdm

from xlt.system.files import atomic_file

INDEX = Path(".cache", "index")
"""Folder, in the dataset's own, of the indices; uploads leave it out."""
KNOWN = ("id", "text", "speaker", "duration")
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.string()),
        ("speaker", pa.string()),
        ("duration", pa.float64()),
        ("start", pa.int64()),
        ("size", pa.int64()),
    ]
)
"""Columns; there is one record batch for each shard."""
FORMAT = "xlt clip index 1"
NEEDLE = 64
"""Bytes of a recording that are searched for, behind its length; the rest is compared."""


class ClipIndex:
    """The index of a split; another process that is sent one maps the file itself."""

    def __init__(self, stored: Path | pa.Buffer) -> None:
        self._stored = stored
        source = pa.memory_map(str(stored)) if isinstance(stored, Path) else pa.BufferReader(stored)
        reader = pa.ipc.open_file(source)
        if not reader.schema.equals(SCHEMA):
            raise ValueError(f"{stored} is not an index of clips")
        self._batches = [reader.get_batch(k) for k in range(reader.num_record_batches)]
        self._ends = list(accumulate(batch.num_rows for batch in self._batches))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __reduce__(self) -> tuple[object, ...]:
        return ClipIndex, (self._stored,)

    @property
    def shards(self) -> int:
        """Number of shards."""
        return len(self._batches)

    def durations_s(self) -> "array[float]":
        """Duration of every clip in seconds."""
        found = array("d")
        for batch in self._batches:
            found.frombytes(batch.column("duration").to_numpy().tobytes())
        return found

    def value(self, column: str, i: int) -> Any:
        """The value of a column for clip i."""
        shard, row = self._at(i)
        return self._batches[shard].column(column)[row].as_py()

    def values(self, column: str) -> Iterator[Any]:
        """All values of a column, in order."""
        for batch in self._batches:
            yield from batch.column(column).to_pylist()

    def place(self, i: int) -> tuple[int, int, int]:
        """Number of the shard, first byte and bytes of the recording of clip i."""
        shard, row = self._at(i)
        batch = self._batches[shard]
        return shard, batch.column("start")[row].as_py(), batch.column("size")[row].as_py()

    def _at(self, i: int) -> tuple[int, int]:
        count = len(self)
        if not -count <= i < count:
            raise IndexError(f"clip {i} of {count}")
        i %= count
        shard = bisect_right(self._ends, i)
        return shard, i - (self._ends[shard - 1] if shard else 0)


class Column(Sequence[Any]):
    """One column of an index, each value read from the map when it is asked for."""

    def __init__(self, index: ClipIndex, name: str) -> None:
        self._index, self._name = index, name

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        return self._index.value(self._name, i)

    def __iter__(self) -> Iterator[Any]:
        return self._index.values(self._name)

    def __eq__(self, other: object) -> bool:
        """True for another sequence, such as a list, of the same values."""
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]  # as lists have it


def index_of(files: Sequence[Path], what: str) -> ClipIndex:
    """The index of some shards of one folder, made now if it is not there or damaged.

    `what` names the split. Where it can't be written, it is made in memory.

    Raises:
        ValueError: a shard was not written by xlt.
    """
    path = _path(files, what)
    with suppress(OSError, ValueError, pa.ArrowException):  # not there, or damaged
        found = ClipIndex(path)
        if found.shards == len(files):
            return found
    bar = tqdm(files, desc=f"open {what}", delay=5, disable=None)
    try:
        with IndexWriter(files, what) as index:
            for file in bar:
                index.add(file)
    except OSError:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, SCHEMA) as writer:
            for file in files:
                writer.write_batch(_batch(file))
        return ClipIndex(sink.getvalue())
    for old in path.parent.glob(f"{what}-*"):
        if old != path:
            old.unlink(missing_ok=True)
    return ClipIndex(path)


class IndexWriter(AbstractContextManager["IndexWriter"]):
    """Writer of the index of some shards of one folder: whole when the block has ended."""

    def __init__(self, files: Sequence[Path], what: str) -> None:
        path = _path(files, what)
        draft = path.with_name(f".{socket.gethostname()}-{os.getpid()}-{path.name}")
        self._files = ExitStack()
        stream = self._files.enter_context(atomic_file(path, draft))
        self._writer = self._files.enter_context(pa.ipc.new_file(stream, SCHEMA))

    def add(self, shard: Path) -> None:
        """Take the next shard, in the order in which they were given."""
        self._writer.write_batch(_batch(shard))

    def __exit__(self, *error: Any) -> None:
        self._files.__exit__(*error)


def _path(files: Sequence[Path], what: str) -> Path:
    """Path of the index of these shards, as they are now."""
    states = [(path.name, path.stat()) for path in files]
    state = [FORMAT, *((name, stat.st_size, stat.st_mtime_ns) for name, stat in states)]
    digest = hashlib.sha256(repr(state).encode()).hexdigest()[:16]
    return files[0].parent / INDEX / f"{what}-{digest}.arrow"


def _batch(shard: Path) -> pa.RecordBatch:
    """The part of an index that is one shard's."""
    table = pq.read_table(shard, columns=list(KNOWN), memory_map=False)
    places = locate(shard)
    columns = [table.column(name).cast(SCHEMA.field(name).type) for name in KNOWN]
    arrays = [column.combine_chunks() for column in columns]
    return pa.record_batch([*arrays, pa.array(places[:, 0]), pa.array(places[:, 1])], schema=SCHEMA)


def locate(shard: Path) -> NDArray[np.int64]:
    """First byte and size (clips, 2) of every recording in a shard, found group by group.

    Recordings lie there as they are, one after the other, each behind its length.

    Raises:
        ValueError: the shard was not written by xlt.
    """
    found: list[tuple[int, int]] = []
    with pq.ParquetFile(shard) as table, shard.open("rb") as file:
        for number in range(table.num_row_groups):
            group = table.metadata.row_group(number)
            column = next(
                group.column(k)
                for k in range(group.num_columns)
                if group.column(k).path_in_schema == "audio.bytes"
            )
            first = column.data_page_offset
            file.seek(first)
            content = file.read(column.total_compressed_size)
            at = 0
            for row in table.read_row_group(number, columns=["audio.bytes"]).column(0).to_pylist():
                at = _find(content, row["bytes"], at)
                if at < 0:
                    raise ValueError(
                        f"{shard} was not written by `xlt prepare`: its recordings are not where "
                        "they can be read one by one; prepare the dataset again"
                    )
                found.append((first + at, len(row["bytes"])))
                at += len(row["bytes"])
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _find(content: bytes, recording: bytes, at: int) -> int:
    """First byte of a recording in the bytes of a page, from `at` on; -1 if it is not there."""
    needle = len(recording).to_bytes(4, "little") + recording[:NEEDLE]
    while (found := content.find(needle, at)) >= 0:
        start = found + 4
        if content[start : start + len(recording)] == recording:
            return start
        at = found + 1
    return -1
