"""Forty recordings that are odd or damaged, each with the verdict that vetting must give."""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sounds import RATE_HZ, speechlike, written

KEPT = "kept"
"""The verdict on a recording that looks odd and is good."""


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
        "cancelling_channels",
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
    "cut FLAC": (lambda _: FLAC[: len(FLAC) // 2], "truncated"),
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
