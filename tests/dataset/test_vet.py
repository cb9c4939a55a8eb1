"""Forty odd recordings get the verdict they deserve. Run: pytest tests/dataset/test_vet.py."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from odd_recordings import KEPT, ODD
from sounds import speechlike, written
from toys import NEUTRAL, toy_trainer

from xlt.audio.decode import SAMPLE_RATE_HZ, encode_flac, samples_sha256
from xlt.audio.frames import Geometry
from xlt.audio.sandbox import Decoders
from xlt.corpora.base import Row
from xlt.dataset.reader import Split
from xlt.dataset.vet import Bounds, Target, Verdict, vet_row
from xlt.language.choices import Choices, chosen
from xlt.language.labels import labels
from xlt.language.rules import get
from xlt.training.run_plan import infeasible_clips

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


def outcome(audio: bytes | Path, decoders: Decoders, text: str = "una frase") -> Verdict:
    row = Row(
        id="odd/1.wav",
        audio=audio,
        suffix=".wav",
        transcript=text,
        corpus="odd",
        language="es",
        licence="CC0-1.0",
    )
    return vet_row(row, 0, TARGET, Bounds(), decoders.decode)


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


def test_a_mark_rejects_a_clip_where_that_was_chosen(decoders: Decoders):
    rejecting = replace(TARGET, language=chosen(SPANISH, Choices(marks="reject")))
    row = Row(
        id="odd/1.wav",
        audio=written(speechlike()),
        suffix=".wav",
        transcript="una frase [risas]",
        corpus="odd",
        language="es",
        licence="CC0-1.0",
    )
    facts = vet_row(row, 0, rejecting, Bounds(), decoders.decode).facts
    assert (facts["reason"], facts["detail"]) == ("mark", "[risas] in 'una frase [risas]'")
    assert vet_row(row, 0, TARGET, Bounds(), decoders.decode).facts["dropped"] == {"[risas]": 1}


def test_what_is_kept_is_16_khz_mono_flac(tmp_path: Path, decoders: Decoders):
    row = outcome(ODD["8 channels"][0](tmp_path), decoders).row
    assert row is not None
    (tmp_path / "a.flac").write_bytes(row["audio"]["bytes"])
    samples, rate_hz = soundfile.read(tmp_path / "a.flac", dtype="float32")
    assert rate_hz == 16_000
    np.testing.assert_allclose(samples, speechlike(), atol=1e-4)


def test_the_digest_of_a_recording_is_that_of_the_stored_one(decoders: Decoders):
    noise = np.random.default_rng(0).uniform(-1.2, 1.2, 16_000).astype(np.float32)
    verdict = outcome(written(noise, subtype="FLOAT"), decoders)
    assert verdict.row is not None
    stored, _ = soundfile.read(io.BytesIO(verdict.row["audio"]["bytes"]), dtype="float32")
    assert verdict.facts["audio"] == samples_sha256(noise)[:24] == samples_sha256(stored)[:24]


def test_recordings_that_are_stored_alike_are_duplicates():
    step = 1 / 32_768
    one = (np.arange(-16_000, 16_000) * step).astype(np.float32)
    assert samples_sha256(one) == samples_sha256(one + np.float32(0.4 * step))
    assert samples_sha256(one) == samples_sha256(one - np.float32(0.4 * step))
    assert samples_sha256(one) != samples_sha256(one + np.float32(0.6 * step))


def test_a_clip_that_is_just_feasible_is_so_in_preparation_and_in_training(
    tmp_path: Path, decoders: Decoders
):
    """The duration in seconds of some clips, times the rate, is a little less than their samples."""
    geometry = toy_trainer(tmp_path, augmentation=NEUTRAL).batch_source.geometry
    samples = next(
        n
        for n in range(16_000, 480_000)
        if geometry.frames(int(n / SAMPLE_RATE_HZ * SAMPLE_RATE_HZ)) < geometry.frames(n)
    )
    audio = 0.1 * np.random.default_rng(0).standard_normal(samples).astype(np.float32)
    text = ("ab" * samples)[: geometry.frames(samples)]
    row = Row(
        id="just/1",
        audio=encode_flac(audio),
        suffix=".flac",
        transcript=text,
        corpus="x",
        language="es",
        licence="x",
    )
    target = Target(language=SPANISH, labels=labels(SPANISH), geometry=geometry, max_speed=1.0)
    verdict = vet_row(row, 0, target, Bounds(max_rate=1e4, max_s=60.0), decoders.decode)
    assert verdict.row is not None, verdict.facts
    split = Split(
        ids=["just/1", "over/1"],
        texts=[text, text + "a"],
        durations_s=[verdict.row["duration"]] * 2,
        speakers=[None] * 2,
        recordings=[verdict.row["audio"]["bytes"]] * 2,
    )
    feed = toy_trainer(tmp_path, split=split, augmentation=NEUTRAL).batch_source
    assert list(infeasible_clips(feed)) == ["over/1"]
    assert feed.micro_batch((0, 1), (0, 1), epoch=0).infeasible == ("over/1",)
