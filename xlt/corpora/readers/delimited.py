"""Tables of recordings as people keep them, read to one dictionary a row.

CSV (quoted; parted by commas, semicolons or tabs: the header tells), TSV (nothing is quoted), JSON
lines, a JSON array, and tables without a header, which `headless` tells.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from xlt.corpora.base import CorpusError
from xlt.corpora.columns import AUDIO, ID, TEXT, present
from xlt.corpora.readers.headless import columns_without_header, fields_of, is_recording_row
from xlt.corpora.readers.tables import read_table, table_lines
from xlt.system.line_reader import TextFileError, strict_lines

Place = int | str
TableRow = dict[str, str] | str
"""Fields by column, or the fault of the row as a clause."""

JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
TABLE_SUFFIXES = (".csv", ".tsv", *JSON_SUFFIXES)


def read_rows(table: Path) -> Iterator[tuple[Place, TableRow]]:
    """Line number with the row by column, or with what is wrong with it.

    Raises:
        CorpusError: no header, or a file that is not text in UTF-8.
    """
    if table.suffix.lower() in JSON_SUFFIXES:
        yield from _json_array(table) if _first_line(table).startswith("[") else _json_lines(table)
        return
    delimiter, named = _delimiter(table)
    columns = None if named else columns_without_header(table, delimiter)
    if delimiter == "|":
        yield from _bar_table(table, columns)
    elif table.suffix.lower() == ".tsv" and delimiter == "\t":
        with table.open("rb") as file:
            yield from read_table(file, str(table), columns=columns or ())
    else:
        yield from _csv(table, delimiter, columns)


def columns_said(table: Path) -> list[str]:
    """The names that are given to the columns of a table without a header; none for another table."""
    if table.suffix.lower() in JSON_SUFFIXES:
        return []
    delimiter, named = _delimiter(table)
    return [] if named else columns_without_header(table, delimiter) or []


def _first_line(table: Path) -> str:
    with table.open("rb") as file:
        line = next(table_lines(file, str(table)), None)
    return "" if line is None or line.fault is not None else line.text


def _delimiter(table: Path) -> tuple[str, bool]:
    """The character between fields, and True if the first line names columns."""
    first, own = _first_line(table), "\t" if table.suffix.lower() == ".tsv" else ","
    tries = tuple(dict.fromkeys((own, ",", ";", "\t", "|")))
    for delimiter in tries:
        columns = [column.strip().strip('"') for column in first.split(delimiter)]
        if present(columns, TEXT) and present(columns, (*AUDIO, *ID)):
            return delimiter, True
    for delimiter in tries[:-1]:
        if is_recording_row(fields_of(first, delimiter)):
            return delimiter, False
    if "|" in first:
        return "|", False
    parted = (delimiter for delimiter in tries if len(fields_of(first, delimiter)) > 1)
    return next(parted, own), True


def _bar_table(table: Path, columns: list[str] | None) -> Iterator[tuple[Place, TableRow]]:
    """The rows of a table parted by `|`, in which nothing is quoted."""
    names = columns or _first_line(table).split("|")
    with table.open("rb") as file:
        for line in table_lines(file, str(table)):
            if columns is None and line.number == 1:
                continue
            fields = line.text.split("|")
            if line.fault is not None:
                yield line.number, str(line.fault)
            elif len(fields) != len(names):
                yield line.number, f"it has {len(fields)} fields, the first line has {len(names)}"
            else:
                yield line.number, dict(zip(names, fields, strict=True))


def _csv(
    table: Path, delimiter: str, columns: list[str] | None = None
) -> Iterator[tuple[Place, TableRow]]:
    """As read_rows; a field that runs over lines is an unclosed quote, and says which lines it took."""
    faults: dict[int, str] = {}
    with table.open("rb") as file:
        lines = _csv_lines(file, table, faults)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        if columns is None:
            columns = _csv_header(reader, table, faults)
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


def _csv_header(reader: Iterator[list[str]], table: Path, faults: dict[int, str]) -> list[str]:
    """The first row, which names the columns."""
    try:
        columns = next(reader, [])
    except csv.Error as error:
        raise CorpusError(f"The header of {table} is not CSV ({error}).") from error
    if faults:
        raise CorpusError(f"The header of {table} can't be read: {faults.popitem()[1]}.")
    if not columns:
        raise CorpusError(f"{table} is empty: there isn't even a header.")
    return columns


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


def _json_lines(table: Path) -> Iterator[tuple[Place, TableRow]]:
    """As read_rows: one JSON object a line; values that are not text are written as JSON."""
    with table.open("rb") as file:
        for line in table_lines(file, str(table)):
            yield line.number, str(line.fault) if line.fault else _object(line.text)


def _json_array(table: Path) -> Iterator[tuple[Place, TableRow]]:
    """As read_rows: the objects of one array, numbered from 1."""
    try:
        rows = json.loads("\n".join(text for _, text in strict_lines(table)))
    except TextFileError as error:
        raise CorpusError(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise CorpusError(
            f"{table} begins with [ but is not a JSON array ({error}): write one object a line, "
            f'{{"{AUDIO[0]}": "a.wav", "{TEXT[0]}": "what is said"}}'
        ) from error
    for number, row in enumerate(rows, 1):
        yield number, json_fields(row)


def _object(line: str) -> TableRow:
    """The fields of one JSON object, or what is wrong with it."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"it is not JSON ({error})"
    return json_fields(row)


def json_fields(row: object) -> TableRow:
    """The fields of an object as text, or what is wrong with it."""
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
