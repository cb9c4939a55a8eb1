"""Folders with one text file for each recording: `a.wav` beside `a.txt`."""

from collections.abc import Iterator
from pathlib import Path

from xlt.corpora.base import CorpusError
from xlt.corpora.columns import AUDIO
from xlt.corpora.readers.delimited import Place, TableRow
from xlt.corpora.readers.recording_finder import AUDIO_SUFFIXES
from xlt.corpora.readers.tables import converted_in_place
from xlt.system.line_reader import TextFileError, strict_lines


def recordings_of(folder: Path) -> Iterator[Path]:
    """The recordings of a folder and the folders in it, in the order of their names."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in AUDIO_SUFFIXES and path.is_file():
            yield path


def has_text_files(folder: Path) -> bool:
    """True if a recording has its text file."""
    return any(path.with_suffix(".txt").is_file() for path in recordings_of(folder))


def read_text_files(folder: Path) -> Iterator[tuple[Place, TableRow]]:
    """Every recording with the text of its file; one without a file is named as such.

    Raises:
        CorpusError: a text file is not text in UTF-8.
    """
    paired = set()
    for path in recordings_of(folder):
        place = path.relative_to(folder).as_posix()
        text = path.with_suffix(".txt")
        if not text.is_file():
            yield place, f"it has no text file {text.name}"
            continue
        paired.add(text)
        try:
            lines = [line.strip() for _, line in strict_lines(text)]
        except TextFileError as error:
            raise CorpusError(converted_in_place(error, text)) from error
        yield place, {AUDIO[0]: place, "text": " ".join(filter(None, lines))}
    for text in sorted(folder.rglob("*.txt")):
        if text not in paired:
            yield text.relative_to(folder).as_posix(), f"{text.name} has no recording beside it"
