"""Reader of a prepared split: its index mapped into memory, recordings on disk until they are read.

Recordings lie uncompressed (they are FLAC) in the Parquet shards, one after the other, so each is
read straight from its place: no second copy of the dataset, and none in memory.
"""

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from xlt.audio.decode import SAMPLE_RATE_HZ
from xlt.dataset.clip_corpora import Corpora
from xlt.dataset.clip_index import ClipIndex, Column, index_of
from xlt.dataset.splits import SPLITS

MOST_OPEN = 64
"""Shards that a process keeps open, whatever the number of splits."""


class _OpenShard:
    """Descriptor of a shard, closed when nobody reads from it any more."""

    def __init__(self, path: Path) -> None:
        self.number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        if (number := getattr(self, "number", None)) is not None:  # None where it did not open
            os.close(number)


_OPEN: dict[tuple[int, int], _OpenShard] = {}
"""Recordings and shard -> the file, the one that was read last at the end."""
_NUMBERS = count()


@dataclass(frozen=True, kw_only=True, slots=True)
class Recordings(Sequence[bytes]):
    """Encoded recordings of a split, by their places in its shards."""

    shards: tuple[Path, ...]
    places: ClipIndex
    _number: int = field(default_factory=lambda: next(_NUMBERS), compare=False)

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, i: int) -> bytes:  # type: ignore[override]  # one at a time
        shard, start, size = self.places.place(i)
        return os.pread(self._open(shard).number, size, start)

    def _open(self, shard: int) -> _OpenShard:
        """The file of a shard; of the others, those that were read last stay open."""
        key = self._number, shard
        found = _OPEN.pop(key, None) or _OpenShard(self.shards[shard])
        _OPEN[key] = found
        for oldest in list(_OPEN)[:-MOST_OPEN]:
            _OPEN.pop(oldest, None)
        return found

    def __reduce__(self) -> tuple[object, ...]:
        """Another process opens the files itself."""
        return _recordings, (self.shards, self.places)

    def __del__(self) -> None:
        for key in [key for key in list(_OPEN) if key[0] == self._number]:
            _OPEN.pop(key, None)


def _recordings(shards: tuple[Path, ...], places: ClipIndex) -> Recordings:
    return Recordings(shards=shards, places=places)


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """One split; it may be sent to worker processes, which then read the same files."""

    ids: Sequence[str]
    texts: Sequence[str]
    """Normalised."""
    durations_s: Sequence[float]
    speakers: Sequence[str | None]
    recordings: Sequence[bytes]
    """Encoded, as they were prepared."""
    corpora: Sequence[str] = ()
    """Name of each clip's corpus; empty where it is not known."""

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
    index = index_of(files, split)
    return Split(
        ids=Column(index, "id"),
        texts=Column(index, "text"),
        durations_s=index.durations_s(),
        speakers=Column(index, "speaker"),
        recordings=Recordings(shards=tuple(files), places=index),
        corpora=Corpora(files),
    )
