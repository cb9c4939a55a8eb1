"""Recordings inside a page: small, and playable without any other file.

S samples.
"""

import base64
import io
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from xlt.audio.decode import SAMPLE_RATE_HZ, decode
from xlt.audio.limits import AudioRefused, Limits
from xlt.scoring.utterances import Scored

Listen = Callable[[Scored], NDArray[np.float32] | None]
"""Samples (S,) at 16 kHz of an utterance; None where there is no recording that can be read."""

MOST_BYTES = 3_000_000
"""All players of a page together; the twenty worst clips of read speech need about a tenth."""
LONGEST_S = 30.0
"""Of longer clips, the beginning is heard."""
CLIPS = "clips"
"""Folder in which Common Voice keeps the recordings that its tables name."""
LIMITS = Limits(max_duration_s=3600.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Player:
    """A recording as an address that holds it."""

    uri: str
    cut: bool
    """True if only the first LONGEST_S are in it."""


def files_in(folder: Path) -> Listen:
    """Reads the file that an utterance names, in a folder or its clips/; None where that can't be."""

    def listen(utterance: Scored) -> NDArray[np.float32] | None:
        if not utterance.audio or "\0" in utterance.audio:
            return None
        for place in (folder, folder / CLIPS):
            with suppress(AudioRefused, OSError):
                return decode(place / utterance.audio, LIMITS)
        return None

    return listen


def silence(utterance: Scored) -> None:
    """For utterances without recordings."""


def players(
    utterances: Iterable[Scored], listen: Listen, most_bytes: int = MOST_BYTES
) -> Mapping[str, Player]:
    """Players by the id of the utterance, in their order, until the page would get too large."""
    found: dict[str, Player] = {}
    left = most_bytes
    for utterance in utterances:
        samples = listen(utterance)
        if samples is None or not len(samples):
            continue
        heard = samples[: round(LONGEST_S * SAMPLE_RATE_HZ)]
        uri = data_uri(heard)
        if len(uri) > left:
            continue
        left -= len(uri)
        found[utterance.id] = Player(uri=uri, cut=len(heard) < len(samples))
    return found


def data_uri(samples: NDArray[np.float32]) -> str:
    """Samples (S,) at 16 kHz as MP3 in a data address: about 5 KB a second.

    MP3, because every browser of every phone plays it; Opus in Ogg is smaller, but Safari plays it
    only since 2025.
    """
    out = io.BytesIO()
    soundfile.write(
        out,
        np.clip(samples, -1, 1),
        SAMPLE_RATE_HZ,
        format="MP3",
        subtype="MPEG_LAYER_III",
        compression_level=0.8,
        bitrate_mode="VARIABLE",
    )
    return "data:audio/mpeg;base64," + base64.b64encode(out.getvalue()).decode("ascii")
