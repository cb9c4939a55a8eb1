"""Forty odd recordings get the verdict they deserve. Run: pytest tests/dataset/test_vet.py."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from odd_recordings import KEPT, ODD
from sounds import speechlike, written

from xlt.audio.frames import Geometry
from xlt.audio.sandbox import Decoders
from xlt.corpora.base import Row
from xlt.dataset.vet import Bounds, Outcome, Target, examine
from xlt.language.labels import labels
from xlt.language.rules import get

SPANISH = get("es")
TARGET = Target(
    language=SPANISH,
    labels=labels(SPANISH),
    geometry=Geometry(kernels=(10, 3, 3, 3, 3, 2, 2), strides=(5, 2, 2, 2, 2, 2, 2)),
    max_speed=1.1,
)


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    with Decoders() as started:
        yield started


def outcome(audio: bytes | Path, decoders: Decoders, text: str = "una frase") -> Outcome:
    row = Row(
        id="odd/1.wav",
        audio=audio,
        suffix=".wav",
        transcript=text,
        corpus="odd",
        language="es",
        licence="CC0-1.0",
    )
    return examine(row, 0, TARGET, Bounds(), decoders.decode)


def test_there_are_forty():
    assert len(ODD) == 40


@pytest.mark.parametrize("name", ODD)
def test_an_odd_recording_gets_its_verdict(tmp_path: Path, decoders: Decoders, name: str):
    make, verdict = ODD[name]
    found = outcome(make(tmp_path), decoders)
    assert found.facts.get("reason", KEPT) == verdict, found.facts
    assert (found.row is not None) == (verdict == KEPT)
    if verdict != KEPT:
        assert found.facts["id"] == "odd/1.wav"
        assert len(found.facts["detail"]) > 5


def test_a_constant_offset_is_no_loudness(decoders: Decoders):
    quiet = written(0.5 + 0.0001 * speechlike(), subtype="FLOAT")
    loud = written(0.5 + speechlike(), subtype="FLOAT")
    assert outcome(quiet, decoders).facts["reason"] == "silent"
    assert "reason" not in outcome(loud, decoders).facts


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "empty_text"), ("Привет мир", "unknown_letters"), ("l" * 34, "infeasible")],
)
def test_a_mislabelled_clip_is_named_with_its_reason(decoders: Decoders, text: str, reason: str):
    facts = outcome(written(speechlike(1.0)), decoders, text).facts
    assert (facts["id"], facts["reason"]) == ("odd/1.wav", reason)


def test_what_is_kept_is_16_khz_mono_flac(tmp_path: Path, decoders: Decoders):
    row = outcome(ODD["8 channels"][0](tmp_path), decoders).row
    assert row is not None
    (tmp_path / "a.flac").write_bytes(row["audio"]["bytes"])
    samples, rate_hz = soundfile.read(tmp_path / "a.flac", dtype="float32")
    assert rate_hz == 16_000
    np.testing.assert_allclose(samples, speechlike(), atol=1e-4)
