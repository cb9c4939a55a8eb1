"""Tables of recordings as people keep them, read to one dictionary a row.

CSV (quoted; parted by commas, semicolons or tabs: the header tells), TSV (nothing is quoted), JSON
lines, a JSON array, and tables of speech synthesis without a header, parted by `|`: LJSpeech and
Thorsten (`id|text` and maybe `|normalised`), Piper (`path|speaker|text`).
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from xlt.corpora.base import CorpusError
from xlt.corpora.columns import AUDIO, ID, SPEAKER, TEXT, present
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
    delimiter, header = _delimiter(table)
    if delimiter == "|":
        yield from _bar_table(table, header=header)
    elif table.suffix.lower() == ".tsv" and delimiter == "\t":
        with table.open("rb") as file:
            yield from read_table(file, str(table))
    else:
        yield from _csv(table, delimiter)


def _first_line(table: Path) -> str:
    with table.open("rb") as file:
        line = next(table_lines(file, str(table)), None)
    return "" if line is None or line.fault is not None else line.text


def _delimiter(table: Path) -> tuple[str, bool]:
    """The character between fields, and True if the first line names columns."""
    first, own = _first_line(table), "\t" if table.suffix.lower() == ".tsv" else ","
    for delimiter in dict.fromkeys((own, ",", ";", "\t", "|")):
        columns = [column.strip().strip('"') for column in first.split(delimiter)]
        if present(columns, TEXT) and present(columns, (*AUDIO, *ID)):
            return delimiter, True
    return ("|", False) if "|" in first else (own, True)


def _bar_table(table: Path, *, header: bool) -> Iterator[tuple[Place, TableRow]]:
    """The rows of a table parted by `|`, in which nothing is quoted."""
    columns = _first_line(table).split("|") if header else _bar_columns(table)
    with table.open("rb") as file:
        for line in table_lines(file, str(table)):
            if header and line.number == 1:
                continue
            fields = line.text.split("|")
            if line.fault is not None:
                yield line.number, str(line.fault)
            elif len(fields) != len(columns):
                yield line.number, f"it has {len(fields)} fields, the first line has {len(columns)}"
            else:
                yield line.number, dict(zip(columns, fields, strict=True))


def _bar_columns(table: Path) -> list[str]:
    """Names for the fields of a table without a header.

    The middle one of three is a speaker, as in Piper's, if it is one word in every row, comes again,
    and is not what the third says.
    """
    speakers: set[str] = set()
    rows, spaced, width = 0, False, 0
    with table.open("rb") as file:
        for line in table_lines(file, str(table)):
            fields = line.text.split("|")
            width = width or len(fields)
            if len(fields) == 3 == width:
                rows += 1
                spaced = spaced or " " in fields[1].strip() or fields[1] == fields[2]
                if not spaced:
                    speakers.add(fields[1])
    several = 1 < len(speakers) < rows or rows > 1 == len(speakers)
    if width == 3 and not spaced and several:
        return [AUDIO[0], SPEAKER[0], "text"]
    more = [f"field {k}" for k in range(4, width + 1)]
    return [AUDIO[0], "text", "normalized_text", *more][: max(width, 2)]


def _csv(table: Path, delimiter: str) -> Iterator[tuple[Place, TableRow]]:
    """As read_rows; a field that runs over lines is an unclosed quote, and says which lines it took."""
    faults: dict[int, str] = {}
    with table.open("rb") as file:
        lines = _csv_lines(file, table, faults)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
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
