"""Vetting of one recording and its transcript: kept with its facts, or rejected with a reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xlt.audio.decode import SAMPLE_RATE_HZ, decode, encode_flac, samples_sha256
from xlt.audio.frames import Geometry, feasible
from xlt.audio.limits import AudioRefused, Limits
from xlt.audio.trim import trim
from xlt.corpora.base import RefusedRow, Row
from xlt.dataset.facts import facts_of
from xlt.dataset.splits import DEV, PUBLISHED, TEST
from xlt.dataset.transcript_key import transcript_key
from xlt.language.labels import Labels, encode
from xlt.language.rules import Language
from xlt.language.text import Transcript, normalise
from xlt.system.resume import Fixed

CORRECTED = "corrected"
"""The note in which a builder counts what it corrected in a transcript."""


Decode = Callable[[bytes | Path, Limits, str | None], NDArray[np.float32]]
"""Like `xlt.audio.decode.decode`; `Decoders.decode` does it in another process."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """Conditions for a clip to be kept; a published dev or test is not cut by length or rate."""

    min_s: Fixed[float] = 0.3
    """Shortest recording."""
    max_s: Fixed[float] = 30.0
    """Longest recording to train on; longer clips of a published dev or test are kept."""
    min_peak_db: Fixed[float] = -60.0
    """A recording whose loudest sample is below this (dB of full scale) is silent; a constant offset
    of all samples is not a sound."""
    min_rate: Fixed[float] = 0.5
    """Fewest characters per second."""
    max_rate: Fixed[float] = 35.0
    """Most characters per second; hurried speech has 25."""
    max_unknown_letters: Fixed[int] = 0
    """Letters of foreign scripts that a transcript may lose before it is rejected."""
    trim: Fixed[bool] = False
    """Cut silence off both ends before the checks."""

    def __post_init__(self) -> None:
        if not 0 < self.min_s < self.max_s:
            raise ValueError(
                f"min_s is {self.min_s} and max_s is {self.max_s}: 0 < min_s < max_s is needed"
            )
        if not 0 <= self.min_rate < self.max_rate:
            raise ValueError(
                f"min_rate is {self.min_rate} and max_rate is {self.max_rate} characters per "
                "second: 0 <= min_rate < max_rate is needed"
            )
        if self.min_peak_db > 0 or self.max_unknown_letters < 0:
            raise ValueError(
                f"min_peak_db is {self.min_peak_db} and max_unknown_letters is "
                f"{self.max_unknown_letters}: at most 0 dB and at least 0 letters are meant"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Purpose of the clips: a language, its labels, and the model's frames."""

    language: Language
    labels: Labels
    geometry: Geometry
    max_speed: float
    """The fastest that training will play a clip; its frames must still suffice then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Result for one row: facts for the journal, and the dataset's row if it is kept."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    row: Mapping[str, Any] | None = None


AUDIO_DIGITS = 24
"""Hexadecimal digits of the SHA-256 of the samples by which equal recordings are found."""


class _Rejected(Exception):  # not an error, a verdict
    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


def vet_row(
    row: Row | RefusedRow, source: int, target: Target, bounds: Bounds, decoding: Decode = decode
) -> Verdict:
    """Vet one row of corpus number `source`; a pure function of its arguments."""
    if isinstance(row, RefusedRow):
        return _rejected(row.id, row.reason, row.detail)
    try:
        transcript = _text(row, target.language, bounds)
        samples = _samples(row, bounds, decoding)
        _check(row, transcript.text, samples, target, bounds)
    except _Rejected as no:
        return _rejected(row.id, no.reason, no.detail)
    return _kept(row, source, transcript, samples, target.language)


def _rejected(clip: str, reason: str, detail: str) -> Verdict:
    return Verdict(facts={"id": clip, "reason": reason, "detail": detail})


def _text(row: Row, language: Language, bounds: Bounds) -> Transcript:
    if row.split is not None and row.split.lower() not in PUBLISHED:
        raise _Rejected("unknown_split", f"split {row.split!r}, known are {', '.join(PUBLISHED)}")
    transcript = normalise(row.transcript, language)
    unknown = {c: n for c, n in transcript.dropped.items() if len(c) == 1 and c.isalnum()}
    if sum(unknown.values()) > bounds.max_unknown_letters:
        seen = ", ".join(f"{c} (U+{ord(c):04X}) x {n}" for c, n in unknown.items())
        raise _Rejected("unknown_letters", f"{seen} in {row.transcript!r}")
    if transcript.marks and language.events.policy == "reject":
        raise _Rejected("mark", f"{', '.join(transcript.marks)} in {row.transcript!r}")
    if not transcript.text:
        raise _Rejected("empty_text", f"nothing is left of {row.transcript!r}")
    return transcript


def _samples(row: Row, bounds: Bounds, decoding: Decode) -> NDArray[np.float32]:
    limits = Limits(max_duration_s=max(bounds.max_s, Limits().max_duration_s))
    try:
        samples = decoding(row.audio, limits, row.suffix)
    except AudioRefused as refused:
        raise _Rejected(refused.reason, str(refused)) from refused
    except OSError as error:
        where = row.audio if isinstance(row.audio, Path) else row.id
        raise _Rejected("unreadable_file", f"{where}: {error.strerror}") from error
    return trim(samples) if bounds.trim else samples


def _check(
    row: Row, text: str, samples: NDArray[np.float32], target: Target, bounds: Bounds
) -> None:
    seconds = len(samples) / SAMPLE_RATE_HZ
    if seconds < bounds.min_s or target.geometry.frames(len(samples)) < 1:
        raise _Rejected("too_short", f"{seconds:.2f} s, at least {bounds.min_s} s are needed")
    peak_db = 20 * np.log10(max(float(np.abs(samples - samples.mean()).max()), 1e-10))
    if peak_db < bounds.min_peak_db:
        raise _Rejected("silent", f"peak {peak_db:.0f} dB, at least {bounds.min_peak_db} dB")
    if _published(row) in (DEV, TEST):
        return  # a published evaluation is not made easier by leaving out what is hard to train on
    if seconds > bounds.max_s:
        raise _Rejected("too_long", f"{seconds:.2f} s, at most {bounds.max_s} s are allowed")
    rate = len(text) / seconds
    if not bounds.min_rate <= rate <= bounds.max_rate:
        reason = "too_slow" if rate < bounds.min_rate else "too_fast"
        allowed = f"{bounds.min_rate} to {bounds.max_rate} are allowed"
        raise _Rejected(reason, f"{rate:.1f} characters per second, {allowed}: {text!r}")
    frames = target.geometry.frames(len(samples), target.max_speed)
    ids = encode(text, target.labels)
    if not feasible(frames, ids):
        raise _Rejected("infeasible", f"{frames} frames can't spell {len(ids)} labels: {text!r}")


def _published(row: Row) -> str | None:
    return None if row.split is None else PUBLISHED[row.split.lower()]


def _kept(
    row: Row,
    source: int,
    transcript: Transcript,
    samples: NDArray[np.float32],
    language: Language,
) -> Verdict:
    duration_s, identity = len(samples) / SAMPLE_RATE_HZ, samples_sha256(samples)
    facts = {
        "id": row.id,
        "source": source,
        "licence": row.licence,
        "speaker": row.speaker,
        "published": _published(row),
        "sentence": blake2b(transcript.text.encode(), digest_size=12).hexdigest(),
        "audio": identity[:AUDIO_DIGITS],
        "transcript": transcript_key(row.transcript),
        "duration_s": duration_s,
        **facts_of(row.transcript, transcript.text, language, samples),
    }
    counts = {
        "folded": dict(transcript.folded),
        "dropped": dict(transcript.dropped),
        "expanded": transcript.expanded,
        "corrected": int(row.notes.get(CORRECTED, 0)),
    }
    facts |= {key: value for key, value in counts.items() if value}
    encoded = encode_flac(samples)
    stored = {
        "id": row.id,
        "audio": {"bytes": encoded, "path": f"{row.id}.flac".replace("/", "_")},
        "sha256": sha256(encoded).hexdigest(),
        "samples_sha256": identity,
        "text": transcript.text,
        "transcript": row.transcript,
        "speaker": row.speaker,
        "duration": duration_s,
        "corpus": row.corpus,
        "language": row.language,
        "licence": row.licence,
    }
    return Verdict(facts=facts | {"bytes": len(encoded)}, row=stored)
