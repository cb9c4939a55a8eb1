r"""Search for the recordings that a table names, where a name is not quite that of the file.

Tried in this order: the path as written (`\\` is `/`), without a beginning that all rows share, the
same letters in other code points (NFD for NFC), other case, no ending, no spaces around it. A near match counts only if
exactly one file fits; how many were found in which way is said.
"""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from xlt.corpora.readers.tables import is_there

AUDIO_SUFFIXES = frozenset(
    ".wav .flac .mp3 .ogg .oga .opus .m4a .mp4 .aac .webm .mka .aiff .aif .wma .amr .g722 .au .caf "
    ".sph .3gp .w64".split()
)
SUBFOLDERS = ("wavs", "wav", "clips", "audio", "")
"""Folders beside a table in which bare names are looked for."""

Listing = tuple[dict[str, list[str]], ...]
"""Names of a folder, by what is compared."""


class RecordingNotFound(ValueError):
    """A recording that is not there, or that must not be read: a reason of the account, and a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        super().__init__(detail)


def as_path(written: str) -> PurePosixPath:
    """A path as a table writes it, with Windows' separators too."""
    return PurePosixPath(written.replace("\\", "/"))


def shared_prefix(paths: Iterable[str]) -> tuple[str, ...]:
    """The folders with which all paths begin."""
    prefix: tuple[str, ...] | None = None
    for written in paths:
        parts = as_path(written.strip()).parts[:-1]
        if prefix is None:
            prefix = parts
        if parts[: len(prefix)] != prefix:
            same = (k for k, (a, b) in enumerate(zip(prefix, parts, strict=False)) if a != b)
            prefix = prefix[: next(same, min(len(prefix), len(parts)))]
        if not prefix:
            break
    return prefix or ()


