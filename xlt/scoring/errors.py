"""Word and character errors: counts first, rates are views of them, intervals by bootstrap.

Texts are compared as they are: normalise both sides before (`xlt.language.text.normalise`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import jiwer
import numpy as np
from jiwer import AlignmentChunk
from numpy.typing import NDArray

from xlt.language.text import NORMALISER

RESAMPLES = 1000
PERCENTILES = (2.5, 97.5)
"""The ends of a 95 % interval."""
CHUNK = 2_000_000
"""Resampled utterances that are held in memory at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Tokens (words or characters) by what happened to them."""

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
    """What a decoder got wrong on one split, and under which conditions this was counted."""

    words: Counts
    characters: Counts
    """Spaces count as characters."""
    word_interval: tuple[float, float]
    """95 % bootstrap interval of the word error rate, over utterances."""
    character_interval: tuple[float, float]
    utterances: int
    normaliser: str
    data: str
    split: str
    decoder: str

    @property
    def wer(self) -> float:
        """Word error rate: 0.25 is 25 %."""
        return self.words.rate

    @property
    def cer(self) -> float:
        """Character error rate, spaces included."""
        return self.characters.rate

    def __str__(self) -> str:
        return (
            f"{self.data}/{self.split}: {_line('WER', self.words, self.word_interval)}; "
            f"{_line('CER', self.characters, self.character_interval)}; "
            f"{self.utterances} utterances, decoder {self.decoder}, normaliser {self.normaliser}"
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-able fields, with the rates beside the counts for readers of the file."""
        return asdict(self) | {
            "wer": self.wer,
            "cer": self.cer,
            "word_interval": list(self.word_interval),
            "character_interval": list(self.character_interval),
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
            **{k: fields[k] for k in ("utterances", "normaliser", "data", "split", "decoder")},
        )


def score(
    references: Sequence[str],
    hypotheses: Sequence[str],
    *,
    data: str,
    split: str,
    decoder: str = "greedy",
    seed: int = 0,
) -> Score:
    """Count the errors of a list of hypotheses, with intervals that `seed` makes repeatable."""
    words = word_errors(references, hypotheses)
    characters = character_errors(references, hypotheses)
    return Score(
        words=total(words),
        characters=total(characters),
        word_interval=interval(words, seed),
        character_interval=interval(characters, seed),
        utterances=len(references),
        normaliser=NORMALISER,
        data=data,
        split=split,
        decoder=decoder,
    )


def word_errors(references: Sequence[str], hypotheses: Sequence[str]) -> list[Counts]:
    """Word counts of every utterance."""
    _check_pairs(references, hypotheses)
    aligned = jiwer.process_words(list(references), list(hypotheses)).alignments
    return [_counts(chunks) for chunks in aligned]


def character_errors(references: Sequence[str], hypotheses: Sequence[str]) -> list[Counts]:
    """Character counts of every utterance, spaces included."""
    _check_pairs(references, hypotheses)
    aligned = jiwer.process_characters(list(references), list(hypotheses)).alignments
    return [_counts(chunks) for chunks in aligned]


def letter_errors(references: Sequence[str], hypotheses: Sequence[str]) -> Counts:
    """Character counts of all utterances without their spaces: for models that can't know words."""
    bare = [[text.replace(" ", "") for text in texts] for texts in (references, hypotheses)]
    return total(character_errors(*bare))


def total(counts: Iterable[Counts]) -> Counts:
    """Sum over utterances: the rate of the sum is the micro-average."""
    return sum(counts, start=Counts())


def interval(counts: Sequence[Counts], seed: int) -> tuple[float, float]:
    """95 % percentile bootstrap of the micro-averaged rate, resampling utterances.

    Bisani and Ney, "Bootstrap estimates for confidence intervals in ASR performance evaluation",
    ICASSP 2004.
    """
    errors = np.array([c.errors for c in counts], dtype=np.int64)
    reference = np.array([c.reference for c in counts], dtype=np.int64)
    low, high = np.percentile(_resampled(errors, reference, seed), PERCENTILES)
    return float(low), float(high)


def _resampled(
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


def _counts(chunks: Sequence[AlignmentChunk]) -> Counts:
    sizes = dict.fromkeys(("equal", "substitute", "delete", "insert"), 0)
    for chunk in chunks:
        reference = chunk.ref_end_idx - chunk.ref_start_idx
        sizes[chunk.type] += reference or chunk.hyp_end_idx - chunk.hyp_start_idx
    return Counts(
        hits=sizes["equal"],
        substitutions=sizes["substitute"],
        deletions=sizes["delete"],
        insertions=sizes["insert"],
    )


def _check_pairs(references: Sequence[str], hypotheses: Sequence[str]) -> None:
    if not references or len(references) != len(hypotheses):
        raise ValueError(
            f"{len(references)} references and {len(hypotheses)} hypotheses: "
            "a score needs as many of both, and at least one"
        )


def _line(name: str, counts: Counts, ends: tuple[float, float]) -> str:
    return (
        f"{name} {counts.rate:.1%} [{ends[0]:.1%}, {ends[1]:.1%}] "
        f"({counts.errors} of {counts.reference}: S {counts.substitutions}, "
        f"D {counts.deletions}, I {counts.insertions})"
    )
