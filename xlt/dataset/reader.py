"""Reader of a prepared split: texts and durations in memory, recordings on disk until they are read.

Recordings lie uncompressed (they are FLAC) in the Parquet shards, one after the other, so each is
read straight from its place: no second copy of the dataset, and none in memory.
"""

import io
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import soundfile
from numpy.typing import NDArray
from tqdm import tqdm

from xlt.audio.decode import SAMPLE_RATE_HZ
from xlt.dataset.splits import SPLITS
from xlt.system.files import atomic_file

INDEX = Path(".cache", "index")
"""Folder, in the dataset's own, of the index of recordings; uploads leave it out."""
KNOWN = ("id", "text", "duration", "speaker")


@dataclass(frozen=True, kw_only=True, slots=True)
class Recordings(Sequence[bytes]):
    """Encoded recordings of a split, by their places in its shards."""

    shards: tuple[Path, ...]
    places: NDArray[np.int64]
    """(clips, 3): number of the shard, first byte, bytes."""
    _files: dict[tuple[int, int], int] = field(default_factory=dict, compare=False)

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, i: int) -> bytes:  # type: ignore[override]  # one at a time
        shard, start, size = self.places[i].tolist()
        key = os.getpid(), shard
        if key not in self._files:
            self._files[key] = os.open(self.shards[shard], os.O_RDONLY | os.O_CLOEXEC)
        return os.pread(self._files[key], size, start)

    def __reduce__(self) -> tuple[object, ...]:
        """Another process opens the files itself."""
        return _recordings, (self.shards, self.places)

    def __del__(self) -> None:
        for (process, _), descriptor in self._files.items():
            if process == os.getpid():
                os.close(descriptor)


def _recordings(shards: tuple[Path, ...], places: NDArray[np.int64]) -> Recordings:
    return Recordings(shards=shards, places=places)


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """One split; it may be sent to worker processes, which then read the same files."""

    ids: list[str]
    texts: list[str]
    """Normalised."""
    durations_s: list[float]
    speakers: list[str | None]
    recordings: Sequence[bytes]
    """Encoded, as they were prepared."""

    def __len__(self) -> int:
        return len(self.ids)

    def length(self, i: int) -> int:
        """Number of samples of clip i, by its duration."""
        return round(self.durations_s[i] * SAMPLE_RATE_HZ)

    def samples(self, i: int) -> NDArray[np.float32]:
        """Decoded samples (S,) of clip i, mono at 16 kHz.

        Raises:
            ValueError: if they are not what was prepared.
        """
        expected = self.length(i)
        samples: NDArray[np.float32]
        try:
            samples, rate_hz = soundfile.read(io.BytesIO(self.recordings[i]), dtype="float32")
        except soundfile.LibsndfileError as error:
            raise self._damaged(i, f"can't be decoded ({error.error_string})") from error
        if rate_hz != SAMPLE_RATE_HZ or samples.shape != (expected,):
            raise self._damaged(
                i,
                f"holds samples of shape {samples.shape} at {rate_hz} Hz where ({expected},) at "
                f"{SAMPLE_RATE_HZ} Hz were prepared",
            )
        return samples

    def _damaged(self, i: int, what: str) -> ValueError:
        return ValueError(
            f"clip {self.ids[i]} {what}: its file is damaged; delete the dataset's folder and "
            "prepare it again"
        )


def open_split(folder: Path, split: str) -> Split:
    """Open `train`, `dev` or `test` of a prepared folder.

    Raises:
        ValueError: if there is no such folder, no such split in it, or xlt has not written it.
    """
    if split not in SPLITS:
        raise ValueError(f"{split!r} is not a split: take one of {', '.join(SPLITS)}")
    files = sorted(folder.glob(f"{split}-*.parquet"))
    if not files:
        state = f"holds no {split}-*.parquet" if folder.is_dir() else "is not there"
        raise ValueError(f"the dataset folder {folder} {state}: make it with `xlt prepare`")
    columns: dict[str, list[object]] = {name: [] for name in KNOWN}
    places = []
    for number, file in enumerate(tqdm(files, desc=f"open {split}", delay=5, disable=None)):
        table = pq.read_table(file, columns=list(KNOWN), memory_map=False)
        for name in KNOWN:
            columns[name] += table.column(name).to_pylist()
        found = _locations(file)
        places.append(np.insert(found, 0, number, axis=1))
    return Split(
        ids=list(map(str, columns["id"])),
        texts=list(map(str, columns["text"])),
        durations_s=[float(str(seconds)) for seconds in columns["duration"]],
        speakers=[None if s is None else str(s) for s in columns["speaker"]],
        recordings=Recordings(shards=tuple(files), places=np.concatenate(places)),
    )


def _locations(shard: Path) -> NDArray[np.int64]:
    """First byte and size (clips, 2) of every recording in a shard; kept in an index for later."""
    state = shard.stat()
    stamp = f"{shard.stem}-{state.st_size}-{state.st_mtime_ns}.npy"
    kept = shard.parent / INDEX / stamp
    with suppress(OSError, ValueError, EOFError):  # not there, or damaged: it is only a shortcut
        stored: NDArray[np.int64] = np.load(kept, allow_pickle=False)
        if stored.ndim == 2 and stored.shape == (pq.read_metadata(shard).num_rows, 2):
            return stored
    found = np.array(_locate(shard), dtype=np.int64).reshape(-1, 2)
    with suppress(OSError):
        for old in kept.parent.glob(f"{shard.stem}-*.npy"):
            if old != kept:
                old.unlink(missing_ok=True)
        draft = kept.with_name(f".{socket.gethostname()}-{os.getpid()}.npy")
        with atomic_file(kept, draft) as stream:
            np.save(stream, found)
    return found


def _locate(shard: Path) -> list[tuple[int, int]]:
    """Find the recordings of a shard in its bytes, group by group, in their order."""
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
                at = content.find(row["bytes"], at)
                if at < 0:
                    raise ValueError(
                        f"{shard} was not written by `xlt prepare`: its recordings are not where "
                        "they can be read one by one; prepare the dataset again"
                    )
                found.append((first + at, len(row["bytes"])))
                at += len(row["bytes"])
    return found
