r"""Tab-separated tables as corpora publish them: nothing is quoted, and no line goes missing."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from xlt.corpora.base import CorpusError
from xlt.system.line_reader import Line, TextFileError, read_lines


def table_lines(file: BinaryIO, name: str) -> Iterator[Line]:
    """The lines of a table.

    Raises:
        CorpusError: the file is not text in UTF-8.
    """
    try:
        yield from read_lines(file, name)
    except TextFileError as error:
        raise CorpusError(str(error)) from error


def converted_in_place(error: TextFileError, path: Path) -> str:
    """The sentence of an error whose command writes a new file, with the one that puts it in place."""
    new = f"new{path.suffix}"
    return f"{error} && mv {new} {path}" if str(error).endswith(f"> {new}") else str(error)


def read_table(
    file: BinaryIO, name: str, needed: Collection[str] = (), columns: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, str] | str]]:
    r"""Line number with the row by column, or with what is wrong with it: every line gives one.

    Only `\n` ends a line (a `\r` before it is dropped) and only a tab ends a field; quotes are
    letters like others. With `columns` there is no header: the first line is a row.

    Raises:
        CorpusError: there is no header, or it lacks a needed column.
    """
    lines = table_lines(file, name)
    columns = columns or _header(next(lines, None), name, needed)
    for line in lines:
        yield line.number, str(line.fault) if line.fault else _fields(line.text, columns)


def _header(line: Line | None, name: str, needed: Collection[str]) -> list[str]:
    """The names of the columns."""
    if line is not None and line.fault is not None:
        raise CorpusError(f"The header of {name} can't be read: {line.fault}.")
    columns = line.text.split("\t") if line is not None else [""]
    lacking = [column for column in needed if column not in columns]
    if lacking or not "".join(columns).strip():
        raise CorpusError(
            f"{name} has no column {', '.join(lacking) or 'at all'};"
            f" its first line is {', '.join(columns)[:300]!r}."
        )
    return columns


def _fields(line: str, columns: Sequence[str]) -> dict[str, str] | str:
    """Column -> field, or what is wrong."""
    fields = line.split("\t")
    if len(fields) != len(columns):
        return f"it has {len(fields)} fields, the header has {len(columns)}"
    return dict(zip(columns, fields, strict=True))


def is_there(path: Path) -> bool:
    """True if a path that a table names is a file; False for what no file can be called, too."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, or with a NUL
        return False
