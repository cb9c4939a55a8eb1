"""Signal-to-noise ratio (SNR) and share of pauses of a recording.

Estimates from one recording alone, without knowing where speech is: good for putting recordings
in order, not for stating the quality of a microphone.

S samples, T frames.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xlt.audio.decode import SAMPLE_RATE_HZ

FRAME_SAMPLES = SAMPLE_RATE_HZ // 50  # 20 ms
FEWEST_FRAMES = 10
"""Fewest frames of a recording whose quietest tenth can stand for its noise."""
SPEECH, NOISE = 95, 10
"""Percentiles of the frames' powers that stand for speech and for noise."""
HIGHEST_DB = 60.0
"""SNR of a recording whose pauses are digital silence, so that its noise can't be measured."""
NEAR_DB, FAR_DB = 10.0, 30.0
"""A pause lies half-way (in dB) from speech to noise, within these bounds below speech."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Loudness:
    """SNR and pauses of one recording."""

    snr_db: float
    quiet: float
    """Share of its frames that are pause."""


def loudness(samples: NDArray[np.float32]) -> Loudness | None:
    """Signal-to-noise ratio and pauses of samples (S,) at 16 kHz; None where there is no sound.

    The 95th percentile of the powers of 20 ms frames is taken as speech, as NIST's `stnr` does
    (Speech Quality Assurance package 2.3); the 10th as noise, where `stnr` fits a curve to the
    histogram. Noise is also under the speech, so the ratio is (speech - noise) / noise. Frames
    that are digitally silent were put there by software and don't count. A recording without
    pauses has no quiet tenth, and its ratio comes out too low.
    """
    power = powers(samples)
    heard = power[power > 0]
    if len(heard) < FEWEST_FRAMES:
        return None
    noise, speech = (float(p) for p in np.percentile(heard, (NOISE, SPEECH)))
    ratio_db = 10 * np.log10(max(speech / noise - 1, 1e-3))
    snr_db = float(np.clip(ratio_db, 0, HIGHEST_DB))
    depth_db = float(np.clip(snr_db / 2, NEAR_DB, FAR_DB))
    return Loudness(snr_db=snr_db, quiet=float(np.mean(power < speech * 10 ** (-depth_db / 10))))


def powers(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean squares (T,) of the whole frames in samples (S,), each without its constant part.

    A microphone's offset and the rumble below 50 Hz are neither speech nor heard.
    """
    whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
    frames = samples[:whole].astype(np.float64).reshape(-1, FRAME_SAMPLES)
    return np.asarray(frames.var(axis=1), dtype=np.float64)
