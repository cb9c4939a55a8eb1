"""Mozilla Common Voice, any release from 6 to 25: the tar.gz as downloaded, or its unpacked folder.

Columns are read by name, never by position; nothing is quoted. The rows of the chosen splits are
indexed in a temporary SQLite file beside the dataset, because an archive may hold clips before tables: memory doesn't
grow with the release. An archive is streamed, twice where its tables come last.

Sources: the datasheets of github.com/common-voice/cv-dataset.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Self

from xlt.corpora.base import LEAK, CorpusError, RefusedRow, Row, clips_of, scratch
from xlt.corpora.readers.archives import members
from xlt.corpora.readers.row_index import Index, IndexedRow
from xlt.corpora.readers.tables import is_there, read_table

LICENCE = "CC0-1.0"
EVALUATIONS = ("dev", "test")
PUBLISHED = ("train", *EVALUATIONS)
SPLITS = (*PUBLISHED, "validated", "invalidated", "other")
NEEDED = ("client_id", "path", "sentence")
NOTES = (
    *("sentence_id", "sentence_domain", "up_votes", "down_votes", "age", "gender"),
    *("accents", "accent", "variant", "locale", "segment"),
)
RELEASE = re.compile(r"cv-corpus-(\d+(?:\.\d+)*)")
WHERE = "Common Voice is at Mozilla Data Collective (datacollective.mozillafoundation.org)"


@dataclass(frozen=True, kw_only=True, slots=True)
class CommonVoice:
    """One language of one release, by the splits that it publishes."""

    path: Path
    """cv-corpus-<release>-<date>-<language>.tar.gz, or the folder that it unpacks to."""
    language: str = ""
    """Common Voice's language code; if not given, the one that it is prepared for."""
    splits: tuple[str, ...] = ("train", "dev", "test")
    """Its tables to read: train, dev, test, validated, invalidated, other. The last three are no
    splits. Beside dev and test, their clips that are in none of the published tables go to train,
    less those of a speaker or a sentence of dev and test; without them, splits are drawn."""
    release: str | None = None
    """The release that must be there ("17.0"); any if not given. A score must name its release."""

    def __post_init__(self) -> None:
        if unknown := [split for split in self.splits if split not in SPLITS] or not self.splits:
            raise ValueError(f"splits is {self.splits}: {unknown} not in {', '.join(SPLITS)}")

    @classmethod
    def at(cls, path: Path, language: str) -> Self:
        """An archive, or the folder that it unpacks to."""
        return cls(path=path, language=language)

    @property
    def name(self) -> str:
        """`common_voice-es`."""
        return f"common_voice-{self.language}"

    @property
    def licence(self) -> str:
        """Public domain; the platform asks not to host copies."""
        return LICENCE

    @property
    def synthetic(self) -> bool:
        """Humans speak."""
        return False

    @property
    def same_speaker(self) -> bool:
        """Many voices."""
        return False

    def fetch(self) -> None:
        """Nothing: Common Voice may only be downloaded by a person who accepts its terms.

        Raises:
            CorpusError: it isn't there; says where to get it.
        """
        if not self.path.exists():
            raise CorpusError(f"There is nothing at {self.path}. {WHERE}; download it by hand.")

    def inputs(self) -> Iterator[tuple[str, Path]]:
        """The archive, or the tables and clips of the folder."""
        self.fetch()
        if not self.path.is_dir():
            yield self.path.name, self.path
            return
        root = self._root()
        for split in self.splits:
            yield f"{split}.tsv", root / f"{split}.tsv"
        yield from clips_of(self.rows(), root)

    def rows(self) -> Iterator[Row | RefusedRow]:
        """Every line of the chosen tables.

        Raises:
            CorpusError: nothing there, another language or release, a delta, no such table.
            ArchiveRefused: the archive is damaged or hostile.
        """
        self.fetch()
        with (
            scratch() as folder,
            closing(Index(Path(folder) / "rows.sqlite")) as index,
        ):
            seen: list[str] = []
            yield from self._index(index, seen)
            found = RELEASE.search(" ".join([str(self.path.resolve()), *seen]))
            clips = self._of_folder(index) if self.path.is_dir() else self._of_archive(index)
            evaluated = set() if {*self.splits} <= {*PUBLISHED} else self._evaluated(index)
            for place, audio in clips:
                entry = index.take(place)
                if entry.table not in PUBLISHED and entry.fields["client_id"] in evaluated:
                    detail = f"{_line(entry)}: its speaker is also in dev or test"
                    yield RefusedRow(id=f"{self.name}/{place}", reason=LEAK, detail=detail)
                else:
                    yield self._row(audio, entry, found[1] if found else "unknown")
            for entry in index.left():
                detail = f"{_line(entry)}: there is no clip {entry.place}"
                yield RefusedRow(id=f"{self.name}/{entry.place}", reason="no_audio", detail=detail)

    def _evaluated(self, index: Index) -> set[str]:
        """Speakers of the evaluations that are read."""
        return index.values("client_id", EVALUATIONS) - {""}

    def _index(self, index: Index, seen: list[str]) -> Iterator[RefusedRow]:
        """Fill the index from the tables; lines that can't be rows are refused here."""
        missing = set(self.splits)
        for table, file in self._tables(seen):
            missing.discard(table.stem)
            for number, row in read_table(file, str(table), NEEDED):
                reason, what = self._add(index, table.stem, number, row)
                if reason:
                    place = f"{self.name}/{table.name}:{number}"
                    yield RefusedRow(id=place, reason=reason, detail=f"{table}:{number}: {what}")
            if not missing:
                return
        raise CorpusError(self._not_here(seen, missing))

    def _add(
        self, index: Index, table: str, line: int, row: dict[str, str] | str
    ) -> tuple[str, str]:
        """Put a row into the index, or say why not: reason and sentence.

        A clip of `validated` that is in train, dev or test as well is one clip, and theirs.
        """
        if isinstance(row, str):
            return "bad_line", row
        path = row["path"]
        if not path or "/" in path or not path.isprintable():
            return "bad_line", f"no clip can be called {path[:80]!r}"
        fields = {name: row[name] for name in (*NEEDED, *NOTES) if name in row}
        entry = IndexedRow(place=f"clips/{clip_name(path)}", table=table, line=line, fields=fields)
        if not index.add(entry):
            before = index.table_of(entry.place)
            if (before in PUBLISHED) == (table in PUBLISHED):
                return "repeated_row", f"clip {path} has had a row in {before}.tsv already"
            if table in PUBLISHED:
                index.replace(entry)
        return "", ""

    def _tables(self, seen: list[str]) -> Iterator[tuple[PurePosixPath, BinaryIO]]:
        """Path and file of each chosen table; `seen` collects what else is there."""
        wanted = {f"{split}.tsv" for split in self.splits}
        if self.path.is_dir():
            root = self._root()
            self._check(str(root.resolve()))
            seen.extend(sorted(path.name for path in root.iterdir()))
            for name in sorted(wanted & set(seen)):
                with (root / name).open("rb") as table:
                    yield PurePosixPath(name), table
            return
        self._check(self.path.name)
        for path, file in members(self.path):
            place = PurePosixPath(path)
            if place.suffix != ".tsv":
                continue
            self._check(path)
            seen.append(path)
            if place.name in wanted and place.parent.name in ("", self.language):
                yield place, file

    def _root(self) -> Path:
        """The folder with the tables: the given one, or <language>/ in it or in its releases."""
        folders = [self.path, self.path / self.language]
        folders += sorted(self.path.glob(f"cv-corpus-*/{self.language}"))
        found = [folder for folder in folders if (folder / "clips").is_dir()]
        if len(found) != 1 or (found[0] == self.path and _is_other(self.path, self.language)):
            here = sorted(path.name for path in self.path.iterdir())[:20]
            several = f"several releases ({', '.join(map(str, found))})" if found[1:] else "none"
            raise CorpusError(
                f"{self.path} should hold one release of Common Voice in {self.language!r}"
                f" (train.tsv, clips/ ...), but holds {several}: {here}. {WHERE}."
            )
        return found[0]

    def _check(self, name: str) -> None:
        """Refuse a delta and another release than the wanted one, by a file's or folder's name."""
        found = RELEASE.search(name)
        if found and "-delta-" in name[found.start() :]:
            raise CorpusError(
                f"{self.path} is a delta of Common Voice ({name}): it has no train, dev and test."
                f" Get the whole release. {WHERE}."
            )
        if found and self.release and found[1] != self.release:
            raise CorpusError(
                f"{self.path} is release {found[1]} of Common Voice ({name}), not {self.release}:"
                f" splits are drawn anew in each release, so they can't stand for each other."
            )

    def _not_here(self, seen: list[str], missing: set[str]) -> str:
        """The sentence for tables that aren't there."""
        wanted = ", ".join(f"{self.language}/{split}.tsv" for split in sorted(missing))
        here = ", ".join(seen[:20]) or "no tables at all"
        return (
            f"{self.path} lacks {wanted}; it holds {here}."
            f" Is it Common Voice in {self.language!r}, and a whole release? {WHERE}."
        )

    def _of_folder(self, index: Index) -> Iterator[tuple[str, Path]]:
        """The clips that are there, in the order of the tables."""
        root = self._root()
        for place in index.places():
            if is_there(root / place):
                yield place, root / place

    def _of_archive(self, index: Index) -> Iterator[tuple[str, bytes]]:
        """The clips that have a row, in the order of the archive; it is read no further than that."""
        left = len(index)
        for path, file in members(self.path):
            if not left:
                return
            place = "/".join(path.split("/")[-2:])
            if index.waits(place):
                left -= 1
                yield place, file.read()

    def _row(self, audio: Path | bytes, entry: IndexedRow, release: str) -> Row:
        """One clip with its row."""
        fields = entry.fields
        notes = {name: fields[name] for name in NOTES if fields.get(name)}
        client = fields["client_id"]
        return Row(
            id=f"{self.name}/{entry.place}",
            audio=audio,
            suffix=PurePosixPath(entry.place).suffix,
            transcript=fields["sentence"],
            corpus=self.name,
            language=self.language,
            licence=LICENCE,
            speaker=f"common_voice:{client}" if client else None,
            split=entry.table if entry.table in PUBLISHED else None,
            notes=notes | {"release": release},
        )


def is_common_voice(path: Path, language: str) -> bool:
    """True for a folder with clips/ and a table that Common Voice publishes, or one above it."""
    folders = [path, path / language, *path.glob(f"cv-corpus-*/{language}")]
    return any(
        (folder / "clips").is_dir()
        and any(is_common_voice_table(table.name) for table in folder.glob("*.tsv"))
        and not any(folder.glob("metadata.*"))
        for folder in folders
    )


def is_common_voice_table(name: str) -> bool:
    """True for the name of a table of a release, with or without its folders."""
    path = PurePosixPath(name)
    return path.suffix == ".tsv" and path.stem in SPLITS


def clip_name(path: str) -> str:
    """A table's `path` as the file is called: the oldest releases leave `.mp3` out."""
    return path if "." in path else f"{path}.mp3"


def _line(entry: IndexedRow) -> str:
    """Place of an entry in its table, for sentences."""
    return f"{entry.table}.tsv:{entry.line}"


def _is_other(folder: Path, language: str) -> bool:
    """True if a folder is known to be another language's: cv-corpus-…/<other>."""
    whole = folder.resolve()
    return bool(RELEASE.match(whole.parent.name)) and whole.name != language
