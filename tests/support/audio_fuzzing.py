"""Mutations of recordings, and counts of what a decoder makes of them."""

import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sounds import example

from xlt.audio.limits import AudioRefused
from xlt.audio.sandbox import Decoders

MUTATIONS = ("one bit", "64 bits", "cut", "header")


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
