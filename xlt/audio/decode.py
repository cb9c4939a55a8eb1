"""Decoding of recordings to mono float32 at 16 kHz, and refusal with a reason.

libsndfile reads first (wav, flac, mp3, ogg, opus, aiff, sph ...); PyAV, whose wheels carry FFmpeg,
reads what libsndfile can't (m4a, aac, webm, wma, amr, raw G.722). The content decides, not the
extension; only raw G.722, which has no header, is known by its suffix. Limits are checked from the
header before anything is decoded and again while decoding, so a header that lies costs nothing.

S samples.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from xlt.audio.channels import Balance, Channel, columns, names, pick
from xlt.audio.ffmpeg import opened
from xlt.audio.limits import AudioRefused, Limits
from xlt.audio.truncation import (
    WHOLE,
    missing,
    ogg,
    promised_bytes,
    with_length,
    without_length,
)

SAMPLE_RATE_HZ = 16_000
G722_BYTES_PER_S = 8_000  # 64 kbit/s, two samples at 16 kHz in a byte
BLOCK_SAMPLES = 65_536
PCM16_SCALE = 32_768
"""16-bit value of a sample of 1.0: libsndfile divides by it when it reads 16-bit files as floats."""

SOUNDFILE_FORMATS = frozenset(
    ("AIFF", "AU", "CAF", "FLAC", "MP3", "MPEG", "NIST", "OGG", "RF64", "W64", "WAV", "WAVEX")
)
KNOWN_HEADS = (b"RIFF", b"fLaC", b"OggS", b"ID3", b"FORM", b".snd", b"caff", b"\x1aE\xdf\xa3")


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """A recording as far as it could be read."""

    channels: Mapping[str, NDArray[np.float32]]
    """Samples (S,) at 16 kHz by the name of their channel: one, or all of them if they were to be apart."""
    cut: str | None
    """A sentence on what is not there, with the seconds that are; None if it is whole."""
    cancels: str | None
    """A sentence on channels that cancel each other, where their mean was wanted and the loudest is given."""
    remarks: tuple[str, ...]
    """Further sentences that its reader should know."""


def decode(
    source: bytes | Path, limits: Limits = Limits(), suffix: str | None = None
) -> NDArray[np.float32]:
    """Mono samples (S,) at 16 kHz of a whole recording: the mean of the channels, resampled by soxr.

    `suffix` tells raw ".g722" from the rest; of a path it is the path's own.

    Raises:
        AudioRefused: with its reason; also if the recording is cut or damaged, or its channels cancel
            each other.
        FileNotFoundError: there is no such file.
    """
    recording = read(source, limits, suffix)
    if recording.cut is not None:
        raise AudioRefused("truncated", recording.cut)
    if recording.cancels is not None:
        raise AudioRefused(
            "cancelling_channels", f"{recording.cancels}. Keep one of them: sox IN OUT remix 1"
        )
    (samples,) = recording.channels.values()
    return samples


def read(
    source: bytes | Path,
    limits: Limits = Limits(),
    suffix: str | None = None,
    channel: Channel = "mix",
) -> Recording:
    """A recording as far as it can be read, and what is wrong with it.

    Args:
        source: the recording.
        limits: bounds on it.
        suffix: tells raw ".g722" from the rest; of a path it is the path's own.
        channel: the samples that are wanted.

    Raises:
        AudioRefused: nothing of it can be read, or it is beyond the limits.
        FileNotFoundError: there is no such file.
    """
    if isinstance(source, Path):
        suffix = suffix or source.suffix
    data = encoded(source, limits)
    if suffix is not None and suffix.lower() == ".g722" and not data.startswith(KNOWN_HEADS):
        length = len(data) * SAMPLE_RATE_HZ // G722_BYTES_PER_S  # it follows from the size
        limits.check(1, SAMPLE_RATE_HZ, length)
        return _by_ffmpeg(data, "g722", limits, channel, "raw G.722.")
    cut = missing(data)
    try:
        recording = _with_header(data, limits, channel)
    except AudioRefused as error:
        if cut is None or error.reason not in ("undecodable", "empty_file"):
            raise
        raise AudioRefused("truncated", cut) from None
    return recording if cut is None else _cut_by_bytes(recording, data, cut)


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


def _with_header(data: bytes, limits: Limits, channel: Channel) -> Recording:
    """Reading by libsndfile, or by FFmpeg where that knows no header or stops at an error."""
    if data.startswith(b"OggS") and ogg(data).links > 1:  # libsndfile reads the first of a chain
        return _by_ffmpeg(data, None, limits, channel, "A chain of streams.")
    unsized = without_length(data)
    try:
        file = soundfile.SoundFile(io.BytesIO(with_length(data) if unsized else data))
    except soundfile.LibsndfileError as error:
        return _by_ffmpeg(data, None, limits, channel, f"libsndfile: {error.error_string}")
    with file:
        if file.frames >= 2**62:  # SF_COUNT_MAX: a streamed file whose header names no length
            return _by_ffmpeg(data, None, limits, channel, "The header names no length.")
        try:
            found = _by_soundfile(file, limits, channel)
        except soundfile.LibsndfileError as error:
            seen, promised_s = f"libsndfile: {error.error_string}", file.frames / file.samplerate
        else:
            remark = (
                () if unsized is None else (f"{unsized}: all {_length_s(found):.2f} s were read",)
            )
            return replace(found, remarks=(*remark, *found.remarks))
    found = _by_ffmpeg(data, None, limits, channel, seen)
    return replace(found, cut=_so_far(_length_s(found), promised_s, seen))


def _by_soundfile(file: soundfile.SoundFile, limits: Limits, channel: Channel) -> Recording:
    """Samples of an open file, block by block: a bomb is never held decoded."""
    if file.format not in SOUNDFILE_FORMATS:
        allowed = ", ".join(sorted(SOUNDFILE_FORMATS))
        raise AudioRefused("undecodable", f"format {file.format}, allowed are {allowed}")
    limits.check(file.channels, file.samplerate, file.frames)

    def blocks() -> Iterator[NDArray[np.float32]]:
        file.seek(0)
        while len(block := file.read(BLOCK_SAMPLES, dtype="float32", always_2d=True)):
            yield block

    found, loudest = _collect(blocks(), file.channels, file.samplerate, limits, channel)
    if loudest is not None:
        found = _instead(
            found, _collect(blocks(), file.channels, file.samplerate, limits, loudest)[0]
        )
    promised_s = file.frames / file.samplerate
    if _length_s(found) >= WHOLE * promised_s:
        return found
    return replace(
        found, cut=_so_far(_length_s(found), promised_s, "the rest is damaged or missing")
    )


def _by_ffmpeg(
    data: bytes, container_format: str | None, limits: Limits, channel: Channel, seen: str
) -> Recording:
    """Samples by FFmpeg; `seen` is what libsndfile said."""

    def reading(wanted: Channel | int) -> tuple[Recording, int | None]:
        with opened(data, container_format, limits, seen) as stream:
            found, loudest = _collect(
                stream.blocks, stream.channels, stream.rate_hz, limits, wanted
            )
            if (lost := stream.lost()) is not None and lost != stream.early:
                lost = _so_far(_length_s(found), stream.promised_s, lost)
            return replace(found, cut=lost), loudest

    found, loudest = reading(channel)
    return found if loudest is None else _instead(found, reading(loudest)[0])


def _instead(mixed: Recording, loudest: Recording) -> Recording:
    """The loudest channel in the place of a mean that is next to nothing."""
    return replace(mixed, channels=loudest.channels)


def _cut_by_bytes(recording: Recording, data: bytes, cut: str) -> Recording:
    """A recording that lacks bytes, with the seconds that they would have been."""
    length_s, promised = _length_s(recording), promised_bytes(data)
    promised_s = length_s * promised / len(data) if promised else None
    return replace(recording, cut=_so_far(length_s, promised_s, cut))


def _so_far(read_s: float, promised_s: float | None, why: str) -> str:
    of = f" of {promised_s:.2f}" if promised_s and promised_s >= read_s + 0.005 else ""
    return f"{read_s:.2f}{of} s are there; {why}"


def _length_s(recording: Recording) -> float:
    return len(next(iter(recording.channels.values()))) / SAMPLE_RATE_HZ


def _collect(
    blocks: Iterator[NDArray[np.float32]],
    channels: int,
    rate_hz: int,
    limits: Limits,
    wanted: Channel | int,
) -> tuple[Recording, int | None]:
    """The wanted samples of all blocks, refused as soon as they are too many.

    The number is that of the loudest channel, where the mean is wanted and is next to nothing.
    """
    parts, samples, balance = [], 0, Balance(rate_hz)
    for block in blocks:
        samples += len(block)
        limits.check(channels, rate_hz, samples)
        parts.append(pick(block, wanted))
        if wanted == "mix":
            balance.add(block)
    if not samples:
        raise AudioRefused("empty_file", "there are no samples in it")
    found = columns(parts)
    for column in found:
        if bad := int(np.count_nonzero(~np.isfinite(column))):
            raise AudioRefused("not_finite", f"{bad} of {column.size} samples")
    cancels = balance.cancels()
    turns = None if cancels else balance.takes_turns()
    recording = Recording(
        channels={
            name: _at_16_khz(column, rate_hz)
            for name, column in zip(names(len(found)), found, strict=True)
        },
        cut=None,
        cancels=cancels,
        remarks=() if turns is None else (turns,),
    )
    return recording, balance.loudest() if cancels else None


def _at_16_khz(mono: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """Samples (S,) at 16 kHz."""
    if rate_hz == SAMPLE_RATE_HZ:
        return mono
    samples: NDArray[np.float32] = soxr.resample(mono, rate_hz, SAMPLE_RATE_HZ)
    if not samples.size:
        raise AudioRefused("empty_file", f"{mono.size} samples at {rate_hz} Hz are none at 16 kHz")
    return samples
