"""Recordings that go wrong: forty made by hand with the verdict of each, and any number of mutations."""

import io
import os
import random
import re
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import soundfile

from xlt.audio.decode import AudioRefused
from xlt.audio.sandbox import Decoders

RATE_HZ = 16_000
FORMATS = ("wav", "flac", "mp3", "ogg", "opus", "webm")
MUTATIONS = ("one bit", "64 bits", "cut", "header")
KEPT = "kept"
"""The verdict on a recording that looks odd and is good."""


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


# ------------------------------------------------------------------- mutations


def mutated(data: bytes, kind: str, chance: random.Random) -> bytes:
    """A damaged copy, never equal to the original."""
    while True:
        copy = bytearray(data)
        if kind == "cut":
            copy = copy[: chance.randrange(len(copy))]
        elif kind == "header":
            for _ in range(chance.randint(1, 8)):
                copy[chance.randrange(min(64, len(copy)))] = chance.randrange(256)
        else:
            for _ in range(64 if kind == "64 bits" else 1):
                copy[chance.randrange(len(copy))] ^= 1 << chance.randrange(8)
        if copy != data:
            return bytes(copy)


def ogg_crcs() -> list[int]:
    """The table of Ogg's checksum: polynomial 0x04c11db7, nothing reflected; source: RFC 3533."""
    table = []
    for byte in range(256):
        rest = byte << 24
        for _ in range(8):
            rest = (rest << 1) ^ (0x104C11DB7 if rest >> 31 else 0)
        table.append(rest)
    return table


OGG_CRCS = ogg_crcs()


def resealed(data: bytes) -> bytes:
    """The same Ogg pages with their checksums made right, so that decoders see what is in them."""
    copy, at = bytearray(data), 0
    while (at := copy.find(b"OggS", at)) >= 0 and at + 27 <= len(copy):
        body = at + 27 + copy[at + 26]
        end = body + sum(copy[at + 27 : body])
        copy[at + 22 : at + 26] = bytes(4)
        crc = 0
        for byte in copy[at:end]:
            crc = ((crc << 8) & 0xFFFFFFFF) ^ OGG_CRCS[(crc >> 24) ^ byte]
        copy[at + 22 : at + 26] = crc.to_bytes(4, "little")
        at = max(end, at + 4)
    return bytes(copy)


@dataclass(slots=True)
class Fuzzed:
    """What became of the mutations of one format."""

    form: str
    outcomes: Counter[str] = field(default_factory=Counter)
    """ "ok", or the reason of a refusal -> mutations."""
    unlike: int = 0
    """Decoded without complaint to other samples than the original's: what only a hash can tell."""
    slowest_s: float = 0.0
    peak_rss_mb: float = 0.0


def fuzz(form: str, count: int, decoders: Decoders) -> Fuzzed:
    """Decode `count` mutations; what is neither samples nor a refusal is raised.

    Every other Ogg mutation gets right checksums: behind wrong ones no decoder sees it.
    """
    chance, found, data = random.Random(form), Fuzzed(form), example(form)
    good = decoders.decode(data)
    for k in range(count):
        bad = mutated(data, MUTATIONS[k % len(MUTATIONS)], chance)
        if form in ("ogg", "opus") and k // len(MUTATIONS) % 2:
            bad = resealed(bad)
        began = time.perf_counter()
        try:
            samples = decoders.decode(bad)
        except AudioRefused as refused:
            found.outcomes[refused.reason] += 1
        else:
            assert samples.ndim == 1 and samples.size and np.isfinite(samples).all()
            found.outcomes["ok"] += 1
            found.unlike += not np.array_equal(samples, good)
        found.slowest_s = max(found.slowest_s, time.perf_counter() - began)
        found.peak_rss_mb = max(found.peak_rss_mb, *peaks_mb(decoders), 0.0)
    return found


def peaks_mb(decoders: Decoders) -> Iterator[float]:
    """The most memory that each child has ever held."""
    for child in decoders._all:
        status = Path(f"/proc/{child.process.pid}/status").read_text()
        yield int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


# ------------------------------------------------------------------- forty by hand


def with_one(value: float) -> bytes:
    samples = speechlike()
    samples[100] = value
    return written(samples, subtype="FLOAT")


def channels(count: int, rate_hz: int = RATE_HZ) -> bytes:
    return written(np.tile(speechlike(1.0, rate_hz)[:, None], (1, count)), rate_hz=rate_hz)


def long_header(data: bytes) -> bytes:
    """An ID3v2 tag of 10 MB before an MP3; its size is written in groups of 7 bits."""
    size = 10_000_000
    digits = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x00" + digits + bytes(size) + data


