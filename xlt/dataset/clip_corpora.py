"""Names of the clips' corpora in some shards, read when they are asked for: only scores want them."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq


class Corpora(Sequence[Any]):
    """Column `corpus` of the shards of a split; another process that is sent it reads them itself."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = tuple(files)

    @cached_property
    def _names(self) -> list[str]:
        tables = (pq.read_table(path, columns=["corpus"], memory_map=False) for path in self._files)
        return [str(name) for table in tables for name in table.column("corpus").to_pylist()]

    def __reduce__(self) -> tuple[object, ...]:
        return Corpora, (self._files,)

    def __len__(self) -> int:
        return sum(pq.read_metadata(path).num_rows for path in self._files)

    def __getitem__(self, i: Any) -> Any:
        return self._names[i]
