"""Clips, texts, source model and measures that both sides of a benchmark share.

The clips are a folder of recordings with a metadata table. Vetting decides which of them are
trained on; the opponent gets that list, the same normalised texts and the same splits.
"""

import json
import os
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

LANGUAGE = "es"
SOURCE = "xlt:en-mini"
UTTERANCES = 16
"""Utterances of an update, on both sides."""


@dataclass(frozen=True)
class Clips:
    """One split as the opponent takes it: files and texts."""

    files: list[Path]
    texts: list[str]
    durations_s: list[float]


def read_split(data: Path, clips: Path, split: str) -> Clips:
    """The files and texts of a prepared split."""
    files, texts, durations = [], [], []
    for shard in sorted(data.glob(f"{split}-*.parquet")):
        table = pq.read_table(shard, columns=["id", "text", "duration"]).to_pydict()
        files += [clips / name.partition("/")[2] for name in table["id"]]
        texts += table["text"]
        durations += table["duration"]
    return Clips(files, texts, durations)


def peak_mb() -> float:
    """Largest resident memory of this process so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def disk_bytes(folder: Path) -> int:
    """Bytes of all files under a folder."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


def report(**figures: object) -> None:
    """The last line of a benchmark's process: its figures."""
    print(json.dumps({"peak_mb": peak_mb(), **figures}), flush=True)


def quiet() -> None:
    """No hub, no bars, no advice."""
    os.environ.update(
        HF_HUB_OFFLINE="1",
        HF_DATASETS_DISABLE_PROGRESS_BARS="1",
        TRANSFORMERS_VERBOSITY="error",
        TOKENIZERS_PARALLELISM="false",
    )


CLOCK = time.perf_counter
