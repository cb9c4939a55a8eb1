"""A table of recordings and texts: its encoding, the columns that are read, the search for recordings."""

import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from xlt.corpora.base import CorpusError
from xlt.corpora.columns import AUDIO, ID, TEXT, choice, present
from xlt.corpora.layouts import Layout
from xlt.corpora.readers.delimited import Place, TableRow, columns_said, read_rows
from xlt.corpora.readers.headless import header_for
from xlt.corpora.readers.kaldi import read_kaldi
from xlt.corpora.readers.recording_finder import RecordingFinder, shared_prefix
from xlt.corpora.readers.tables import converted_in_place
from xlt.corpora.readers.text_files import read_text_files
from xlt.system.line_reader import TextFileError, check_encoding

TAB = "\t"
_log = logging.getLogger(__name__)
READERS: Mapping[str, Callable[[Path], Iterator[tuple[Place, TableRow]]]] = {
    "table": read_rows,
    "kaldi": read_kaldi,
    "texts": read_text_files,
}


def check_encoding_of(layout: Layout, table: Path) -> None:
    """Refuse a table in another encoding as a whole."""
    files = {"table": [table], "kaldi": [table / "text", table / "wav.scp"], "texts": []}
    for file in files[layout.kind]:
        try:
            check_encoding(file)
        except TextFileError as error:
            raise CorpusError(converted_in_place(error, file)) from error


def columns_of(
    layout: Layout, table: Path, wanted: tuple[str, str] = ("", ""), *, say: bool = True
) -> tuple[str, str] | None:
    """The columns of recording and text, by the first sound row; None if there is none.

    `wanted` are those that the user names; "" is found by the usual names.

    `say` logs where another column might be meant, and where no header says which it is.
    """
    if say and layout.kind == "table" and (names := columns_said(table)):
        _log.warning(
            "%s: its first line is a row, not a header; the columns are read as %s.",
            *(table, ", ".join(names)),
        )
    for _, row in READERS[layout.kind](table):
        if not isinstance(row, str):
            paths = AUDIO if present(row, AUDIO) else ID
            audio = _column(row, paths, wanted[0], "the recording's path", table, say=say)
            return audio, _column(row, TEXT, wanted[1], "what is said", table, say=say)
    return None


def finder_of(layout: Layout, table: Path, column: str | None) -> RecordingFinder:
    """The search for a table's recordings; all its paths are looked at for what they share."""
    folder = table if table.is_dir() else table.parent
    written = (
        row[column]
        for _, row in READERS[layout.kind](table)
        if column and not isinstance(row, str) and row.get(column, "").strip()
    )
    kaldi = layout.kind == "kaldi"  # whose lists are absolute, or begin two folders above
    bases = (folder.parent, folder.parent.parent) if kaldi else ()
    prefix = () if layout.kind == "texts" else shared_prefix(written)
    return RecordingFinder(folder, prefix, outside=layout.named or kaldi, bases=bases)


def _column(
    row: Mapping[str, str],
    names: tuple[str, ...],
    wanted: str,
    what: str,
    table: Path,
    *,
    say: bool,
) -> str:
    """The column that is read."""
    found = present(row, (wanted.strip().lower(),) if wanted else names)
    if not found:
        known = ", ".join([wanted] if wanted else AUDIO if names is ID else names)
        flag = "--text-column" if names is TEXT else "--audio-column"
        raise CorpusError(
            f"{table} has no column for {what} ({known}); it has {', '.join(row)[:300]}. Say which is "
            f"meant: {flag} NAME (of a run: data.0:folder --data.0.{flag[2:]} NAME). If that is its first row, put a "
            "line above it that names the columns: "
            f"{header_for(len(row), TAB if table.suffix.lower() == '.tsv' else ',')}"
        )
    if say and found[1:] and not wanted:
        kind = "Transcripts" if names is TEXT else "Paths of recordings"
        _log.warning("%s: %s", table, choice(kind, found))
    return found[0]
