"""A prepared split, opened: texts and durations in memory, recordings on disk until they are asked for."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import datasets
import numpy as np
import soundfile
from numpy.typing import NDArray

from xlt.audio.decode import SAMPLE_RATE_HZ
from xlt.dataset.splits import SPLITS

CACHE = Path(".cache", "huggingface", "datasets")
"""Where, in the dataset's folder, `datasets` keeps its memory-mapped copy; uploads leave it out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """One split; it may be sent to worker processes, which then read the same files."""

    ids: list[str]
    texts: list[str]
    """Normalised."""
    durations_s: list[float]
    speakers: list[str | None]
    audio: datasets.Dataset
    """Memory-mapped rows of {bytes, path}."""

    def __len__(self) -> int:
        return len(self.ids)

    def samples(self, i: int) -> NDArray[np.float32]:
        """Samples (S,) of clip i, mono at 16 kHz, decoded now.

        Raises:
            ValueError: if they are not what was prepared.
        """
        encoded = self.audio[i]["audio"]["bytes"]
        samples: NDArray[np.float32]
        samples, rate_hz = soundfile.read(io.BytesIO(encoded), dtype="float32")
        expected = round(self.durations_s[i] * SAMPLE_RATE_HZ)
        if rate_hz != SAMPLE_RATE_HZ or samples.shape != (expected,):
            raise ValueError(
                f"clip {self.ids[i]} holds samples of shape {samples.shape} at {rate_hz} Hz where "
                f"({expected},) at {SAMPLE_RATE_HZ} Hz were prepared: its file is damaged; "
                "delete the dataset's folder and prepare it again"
            )
        return samples


def open_split(folder: Path, split: str) -> Split:
    """Open `train`, `dev` or `test` of a prepared folder.

    Raises:
        ValueError: if there is no such folder, or no such split in it.
    """
    if split not in SPLITS:
        raise ValueError(f"{split!r} is not a split: take one of {', '.join(SPLITS)}")
    files = sorted(str(path) for path in folder.glob(f"{split}-*.parquet"))
    if not files:
        state = f"holds no {split}-*.parquet" if folder.is_dir() else "is not there"
        raise ValueError(f"the dataset folder {folder} {state}: make it with `xlt prepare`")
    cache = str(folder / CACHE) if os.access(folder, os.W_OK) else None
    with _quiet():
        rows = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=cache)
    rows = rows.cast_column("audio", datasets.Audio(decode=False))
    table = rows.data
    return Split(
        ids=table.column("id").to_pylist(),
        texts=table.column("text").to_pylist(),
        durations_s=table.column("duration").to_pylist(),
        speakers=table.column("speaker").to_pylist(),
        audio=rows.select_columns("audio"),
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """No bars of `datasets` for a copy that takes seconds."""
    shown = not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            datasets.enable_progress_bars()
