"""Memory, time and descriptors of preparation and reading against the number of clips.

    python tests/benchmarks/large_data.py --rows 10000 100000 1000000 --folder /somewhere/with/room

A corpus of that many rows is made by repetition: one short recording under ever new names, texts and
speakers. The first pass's decoding is left out, as it takes the same for every clip; all else is the
code of `xlt prepare` (journal, draw of splits, leaks, account, findings, placing, index, hashes) and of a
training's reader: a split is opened twice, an epoch is planned, ten batches of 60 s are read and decoded.
Every stage is a process of its own. The output is a table in Markdown.
"""

import argparse
import gc
import hashlib
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from xlt.audio.decode import SAMPLE_RATE_HZ
from xlt.dataset.account import CorpusFacts
from xlt.dataset.assemble import assemble
from xlt.dataset.batches import plan
from xlt.dataset.journal import open_journal
from xlt.dataset.options import Preparation
from xlt.dataset.reader import open_split

SECONDS = 0.25
BATCH_S = 60.0
CLIPS_A_SPEAKER = 60
WORDS = (
    "una casa roja tres perros el camino largo mar y sol noche clara pan tierno agua fría".split()
)


def anonymous() -> int:
    """Bytes of memory that are this process's own; mapped files are not counted."""
    gc.collect()
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="utf-8").splitlines()
    return (
        sum(int(line.split()[1]) for line in lines if line.startswith(("Anonymous:", "Swap:")))
        * 1024
    )


def descriptors() -> int:
    """Open descriptors of this process."""
    return len(os.listdir("/proc/self/fd"))


def peak() -> int:
    """Largest resident memory so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def verdicts(count: int) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    """Outcome and row of every clip, as `vet_row` gives them."""
    out = io.BytesIO()
    tone = 0.3 * np.sin(np.arange(round(SECONDS * SAMPLE_RATE_HZ)) * 0.2)
    soundfile.write(out, tone, SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_16")
    encoded = out.getvalue()
    sha = hashlib.sha256(encoded).hexdigest()
    for k in range(count):
        own = hashlib.sha256(str(k).encode()).hexdigest()
        name = f"common_voice-es/clips/common_voice_es_{k:08d}.mp3"
        speaker = f"common_voice:{hashlib.sha512(str(k // CLIPS_A_SPEAKER).encode()).hexdigest()}"
        text = " ".join([*(WORDS[(k >> 4 * n) % len(WORDS)] for n in range(6)), own[:8]])
        facts = {
            "id": name,
            "source": 0,
            "licence": "CC0-1.0",
            "speaker": speaker,
            "published": None,
            "sentence": own[:24],
            "audio": own[8:32],
            "transcript": own[16:40],
            "duration_s": SECONDS,
            "bytes": len(encoded),
        }
        row = {
            "id": name,
            "audio": {"bytes": encoded, "path": f"{k}.flac"},
            "sha256": sha,
            "samples_sha256": own,
            "text": text,
            "transcript": text,
            "speaker": speaker,
            "duration": SECONDS,
            "corpus": "common_voice-es",
            "language": "es",
            "licence": "CC0-1.0",
        }
        yield facts, row


def prepare(work: Path, count: int) -> dict[str, float]:
    """Both passes without the decoding."""
    work.mkdir(parents=True, exist_ok=True)
    facts = [
        CorpusFacts(name="common_voice-es", licence="CC0-1.0", synthetic=False, same_speaker=False)
    ]
    most = [0]
    begun, before = time.monotonic(), peak()
    with open_journal(work, {"rows": str(count)}) as journal:
        for outcome, row in verdicts(count):
            journal.row(outcome, row)
        journal.commit()
        first_s, first_peak = time.monotonic() - begun, peak()
        held = sum(path.stat().st_size for path in work.glob("*.parquet"))

        def check() -> None:
            most[0] += 1
            if most[0] % 20_000 == 0:
                most.append(sum(path.stat().st_size for path in work.rglob("*.parquet")))

        journal.check = check
        assemble(facts, "es", journal, {}, Preparation().draw, 0.5)
    return {
        "first_s": first_s,
        "first_mb": (first_peak - before) / 2**20,
        "second_s": time.monotonic() - begun - first_s,
        "second_bytes": (peak() - first_peak) / count,
        "disk": max(most[1:], default=held) / held,
    }


def read(data: Path, _: int) -> dict[str, float]:
    """One start of a training's reader: open, plan an epoch, read ten batches."""
    split = open_split(data, "dev")  # what is imported and allocated once
    split.samples(0)
    plan(list(split.durations_s), BATCH_S, 0, 0)
    del split
    before, begun = anonymous(), time.monotonic()
    train = open_split(data, "train")
    opened_s, opened = time.monotonic() - begun, anonymous() - before
    batches = plan(train.durations_s, BATCH_S, 0, 0)
    planned_s, planned = time.monotonic() - begun - opened_s, anonymous() - before
    for batch in batches[:10]:
        for i in batch:
            assert len(train.samples(i)) == train.length(i)
            assert train.ids[i]
            assert train.texts[i]
    clips = sum(map(len, batches[:10]))
    return {
        "open_s": opened_s,
        "open_bytes": opened / len(train),
        "plan_s": planned_s,
        "plan_bytes": planned / len(train),
        "clip_ms": 1000 * (time.monotonic() - begun - opened_s - planned_s) / clips,
        "descriptors": descriptors(),
        "shards": len(list(data.glob("train-*.parquet"))),
    }


STAGES = {"prepare": prepare, "read": read}
HEAD = (
    "| clips | first pass without decoding | its memory | second pass | its memory a clip | disk at most"
    " | shards of train | open: first, again | own memory a clip: opened, planned | plan an epoch"
    " | read a clip | descriptors |"
)


def stage(name: str, folder: Path, count: int) -> dict[str, float]:
    """The figures of a stage, run in a process of its own."""
    command = [
        sys.executable,
        __file__,
        "--stage",
        name,
        "--rows",
        str(count),
        "--folder",
        str(folder),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def line(count: int, folder: Path) -> str:
    """A row of the table."""
    made = stage("prepare", folder, count)
    data = folder / "whole"
    again = stage("read", data, count)
    shutil.rmtree(data / ".cache")
    first = stage("read", data, count)
    cells = [
        f"{count:,}",
        f"{made['first_s']:.1f} s",
        f"{made['first_mb']:.0f} MB",
        f"{made['second_s']:.1f} s",
        f"{made['second_bytes']:.0f} B",
        f"{made['disk']:.2f} x",
        f"{again['shards']:.0f}",
        f"{first['open_s']:.1f} s, {again['open_s']:.2f} s",
        f"{again['open_bytes']:.0f} B, {again['plan_bytes']:.0f} B",
        f"{again['plan_s']:.1f} s",
        f"{again['clip_ms']:.2f} ms",
        f"{again['descriptors']:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table, or the figures of one stage as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--folder", type=Path, required=True, help="an empty folder; 6 kB a row")
    parser.add_argument("--stage", choices=STAGES)
    options = parser.parse_args()
    if options.stage:
        print(json.dumps(STAGES[options.stage](options.folder, options.rows[0])))
        return
    print(HEAD)
    print("|---" * HEAD.count(" | ") + "|---|")
    for count in options.rows:
        place = options.folder / str(count)
        print(line(count, place), flush=True)
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
