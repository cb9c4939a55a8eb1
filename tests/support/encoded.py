"""Recordings encoded as ffmpeg does, and the refusal that a decoder gives."""

import io

import av
import numpy as np
import pytest

from xlt.audio.decode import decode
from xlt.audio.limits import AudioRefused, Limits


def by_ffmpeg(samples: np.ndarray, rate_hz: int, kind: str, codec: str, channels: int = 1) -> bytes:
    layout = {1: "mono", 2: "stereo"}[channels]
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=rate_hz, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.tile(samples, (channels, 1)), "fltp", layout)
        frame.sample_rate = rate_hz
        size = stream.codec_context.frame_size or None
        fit = av.AudioResampler(stream.format, stream.layout, rate_hz, frame_size=size)
        for piece in [*fit.resample(frame), *fit.resample(None), None]:
            container.mux(stream.encode(piece))
    return out.getvalue()


def refusal(data: bytes, limits: Limits | None = None, suffix: str | None = None) -> AudioRefused:
    with pytest.raises(AudioRefused) as caught:
        decode(data, limits or Limits(), suffix)
    return caught.value
