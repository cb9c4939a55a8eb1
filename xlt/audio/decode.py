"""Decoding of recordings to mono float32 at 16 kHz, and refusal with a reason.

libsndfile reads first (wav, flac, mp3, ogg, opus, aiff, sph ...); PyAV, whose wheels carry FFmpeg,
reads what libsndfile can't (m4a, aac, webm, wma, amr, raw G.722). The content decides, not the
extension; only raw G.722, which has no header, is known by its suffix. Limits are checked from the
header before anything is decoded and again while decoding, so a header that lies costs nothing.

S samples.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import av
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from xlt.audio.truncation import declared_s, missing, ogg, reached_s, too_early

SAMPLE_RATE_HZ = 16_000
G722_BYTES_PER_S = 8_000  # 64 kbit/s, two samples at 16 kHz in a byte
BLOCK_SAMPLES = 65_536
PCM16_SCALE = 32_768
"""16-bit value of a sample of 1.0: libsndfile divides by it when it reads 16-bit files as floats."""

REASONS = {
    "empty_file": "holds no sound",
    "undecodable": "can't be read as audio",
    "truncated": "ends before its header says",
    "too_many_channels": "has too many channels",
    "too_long": "lasts too long",
    "too_large": "is too large",
    "bad_rate": "has an impossible sample rate",
    "not_finite": "holds NaN or infinite samples",
    "too_costly": "costs too much to decode",
    "crashes_decoder": "crashes its decoder",
}

SOUNDFILE_FORMATS = frozenset(
    ("AIFF", "AU", "CAF", "FLAC", "MP3", "MPEG", "NIST", "OGG", "RF64", "W64", "WAV", "WAVEX")
)
# Playlists and concatenations (hls, concat, dash ...) open other files and URLs: never listed here.
FFMPEG_FORMATS = "mov,matroska,webm,aac,asf,ogg,mp3,wav,flac,amr,caf,aiff,mpegts,au"
KNOWN_HEADS = (b"RIFF", b"fLaC", b"OggS", b"ID3", b"FORM", b".snd", b"caff", b"\x1aE\xdf\xa3")


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Bounds on a recording; checked from its header, before decoding."""

    max_duration_s: float = 60.0
    """Longest recording."""
    max_channels: int = 8
    """Most channels."""
    max_bytes: int = 200_000_000
    """Largest file, and largest decoded recording (4 bytes a sample and channel)."""
    min_rate_hz: int = 4_000
    """Lowest sample rate."""
    max_rate_hz: int = 384_000
    """Highest sample rate."""

    def __post_init__(self) -> None:
        for name in ("max_duration_s", "max_channels", "max_bytes", "min_rate_hz", "max_rate_hz"):
            if getattr(self, name) <= 0:
                raise ValueError(f"Limits.{name} is {getattr(self, name)}: it must be above 0")


class AudioRefused(ValueError):
    """A recording that can't be used: `reason` is a key of REASONS, str() a sentence with `detail`."""

    def __init__(self, reason: str, detail: str) -> None:
        assert reason in REASONS, reason
        self.reason, self.detail = reason, detail
        super().__init__(f"The recording {REASONS[reason]}: {detail.rstrip('.')}.")


def decode(
    source: bytes | Path, limits: Limits = Limits(), suffix: str | None = None
) -> NDArray[np.float32]:
    """Mono samples (S,) at 16 kHz: the mean of the channels, resampled by soxr.

    `suffix` tells raw ".g722" from the rest; of a path it is the path's own.

    Raises:
        AudioRefused: with its reason.
        FileNotFoundError: there is no such file.
    """
    if isinstance(source, Path):
        suffix = suffix or source.suffix
    data = encoded(source, limits)
    if suffix is not None and suffix.lower() == ".g722" and not data.startswith(KNOWN_HEADS):
        mono, rate_hz = _g722(data, limits)
    else:
        mono, rate_hz = _with_header(data, limits)
    if not np.isfinite(mono).all():
        bad = int(np.count_nonzero(~np.isfinite(mono)))
        raise AudioRefused("not_finite", f"{bad} of {mono.size} samples")
    return _at_16_khz(mono, rate_hz)


