"""Augmentation: pure, and measured. Run: pytest tests/audio/test_augment.py."""

from dataclasses import replace
from math import ceil

import numpy as np
import pytest
import torch
import torchaudio

from xlt.audio.augment import Augmentation, augment

NEUTRAL = Augmentation(speeds=(1.0,), gain_db=0.0)
CLIP = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)


def hear(options: Augmentation, seed: int = 1, epoch: int = 2, clip: str = "c") -> np.ndarray:
    return augment(CLIP, options, seed, epoch, clip)


ALL = Augmentation(noise_share=1.0, telephone_share=1.0, colour_db=4.0, reverb_share=1.0)


def test_neutral_options_give_the_input_itself():
    assert hear(NEUTRAL) is CLIP


def test_the_same_key_is_heard_the_same_and_another_is_not():
    before = CLIP.copy()
    first = hear(ALL)
    np.testing.assert_array_equal(first, hear(ALL))
    np.testing.assert_array_equal(CLIP, before)
    for other in (hear(ALL, seed=2), hear(ALL, epoch=3), hear(ALL, clip="d")):
        assert other.shape != first.shape or not np.array_equal(other, first)


def test_no_global_generator_is_read_or_moved():
    state, numpys = torch.get_rng_state(), np.random.get_state()[1].copy()
    first = hear(ALL)
    assert torch.equal(state, torch.get_rng_state())
    np.testing.assert_array_equal(numpys, np.random.get_state()[1])
    torch.manual_seed(7)
    np.testing.assert_array_equal(first, hear(ALL))


@pytest.mark.parametrize("factor", [0.9, 1.1, 1.25])
def test_speed_is_torchaudios(factor: float):
    heard = hear(replace(NEUTRAL, speeds=(factor,)))
    theirs, _ = torchaudio.functional.speed(torch.from_numpy(CLIP), 16_000, factor)
    np.testing.assert_allclose(heard, theirs.numpy(), atol=1e-6)
    assert heard.size == ceil(16_000 / factor)
    assert heard.dtype == np.float32


def test_every_speed_is_drawn_about_as_often():
    options = replace(NEUTRAL, speeds=(0.5, 1.0, 2.0))
    lengths = [augment(CLIP[:400], options, 0, e, "c").size for e in range(600)]
    assert {n: lengths.count(n) for n in set(lengths)} == pytest.approx(
        {800: 200, 400: 200, 200: 200}, abs=50
    )
    assert options.max_speed == 2.0


def test_gain_stays_in_its_range():
    options = replace(NEUTRAL, gain_db=6.0)
    gains = [20 * np.log10(hear(options, epoch=e).std() / CLIP.std()) for e in range(200)]
    assert -6.01 <= min(gains) < -5
    assert 5 < max(gains) <= 6.01


def test_noise_has_the_asked_ratio():
    options = replace(NEUTRAL, noise_share=1.0, noise_snr_db=(10.0, 10.0))
    for epoch in range(6):
        noise = hear(options, epoch=epoch) - CLIP
        assert 10 * np.log10(np.mean(CLIP**2) / np.mean(noise**2)) == pytest.approx(10, abs=0.01)
    tilts = set()
    for epoch in range(6):
        spectrum = np.abs(np.fft.rfft(hear(options, epoch=epoch) - CLIP)) ** 2
        tilts.add(bool(spectrum[10:100].mean() > 10 * spectrum[-1_000:].mean()))
    assert tilts == {True, False}  # pink and white both occur


def test_the_share_of_noisy_clips_is_the_asked_one():
    options = replace(NEUTRAL, noise_share=0.3)
    noisy = sum(hear(options, epoch=e) is not CLIP for e in range(400))
    assert noisy == pytest.approx(120, abs=40)


def test_the_telephone_band():
    heard = hear(replace(NEUTRAL, telephone_share=1.0))
    power = np.abs(np.fft.rfft(heard)) ** 2
    hz = np.fft.rfftfreq(heard.size, 1 / 16_000)
    inside = (hz > 300) & (hz < 3_400)
    assert heard.size == CLIP.size
    assert power[(hz < 190) | (hz > 3_510)].sum() < 1e-9 * power[inside].sum()


def test_silence_and_nothing_survive():
    for clip in (np.zeros(4_000, np.float32), np.zeros(0, np.float32)):
        assert not augment(clip, replace(ALL, telephone_share=0.0), 0, 0, "c").any()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("speeds", ()),
        ("speeds", (0.0,)),
        ("gain_db", -1.0),
        ("noise_share", 2.0),
        ("telephone_share", -0.1),
        ("noise_snr_db", (9.0, 3.0)),
    ],
)
def test_impossible_options_are_refused(field: str, value: object):
    with pytest.raises(ValueError, match=field):
        replace(NEUTRAL, **{field: value})


def test_a_colour_changes_bands_and_keeps_the_length():
    heard = hear(replace(NEUTRAL, colour_db=6.0))
    assert heard.shape == CLIP.shape
    gain_db = 20 * np.log10(np.abs(np.fft.rfft(heard)) / np.abs(np.fft.rfft(CLIP)))
    assert 2 < gain_db.std() < 12
    assert np.abs(np.diff(gain_db[10:])).max() < 0.5  # a smooth response, not noise


def test_a_room_adds_a_tail_that_dies_away():
    click = np.zeros(16_000, dtype=np.float32)
    click[1_000] = 1.0
    options = replace(NEUTRAL, reverb_share=1.0, reverb_s=(0.2, 0.2))
    heard = augment(click, options, 1, 2, "c")
    assert heard[1_000] == pytest.approx(1.0, abs=1e-3)
    assert not np.abs(heard[:1_000]).max() > 1e-5
    early, late = np.abs(heard[1_001:1_400]).mean(), np.abs(heard[3_800:4_200]).mean()
    assert early > 20 * late > 0
    assert np.abs(heard[4_300:]).max() < 1e-5


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour_db": 30.0},
        {"reverb_share": 2.0},
        {"reverb_s": (0.4, 0.1)},
        {"reverb_s": (0.0, 1.0)},
    ],
)
def test_impossible_rooms_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Augmentation(**wrong)
