"""Columns of tables without a header, told by what is in them.

Parted by `|`: LJSpeech and Thorsten (`id|text`, maybe `|normalised`), Piper (`path|speaker|text`), CSS10
(`path|text|normalised|seconds`). Parted by commas, semicolons or tabs: a path and a text, and maybe a
speaker or a number, in any order, if the first row holds the path of a recording and names no column.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath

from xlt.corpora.base import CorpusError
from xlt.corpora.columns import AUDIO, DURATION_S, ID, SPEAKER, TEXT, present
from xlt.corpora.readers.recording_finder import AUDIO_SUFFIXES
from xlt.corpora.readers.tables import table_lines

WIDTHS = (2, 3)
"""Numbers of columns of a table without a header, but for those that are parted by `|`."""
LOOKED_AT = 10_000
"""Rows by which a column is told."""


def fields_of(line: str, delimiter: str) -> list[str]:
    """The fields of a line; nothing is quoted between tabs and `|`."""
    if delimiter in "\t|":
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def is_recording_row(fields: Sequence[str]) -> bool:
    """True for the fields of a row of data: a recording's path is among them, and no column's name."""
    names = present(fields, (*AUDIO, *TEXT, *ID, *SPEAKER, *DURATION_S))
    return len(fields) in WIDTHS and not names and any(map(_is_recording, fields))


def columns_without_header(table: Path, delimiter: str) -> list[str] | None:
    """Names for the columns of a table whose first line is a row of data; None if it isn't one.

    Raises:
        CorpusError: it is one, but which column is which can't be told.
    """
    rows = list(islice(_rows(table, delimiter), LOOKED_AT))
    if delimiter == "|":
        return _of_bars(rows)
    if not rows or not is_recording_row(rows[0]):
        return None
    same = [row for row in rows if len(row) == len(rows[0])]
    found = _of_values([*zip(*same, strict=True)]) if 2 * len(same) > len(rows) else None
    if found is None:
        raise CorpusError(
            f"{table} has no header, and its first rows don't tell which column is which: "
            f"{delimiter.join(rows[0])[:200]}. Put a line above it that names the columns: "
            f"{header_for(len(rows[0]), delimiter)}"
        )
    return found


def header_for(width: int, delimiter: str) -> str:
    """A header with that many names."""
    names = [AUDIO[0], "text", SPEAKER[0], *(f"column{k}" for k in range(4, width + 1))]
    return delimiter.join(names[: max(width, 2)])


def _of_values(columns: Sequence[Sequence[str]]) -> list[str] | None:
    """Names for columns by their values: one of paths, one of texts; None if that is not sure."""
    paths = [k for k, column in enumerate(columns) if all(map(_is_recording, column))]
    if len(paths) != 1:
        return None
    others = [k for k in range(len(columns)) if k not in paths]
    speakers = [k for k in others if _is_speaker(columns[k])]
    numbers = [k for k in others if all(map(_is_number, columns[k]))]
    texts = [k for k in others if k not in (*speakers, *numbers)] or others
    if len(texts) != 1 or len(speakers) > 1:
        return None  # two texts, or none
    names = dict.fromkeys(speakers, SPEAKER[0]) | {paths[0]: AUDIO[0], texts[0]: "text"}
    return [names.get(k, f"field {k + 1}") for k in range(len(columns))]


def _rows(table: Path, delimiter: str) -> Iterator[list[str]]:
    """The fields of every sound line."""
    with table.open("rb") as file:
        for line in table_lines(file, str(table)):
            if line.fault is None and line.text:
                yield fields_of(line.text, delimiter)


def _is_recording(field: str) -> bool:
    path = PurePosixPath(field.strip().replace("\\", "/"))
    return path.suffix.lower() in AUDIO_SUFFIXES


def _is_speaker(column: Sequence[str]) -> bool:
    """True if a column's values are single words that come again."""
    values = Counter(value.strip() for value in column)
    spaced = any(" " in value for value in values)
    return not spaced and (1 < len(values) < len(column) or len(column) > 1 == len(values))


def _is_number(value: str) -> bool:
    return value.strip().replace(".", "", 1).isdecimal()


def _of_bars(rows: Sequence[Sequence[str]]) -> list[str]:
    """Names for the fields of a table that is parted by `|`.

    The middle one of three is a speaker, as in Piper's, if it is one word in every row, comes again,
    and is not what the third says.
    """
    width = len(rows[0]) if rows else 2
    rows = [row for row in rows if len(row) == width]
    if (
        width == 3
        and _is_speaker([row[1] for row in rows])
        and not any(row[1] == row[2] for row in rows)
    ):
        return [AUDIO[0], SPEAKER[0], "text"]
    more = [f"field {k}" for k in range(4, width + 1)]
    return [AUDIO[0], "text", "normalized_text", *more][: max(width, 2)]
