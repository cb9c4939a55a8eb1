"""Channels: what a mean would hide. Run: pytest tests/audio/test_channels.py."""

import re

import numpy as np
import pytest

from xlt.audio.channels import Balance, columns, names, pick

RATE_HZ = 8_000
NOISE = np.random.default_rng(0).standard_normal((4 * RATE_HZ, 3)).astype(np.float32)


def balance(samples: np.ndarray, block: int = 700) -> Balance:
    found = Balance(RATE_HZ)
    for at in range(0, len(samples), block):
        found.add(samples[at : at + block].astype(np.float32))
    return found


def speakers(shares: list[float]) -> np.ndarray:
    """Noise in three seconds of four, in turn on the left, on both, on the right."""
    seconds = (
        NOISE[:, :2].reshape(4, RATE_HZ, 2) * np.array([[1, 0], [1, 1], [0, 1], [0, 0]])[:, None]
    )
    return seconds.reshape(-1, 2) * shares


@pytest.mark.parametrize(
    ("samples", "cancels"),
    [
        (NOISE[:, :1] * [1, -1], True),
        (NOISE[:, :1] * [1, -0.6], True),
        (NOISE[:, :1] * [1, -1] + 0.1 * NOISE[:, 1:] + 0.5, True),  # with noise and an offset
        (NOISE[:, :1] * [1, 1], False),
        (NOISE[:, :1] * [1, 0], False),
        (NOISE[:, :2], False),
        (NOISE[:, :1] * [1, 0, 0, 0, 0, 0, 0, 0], False),
        (np.zeros((9, 2)), False),
        (np.full((9, 2), [0.5, -0.5]), False),
        (NOISE[:, :1], False),
    ],
)
def test_channels_that_cancel_each_other_are_noticed(samples: np.ndarray, cancels: bool):
    found = balance(samples)
    assert (found.cancels() is not None) == cancels, found.cancels()


def test_the_loudest_channel_is_known():
    assert balance(NOISE * [0.1, 0.3, 0.2]).loudest() == 1


@pytest.mark.parametrize("shares", [[1.0, 1.0], [0.2, 1.0]])
@pytest.mark.parametrize("block", [160, 65_536])
def test_two_speakers_are_noticed(shares: list[float], block: int):
    said = balance(speakers(shares), block).takes_turns()
    assert re.search("3[3-6]% is in the left one alone and 3[3-6]% in the right one", said), said
    crosstalk = speakers(shares) @ np.array([[1, 0.05], [0.05, 1]])
    assert balance(crosstalk, block).takes_turns() is not None or shares != [1.0, 1.0]


@pytest.mark.parametrize(
    "samples",
    [NOISE[:, :2], NOISE[:, :1] * [1, 0.9], NOISE[:, :1] * [1, 0], NOISE, np.zeros((9, 2))],
)
def test_one_voice_on_two_channels_is_not_two(samples: np.ndarray):
    assert balance(samples).takes_turns() is None


def test_a_channel_is_picked_by_name_or_number():
    assert pick(NOISE, "mix").shape == (len(NOISE), 1)
    np.testing.assert_array_equal(pick(NOISE, "right")[:, 0], NOISE[:, 1])
    np.testing.assert_array_equal(pick(NOISE, 2)[:, 0], NOISE[:, 2])
    np.testing.assert_array_equal(pick(NOISE[:, :1], "right"), NOISE[:, :1])
    assert [names(n) for n in (1, 2, 3)] == [("mono",), ("left", "right"), ("1", "2", "3")]
    for k, column in enumerate(columns([NOISE[:5], NOISE[5:]])):
        np.testing.assert_array_equal(column, NOISE[:, k])
