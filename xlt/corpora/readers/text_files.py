"""Folders with one text file for each recording: `a.wav` beside `a.txt`."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from xlt.corpora.base import CorpusError
from xlt.corpora.columns import AUDIO
from xlt.corpora.readers.delimited import Place, TableRow
from xlt.corpora.readers.recording_finder import AUDIO_SUFFIXES
from xlt.corpora.readers.tables import converted_in_place
from xlt.system.line_reader import TextFileError, strict_lines

SUFFIX = ".txt"


def recordings_of(folder: Path) -> Iterator[Path]:
    """The recordings of a folder and the folders in it, in the order of their names."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in AUDIO_SUFFIXES and path.is_file():
            yield path


def has_text_files(folder: Path) -> bool:
    """True if a recording has its text file."""
    texts = _texts_of(folder)
    return any(_text_of(path, texts) for path in recordings_of(folder))


def _texts_of(folder: Path) -> dict[tuple[Path, str], list[Path]]:
    """The text files of a folder and the folders in it, by folder and plain name."""
    texts: dict[tuple[Path, str], list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() == SUFFIX and path.is_file():
            texts.setdefault((path.parent, _plain(path)), []).append(path)
    return texts


def _plain(path: Path) -> str:
    """A name without its ending, in one form of Unicode and one case."""
    return unicodedata.normalize("NFC", path.stem).casefold()


def _text_of(recording: Path, texts: Mapping[tuple[Path, str], Sequence[Path]]) -> Path | None:
    """The text of a recording: of its very name, or the only one that differs in case or code points."""
    near = texts.get((recording.parent, _plain(recording)), ())
    exact = [path for path in near if path.stem == recording.stem]
    return exact[0] if exact else near[0] if len(near) == 1 else None


def read_text_files(folder: Path) -> Iterator[tuple[Place, TableRow]]:
    """Every recording with the text of its file; one without a file is named as such.

    Raises:
        CorpusError: a text file is not text in UTF-8.
    """
    paired, texts = set(), _texts_of(folder)
    for path in recordings_of(folder):
        place = path.relative_to(folder).as_posix()
        text = _text_of(path, texts)
        if text is None:
            yield place, f"it has no text file {path.with_suffix(SUFFIX).name}"
            continue
        paired.add(text)
        try:
            lines = [line.strip() for _, line in strict_lines(text)]
        except TextFileError as error:
            raise CorpusError(converted_in_place(error, text)) from error
        yield place, {AUDIO[0]: place, "text": " ".join(filter(None, lines))}
    for text in (path for found in texts.values() for path in found):
        if text not in paired:
            yield text.relative_to(folder).as_posix(), f"{text.name} has no recording beside it"
