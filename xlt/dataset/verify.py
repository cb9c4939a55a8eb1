"""Verification of a prepared folder against the hashes in its report: every file, then every clip."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from xlt.dataset.account import REJECTED, read_report
from xlt.dataset.findings import FINDINGS
from xlt.dataset.inputs import INPUTS
from xlt.dataset.shards import rows
from xlt.system.files import sha256

TABLES = (REJECTED, "README.md", INPUTS, FINDINGS)
"""Files beside the shards that are checked too, where they are there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """Result of a verification."""

    files: int
    """Files that were compared."""
    clips: int
    """Clips in shards that are whole."""
    damaged: tuple[str, ...]
    """A sentence for each file that differs from what was prepared; it names the damaged clips."""

    def __str__(self) -> str:
        whole = f"{self.files} files, {self.clips:,} clips compared"
        return "\n".join([whole, *self.damaged]) if self.damaged else f"{whole}: all as prepared"


def hashes(folder: Path, check: Callable[[], None] = lambda: None) -> dict[str, str]:
    """SHA-256 of every shard and table of a folder, by name, as its report keeps them.

    `check` is asked before every file; what it raises ends this.
    """
    found = {}
    tables = [folder / name for name in TABLES if (folder / name).is_file()]
    for path in [*sorted(folder.glob("*.parquet")), *tables]:
        check()
        found[path.name] = sha256(path)
    return found


def verify(folder: Path) -> Verified:
    """Compare a prepared folder with the hashes in its report.

    Raises:
        ValueError: it is not a prepared folder, or one without hashes.
    """
    stored = read_report(folder).get("files")
    if not isinstance(stored, dict) or not stored:
        raise ValueError(f"{folder} was prepared without hashes: prepare it again to have them.")
    damaged, clips = [], 0
    for name, expected in stored.items():
        path = folder / name
        if not path.is_file():
            damaged.append(f"{path} is missing.")
            continue
        if sha256(path) != expected:
            bad = list(_damaged_clips(path)) if path.suffix == ".parquet" else []
            named = f": clips {', '.join(bad[:20])}" if bad else ""
            damaged.append(f"{path} is not what was prepared{named}. Prepare it again.")
        elif path.suffix == ".parquet":
            clips += pq.read_metadata(path).num_rows
    unknown = sorted(path.name for path in folder.glob("*.parquet") if path.name not in stored)
    damaged += [f"{folder / name} was added after the dataset was made." for name in unknown]
    return Verified(files=len(stored), clips=clips, damaged=tuple(damaged))


def _damaged_clips(shard: Path) -> Iterator[str]:
    """The clips of a shard whose recordings are not what their hashes say, as far as it can be read."""
    try:
        for row in rows(shard):
            if hashlib.sha256(row["audio"]["bytes"]).hexdigest() != row["sha256"]:
                yield str(row["id"])
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError):
        yield "that can't be read any more"
