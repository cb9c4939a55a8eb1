"""WebDataset shards: tar files in which `key.flac`, `key.txt`, `key.json` stand side by side.

Source: github.com/webdataset/webdataset. Members stream by; nothing is unpacked to disk.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath

from xlt.corpora.base import CorpusError
from xlt.corpora.columns import TEXT, present
from xlt.corpora.readers.archives import ArchiveRefused, members
from xlt.corpora.readers.delimited import TableRow, json_fields
from xlt.corpora.readers.recording_finder import AUDIO_SUFFIXES

SUFFIX = ".tar"
TEXT_SUFFIXES = (".txt", ".json")
LOOKED_AT = 20
"""Members by which a shard is told."""
MAX_TEXT_BYTES = 2**20


@dataclass(slots=True)
class Sample:
    """The members of one key."""

    key: str
    audio: bytes | None = None
    suffix: str = ""
    """That of the recording."""
    fields: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    """Fault of its text, as a clause."""

    @property
    def row(self) -> TableRow:
        """Its fields, or what is wrong."""
        if self.fault:
            return self.fault
        if self.audio is None:
            return "it has no recording beside it"
        return (
            self.fields if text_column(self.fields) else f"it has no text ({_wanted()}) beside it"
        )


def text_column(fields: dict[str, str]) -> str:
    """The field of what is said: that of the text file, or the first of the usual names; "" for none."""
    return ("text" if "text" in fields else "") or next(iter(present(fields, TEXT)), "")


def is_shard(path: Path) -> bool:
    """True for a tar file whose first members are recordings with texts of the same name."""
    if path.suffix.lower() != SUFFIX or not path.is_file():
        return False
    kinds: dict[str, set[bool]] = {}
    try:
        for name, _ in islice(members(path), LOOKED_AT):
            key, suffix = _parts(name)
            if suffix in AUDIO_SUFFIXES or suffix in TEXT_SUFFIXES:
                kinds.setdefault(key, set()).add(suffix in AUDIO_SUFFIXES)
    except ArchiveRefused:
        return False
    return any(len(found) == 2 for found in kinds.values())


def shards_of(folder: Path) -> list[Path]:
    """The shards in a folder and the folders in it; none if the first tar file is not one."""
    tars = sorted(
        path
        for path in [*folder.glob("*"), *folder.glob("*/*")]
        if path.suffix.lower() == SUFFIX and path.is_file()
    )
    return tars if tars and is_shard(tars[0]) else []


def read_shard(path: Path) -> Iterator[Sample]:
    """Every sample, in the order of the shard.

    Raises:
        ArchiveRefused: the shard is damaged or hostile.
        CorpusError: a text is not UTF-8.
    """
    sample: Sample | None = None
    for name, file in members(path):
        key, suffix = _parts(name)
        if suffix not in AUDIO_SUFFIXES and suffix not in TEXT_SUFFIXES:
            continue
        if sample is None or sample.key != key:
            if sample is not None:
                yield sample
            sample = Sample(key=key)
        if suffix in AUDIO_SUFFIXES:
            sample.audio, sample.suffix = file.read(), suffix
        else:
            _read_text(sample, suffix, file.read(MAX_TEXT_BYTES), f"{path}: {name}")
    if sample is not None:
        yield sample


def _read_text(sample: Sample, suffix: str, content: bytes, where: str) -> None:
    """Add what a text says to its sample."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{where} is not UTF-8 (byte 0x{content[error.start]:02x}); texts are read as UTF-8. "
            "Write the shards again with texts in it: text.encode('utf-8')"
        ) from error
    if suffix == TEXT_SUFFIXES[0]:
        sample.fields["text"] = " ".join(text.split())
        return
    try:
        row = json_fields(json.loads(text))
    except (ValueError, RecursionError) as error:
        row = f"its .json is not JSON ({error})"
    if isinstance(row, str):
        sample.fault = row
    else:
        sample.fields = row | sample.fields


def _parts(name: str) -> tuple[str, str]:
    """Key and suffix of a member."""
    path = PurePosixPath(name)
    return path.with_suffix("").as_posix(), path.suffix.lower()


def _wanted() -> str:
    return f".txt, or .json with {', '.join(TEXT)}"
