"""A user's own recordings, in the layouts that people keep them in.

A table in the folder (metadata.csv, .tsv, .jsonl, an LJSpeech table, a manifest) or in one sub-folder
per split, a table that is named itself, one text file for each recording, a Kaldi data folder:
`layouts` tells which, readers/ read them.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from xlt.corpora.base import IF_GIVEN, CorpusError, RefusedRow, Row, clips_of
from xlt.corpora.columns import DURATION_S, OFFSET_S, first_value
from xlt.corpora.fields import row_of
from xlt.corpora.layouts import TABLES, Layout, layout_of
from xlt.corpora.licence_file import licence_beside
from xlt.corpora.metadata_table import READERS, check_encoding_of, columns_of, finder_of
from xlt.corpora.readers.hf_files import read_hub_file
from xlt.corpora.readers.recording_finder import (
    RecordingFinder,
    RecordingNotFound,
    as_path,
)
from xlt.corpora.readers.segments import SegmentRefused, Segments
from xlt.corpora.readers.webdataset import read_shard, text_column

_log = logging.getLogger(__name__)
TEXT_SUFFIXES = {".txt", ".scp"}
KALDI_FILES = {"text", "utt2spk", "segments", "wav.scp"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """A folder of your own recordings, or a table of them."""

    path: Path
    """The folder with metadata.csv, .tsv or .jsonl (or with train/, dev/, test/ that have one), with
    a text file for each recording, a Kaldi data folder; or a table, wherever its recordings are."""
    language: str = ""
    """Language code of everything in it; if not given, what it is prepared for."""
    licence: str = "unknown"
    """Licence, where the table has no column for it; if not given, that of a LICENSE file beside it."""
    title: str = ""
    """Name of the corpus; the folder's own if not given."""
    synthetic: bool = False
    """True if a machine speaks."""
    same_speaker: bool = False
    """True if one voice speaks everything."""
    audio_column: str = field(default="", metadata=IF_GIVEN)
    """Column of the recordings' paths; found by its name if not given."""
    text_column: str = field(default="", metadata=IF_GIVEN)
    """Column of what is said; found by its name if not given."""

    @classmethod
    def at(cls, path: Path, language: str) -> Self:
        """A folder with its table, or the table."""
        return cls(path=path, language=language)

    @property
    def name(self) -> str:
        """First part of every row id, and of every speaker's name."""
        whole = self.path.resolve()
        return self.title or (whole.stem if whole.is_file() else whole.name)

    def fetch(self) -> None:
        """Nothing: it is the user's own.

        Raises:
            CorpusError: it isn't there.
        """
        if not self.path.exists():
            raise CorpusError(
                f"There is no folder {self.path}: give one with {' or '.join(TABLES)}, or a table."
            )

    def inputs(self) -> Iterator[tuple[str, Path]]:
        """Its tables, or its text files, and the recordings that are files of their own.

        Nothing is said on them: that is done where the rows are read.
        """
        layout = layout_of(self.path)
        for table, _ in layout.tables:
            texts = sorted(table.rglob("*")) if table.is_dir() else [table]
            for path in texts:
                if (
                    path.suffix.lower() in TEXT_SUFFIXES
                    or path.name in KALDI_FILES
                    or path == table
                ):
                    yield path.relative_to(self._root).as_posix(), path
        for table, split in layout.tables:
            if layout.kind == "hub":
                yield from clips_of(self._of_hub_file(table, split), self._root)
            elif layout.kind != "shards":  # which hold their recordings
                yield from self._recordings(layout, table)

    def _recordings(self, layout: Layout, table: Path) -> Iterator[tuple[str, Path]]:
        """Name and path of the recordings of a table; one that has several rows in turn comes once."""
        check_encoding_of(layout, table)
        columns = columns_of(layout, table, self._wanted, say=False)
        finder = finder_of(layout, table, columns and columns[0])
        last = None
        for _, row in READERS[layout.kind](table):
            if isinstance(row, str) or columns is None or columns[0] not in row:
                continue
            try:
                path, place = finder.find(row[columns[0]])
            except RecordingNotFound:
                continue
            if path != last:
                inside = path.is_relative_to(self._root)
                yield (
                    path.relative_to(self._root).as_posix() if inside else f"{self.name}/{place}",
                    path,
                )
            last = path

    def rows(self) -> Iterator[Row | RefusedRow]:
        """Every row of its table or tables.

        Raises:
            CorpusError: nothing there, no table, or a table without the columns that it takes or in
                another encoding than UTF-8.
        """
        layout = layout_of(self.path)
        if any(self._wanted) and layout.kind not in ("table", "hub"):
            raise CorpusError(
                f"{self.path} has no columns to choose from: leave --audio-column and --text-column out."
            )
        with closing(Segments()) as segments:
            for table, split in layout.tables:
                if layout.kind == "hub":
                    yield from self._of_hub_file(table, split)
                elif layout.kind == "shards":
                    yield from self._of_shard(table, split)
                else:
                    yield from self._of_table(layout, table, split, segments)

    @property
    def _licence(self) -> str:
        if self.licence != "unknown":
            return self.licence
        return licence_beside(self._root) or self.licence

    @property
    def _wanted(self) -> tuple[str, str]:
        """Columns that the user names."""
        return self.audio_column, self.text_column

    @property
    def _root(self) -> Path:
        return self.path if self.path.is_dir() else self.path.parent

    def _of_table(
        self, layout: Layout, table: Path, split: str | None, segments: Segments
    ) -> Iterator[Row | RefusedRow]:
        """The rows of one table, and remarks on how their recordings were found."""
        check_encoding_of(layout, table)
        read, label = READERS[layout.kind], self._label(layout, table)
        columns = columns_of(layout, table, self._wanted)
        finder = finder_of(layout, table, columns and columns[0])
        for place, row in read(table):
            where = f"{self.name}/{label}:{place}" if label else f"{self.name}/{place}"
            if isinstance(row, str):
                detail = f"{table}:{place}: {row}"
                yield RefusedRow(id=where, reason="bad_line", detail=detail)
            elif columns is None or not {*columns} <= {*row}:
                needed = " or ".join(columns or ("recording", "text"))
                yield RefusedRow(id=where, reason="bad_line", detail=f"{where}: it lacks {needed}")
            else:
                yield self._row(finder, segments, where, split, row, columns)
        for remark in finder.remarks():
            _log.warning("%s: %s.", table, remark)

    def _label(self, layout: Layout, table: Path) -> str:
        """The table in the ids of rows that can't be used."""
        if layout.kind == "texts":
            return ""
        file = table / "text" if layout.kind == "kaldi" else table
        return file.relative_to(self._root).as_posix()

    def _row(
        self,
        finder: RecordingFinder,
        segments: Segments,
        where: str,
        split: str | None,
        row: Mapping[str, str],
        columns: tuple[str, str],
    ) -> Row | RefusedRow:
        """One row with its recording, or why not."""
        written = row[columns[0]]
        audio: Path | bytes
        try:
            path, place = finder.find(written)
            audio, suffix = path, path.suffix
            if offset := first_value(row, OFFSET_S):
                audio, part = segments.cut(path, offset, first_value(row, DURATION_S) or "")
                place, suffix = f"{place}@{part}", ".flac"
        except (RecordingNotFound, SegmentRefused) as error:
            bad = error.reason == "bad_path"
            named = where if bad else f"{self.name}/{self._beside(finder, written)}"
            detail = str(error) if bad else f"{where}: {error}"
            return RefusedRow(id=named, reason=error.reason, detail=detail)
        place = f"{self._beside(finder, '')}{place}" if finder.folder != self._root else place
        return self._made(place, audio, suffix, split, row, columns)

    def _of_hub_file(self, file: Path, split: str | None) -> Iterator[Row | RefusedRow]:
        """The rows of a Parquet or Arrow file, with their recordings in them or beside it."""
        finder = RecordingFinder(self._root)
        for row in read_hub_file(file, *self._wanted):
            place = f"{file.relative_to(self._root).as_posix()}:{row.number}"
            where, audio = f"{self.name}/{place}", row.audio
            if isinstance(row.fields, str):
                yield RefusedRow(id=where, reason="bad_line", detail=f"{place}: {row.fields}")
                continue
            try:
                found = finder.find(audio)[0] if isinstance(audio, str) else audio
            except RecordingNotFound as error:
                yield RefusedRow(id=where, reason=error.reason, detail=f"{where}: {error}")
            else:
                yield self._made(place, found, row.suffix, split, row.fields, row.columns)

    def _of_shard(self, tar: Path, split: str | None) -> Iterator[Row | RefusedRow]:
        """The samples of a WebDataset shard."""
        for sample in read_shard(tar):
            place = f"{tar.relative_to(self._root).as_posix()}/{sample.key}{sample.suffix}"
            fields, audio = sample.row, sample.audio
            if isinstance(fields, str) or audio is None:
                yield RefusedRow(
                    id=f"{self.name}/{place}", reason="bad_line", detail=f"{place}: {fields}"
                )
            else:
                columns = ("", text_column(fields))
                yield self._made(place, audio, sample.suffix, split, fields, columns)

    def _made(
        self,
        place: str,
        audio: Path | bytes,
        suffix: str,
        split: str | None,
        row: Mapping[str, str],
        columns: tuple[str, str],
    ) -> Row:
        """A row from its recording and fields."""
        return row_of(
            *(self.name, place, audio, suffix, row, columns),
            language=self.language,
            licence=self._licence,
            split=split,
        )

    def _beside(self, finder: RecordingFinder, written: str) -> str:
        """A path of a table from the folder of the corpus."""
        start = finder.folder.relative_to(self._root)
        path = (start / as_path(written)).as_posix()
        return path if written else "" if path == "." else f"{path}/"
