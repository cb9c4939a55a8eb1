"""Level, clipping and silent ends of recordings that are made to have them."""

import numpy as np
import pytest
from sounds import speechlike

from xlt.audio.decode import SAMPLE_RATE_HZ
from xlt.audio.quality import quality


def silent(seconds: float, noise: float = 1e-4) -> np.ndarray:
    random = np.random.default_rng(1)
    return random.normal(0, noise, round(seconds * SAMPLE_RATE_HZ)).astype(np.float32)


@pytest.mark.parametrize(("lead_s", "trail_s"), [(0.0, 0.0), (2.0, 0.5), (0.3, 3.0)])
def test_silence_at_the_ends_is_measured(lead_s: float, trail_s: float) -> None:
    spoken = speechlike(2.0).astype(np.float32)
    found = quality(np.concatenate([silent(lead_s), spoken, silent(trail_s)]))
    assert found is not None
    assert found.lead_s == pytest.approx(lead_s, abs=0.12)
    assert found.trail_s == pytest.approx(trail_s, abs=0.12)


@pytest.mark.parametrize("gain_db", [0.0, -12.0])
def test_cut_off_samples_are_clipped_at_any_volume(gain_db: float) -> None:
    """A recording may be made quieter after it was clipped."""
    spoken = speechlike(2.0).astype(np.float32)
    cut = np.clip(spoken, -0.15 * np.abs(spoken).max(), 0.15 * np.abs(spoken).max())
    whole, clipped = quality(spoken), quality(cut * np.float32(10 ** (gain_db / 20)))
    assert whole is not None and clipped is not None
    assert whole.clipped < 1e-4
    assert clipped.clipped > 0.01


def test_volume_moves_the_level_alone() -> None:
    spoken = speechlike(1.0).astype(np.float32)
    loud, quiet = quality(spoken), quality(spoken / 10)
    assert loud is not None and quiet is not None
    assert loud.level_db - quiet.level_db == pytest.approx(20, abs=0.1)
    assert (loud.lead_s, loud.trail_s) == (quiet.lead_s, quiet.trail_s)


@pytest.mark.parametrize("samples", [np.zeros(16_000, np.float32), np.ones(10, np.float32)])
def test_without_sound_there_is_no_quality(samples: np.ndarray) -> None:
    assert quality(samples) is None
