"""Rows that wait for their clips, in a file: memory doesn't grow with the corpus."""

import errno
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from xlt.system.disk_full import no_room


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexedRow:
    """One line of a table."""

    place: str
    """Path of its clip, relative to the table."""
    table: str
    """Name of the table, without suffix."""
    line: int
    """Line number in it."""
    fields: Mapping[str, str]
    """Column -> field."""


class Index:
    """Entries by the place of their clip, in a SQLite file that nobody else opens."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute(
            "CREATE TABLE rows (n INTEGER PRIMARY KEY, place TEXT UNIQUE, tab TEXT,"
            " line INTEGER, fields TEXT, taken INTEGER DEFAULT 0)"
        )
        self._db.execute("BEGIN")

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM rows").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def add(self, entry: IndexedRow) -> bool:
        """Add an entry if its place is free; False if not, and nothing changes."""
        row = (entry.place, entry.table, entry.line, json.dumps(dict(entry.fields)))
        query = "INSERT OR IGNORE INTO rows (place, tab, line, fields) VALUES (?, ?, ?, ?)"
        with self._full_disk_explained():
            return self._db.execute(query, row).rowcount == 1

    def replace(self, entry: IndexedRow) -> None:
        """Put an entry in the place of the one whose clip it names."""
        query = "UPDATE rows SET tab = ?, line = ?, fields = ? WHERE place = ?"
        fields = json.dumps(dict(entry.fields))
        with self._full_disk_explained():
            self._db.execute(query, (entry.table, entry.line, fields, entry.place))

    @contextmanager
    def _full_disk_explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                raise
            size = self._path.stat().st_size
            kept = "the rows of the tables wait there for their clips"
            raise no_room(errno.ENOSPC, self._path.parent, size, kept) from error

    def table_of(self, place: str) -> str:
        """Name of the table that has the entry of a clip."""
        query = "SELECT tab FROM rows WHERE place = ?"
        return str(self._db.execute(query, (place,)).fetchone()[0])

    def values(self, column: str, tables: Collection[str]) -> set[str]:
        """All values of a column in some of the tables."""
        marks = ", ".join("?" * len(tables))
        query = f"SELECT DISTINCT json_extract(fields, ?) FROM rows WHERE tab IN ({marks})"
        return {value for (value,) in self._db.execute(query, (f"$.{column}", *tables))}

    def waits(self, place: str) -> bool:
        """True if an entry waits for this clip."""
        query = "SELECT 1 FROM rows WHERE place = ? AND taken = 0"
        return self._db.execute(query, (place,)).fetchone() is not None

    def take(self, place: str) -> IndexedRow:
        """The entry of a clip; it no longer waits."""
        self._db.execute("UPDATE rows SET taken = 1 WHERE place = ?", (place,))
        query = "SELECT place, tab, line, fields FROM rows WHERE place = ?"
        return _entry(self._db.execute(query, (place,)).fetchone())

    def places(self) -> Iterator[str]:
        """Every place, in the order of the tables."""
        for (place,) in self._db.execute("SELECT place FROM rows ORDER BY n"):
            yield place

    def left(self) -> Iterator[IndexedRow]:
        """Every entry that still waits, in the order of the tables."""
        query = "SELECT place, tab, line, fields FROM rows WHERE taken = 0 ORDER BY n"
        yield from map(_entry, self._db.execute(query))


def _entry(row: tuple[str, str, int, str]) -> IndexedRow:
    place, table, line, fields = row
    return IndexedRow(place=place, table=table, line=line, fields=json.loads(fields))