class RecordingFinder:
    """The recordings of one table."""

    def __init__(
        self,
        folder: Path,
        prefix: tuple[str, ...] = (),
        *,
        outside: bool = False,
        bases: tuple[Path, ...] = (),
    ) -> None:
        """Look in `folder`, and where its user allows it (`outside`) wherever a path leads.

        Args:
            folder: Relative paths begin here.
            prefix: Beginning of all paths, as `shared_prefix` gives it.
            outside: Absolute paths and `..` may lead out of the folder.
            bases: More folders at which relative paths may begin.
        """
        self.folder, self.prefix, self.outside, self.bases = folder, prefix, outside, bases
        self.ways: Counter[str] = Counter()
        self._taken_off: int | None = None
        self._listings: dict[Path, Listing] = {}
        self._resolved = PurePosixPath(folder.resolve().as_posix())

    def find(self, written: str) -> tuple[Path, str]:
        """The file, and its place for the row's id.

        Raises:
            RecordingNotFound: no file fits, or several do, or the path leads where it must not.
        """
        try:
            return self._find(written)
        except RecordingNotFound as error:
            if (plain := written.strip()) == written:
                raise
            try:
                found = self._find(plain)
            except RecordingNotFound:
                raise error from None  # it shows the spaces
        self.ways["spaces"] += 1
        return found

    def _find(self, written: str) -> tuple[Path, str]:
        """As `find`, with the spaces around the path as they are."""
        path = as_path(written)
        if "\0" in written or not path.name:
            raise RecordingNotFound("bad_path", f"{written!r} is not a path within {self.folder}")
        inside = self._inside(path)
        if inside is not None and is_there(self.folder / inside):
            return self.folder / inside, _in_one_form(inside.as_posix())
        if self.outside and (inside is None or self.bases):
            for base in (self.folder, *self.bases):
                if is_there(base / path):
                    self.ways["outside"] += inside is None
                    return base / path, self._place(path)
            for base in (self.folder, *self.bases):
                if (near := self._near(base, path)) is not None:
                    self.ways["outside"] += inside is None
                    return near, self._place(path.with_name(near.name))
        for take_off in self._prefixes(path):
            found = self._near(self.folder, PurePosixPath(*path.parts[take_off:]))
            if found is not None:
                self._taken_off = take_off
                self.ways["prefix"] += 1
                return found, self._place_of(found)
        if inside is not None and (near := self._near(self.folder, inside)) is not None:
            return near, self._place_of(near)
        if inside is None and not self.outside:
            raise RecordingNotFound(
                "bad_path",
                f"{written!r} is not a path within {self.folder} (a table that is itself named on "
                "the command line may lead elsewhere)",
            )
        raise RecordingNotFound("no_audio", f"there is no file {str(self.folder / path)!r}")

    def remarks(self) -> list[str]:
        """Sentences on the recordings that were not found as written."""
        said = []
        prefix = "/".join(self.prefix[: self._taken_off or 0]).replace("//", "/")
        sentences = {
            "prefix": f"all paths begin with {prefix!r}; it was taken off {{n}} of them, whose files "
            f"are in {self.folder}",
            "outside": f"{{n}} recordings lie outside of {self.folder}, as the table says",
            "code points": "{n} recordings were found by the same letters in other code points "
            "(NFC and NFD)",
            "subfolder": "{n} recordings were found in a folder beside the table ({folders})",
            "case": "{n} recordings were found by their names in other case",
            "ending": "{n} recordings were found by their names without ending",
            "spaces": "{n} recordings were found by their names without the spaces around them",
        }
        for way, sentence in sentences.items():
            if n := self.ways[way]:
                sentence = sentence.replace(
                    "{folders}", ", ".join(f"{f}/" for f in SUBFOLDERS if f)
                )
                said.append(_counted(sentence, n))
        return said

    def _inside(self, path: PurePosixPath) -> PurePosixPath | None:
        """A path that stays in the folder, from there; None for one that leads out."""
        if path.is_absolute():
            for root in (self._resolved, PurePosixPath(self.folder.absolute().as_posix())):
                if path.is_relative_to(root):
                    path = path.relative_to(root)
                    break
        return None if path.is_absolute() or ".." in path.parts else path

    def _prefixes(self, path: PurePosixPath) -> Iterable[int]:
        """Numbers of leading parts to leave out: once one was right, it is the only one."""
        if self._taken_off is not None:
            return (self._taken_off,)
        most = len(self.prefix)
        return (k for k in range(1, most + 1) if ".." not in path.parts[k:])

    def _place(self, path: PurePosixPath) -> str:
        """Id of a recording elsewhere: without what all paths share, which differs by machine."""
        parts = path.parts[len(self.prefix) :]
        return _in_one_form(
            "/".join(part for part in parts if part not in ("..", "/")) or path.name
        )

    def _place_of(self, found: Path) -> str:
        return _in_one_form(found.relative_to(self.folder).as_posix())

    def _near(self, base: Path, path: PurePosixPath) -> Path | None:
        """The one file that fits a path from a folder, or one from the root."""
        starts = SUBFOLDERS if len(path.parts) == 1 else ("",)
        for start in starts:
            ways: set[str] = set()
            place: Path | None = base / path.anchor / start
            for part in path.relative_to(path.anchor).parts[:-1]:
                place = place and self._fitting(place, part, ways, last=False)
            found = place and self._fitting(place, path.name, ways, last=True)
            if found and is_there(found):
                if start:
                    ways.add("subfolder")
                self.ways.update(ways)
                return found
        return None

    def _fitting(self, folder: Path, name: str, ways: set[str], *, last: bool) -> Path | None:
        """The entry of a folder that is meant by a name; the way it was found goes into `ways`."""
        if os.path.lexists(folder / name):
            return folder / name
        if folder not in self._listings:
            self._listings[folder] = _names(folder)
        tables = self._listings[folder]
        plain = unicodedata.normalize("NFC", name)
        tries = [("code points", plain), ("case", plain.casefold())]
        if last:
            tries += [("ending", plain), ("ending", plain.casefold())]
        for index, (way, key) in enumerate(tries):
            fits = tables[index].get(key, [])
            if len(fits) == 1:
                ways.add(way)
                return folder / fits[0]
            if fits:
                return None
        return None


def _in_one_form(place: str) -> str:
    """A place whose letters are in NFC, as ids have them."""
    return unicodedata.normalize("NFC", place)


def _counted(sentence: str, n: int) -> str:
    """A sentence about `{n} recordings were ...`, in the singular for one."""
    if n == 1:
        for several, one in (
            ("recordings were", "recording was"),
            ("recordings lie", "recording lies"),
        ):
            sentence = sentence.replace(f"{{n}} {several}", f"1 {one}")
        sentence = sentence.replace("their names", "its name").replace("around them", "around it")
    return sentence.replace("{n}", f"{n:,}")


def _names(folder: Path) -> Listing:
    """The entries of a folder by NFC, by case, and both without the ending of a recording."""
    tables: Listing = ({}, {}, {}, {})
    for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
        plain = unicodedata.normalize("NFC", name)
        keys = [plain, plain.casefold()]
        stem, suffix = os.path.splitext(plain)
        if suffix.lower() in AUDIO_SUFFIXES:
            keys += [stem, stem.casefold()]
        for table, key in zip(tables, keys, strict=False):
            table.setdefault(key, []).append(name)
    return tables
