"""Any folder of recordings with a table beside them: the audiofolder layout and its cousins.

metadata.csv (quoted as CSV is), metadata.tsv (nothing is quoted) or metadata.jsonl, in the folder
or in one sub-folder per split (train/metadata.csv ...).
"""

import csv
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Self

from xlt.corpora.base import CorpusError, RefusedRow, Row, clips_of
from xlt.corpora.columns import AUDIO, LICENCE, SPEAKER, SPLIT, TEXT, choice, first_value, present
from xlt.corpora.readers.tables import is_there, read_table, table_lines

TABLES = ("metadata.csv", "metadata.tsv", "metadata.jsonl")
SPLITS = {"train": "train", "dev": "dev", "validation": "dev", "valid": "dev", "test": "test"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """A folder of your own recordings."""

    path: Path
    """The folder with metadata.csv, .tsv or .jsonl (or with train/, dev/, test/ that have one)."""
    language: str
    """Language code of everything in it."""
    licence: str = "unknown"
    """Licence, where the table has no column for it."""
    title: str = ""
    """Name of the corpus; the folder's own if not given."""
    synthetic: bool = False
    """True if a machine speaks."""
    same_speaker: bool = False
    """True if one voice speaks everything."""

    @classmethod
    def at(cls, path: Path, language: str) -> Self:
        """A folder with its table."""
        return cls(path=path, language=language)

    @property
    def name(self) -> str:
        """First part of every row id, and of every speaker's name."""
        return self.title or self.path.resolve().name

    def fetch(self) -> None:
        """Nothing: it is the user's own.

        Raises:
            CorpusError: it isn't there.
        """
        if not self.path.is_dir():
            raise CorpusError(
                f"There is no folder {self.path}: give one with {' or '.join(TABLES)}."
            )

    def inputs(self) -> Iterator[tuple[str, Path]]:
        """Its tables and recordings."""
        self.fetch()
        for table, _ in self._tables():
            yield table.relative_to(self.path).as_posix(), table
        yield from clips_of(self.rows(), self.path)

    def rows(self) -> Iterator[Row | RefusedRow]:
        """Every row of its table or tables.

        Raises:
            CorpusError: no folder, no table, or a table without the columns that it takes.
        """
        self.fetch()
        for table, split in self._tables():
            path_column = text_column = ""
            for place, row in _read(table):
                where = f"{self.name}/{table.relative_to(self.path)}:{place}"
                if isinstance(row, str):
                    yield RefusedRow(id=where, reason="bad_line", detail=f"{table}:{place}: {row}")
                    continue
                if not path_column:
                    path_column = _column(row, AUDIO, "the recording's path", table)
                    text_column = _column(row, TEXT, "what is said", table)
                if path_column in row and text_column in row:
                    yield self._row(table, where, split, row, (path_column, text_column))
                else:  # a line of JSON may have other columns than the first
                    detail = f"{where}: it lacks {path_column} or {text_column}"
                    yield RefusedRow(id=where, reason="bad_line", detail=detail)

    def _tables(self) -> list[tuple[Path, str | None]]:
        """The tables with their splits (None: the table may say, or nobody does)."""
        found: list[tuple[Path, str | None]] = [
            (self.path / name, None) for name in TABLES if (self.path / name).is_file()
        ]
        if not found:
            found = [
                (self.path / folder / name, split)
                for folder, split in SPLITS.items()
                for name in TABLES
                if (self.path / folder / name).is_file()
            ]
        several = [table for table, _ in found if table.parent == found[0][0].parent][1:]
        if not found or several:
            here = sorted(path.name for path in self.path.iterdir())[:20]
            raise CorpusError(
                f"{self.path} should hold one of {', '.join(TABLES)} (or train/, dev/, test/ with"
                f" one each); it holds {here}."
            )
        return found

    def _row(
        self,
        table: Path,
        where: str,
        split: str | None,
        row: Mapping[str, str],
        columns: tuple[str, str],
    ) -> Row | RefusedRow:
        """One row with its recording's path, or why not."""
        path = PurePosixPath(row[columns[0]].replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or "\0" in str(path) or not path.name:
            detail = f"{row[columns[0]]!r} is not a path within {table.parent}"
            return RefusedRow(id=where, reason="bad_path", detail=detail)
        audio = table.parent / path
        place = audio.relative_to(self.path).as_posix()
        if not is_there(audio):
            detail = f"{where}: there is no file {audio}"
            return RefusedRow(id=f"{self.name}/{place}", reason="no_audio", detail=detail)
        speaker = first_value(row, SPEAKER)
        said_split = first_value(row, SPLIT)
        used = {*columns, *(c for names in (SPEAKER, LICENCE, SPLIT) for c in present(row, names))}
        return Row(
            id=f"{self.name}/{place}",
            audio=audio,
            suffix=path.suffix,
            transcript=row[columns[1]],
            corpus=self.name,
            language=self.language,
            licence=first_value(row, LICENCE) or self.licence,
            speaker=f"{self.name}:{speaker}" if speaker else None,
            split=split or SPLITS.get(said_split or "", said_split),
            notes={name: value for name, value in row.items() if value and name not in used},
        )


def _read(table: Path) -> Iterator[tuple[int | str, dict[str, str] | str]]:
    """Line number with the row by column, or with what is wrong with it."""
    if table.suffix == ".tsv":
        with table.open("rb") as file:
            yield from read_table(file, str(table))
    elif table.suffix == ".csv":
        yield from _read_csv(table)
    else:
        yield from _read_jsonl(table)


def _read_csv(table: Path) -> Iterator[tuple[int | str, dict[str, str] | str]]:
    """As _read; a field that runs over lines is an unclosed quote, and says which lines it took."""
    faults: dict[int, str] = {}
    with table.open("rb") as file:
        reader = csv.reader(_csv_lines(file, table, faults), strict=True)
        try:
            columns = next(reader, [])
        except csv.Error as error:
            raise CorpusError(f"The header of {table} is not CSV ({error}).") from error
        if faults:
            raise CorpusError(f"The header of {table} can't be read: {faults.popitem()[1]}.")
        if not columns:
            raise CorpusError(f"{table} is empty: there isn't even a header.")
        done = reader.line_num
        while True:
            try:
                fields = next(reader)
                wrong = _wrong(fields, columns)
            except StopIteration:
                return
            except csv.Error as error:
                fields, wrong = [], f"it is not CSV ({error})"
            first, done = done + 1, reader.line_num
            wrong = next((faults.pop(n) for n in range(first, done + 1) if n in faults), wrong)
            place = str(done) if done <= first else f"{first}-{done}"
            yield place, wrong or dict(zip(columns, fields, strict=True))


def _csv_lines(file: BinaryIO, table: Path, faults: dict[int, str]) -> Iterator[str]:
    """The lines of a table as csv.reader takes them; damage goes by its number into `faults`."""
    for line in table_lines(file, str(table)):
        if line.fault is not None:
            faults[line.number] = str(line.fault)
        yield f"{line.text}\n"


def _wrong(fields: list[str], columns: list[str]) -> str:
    """Name the fault of a row's fields, or ""."""
    text = "".join(fields)
    if len(fields) != len(columns):
        return f"it has {len(fields)} fields, the header has {len(columns)}"
    if "\n" in text or "\r" in text:
        return "a field runs over lines (an unclosed quote?)"
    return ""


def _read_jsonl(table: Path) -> Iterator[tuple[int, dict[str, str] | str]]:
    """As _read: one JSON object a line; values that are not text are written as JSON."""
    with table.open("rb") as file:
        for line in table_lines(file, str(table)):
            yield line.number, str(line.fault) if line.fault else _object(line.text)


def _object(line: str) -> dict[str, str] | str:
    """The fields of one JSON object, or what is wrong with it."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"it is not JSON ({error})"
    if not isinstance(row, dict):
        return f"it is not a JSON object, but {type(row).__name__}"
    fields = {name: _text(value) for name, value in row.items()}
    if _has_surrogate("".join([*fields, *fields.values()])):
        return "it holds a lone surrogate, which no file can hold"
    return fields


def _has_surrogate(text: str) -> bool:
    """True if JSON's escapes left a lone surrogate."""
    return not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _column(row: Mapping[str, str], names: tuple[str, ...], what: str, table: Path) -> str:
    """The column that is read, and logged where another one might be meant."""
    found = present(row, names)
    if not found:
        raise CorpusError(
            f"{table} has no column for {what} ({', '.join(names)}); it has {', '.join(row)[:300]}."
        )
    if found[1:]:
        kind = "Transcripts" if names is TEXT else "Paths of recordings"
        _log.warning("%s: %s", table, choice(kind, found))
    return found[0]
