"""The published transcripts of a prepared dataset, one at a time, without its recordings."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from tqdm import tqdm

from xlt.dataset.account import REPORT


@dataclass(frozen=True, kw_only=True, slots=True)
class TranscriptColumn:
    """The transcripts of all splits; may be read several times."""

    path: Path
    """The dataset's folder."""

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.name

    def __iter__(self) -> Iterator[str]:
        """Read every transcript, as published.

        Raises:
            ValueError: the folder is not a prepared dataset.
        """
        files = sorted(self.path.glob("*.parquet"))
        if not (self.path / REPORT).is_file() or not files:
            raise ValueError(
                f"{self.path} is not a prepared dataset: name one, or text files with a sentence a line"
            )
        total = sum(pq.read_metadata(file).num_rows for file in files)
        with tqdm(total=total, desc=self.name, unit="clip", disable=None) as bar:
            for file in files:
                for batch in pq.ParquetFile(file).iter_batches(columns=["transcript"]):
                    yield from map(str, batch.column(0).to_pylist())
                    bar.update(batch.num_rows)

    def remarks(self) -> list[str]:
        """A sentence on the rejected clips, which are elsewhere."""
        return [f"{self.path}: the kept clips; those that were refused are in rejected.tsv."]
