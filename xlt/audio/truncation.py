"""Detection of truncated recordings, which decoders accept silently as shorter ones.

A header that names a length in bytes is compared with the bytes; an Ogg stream has a mark in its
last page; Matroska, MP4 and ASF name a duration, which packets have to reach.
"""

import re
from dataclasses import dataclass
from typing import Any

import av

STREAMED_BYTES = 2**30  # writers to a pipe promise 2 or 4 GB, as they can't know the length
WHOLE = 0.95
"""Share of the promised bytes that is enough: silence or tags at the end may be cut off."""
REACHED, DELAY_S = 0.98, 0.1
"""Share of a declared duration that packets reach, and what codecs and rounding take off it."""
DECLARING = ("matroska", "mov", "asf")
"""Containers that write their duration down; of others FFmpeg guesses it from bit rates."""
OGG_BEGINS, OGG_ENDS = 2, 4  # header_type_flag of a page, RFC 3533
OGG_AUDIO = (b"OpusHead", b"\x01vorbis", b"\x7fFLAC", b"Speex   ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ogg:
    """The audio of an Ogg file."""

    links: int
    """Streams one after the other (a chain), of which libsndfile reads the first."""
    ended: bool
    """The last of them has its last page."""


def missing(data: bytes) -> str | None:
    """A sentence on the missing bytes of a recording, by its header; None where none are known to be."""
    if data.startswith(b"OggS"):
        return None if ogg(data).ended else "the Ogg stream has no last page"
    promised = promised_bytes(data)
    if promised is not None and len(data) < WHOLE * promised < STREAMED_BYTES:
        return f"{len(data)} of {promised} bytes are there"
    return None


def promised_bytes(data: bytes) -> int | None:
    """The size of a WAV, W64, AIFF, AU, CAF or SPHERE file by its header; None of anything else."""
    if data.startswith(b"RF64") and data[12:16] == b"ds64":
        return int.from_bytes(data[20:28], "little") + 8
    if data.startswith(b"RIFF"):
        return int.from_bytes(data[4:8], "little") + 8
    if data.startswith(b"riff"):
        return int.from_bytes(data[16:24], "little")
    if data.startswith(b"FORM"):
        return int.from_bytes(data[4:8]) + 8
    if data.startswith(b".snd"):
        return int.from_bytes(data[4:8]) + int.from_bytes(data[8:12])
    if data.startswith(b"caff"):
        return _caf(data)
    return _sphere(data) if data.startswith(b"NIST_1A") else None


def without_length(data: bytes) -> str | None:
    """A sentence on a WAV or AU whose writer could not know its length; None of any other file."""
    if data.startswith(b".snd"):
        unsized = data[8:12] == bytes(4) and len(data) > int.from_bytes(data[4:8])
        return "its header names no length (data size 0)" if unsized else None
    at = _wav_data(data)
    if at is None or at == len(data):
        return None
    size = int.from_bytes(data[at - 4 : at], "little")
    if size == 0 and not _is_chunk(data, at):
        return "its header names no length (data size 0)"
    if size >= STREAMED_BYTES > len(data) - at:
        return f"its header names no length (data size {size:x})"
    return None


def with_length(data: bytes) -> bytes:
    """The same file with the sizes that it has, for one `without_length`."""
    if data.startswith(b".snd"):
        return data[:8] + b"\xff" * 4 + data[12:]  # AU's own mark of an unknown size
    at = _wav_data(data)
    assert at is not None
    sizes = (len(data) - 8).to_bytes(4, "little"), (len(data) - at).to_bytes(4, "little")
    return data[:4] + sizes[0] + data[8 : at - 4] + sizes[1] + data[at:]


def _wav_data(data: bytes) -> int | None:
    """First byte of a WAV's samples; None of any other file."""
    if not data.startswith(b"RIFF") or data[8:12] != b"WAVE":
        return None
    at = 12
    while at + 8 <= len(data):
        if data[at : at + 4] == b"data":
            return at + 8
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return None


def _is_chunk(data: bytes, at: int) -> bool:
    """True if a whole chunk begins here: after samples that are none, a list of tags may follow."""
    name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
    return name.isascii() and name.decode().isprintable() and at + 8 + size <= len(data)


def _caf(data: bytes) -> int | None:
    """Size up to the end of the data chunk; one of an unknown size (-1) may end anywhere."""
    at = 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 12], signed=True)
        if size < 0:
            return None
        at += 12 + size
        if data[at - size - 12 : at - size - 8] == b"data":
            break
    return at


def _sphere(data: bytes) -> int | None:
    """Header and samples of an uncompressed NIST SPHERE file."""
    head = data[:1024].decode("ascii", errors="replace")
    names = ("sample_count", "channel_count", "sample_n_bytes")
    found = [re.search(rf"^{name} -i (\d+)", head, re.MULTILINE) for name in names]
    start = re.match(r"NIST_1A\n *(\d+)\n", head)
    if start is None or "shorten" in head:
        return None
    samples, channels, width = (int(value[1]) if value else 0 for value in found)
    return int(start[1]) + samples * channels * width


def ogg(data: bytes) -> Ogg:
    """Walk the pages of an Ogg file; of streams side by side, the first with audio counts."""
    links, serial, ended, at, heads = 0, b"", True, 0, True
    while (at := data.find(b"OggS", at)) >= 0 and at + 27 <= len(data):
        kind, own, body = data[at + 5], data[at + 14 : at + 18], at + 27 + data[at + 26]
        end = body + sum(data[at + 27 : body])
        if kind & OGG_BEGINS and not heads:
            serial = b""  # the next link of a chain
        heads = bool(kind & OGG_BEGINS)
        if heads and not serial and data.startswith(OGG_AUDIO, body):
            links, serial, ended = links + 1, own, False
        if own == serial and kind & OGG_ENDS:
            ended = end <= len(data)
        at = max(end, at + 4)
    return Ogg(links=links, ended=ended)


def declared_s(container: av.container.InputContainer, stream: av.AudioStream) -> float | None:
    """The duration that a container's header names, or None where FFmpeg can only guess."""
    name = container.format.name
    if container.duration is None or not name.startswith(DECLARING):
        return None
    if name.startswith("matroska") and stream.duration is not None:
        return None  # it has none of its own: this one is made from the size
    return float(container.duration) / av.time_base


def reached_s(packet: "av.Packet[Any]") -> float:
    """End of a packet, in seconds from the beginning."""
    if packet.pts is None or packet.time_base is None:
        return 0.0
    return float((packet.pts + (packet.duration or 0)) * packet.time_base)


def too_early(reached: float, declared: float | None) -> str | None:
    """A sentence on what is missing if packets end at `reached` seconds; None if they reach the end."""
    if declared is None or reached >= REACHED * declared - DELAY_S:
        return None
    return f"{reached:.2f} of {declared:.2f} s are there"
