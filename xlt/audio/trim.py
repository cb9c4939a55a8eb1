"""Cut the silence before and after speech."""

import librosa
import numpy as np
from numpy.typing import NDArray

from xlt.audio.decode import SAMPLE_RATE_HZ

WINDOW_SAMPLES, HOP_SAMPLES = 512, 128  # 32 ms and 8 ms


def trim(
    samples: NDArray[np.float32], top_db: float = 40.0, keep_s: float = 0.1
) -> NDArray[np.float32]:
    """Samples (S,) without the ends that lie `top_db` under the loudest window, less `keep_s`.

    Of a silent recording nothing is cut. Source: `librosa.effects.trim`.
    """
    if not samples.size:
        return samples
    _, (start, stop) = librosa.effects.trim(
        samples, top_db=top_db, frame_length=WINDOW_SAMPLES, hop_length=HOP_SAMPLES
    )
    keep = round(keep_s * SAMPLE_RATE_HZ)
    return samples[max(0, int(start) - keep) : int(stop) + keep]