def encode_flac(samples: NDArray[np.float32]) -> bytes:
    """16-bit FLAC of mono samples (S,) at 16 kHz; what lies outside [-1, 1) is clipped.

    Raises:
        ValueError: samples are not one-dimensional or not finite.
    """
    out = io.BytesIO()
    soundfile.write(out, pcm16(samples), SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_16")
    return out.getvalue()


def pcm16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """16-bit values (S,) of mono samples (S,): the rounding of what is stored, compared and hashed.

    Samples that were decoded from 16-bit FLAC give the values in the file.

    Raises:
        ValueError: samples are not one-dimensional or not finite.
    """
    if samples.ndim != 1 or not np.isfinite(samples).all():
        raise ValueError(
            f"16-bit values are made of finite mono samples (S,), not of an array of shape"
            f" {samples.shape} with {np.count_nonzero(~np.isfinite(samples))} non-finite values"
        )
    scaled = np.rint(samples.astype(np.float64) * PCM16_SCALE)
    return np.clip(scaled, -PCM16_SCALE, PCM16_SCALE - 1).astype(np.int16)


def samples_sha256(samples: NDArray[np.float32]) -> str:
    """SHA-256 of mono samples (S,) as they are stored, in 16 bits: by it a clip is known."""
    return sha256(pcm16(samples).astype("<i2").tobytes()).hexdigest()


def encoded(source: bytes | Path, limits: Limits) -> bytes:
    """The encoded bytes of a recording, not empty and not too many.

    Raises:
        AudioRefused: they are.
        OSError: the file can't be read.
    """
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size == 0:
        raise AudioRefused("empty_file", "0 bytes")
    if size > limits.max_bytes:
        raise AudioRefused("too_large", f"{size} bytes, allowed are {limits.max_bytes}")
    return source.read_bytes() if isinstance(source, Path) else source


def _with_header(data: bytes, limits: Limits) -> tuple[NDArray[np.float32], int]:
    """Mono samples (S,) and their rate: by libsndfile, or by FFmpeg where that knows no header."""
    if cut := missing(data):
        raise AudioRefused("truncated", cut)
    if data.startswith(b"OggS") and ogg(data).links > 1:  # libsndfile reads the first of a chain
        return _ffmpeg(data, None, limits, "A chain of streams.")
    try:
        file = soundfile.SoundFile(io.BytesIO(data))
    except soundfile.LibsndfileError as error:
        return _ffmpeg(data, None, limits, f"libsndfile: {error.error_string}")
    with file:
        if file.frames < 2**62:  # SF_COUNT_MAX: a streamed file whose header names no length
            return _soundfile(file, limits), file.samplerate
    return _ffmpeg(data, None, limits, "The header names no length.")


def _soundfile(file: soundfile.SoundFile, limits: Limits) -> NDArray[np.float32]:
    """Mono samples (S,) of an open file, block by block: a bomb is never held decoded."""
    if file.format not in SOUNDFILE_FORMATS:
        allowed = ", ".join(sorted(SOUNDFILE_FORMATS))
        raise AudioRefused("undecodable", f"format {file.format}, allowed are {allowed}")
    _check(file.channels, file.samplerate, file.frames, limits)
    mono = _collect(_blocks(file), file.channels, file.samplerate, limits)
    if mono.size < 0.95 * file.frames:
        raise AudioRefused("truncated", f"{mono.size} of {file.frames} samples are there")
    return mono


def _blocks(file: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    """Blocks (S, channels) up to the end."""
    while True:
        try:
            block = file.read(BLOCK_SAMPLES, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise AudioRefused("undecodable", f"libsndfile: {error.error_string}") from None
        if not len(block):
            return
        yield block


def _g722(data: bytes, limits: Limits) -> tuple[NDArray[np.float32], int]:
    """Mono samples (S,) of raw G.722, whose length follows from its size."""
    _check(1, SAMPLE_RATE_HZ, len(data) * SAMPLE_RATE_HZ // G722_BYTES_PER_S, limits)
    return _ffmpeg(data, "g722", limits, "raw G.722.")


def _ffmpeg(
    data: bytes, container_format: str | None, limits: Limits, seen: str
) -> tuple[NDArray[np.float32], int]:
    """Mono samples (S,) and their rate by FFmpeg; `seen` is what libsndfile said."""
    try:
        with av.open(
            io.BytesIO(data),
            mode="r",
            metadata_errors="replace",
            format=container_format,
            options={"format_whitelist": container_format or FFMPEG_FORMATS},
        ) as container:
            stream = next(iter(container.streams.audio), None)
            if stream is None or stream.codec_context is None:
                raise AudioRefused("undecodable", "there is no audio stream that FFmpeg knows")
            if container_format is None:
                length_s = float(container.duration or 0) / av.time_base
                _check(stream.channels, stream.rate, int(length_s * stream.rate), limits)
            stream.codec_context.thread_count = 1  # the cores are busy with other clips
            blocks = _frames(container, stream)
            return _collect(blocks, stream.channels, stream.rate, limits), stream.rate
    except (av.FFmpegError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", error)
        raise AudioRefused("undecodable", f"{seen} FFmpeg: {said}") from None


def _frames(
    container: av.container.InputContainer, stream: av.AudioStream
) -> Iterator[NDArray[np.float32]]:
    """Blocks (S, channels) of the stream as floats, refused at the end if that comes too early."""
    to_float = av.AudioResampler(format="fltp", layout=stream.layout, rate=stream.rate)
    end_s, promised_s = 0.0, declared_s(container, stream)
    for packet in container.demux():  # of all streams: one of them lasts as long as was declared
        end_s = max(end_s, reached_s(packet))
        if packet.stream.index == stream.index:
            for frame in stream.decode(packet):
                for piece in to_float.resample(frame):
                    yield piece.to_ndarray().T.astype(np.float32, copy=False)
    if cut := too_early(end_s, promised_s):
        raise AudioRefused("truncated", cut)


def _check(channels: int, rate_hz: int, samples: int, limits: Limits) -> None:
    """Refuse by what a header says."""
    if channels > limits.max_channels or channels < 1:
        raise AudioRefused("too_many_channels", f"{channels}, allowed are {limits.max_channels}")
    if not limits.min_rate_hz <= rate_hz <= limits.max_rate_hz:
        allowed = f"{limits.min_rate_hz} to {limits.max_rate_hz} Hz"
        raise AudioRefused("bad_rate", f"{rate_hz} Hz, allowed are {allowed}")
    if samples > limits.max_duration_s * rate_hz:
        length = f"{samples / rate_hz:.1f} s"
        raise AudioRefused("too_long", f"{length}, allowed are {limits.max_duration_s:g} s")
    if samples * channels * 4 > limits.max_bytes:
        raise AudioRefused("too_large", f"{samples * channels * 4} bytes decoded")


def _collect(
    blocks: Iterator[NDArray[np.float32]], channels: int, rate_hz: int, limits: Limits
) -> NDArray[np.float32]:
    """The mean over channels of all blocks, refused as soon as they are too many."""
    parts, samples = [], 0
    for block in blocks:
        samples += len(block)
        _check(channels, rate_hz, samples, limits)
        with np.errstate(over="ignore", invalid="ignore"):
            parts.append(block.mean(axis=1, dtype=np.float32))
    if not samples:
        raise AudioRefused("empty_file", "there are no samples in it")
    return np.concatenate(parts)


def _at_16_khz(mono: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """Samples (S,) at 16 kHz."""
    if rate_hz == SAMPLE_RATE_HZ:
        return mono
    samples: NDArray[np.float32] = soxr.resample(mono, rate_hz, SAMPLE_RATE_HZ)
    if not samples.size:
        raise AudioRefused("empty_file", f"{mono.size} samples at {rate_hz} Hz are none at 16 kHz")
    return samples
