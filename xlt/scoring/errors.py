"""Word and character errors: counts first, rates are views of them, intervals by bootstrap.

Texts are compared as they are: normalise both sides before (`xlt.language.text.normalise`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from xlt.scoring.align import MINIMUM, EditCosts, Tally, character_counts, word_counts
from xlt.scoring.conditions import Conditions

RESAMPLES = 1000
PERCENTILES = (2.5, 97.5)
"""The ends of a 95 % interval."""
CHUNK = 2_000_000
"""Resampled utterances that are held in memory at once."""
FEWEST_SPEAKERS = 20
"""From here on speakers are resampled instead of utterances. With fewer groups their bootstrap is
known to give too narrow intervals: Cameron, Gelbach and Miller, "Bootstrap-based improvements for
inference with clustered errors", Review of Economics and Statistics 90 (2008), 414-427."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Tokens (words or characters) by kind of edit."""

    hits: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    @property
    def reference(self) -> int:
        """Tokens of the reference."""
        return self.hits + self.substitutions + self.deletions

    @property
    def errors(self) -> int:
        """Edits that turn the reference into the hypothesis."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Errors per token of the reference; without any reference, the insertions (as jiwer)."""
        return self.errors / max(self.reference, 1)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            hits=self.hits + other.hits,
            substitutions=self.substitutions + other.substitutions,
            deletions=self.deletions + other.deletions,
            insertions=self.insertions + other.insertions,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """Errors of a decoder on one split, and the conditions under which they were counted."""

    words: Counts
    characters: Counts
    """Spaces count as characters."""
    word_interval: tuple[float, float]
    """95 % bootstrap interval of the word error rate, over what `resampled` says."""
    character_interval: tuple[float, float]
    utterances: int
    conditions: Conditions
    hours: float | None
    """Speech of the test; None where a duration is unknown."""
    resampled: str
    """Units that the intervals take for independent: `utterances`, or `56 speakers`."""

    @property
    def wer(self) -> float:
        """Word error rate: 0.25 is 25 %."""
        return self.words.rate

    @property
    def cer(self) -> float:
        """Character error rate, spaces included."""
        return self.characters.rate

    def __str__(self) -> str:
        at = self.conditions
        return (
            f"{at.data}/{at.split}: {_rate_text('WER', self.words, self.word_interval)}; "
            f"{_rate_text('CER', self.characters, self.character_interval)}; "
            f"{self.utterances} utterances, {hours_text(self.hours)}, decoder {at.decoder}, "
            f"normaliser {at.normaliser}, 95 % intervals over {self.resampled}"
            + (f", errors counted as {at.costs.name} does" if at.costs != MINIMUM else "")
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-able fields, with the rates beside the counts for readers of the file."""
        stored = self.conditions.to_dict()
        counting = stored.pop("counting")
        return {
            "words": asdict(self.words),
            "characters": asdict(self.characters),
            "word_interval": list(self.word_interval),
            "character_interval": list(self.character_interval),
            "utterances": self.utterances,
            **stored,
            "hours": self.hours,
            "resampled": self.resampled,
            "counting": counting,
            "wer": self.wer,
            "cer": self.cer,
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read what `to_dict` made; the rates in it are views and are not read."""
        word_low, word_high = fields["word_interval"]
        character_low, character_high = fields["character_interval"]
        return cls(
            words=Counts(**fields["words"]),
            characters=Counts(**fields["characters"]),
            word_interval=(word_low, word_high),
            character_interval=(character_low, character_high),
            utterances=fields["utterances"],
            conditions=Conditions.from_dict(fields),
            hours=fields.get("hours"),
            resampled=fields.get("resampled", "utterances"),
        )


def score(
    references: Sequence[str],
    hypotheses: Sequence[str],
    conditions: Conditions,
    *,
    durations_s: Sequence[float | None] | None = None,
    speakers: Sequence[str | None] | None = None,
) -> Score:
    """Count the errors of a list of hypotheses, with intervals that the seed makes repeatable."""
    return score_of(
        word_errors(references, hypotheses, costs=conditions.costs),
        character_errors(references, hypotheses, costs=conditions.costs),
        conditions,
        durations_s=durations_s,
        speakers=speakers,
    )


def score_of(
    words: Sequence[Counts],
    characters: Sequence[Counts],
    conditions: Conditions,
    *,
    durations_s: Sequence[float | None] | None = None,
    speakers: Sequence[str | None] | None = None,
) -> Score:
    """Score of utterances whose errors have been counted."""
    groups = groups_of(speakers)
    seed = conditions.seed
    if seed is None:
        raise ValueError("conditions without a seed describe a stored score: give the seed")
    return Score(
        words=total(words),
        characters=total(characters),
        word_interval=interval(words, seed, groups),
        character_interval=interval(characters, seed, groups),
        utterances=len(words),
        conditions=conditions,
        hours=hours_of(durations_s),
        resampled="utterances" if groups is None else f"{len(set(groups))} speakers",
    )


def word_errors(
    references: Sequence[str], hypotheses: Sequence[str], *, costs: EditCosts = MINIMUM
) -> list[Counts]:
    """Word counts of every utterance."""
    _check_pairs(references, hypotheses)
    return [counted(tally) for tally in word_counts(references, hypotheses, costs)]


def character_errors(
    references: Sequence[str], hypotheses: Sequence[str], *, costs: EditCosts = MINIMUM
) -> list[Counts]:
    """Character counts of every utterance, spaces included."""
    _check_pairs(references, hypotheses)
    return [counted(tally) for tally in character_counts(references, hypotheses, costs)]


def total(counts: Iterable[Counts]) -> Counts:
    """Sum over utterances: the rate of the sum is the micro-average."""
    h = s = d = i = 0
    for one in counts:
        h, s, d, i = h + one.hits, s + one.substitutions, d + one.deletions, i + one.insertions
    return counted((h, s, d, i))


def hours_of(durations_s: Sequence[float | None] | None) -> float | None:
    """Hours of speech; None unless every duration is known."""
    known = [duration for duration in durations_s or () if duration is not None]
    return sum(known) / 3600 if known and len(known) == len(durations_s or ()) else None


def groups_of(speakers: Sequence[str | None] | None) -> list[str] | None:
    """The speakers, if every one is known and they are enough to be resampled; else None."""
    known = [speaker for speaker in speakers or () if speaker]
    enough = len(set(known)) >= FEWEST_SPEAKERS
    return known if enough and len(known) == len(speakers or ()) else None


def interval(
    counts: Sequence[Counts], seed: int, groups: Sequence[str] | None = None
) -> tuple[float, float]:
    """95 % percentile bootstrap of the micro-averaged rate, resampling utterances, or groups.

    Bisani and Ney, "Bootstrap estimates for confidence intervals in ASR performance evaluation",
    ICASSP 2004.
    """
    errors = np.array([c.errors for c in counts], dtype=np.int64)
    reference = np.array([c.reference for c in counts], dtype=np.int64)
    if groups is not None:
        errors, reference = summed(errors, groups), summed(reference, groups)
    low, high = np.percentile(resampled_rates(errors, reference, seed), PERCENTILES)
    return float(low), float(high)


def summed(values: NDArray[np.int64], groups: Sequence[str]) -> NDArray[np.int64]:
    """Sums of values (B,) by group (G,), groups in the order of their names."""
    _, places = np.unique(np.array(groups), return_inverse=True)
    return np.bincount(places, weights=values).astype(np.int64)


def resampled_rates(
    errors: NDArray[np.int64], reference: NDArray[np.int64], seed: int
) -> NDArray[np.float64]:
    """Rates (RESAMPLES,) of draws with replacement."""
    random, size = np.random.default_rng(seed), len(errors)
    rows = max(1, CHUNK // size)
    rates = []
    for start in range(0, RESAMPLES, rows):
        drawn = random.integers(size, size=(min(rows, RESAMPLES - start), size))
        rates.append(errors[drawn].sum(axis=1) / np.maximum(reference[drawn].sum(axis=1), 1))
    return np.concatenate(rates)


def counted(tally: Tally) -> Counts:
    """An alignment's tally as counts."""
    hits, substitutions, deletions, insertions = tally
    return Counts(
        hits=hits, substitutions=substitutions, deletions=deletions, insertions=insertions
    )


def _check_pairs(references: Sequence[str], hypotheses: Sequence[str]) -> None:
    if not references or len(references) != len(hypotheses):
        raise ValueError(
            f"{len(references)} references and {len(hypotheses)} hypotheses: "
            "a score needs as many of both, and at least one"
        )


def hours_text(hours: float | None) -> str:
    """As in `1.25 hours`."""
    return "hours unknown" if hours is None else f"{hours:.2f} hours"


def _rate_text(name: str, counts: Counts, ends: tuple[float, float]) -> str:
    return (
        f"{name} {counts.rate:.1%} [{ends[0]:.1%}, {ends[1]:.1%}] "
        f"({counts.errors} of {counts.reference}: S {counts.substitutions}, "
        f"D {counts.deletions}, I {counts.insertions})"
    )
