"""Every layout of recordings as it comes from another machine or program: it still opens.

Also tests: xlt/corpora/readers/recording_finder.py
"""

import csv
import io
import tarfile
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import own_recordings
import pytest
from own_recordings import OPENS

from xlt.corpora.base import Row
from xlt.corpora.folder import Folder

NAMES = {"mañana": "año uno, dos", "cigüeña": "más «tres»", "c": "cuatro"}
"""Recording -> what is said in it: names that have two forms in Unicode."""
TABLES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".scp", "")
AUDIO = (".wav", ".flac")


def tables(folder: Path) -> Iterator[Path]:
    yield from (p for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix in TABLES)


def changed_texts(folder: Path, change: Callable[[Path, str], str]) -> int:
    """Write every table anew, as `change` has it; the number of those that differ then."""
    changed = 0
    for path in tables(folder):
        before = path.read_text("utf-8")
        after = change(path, before)
        path.write_bytes(after.encode())
        changed += after != before
    return changed


def backslashes(folder: Path) -> int:
    def change(path: Path, text: str) -> str:
        return text.replace("/", "\\\\" if path.suffix.startswith(".json") else "\\")

    return changed_texts(folder, change)


def line_ends(folder: Path) -> int:
    return changed_texts(folder, lambda _, text: text.replace("\n", "\r\n"))


def marks(folder: Path) -> int:
    return changed_texts(folder, lambda _, text: "\ufeff" + text.removeprefix("\ufeff"))


def utf_16(folder: Path) -> int:
    for path in (paths := list(tables(folder))):
        path.write_text(path.read_text("utf-8-sig"), encoding="utf-16", newline="")
    return len(paths)


def semicolons(folder: Path) -> int:
    def change(path: Path, text: str) -> str:
        if path.suffix != ".csv" or "," not in text or "|" in text:
            return text
        parted = io.StringIO()
        csv.writer(parted, delimiter=";").writerows(csv.reader(io.StringIO(text)))
        return parted.getvalue()

    return changed_texts(folder, change)


def renamed(folder: Path, change: Callable[[str], str]) -> int:
    """Rename every recording, in archives too."""
    changed = 0
    for path in sorted(folder.rglob("*")):
        if path.suffix in AUDIO:
            changed += change(path.name) != path.name
            path.rename(path.with_name(change(path.name)))
        elif path.suffix == ".tar":
            changed += _renamed_members(path, change)
    return changed


def _renamed_members(path: Path, change: Callable[[str], str]) -> int:
    changed = 0
    with tarfile.open(path) as before:
        members = [(entry, before.extractfile(entry).read()) for entry in before]
    with tarfile.open(path, "w") as after:
        for entry, content in members:
            if entry.name.endswith(AUDIO):
                changed += change(entry.name) != entry.name
                entry.name = change(entry.name)
            after.addfile(entry, io.BytesIO(content))
    return changed


def upper_case_endings(folder: Path) -> int:
    return renamed(folder, lambda name: f"{Path(name).stem}{Path(name).suffix.upper()}")


def names_in_nfd(folder: Path) -> int:
    return renamed(folder, lambda name: unicodedata.normalize("NFD", name))


def _but(*left_out: str) -> list[str]:
    return [layout for layout in OPENS if layout not in left_out]


BARE = (
    "audiofolder",
    "JSON lines",
    "one folder per split",
    "JSON array",
    "Excel in Europe",
    "pandas",
)
"""Layouts whose tables have no folder in their paths."""
BARE += (
    "Excel's Unicode text",
    "text files",
    "LJSpeech",
    "Thorsten",
    "DeepSpeech",
    "M-AILABS, HUI",
)
BARE += ("no header", "WebDataset")
WALK: dict[Callable[[Path], int], list[str]] = {
    backslashes: _but(*BARE),
    line_ends: _but("Excel's Unicode text", "WebDataset"),
    marks: _but("Excel in Europe", "Excel's Unicode text", "WebDataset"),
    utf_16: _but("Excel's Unicode text", "WebDataset"),
    semicolons: [
        *("audiofolder", "one folder per split", "absolute paths", "a corpus that moved"),
        *("pandas", "DeepSpeech", "no header"),
    ],
    upper_case_endings: _but(),
    names_in_nfd: _but(),
}
"""Change of a corpus -> the layouts in which there is something to change."""


@pytest.mark.parametrize(
    ("change", "layout"),
    [(change, layout) for change, layouts in WALK.items() for layout in layouts],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_it_opens_all_the_same(tmp_path: Path, monkeypatch, change, layout: str):
    monkeypatch.setattr(own_recordings, "SAID", NAMES)
    path = OPENS[layout][1](tmp_path)
    assert change(tmp_path) > 0
    rows = list(Folder(path=path, language="es", title="mine").rows())
    assert [row for row in rows if not isinstance(row, Row)] == []
    for row in rows:
        content = row.audio.read_bytes() if isinstance(row.audio, Path) else row.audio
        assert NAMES[content.decode()] == row.transcript
        assert unicodedata.is_normalized("NFC", row.id)
        assert str(tmp_path) not in row.id
    assert len({row.id for row in rows}) == len(NAMES)
