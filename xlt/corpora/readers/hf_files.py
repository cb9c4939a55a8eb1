"""Datasets of Hugging Face on the disk: Parquet as the Hub has it, Arrow as `save_to_disk` writes it.

Recordings stay encoded: the column of audio is read as its bytes, and nothing of `datasets` is needed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from xlt.corpora.base import CorpusError
from xlt.corpora.columns import AUDIO, TEXT, present
from xlt.corpora.readers.delimited import TableRow, json_fields

BATCH = 16
"""Rows in memory at a time; their recordings are in them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HubRow:
    """One row of a file: its recording as bytes, or as the path of a file."""

    number: int
    """From 1."""
    audio: bytes | str
    suffix: str
    columns: tuple[str, str]
    """Those of recording and text."""
    fields: TableRow
    """Fields by column, the recording left empty, or what is wrong with the row."""


def hub_files(folder: Path) -> Sequence[Path]:
    """The Parquet or Arrow files of a dataset; none if the folder holds none."""
    parquet = sorted([*folder.glob("*.parquet"), *folder.glob("*/*.parquet")])
    arrow = [*folder.glob("data-*.arrow"), *folder.glob("*/data-*.arrow")]
    return parquet or sorted(file for file in arrow if (file.parent / "state.json").is_file())


def read_hub_file(path: Path) -> Iterator[HubRow]:
    """Every row of one file.

    Raises:
        CorpusError: damaged, or without columns of recordings and texts.
    """
    import pyarrow

    columns: tuple[str, str] | None = None
    try:
        for number, row in enumerate(_rows(path), 1):
            columns = columns or _columns(path, row)
            audio, suffix = _audio(row[columns[0]])
            fields = json_fields({**row, columns[0]: None})
            yield HubRow(number=number, audio=audio, suffix=suffix, columns=columns, fields=fields)
    except pyarrow.ArrowException as error:
        raise CorpusError(f"{path} can't be read ({error}): get it again.") from error


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    import pyarrow
    import pyarrow.parquet

    if path.suffix == ".parquet":
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH):
                yield from batch.to_pylist()
    else:
        with pyarrow.memory_map(str(path)) as mapped, pyarrow.ipc.open_stream(mapped) as stream:
            for batch in stream:
                for start in range(0, batch.num_rows, BATCH):
                    yield from batch.slice(start, BATCH).to_pylist()


def _columns(path: Path, row: Mapping[str, Any]) -> tuple[str, str]:
    paths, texts = present(row, ("audio", *AUDIO)), present(row, TEXT)
    if not paths or not texts:
        raise CorpusError(
            f"{path} has the columns {', '.join(row)[:300]}; it needs a recording ({', '.join(AUDIO)}) "
            f'and a text ({", ".join(TEXT)}). Rename one: dataset.rename_column("{next(iter(row))}", '
            f'"{TEXT[0]}")'
        )
    return paths[0], texts[0]


def _audio(value: object) -> tuple[bytes | str, str]:
    """Bytes or path of a recording, and its suffix."""
    if isinstance(value, dict):
        name = value.get("path") or ""
        return value.get("bytes") or name, PurePosixPath(name).suffix
    return (value, PurePosixPath(value).suffix) if isinstance(value, str) else (b"", "")
