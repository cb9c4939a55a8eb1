"""Cuts of long recordings, as NeMo's manifests and Kaldi's segments ask for them.

S samples.
"""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xlt.audio.decode import SAMPLE_RATE_HZ, encode_flac
from xlt.audio.limits import AudioRefused, Limits
from xlt.audio.sandbox import Decoders, ResourceLimits

LONG = Limits(max_duration_s=4 * 3600.0, max_bytes=3_000_000_000)
"""Bounds on a recording that is cut; each cut has those of a clip."""
COSTLY = ResourceLimits(cpu_s=1200, memory_bytes=8_000_000_000, deadline_s=3600.0)


class SegmentRefused(ValueError):
    """A cut that can't be made: a reason of the account, and a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        super().__init__(detail)


class Segments:
    """Cuts of recordings; the last recording stays decoded, for its cuts come one after the other."""

    def __init__(self) -> None:
        self._decoders = Decoders(COSTLY)
        self._path: Path | None = None
        self._samples: NDArray[np.float32] = np.zeros(0, np.float32)

    def close(self) -> None:
        """End the process that decodes."""
        self._decoders.close()

    def cut(self, recording: Path, offset: str, duration: str) -> tuple[bytes, str]:
        """A part as FLAC at 16 kHz, and its mark for the row's id: `1.5+2.25`.

        Raises:
            SegmentRefused: times that are none, or a part that the recording doesn't have.
        """
        start_s = _seconds(offset, "offset")
        length_s = _seconds(duration, "duration") if duration.strip() else math.inf
        if recording != self._path:
            try:
                self._samples = self._decoders.decode(recording, LONG)
            except AudioRefused as error:
                raise SegmentRefused(error.reason, error.detail) from error
            self._path = recording
        whole_s = len(self._samples) / SAMPLE_RATE_HZ
        first = round(start_s * SAMPLE_RATE_HZ)
        last = (
            len(self._samples) if math.isinf(length_s) else first + round(length_s * SAMPLE_RATE_HZ)
        )
        if not 0 <= first < last or last > len(self._samples) + SAMPLE_RATE_HZ // 10:
            raise SegmentRefused(
                "bad_segment",
                f"{recording} lasts {whole_s:.2f} s; it has no part of {length_s} s from {start_s} s on",
            )
        return encode_flac(self._samples[first:last]), f"{start_s:g}+{length_s:g}"


def _seconds(written: str, what: str) -> float:
    try:
        value = float(written)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise SegmentRefused("bad_segment", f"its {what} is {written!r}: seconds are meant, as 1.5")
    return value
