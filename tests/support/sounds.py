"""Good recordings made of noise, as bytes of every format that the tests decode."""

import io

import av
import numpy as np
import soundfile

RATE_HZ = 16_000
FORMATS = ("wav", "flac", "mp3", "ogg", "opus", "webm")


def speechlike(seconds: float = 1.0, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Noise with a syllable's rise and fall: (S,)."""
    at_s = np.arange(round(seconds * rate_hz)) / rate_hz
    noise = np.random.default_rng(0).standard_normal(at_s.size)
    return (0.1 * noise * np.sin(2 * np.pi * 2 * at_s) ** 2).astype(np.float32)


def written(
    samples: np.ndarray, kind: str = "WAV", rate_hz: int = RATE_HZ, subtype: str = ""
) -> bytes:
    """A file by libsndfile."""
    out = io.BytesIO()
    soundfile.write(out, samples, rate_hz, format=kind, subtype=subtype or None)
    return out.getvalue()


def opus(samples: np.ndarray, kind: str = "ogg") -> bytes:
    """Opus by FFmpeg, in Ogg or in WebM."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None, :], "fltp", "mono")
        frame.sample_rate = RATE_HZ
        fit = av.AudioResampler(stream.format, stream.layout, 48_000, frame_size=960)
        for piece in [*fit.resample(frame), *fit.resample(None), None]:
            container.mux(stream.encode(piece))
    return out.getvalue()


def example(form: str, seconds: float = 4.0) -> bytes:
    """A good recording in one of FORMATS, long enough for several pages; ogg is Vorbis."""
    samples = speechlike(seconds)
    if form in ("opus", "webm"):
        return opus(samples, "webm" if form == "webm" else "ogg")
    return written(samples, form.upper())
