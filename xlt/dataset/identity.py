"""Identity of clips: the SHA-256 of their samples, the same across datasets, splits and runs.

A dataset has it as a column; for one that was prepared without, it is made of the recordings, once.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from tqdm import tqdm

from xlt.audio.decode import samples_sha256
from xlt.dataset.clip_index import INDEX
from xlt.dataset.reader import open_split
from xlt.system.files import atomic_file

COLUMN = "samples_sha256"
BYTES = 16
"""First bytes of a SHA-256 that are kept: two clips of 10^12 have the same with probability 10^-15."""
DTYPE = np.dtype(f"S{BYTES}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipIdentities:
    """Identities of the clips of one or more splits, in their order."""

    clips: NDArray[np.bytes_]
    """First bytes of the SHA-256 of each clip's samples."""
    voices: NDArray[np.bytes_]
    """Hash of each clip's speaker; empty where the speaker is unknown."""


def identities(folder: Path, *splits: str, one_voice: bool = False) -> ClipIdentities:
    """Identities of the clips of some splits of a prepared dataset, as `open_split` orders them.

    Args:
        folder: The dataset.
        splits: Names of its splits.
        one_voice: True if clips of an unknown speaker share the one voice of their corpus.

    Raises:
        ValueError: the dataset or the split is not there, or a recording is damaged.
    """
    clips: list[NDArray[np.bytes_]] = []
    voices: list[NDArray[np.bytes_]] = []
    for split in splits:
        known: list[NDArray[np.bytes_]] = []
        whole = True
        for file in sorted(folder.glob(f"{split}-*.parquet")):
            has = COLUMN in pq.read_schema(file).names
            table = pq.read_table(file, columns=["speaker", "corpus", *([COLUMN] if has else [])])
            stored = table.column(COLUMN).to_pylist() if has else [None]
            whole = whole and None not in stored
            if whole:
                known.append(_array(bytes.fromhex(str(digest))[:BYTES] for digest in stored))
            owners = zip(
                table.column("speaker").to_pylist(), table.column("corpus").to_pylist(), strict=True
            )
            found = (voice(speaker, corpus if one_voice else None) for speaker, corpus in owners)
            voices.append(_array(found))
        clips += known if known and whole else [_array(_made_of_recordings(folder, split))]
    return ClipIdentities(
        clips=np.concatenate([_array(()), *clips]), voices=np.concatenate([_array(()), *voices])
    )


def _array(identities: Iterable[bytes]) -> NDArray[np.bytes_]:
    return np.array(list(identities), DTYPE)


def voice(speaker: str | None, corpus: str | None = None) -> bytes:
    """Hash of a speaker, or of the one voice of a corpus; empty where neither is known."""
    known = f"speaker\0{speaker}" if speaker is not None else f"corpus\0{corpus}"
    if speaker is None and corpus is None:
        return b""
    return hashlib.sha256(known.encode()).digest()[:BYTES]


def _made_of_recordings(folder: Path, split: str) -> list[bytes]:
    """Identities of a split without the column; kept in the dataset's cache for later."""
    files = [path.stat() for path in sorted(folder.glob(f"{split}-*.parquet"))]
    state = hashlib.sha256(repr([(s.st_size, s.st_mtime_ns) for s in files]).encode()).hexdigest()
    kept = folder / INDEX / f"samples-{split}-{state[:16]}.npy"
    opened = open_split(folder, split)
    with suppress(OSError, ValueError, EOFError):  # not there, or damaged: it is only a shortcut
        found = np.load(kept, allow_pickle=False)
        if found.dtype == np.uint8 and found.shape == (len(opened), BYTES):
            return [row.tobytes() for row in found]
    bar = tqdm(range(len(opened)), desc=f"know clips of {split}", delay=5, disable=None)
    clips = [bytes.fromhex(samples_sha256(opened.samples(i)))[:BYTES] for i in bar]
    with suppress(OSError), atomic_file(kept) as stream:
        np.save(stream, np.frombuffer(b"".join(clips), np.uint8).reshape(-1, BYTES))
    return clips
