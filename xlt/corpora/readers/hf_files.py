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

HUB_SUFFIXES = (".parquet",)
"""Endings of files that are a dataset by themselves."""
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


def read_hub_file(path: Path, audio_column: str = "", text_column: str = "") -> Iterator[HubRow]:
    """Every row of one file; columns that are not named are found by the usual names.

    Raises:
        CorpusError: damaged, or without columns of recordings and texts.
    """
    import pyarrow

    columns: tuple[str, str] | None = None
    try:
        for number, row in enumerate(_rows(path), 1):
            columns = columns or hub_columns(
                str(path), [*row], which_columns("folder"), audio_column, text_column
            )
            audio, suffix = recording_in(row[columns[0]])
            fields = json_fields({**row, columns[0]: None})
            yield HubRow(number=number, audio=audio, suffix=suffix, columns=columns, fields=fields)
    except pyarrow.ArrowException as error:
        raise CorpusError(f"{path} can't be read ({error}): get it again.") from error


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    import pyarrow
    import pyarrow.parquet

    if path.suffix.lower() in HUB_SUFFIXES:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH):
                yield from batch.to_pylist()
    else:
        with pyarrow.memory_map(str(path)) as mapped, pyarrow.ipc.open_stream(mapped) as stream:
            for batch in stream:
                for start in range(0, batch.num_rows, BATCH):
                    yield from batch.slice(start, BATCH).to_pylist()


def hub_columns(
    where: str, names: Sequence[str], mend: str, audio: str = "", text: str = ""
) -> tuple[str, str]:
    """The columns of recording and text, those that are named or the first of the usual names.

    Raises:
        CorpusError: one is not there; begins with `where` and ends with `mend`.
    """
    lacking = []
    for what, wanted, known in (("recording", audio, ("audio", *AUDIO)), ("text", text, TEXT)):
        if wanted not in names if wanted else not present(names, known):
            lacking.append(f"{what} ({wanted or ', '.join(known)})")
    if lacking:
        raise CorpusError(
            f"{where} has the columns {', '.join(names)[:300]}; it needs a {' and a '.join(lacking)}. {mend}"
        )
    paths, texts = present(names, ("audio", *AUDIO)), present(names, TEXT)
    return audio or paths[0], text or texts[0]


def recording_in(value: object) -> tuple[bytes | str, str]:
    """Bytes or path of a recording, and its suffix."""
    if isinstance(value, dict):
        name = value.get("path") or ""
        return value.get("bytes") or name, PurePosixPath(name).suffix
    return (value, PurePosixPath(value).suffix) if isinstance(value, str) else (b"", "")


def which_columns(kind: str) -> str:
    """The flags that name columns, for a corpus of a kind."""
    return (
        "Say which is meant: --audio-column NAME --text-column NAME (of a run: "
        f"data.0:{kind} --data.0.audio-column NAME --data.0.text-column NAME)"
    )
