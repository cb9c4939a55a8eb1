r"""Tab-separated tables as corpora publish them: nothing is quoted, and no line goes missing."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from xlt.corpora.base import CorpusError

MAX_LINE = 2**20  # bytes


def read_table(
    file: BinaryIO, name: str, needed: Collection[str] = ()
) -> Iterator[tuple[int, dict[str, str] | str]]:
    r"""Line number with the row by column, or with what is wrong with it: every line gives one.

    Only `\n` ends a line (a `\r` before it is dropped) and only a tab ends a field; quotes are
    letters like others.

    Raises:
        CorpusError: there is no header, or it lacks a needed column.
    """
    columns = _header(file.readline(MAX_LINE), name, needed)
    number = 1
    while line := file.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE)
            yield number, f"the line has more than {MAX_LINE} bytes"
        else:
            yield number, _fields(line, columns)


def _header(line: bytes, name: str, needed: Collection[str]) -> list[str]:
    """The names of the columns."""
    columns = line.decode("utf-8-sig", "replace").rstrip("\r\n").split("\t")
    lacking = [column for column in needed if column not in columns]
    if lacking or not line.strip():
        raise CorpusError(
            f"{name} has no column {', '.join(lacking) or 'at all'};"
            f" its first line is {', '.join(columns)[:300]!r}."
        )
    return columns


def _fields(line: bytes, columns: list[str]) -> dict[str, str] | str:
    """Column -> field, or what is wrong."""
    try:
        fields = line.decode("utf-8").removesuffix("\n").removesuffix("\r").split("\t")
    except UnicodeDecodeError as error:
        return f"it is no UTF-8 ({error.reason} at byte {error.start})"
    if len(fields) != len(columns):
        return f"it has {len(fields)} fields, the header has {len(columns)}"
    return dict(zip(columns, fields, strict=True))


def is_there(path: Path) -> bool:
    """Whether a path that a table names is a file; what no file can be called is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, or with a NUL
        return False
