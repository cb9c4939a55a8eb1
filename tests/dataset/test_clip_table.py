"""Clips in columns: the same clips, and little memory. Run: pytest tests/dataset/test_clip_table.py."""

import json
import random
import tracemalloc
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from xlt.dataset.account import CorpusFacts
from xlt.dataset.assemble import draw_splits
from xlt.dataset.clip_table import ClipTable
from xlt.dataset.journal import open_journal
from xlt.dataset.options import Preparation
from xlt.dataset.splits import Clip

SOURCES = [CorpusFacts(name="cv", licence="CC0-1.0", synthetic=False, same_speaker=False)] * 2


def digest(value: object) -> str:
    return blake2b(str(value).encode(), digest_size=12).hexdigest()


def outcomes(count: int, speakers: int) -> Iterator[dict[str, Any]]:
    """Like those of a corpus of read sentences, one in twenty rejected."""
    dice = random.Random(1)
    for k in range(count):
        name = f"cv/clips/common_voice_es_{18_000_000 + k}.mp3"
        if k % 20 == 7:
            yield {"id": name, "reason": "too_short", "detail": "0.2 s, at least 0.3 s are needed"}
            continue
        yield {
            "id": name,
            "source": k % 2,
            "licence": "CC0-1.0",
            "speaker": f"cv:{dice.randrange(speakers)}" if speakers else None,
            "published": None,
            "sentence": digest(dice.randrange(count)),
            "audio": digest(k),
            "transcript": digest(-k),
            "duration_s": dice.uniform(1, 10),
            "bytes": k,
        }


def test_they_are_what_was_said_of_them():
    given = [*outcomes(30, 3), {**next(outcomes(1, 0)), "id": "ñ/é.wav", "published": "dev"}]
    kept = [o for o in given if "reason" not in o]
    clips = ClipTable.of(given, ["a", "b"])
    assert list(clips) == [
        Clip(
            id=o["id"],
            corpus=f"{o['source']} {'ab'[o['source']]}",
            **{
                name: o[name]
                for name in ("sentence", "audio", "transcript", "speaker", "published")
            },
        )
        for o in kept
    ]
    assert clips.bytes.tolist() == [o["bytes"] for o in kept]
    assert clips[1:3] == [clips[1], clips[2]]
    with pytest.raises(IndexError):
        clips[len(kept)]


@pytest.mark.slow
@pytest.mark.parametrize("speakers", [0, 200])
def test_a_clip_takes_little_memory(tmp_path: Path, speakers: int):
    count = 10_000
    lines = [{"made_from": {}}, *outcomes(count, speakers), {"commit": 0}]
    (tmp_path / "journal.jsonl").write_text("".join(json.dumps(ln) + "\n" for ln in lines))
    tracemalloc.start()
    try:
        with open_journal(tmp_path, {}) as journal:
            held = tracemalloc.get_traced_memory()[0]
            clips, _, account = draw_splits(SOURCES, "es", journal, Preparation().draw)
            peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (account.clips_in, len(clips)) == (count, count - 500)
    assert held < 200_000, "outcomes stay on the disk"
    assert peak / count < 400
