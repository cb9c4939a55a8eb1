"""Parquet shards of a prepared dataset: their columns, a writer and a reader."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from xlt.audio.decode import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from datasets import Features

SHARD_BYTES = 64 * 2**20
SHARD_CLIPS = 500
GROUP_CLIPS = 50
"""Rows that are in memory before they are written, and that a reader takes at once."""
REPEATED = ["speaker", "corpus", "language", "licence"]


@cache
def features() -> "Features":
    """The columns; `audio` is {bytes, path}: FLAC, mono, 16 bits, 16 kHz.

    `sha256` is that of its bytes, `samples_sha256` that of its 16-bit samples: a clip is known by it.
    """
    from datasets import Audio, Features, Value  # slow to import, and a recipe's flags need none

    return Features(
        {
            "id": Value("string"),
            "audio": Audio(sampling_rate=SAMPLE_RATE_HZ),
            "sha256": Value("string"),
            "samples_sha256": Value("string"),
            "text": Value("string"),
            "transcript": Value("string"),
            "speaker": Value("string"),
            "duration": Value("float64"),
            "corpus": Value("string"),
            "language": Value("string"),
            "licence": Value("string"),
        }
    )


@cache
def schema() -> pa.Schema:
    """The same for Arrow, with the metadata by which `datasets` finds the Audio column."""
    return features().arrow_schema


def size(row: Mapping[str, Any]) -> int:
    """Bytes of a row on disk, nearly."""
    return len(row["audio"]["bytes"]) + len(row["text"]) + len(row["transcript"]) + 200


class ShardWriter:
    """Writer of one Parquet file: `<path>` is whole when `close` has returned, and not before."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clips = 0
        self.bytes = 0
        self._pending: list[Mapping[str, Any]] = []
        self._file = path.open("wb")
        self._writer = pq.ParquetWriter(
            self._file,
            schema(),
            compression="none",
            use_dictionary=REPEATED,
            write_statistics=False,
        )

    @property
    def full(self) -> bool:
        """True if the next row should go to another shard."""
        return self.clips >= SHARD_CLIPS or self.bytes >= SHARD_BYTES

    def write(self, row: Mapping[str, Any]) -> None:
        """Take one row; every GROUP_CLIPS rows they go to disk."""
        self._pending.append(row)
        self.clips += 1
        self.bytes += size(row)
        if len(self._pending) >= GROUP_CLIPS:
            self._flush()

    def close(self) -> None:
        """Write what is pending and the footer, and wait until the disk has them."""
        self._flush()
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Let go of the file; what is in it is worth nothing."""
        self._writer.is_open = False  # or it would write a footer when it is collected
        with suppress(OSError):
            self._file.close()

    def _flush(self) -> None:
        if self._pending:
            self._writer.write_table(pa.Table.from_pylist(self._pending, schema=schema()))
            self._pending.clear()


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of one shard, a group at a time in memory."""
    with pq.ParquetFile(path) as shard:
        for batch in shard.iter_batches(batch_size=GROUP_CLIPS):
            yield from batch.to_pylist()