def lying_xing(data: bytes) -> bytes:
    """An MP3 whose Xing or Info frame promises ten times as many frames."""
    at = max(data.find(b"Xing"), data.find(b"Info"))
    assert at > 0 and data[at + 7] & 1, "the encoder writes the number of frames"
    frames = int.from_bytes(data[at + 8 : at + 12])
    return data[: at + 8] + (10 * frames).to_bytes(4) + data[at + 12 :]


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.wav", data)
    return out.getvalue()


def placed(folder: Path, make: Callable[[Path], None]) -> Path:
    make(folder / "odd.wav")
    return folder / "odd.wav"


def linked(folder: Path) -> Path:
    (folder / "good.wav").write_bytes(written(speechlike()))
    return placed(folder, lambda path: path.symlink_to("good.wav"))


def square() -> np.ndarray:
    return np.clip(50 * speechlike(), -1, 1)


FLAC, MP3 = written(speechlike(), "FLAC"), written(speechlike(4), "MP3")
ODD: dict[str, tuple[Callable[[Path], bytes | Path], str]] = {
    "no bytes": (lambda _: b"", "empty_file"),
    "header alone": (lambda _: written(speechlike(0)), "empty_file"),
    "one sample": (lambda _: written(speechlike()[9:10]), "too_short"),
    "one sample at 44.1 kHz": (lambda _: written(speechlike()[9:10], rate_hz=44_100), "empty_file"),
    "399 samples": (lambda _: written(speechlike()[:399]), "too_short"),
    "400 samples": (lambda _: written(speechlike()[:400]), "too_short"),
    "31 s": (lambda _: written(speechlike(31)), "too_long"),
    "one NaN": (lambda _: with_one(np.nan), "not_finite"),
    "one infinity": (lambda _: with_one(np.inf), "not_finite"),
    "all NaN": (lambda _: written(np.full(16_000, np.nan), subtype="DOUBLE"), "not_finite"),
    "constant": (lambda _: written(np.full(16_000, 0.5)), "silent"),
    "digital silence": (lambda _: written(np.zeros(16_000)), "silent"),
    "-66 dB": (lambda _: written(0.0005 * square(), subtype="FLOAT"), "silent"),
    "opposite channels": (
        lambda _: written(speechlike()[:, None] * [1, -1], subtype="FLOAT"),
        "silent",
    ),
    "clipped": (lambda _: written(square()), KEPT),
    "stereo": (lambda _: channels(2), KEPT),
    "8 channels": (lambda _: channels(8), KEPT),
    "9 channels": (lambda _: channels(9), "too_many_channels"),
    "8 kHz": (lambda _: channels(1, 8_000), KEPT),
    "44.1 kHz": (lambda _: channels(1, 44_100), KEPT),
    "192 kHz": (lambda _: channels(1, 192_000), KEPT),
    "1 kHz": (lambda _: channels(1, 1_000), "bad_rate"),
    "unsigned 8 bits": (lambda _: written(speechlike(), subtype="PCM_U8"), KEPT),
    "24 bits": (lambda _: written(speechlike(), subtype="PCM_24"), KEPT),
    "double": (lambda _: written(speechlike(), subtype="DOUBLE"), KEPT),
    "FLAC called .wav": (lambda _: FLAC, KEPT),
    "text called .wav": (lambda _: b"This is a text, and no sound. " * 99, "undecodable"),
    "web page called .wav": (lambda _: b"<!DOCTYPE html><html>404</html>" * 9, "undecodable"),
    "zip called .wav": (lambda _: zipped(FLAC), "undecodable"),
    "playlist": (lambda _: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "undecodable"),
    "ID3 of 10 MB": (lambda _: long_header(MP3), KEPT),
    "ID3 alone": (lambda _: long_header(b""), "undecodable"),
    "VBR header that lies": (lambda _: lying_xing(MP3), "truncated"),
    "cut FLAC": (lambda _: FLAC[: len(FLAC) // 2], "undecodable"),
    "cut WAV": (lambda _: written(speechlike())[:16_000], "truncated"),
    "link": (linked, KEPT),
    "dangling link": (
        lambda folder: placed(folder, lambda path: path.symlink_to("gone.wav")),
        "unreadable_file",
    ),
    "fifo": (lambda folder: placed(folder, os.mkfifo), "empty_file"),
    "silence of 10 minutes": (
        lambda _: written(np.zeros((600 * 16_000, 2), np.int16), "FLAC"),
        "too_long",
    ),
    "silence of 240 MB": (
        lambda _: written(np.zeros((1_000_000 * 8, 8), np.int16), "FLAC", 192_000),
        "too_large",
    ),
}
"""Name -> (what makes it in a folder, the verdict: KEPT or the reason of its refusal)."""
