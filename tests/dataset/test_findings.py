"""Findings as text and as a file."""

import json
from pathlib import Path

from xlt.dataset.findings import (
    FINDINGS,
    ClipFinding,
    Collected,
    Example,
    read_findings,
    to_json,
    to_text,
)

FOUND = ClipFinding(
    kind="quiet",
    clips=1_200,
    of=3_000,
    sign="are very quiet",
    advice="Export them louder.",
    examples=(Example(id="c/1", seen="-50 dB"), Example(id="c/2", seen="-48 dB")),
)


def test_a_finding_says_how_many_and_what_to_do() -> None:
    assert to_text([FOUND]).splitlines() == [
        "What to look at first",
        "  1,200 of 3,000 clips are very quiet",
        "    Export them louder.",
        "    c/1: -50 dB",
        "    c/2: -48 dB",
    ]


def test_nothing_found_is_nothing_said() -> None:
    assert to_text([]) == ""


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert read_findings(tmp_path) == ()
    (tmp_path / FINDINGS).write_text(to_json([FOUND]), encoding="utf-8")
    assert read_findings(tmp_path) == (FOUND,)
    assert json.loads(to_json([]))["findings"] == []


def test_equal_clips_stay_in_the_order_in_which_they_came() -> None:
    collected = Collected()
    for k in range(9):
        collected.add(f"c/{k}", "seen")
    assert [one.id for one in collected.examples()] == [f"c/{k}" for k in range(5)]
    collected.add("c/9", "seen", weight=1.0)
    assert [one.id for one in collected.examples()] == ["c/9", "c/0", "c/1", "c/2", "c/3"]
