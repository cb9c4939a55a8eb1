"""Signs of a poor recording that cost next to nothing beside decoding: level, clipping, silent ends."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xlt.audio.decode import SAMPLE_RATE_HZ
from xlt.audio.snr import FAR_DB, FRAME_SAMPLES, NEAR_DB, NOISE, SPEECH, powers

NEAR_PEAK = 0.999
"""Share of the loudest sample from which on a sample counts as cut off."""
PLATEAU = 3
"""Samples side by side that high: a clipped wave stays there, an unclipped one passes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """Level and faults of one recording."""

    level_db: float
    """Power of its loud frames (95th percentile), dB of full scale."""
    clipped: float
    """Share of the samples that lie on a plateau at the peak."""
    lead_s: float
    trail_s: float
    """Silence before the first sound and after the last."""


def quality(samples: NDArray[np.float32]) -> Quality | None:
    """Quality of samples (S,) at 16 kHz; None where there is no sound, or less than one frame.

    Silence is below a level half-way (in dB) from the loud frames to the quiet ones, 10 to 30 dB
    below the loud ones, as for the pauses of `xlt.audio.snr.loudness`.
    """
    power = powers(samples)
    heard = power[power > 0]
    if not heard.size:
        return None
    noise, speech = (float(p) for p in np.percentile(heard, (NOISE, SPEECH)))
    depth_db = float(np.clip(5 * np.log10(speech / noise), NEAR_DB, FAR_DB))
    loud = np.flatnonzero(power >= speech * 10 ** (-depth_db / 10))
    frame_s = FRAME_SAMPLES / SAMPLE_RATE_HZ
    return Quality(
        level_db=10 * float(np.log10(speech)),
        clipped=_plateaus(samples),
        lead_s=int(loud[0]) * frame_s,
        trail_s=(len(power) - 1 - int(loud[-1])) * frame_s,
    )


def _plateaus(samples: NDArray[np.float32]) -> float:
    """Share of the samples (S,) in runs of PLATEAU or more near the highest or the lowest one."""
    size = np.abs(samples)
    high = size >= NEAR_PEAK * size.max()
    edges = np.flatnonzero(np.diff(np.concatenate(([0], high.view(np.int8), [0]))))
    runs = edges[1::2] - edges[::2]
    return float(runs[runs >= PLATEAU].sum() / len(samples))
