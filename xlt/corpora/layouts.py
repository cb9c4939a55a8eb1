"""Layouts of a user's own recordings, told by what a path holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from xlt.corpora.base import CorpusError
from xlt.corpora.common_voice import is_common_voice
from xlt.corpora.fields import SPLITS, split_in
from xlt.corpora.prepared import Prepared
from xlt.corpora.readers.delimited import JSON_SUFFIXES, TABLE_SUFFIXES
from xlt.corpora.readers.hf_files import HUB_SUFFIXES, hub_files
from xlt.corpora.readers.kaldi import is_kaldi
from xlt.corpora.readers.text_files import has_text_files
from xlt.corpora.readers.webdataset import is_shard, shards_of

TABLES = ("metadata.csv", "metadata.tsv", "metadata.jsonl")
LIST_SUFFIX = ".txt"
MOST_OF_A_LINE = 2000
"""Bytes of a first line that are looked at."""
MEND = (
    "Write a table metadata.csv beside the recordings, with the header file_name,text and lines such "
    'as clips/a.wav,"what is said", or name a table: xlt prepare LANGUAGE table.csv --out data/mine'
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """The tables of a corpus: files, or folders that are read as one."""

    kind: Literal["table", "kaldi", "hub", "shards", "texts"]
    tables: Sequence[tuple[Path, str | None]]
    """Each with its split; None: the table may say, or nobody does."""
    named: bool = False
    """True if the user named a table itself: its paths may lead anywhere."""


def layout_of(path: Path) -> Layout:
    """The layout of a table or folder.

    Raises:
        CorpusError: it is not there, or holds nothing that is known; says what would do.
    """
    if path.is_file():
        if path.suffix.lower() in HUB_SUFFIXES:
            return Layout(kind="hub", tables=[(path, None)], named=True)
        if is_shard(path):
            return Layout(kind="shards", tables=[(path, None)], named=True)
        if path.suffix.lower() not in (*TABLE_SUFFIXES, LIST_SUFFIX):
            raise CorpusError(f"{path} is not a table ({', '.join(TABLE_SUFFIXES)}). {MEND}")
        return Layout(kind="table", tables=[(path, None)], named=True)
    if not path.is_dir():
        raise CorpusError(
            f"There is no folder {path}: give one with {' or '.join(TABLES)}, or a table."
        )
    if is_common_voice(path, "."):
        raise CorpusError(
            f"{path} is Common Voice, not recordings of your own; in a recipe: data.0:common-voice "
            f"--data.0.path {path}"
        )
    found = _metadata(path)
    if found:
        return Layout(kind="table", tables=found)
    if is_kaldi(path):
        return Layout(kind="kaldi", tables=[(path, None)])
    parts = [(path / name, split) for name, split in SPLITS.items() if is_kaldi(path / name)]
    if parts:
        return Layout(kind="kaldi", tables=parts)
    if files := hub_files(path):
        if (path / "report.json").is_file():
            raise CorpusError(
                f"{path} is a prepared dataset already, and is used as it is: xlt train trains on it, "
                "xlt evaluate scores on it.",
                line=f"xlt train {Prepared(path=path).language} {path} --dry-run",
            )
        return Layout(kind="hub", tables=[(file, _split_of_shard(file, path)) for file in files])
    if shards := shards_of(path):
        return Layout(kind="shards", tables=[(tar, _split_of_shard(tar, path)) for tar in shards])
    if tables := _other_tables(path) or _nested(path):
        return Layout(kind="table", tables=tables)
    if has_text_files(path):
        return Layout(kind="texts", tables=[(path, None)])
    raise CorpusError(f"{_should_hold(path)} {MEND}")


def _metadata(folder: Path) -> list[tuple[Path, str | None]]:
    """The tables of an audiofolder: one in the folder, or one for each split."""
    found: list[tuple[Path, str | None]] = [
        (folder / name, None) for name in TABLES if (folder / name).is_file()
    ]
    if not found:
        found = [
            (folder / part / name, split)
            for part, split in SPLITS.items()
            for name in TABLES
            if (folder / part / name).is_file()
        ]
    several = [table for table, _ in found if table.parent == found[0][0].parent][1:]
    if several:
        raise CorpusError(
            f"{_should_hold(folder)} Name the one that is meant: xlt prepare LANGUAGE {found[0][0]} "
            "--out data/mine"
        )
    return found


def _other_tables(folder: Path) -> list[tuple[Path, str | None]]:
    """The only table of a folder, or those that are named by splits (train.csv, test_manifest.json)."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    tables = [
        path for path in files if path.suffix.lower() in TABLE_SUFFIXES and not _is_settings(path)
    ] or [path for path in files if path.suffix.lower() == LIST_SUFFIX and _is_list(path)]
    if len(tables) == 1:
        return [(tables[0], split_in(tables[0].stem))]
    by_split = [(path, split) for path in tables if (split := split_in(path.stem))]
    if len({split for _, split in by_split}) == len(by_split) == len(tables):
        return [*by_split]
    if tables:
        names = ", ".join(path.name for path in tables[:20])
        raise CorpusError(
            f"{folder} holds several tables ({names}), and their names don't say train, dev and test. "
            f"Name the one that is meant: xlt prepare LANGUAGE {tables[0]} --out data/mine"
        )
    return []


def _nested(folder: Path) -> list[tuple[Path, str | None]]:
    """The tables of folders in folders, one for each book or speaker, as M-AILABS and HUI have them."""
    found = sorted(table for name in TABLES for table in folder.rglob(name) if table.is_file())
    folders = [table.parent for table in found]
    return [(table, None) for table in found] if len({*folders}) == len(folders) else []


def _is_list(path: Path) -> bool:
    """True for a .txt file whose first line has fields: a list of recordings, not a text."""
    with path.open("rb") as file:
        first = file.readline(MOST_OF_A_LINE)
    return b"|" in first or b"\t" in first


def _is_settings(path: Path) -> bool:
    """True for a .json file that is one object over lines: a setting, not a manifest."""
    if path.suffix.lower() != JSON_SUFFIXES[0]:
        return False
    with path.open("rb") as file:
        return file.read(256).lstrip()[:2].strip() == b"{"


def _split_of_shard(file: Path, folder: Path) -> str | None:
    """Of `data/train-00000-of-00002.parquet`, `train/data-00000-of-00001.arrow`, `dev-000.tar`."""
    return split_in(file.stem) or (split_in(file.parent.name) if file.parent != folder else None)


def _should_hold(folder: Path) -> str:
    here = sorted(path.name for path in folder.iterdir())[:20]
    return (
        f"{folder} should hold one of {', '.join(TABLES)} (or train/, dev/, test/ with"
        f" one each); it holds {here}."
    )
