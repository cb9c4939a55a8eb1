"""Trimming. Run: pytest tests/audio/test_trim.py."""

import numpy as np
import pytest

from xlt.audio.trim import trim

pytestmark = pytest.mark.slow  # librosa compiles at the first cut: ten seconds

NOISE = np.random.default_rng(0)
SPEECH = NOISE.normal(0, 0.1, 16_000).astype(np.float32)
QUIET = NOISE.normal(0, 1e-5, 16_000).astype(np.float32)


def test_both_ends_are_cut_but_for_what_is_kept():
    trimmed = trim(np.concatenate([QUIET, SPEECH, QUIET]))
    assert abs(trimmed.size - (16_000 + 2 * 1_600)) < 1_000
    at = np.correlate(trimmed, SPEECH[:4_000], "valid").argmax()
    assert abs(int(at) - 1_600) < 600


def test_keep_s_reaches_no_further_than_the_clip():
    np.testing.assert_array_equal(trim(SPEECH, keep_s=9.0), SPEECH)


def test_a_pause_inside_stays():
    clip = np.concatenate([SPEECH, QUIET, SPEECH])
    assert abs(trim(clip).size - clip.size) < 600


def test_silence_and_nothing_stay():
    for clip in (np.zeros(8_000, np.float32), np.zeros(0, np.float32)):
        np.testing.assert_array_equal(trim(clip), clip)


def test_top_db_decides_what_is_silence():
    clip = np.concatenate([QUIET, SPEECH])
    assert trim(clip, top_db=120.0).size == clip.size > trim(clip, top_db=40.0).size
