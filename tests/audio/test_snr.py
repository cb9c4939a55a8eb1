import numpy as np
import pytest

from xlt.audio.decode import SAMPLE_RATE_HZ
from xlt.audio.snr import FRAME_SAMPLES, HIGHEST_DB, loudness, powers


def spoken(snr_db, quiet=0.5, seconds=4.0, seed=0):
    """Noise, and `snr_db` louder noise over it for all but the first part of the time."""
    random = np.random.default_rng(seed)
    size = int(seconds * SAMPLE_RATE_HZ)
    noise = random.normal(0, 0.1 * 10 ** (-snr_db / 20), size)
    noise[int(quiet * size) :] += random.normal(0, 0.1, size - int(quiet * size))
    return noise.astype(np.float32)


@pytest.mark.parametrize("snr_db", [5, 10, 20, 30, 45])
def test_a_known_ratio_is_found(snr_db):
    assert loudness(spoken(snr_db)).snr_db == pytest.approx(snr_db, abs=1.5)


@pytest.mark.parametrize("quiet", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("snr_db", [15, 30, 45])
def test_pauses_are_found(snr_db, quiet):
    assert loudness(spoken(snr_db, quiet)).quiet == pytest.approx(quiet, abs=0.02)


def test_volume_and_a_constant_offset_change_nothing():
    samples = spoken(20)
    louder = loudness(3 * samples)
    assert louder.snr_db == pytest.approx(loudness(samples).snr_db, abs=0.01)
    assert loudness(samples + np.float32(0.5)).snr_db == pytest.approx(louder.snr_db, abs=0.1)


def test_noise_without_speech_has_no_ratio_to_speak_of():
    assert loudness(spoken(0, quiet=1.0)).snr_db < 5


def test_digital_silence_is_not_taken_for_quiet_noise():
    samples = spoken(20)
    padded = np.concatenate([np.zeros(5 * SAMPLE_RATE_HZ, np.float32), samples])
    assert loudness(padded).snr_db == pytest.approx(loudness(samples).snr_db, abs=0.1)
    assert loudness(padded).quiet > loudness(samples).quiet


def test_the_ratio_has_an_end():
    random = np.random.default_rng(0)
    samples = random.normal(0, 1e-7, 2 * SAMPLE_RATE_HZ)
    samples[SAMPLE_RATE_HZ:] += random.normal(0, 0.3, SAMPLE_RATE_HZ)
    assert loudness(samples.astype(np.float32)).snr_db == HIGHEST_DB


@pytest.mark.parametrize(
    "samples", [np.zeros(0), np.zeros(SAMPLE_RATE_HZ), np.ones(FRAME_SAMPLES), np.zeros(5)]
)
def test_without_sound_there_is_no_loudness(samples):
    assert loudness(samples.astype(np.float32)) is None


def test_powers_are_mean_squares_of_whole_frames():
    samples = np.tile(np.array([0.5, -0.5], np.float32), FRAME_SAMPLES)  # two frames
    assert powers(samples[:-1]).tolist() == pytest.approx([0.25], abs=1e-3)
    assert powers(samples).tolist() == pytest.approx([0.25, 0.25])
