"""A recognised test, aligned once: scores, pages, cards and comparisons read its counts and edits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from xlt.scoring.align import EditCosts, EditPath, Op, character_ops, character_paths, word_paths
from xlt.scoring.align import tally as tally_of
from xlt.scoring.conditions import Conditions
from xlt.scoring.errors import (
    Counts,
    Score,
    character_errors,
    counted,
    hours_of,
    score_of,
    word_errors,
)
from xlt.scoring.utterances import Scored, aligned_words


@dataclass(frozen=True, kw_only=True)
class ScoredSplit:
    """Utterances of one test under their conditions; everything below is computed at most once.

    Raises:
        ValueError: there is no utterance.
    """

    utterances: Sequence[Scored]
    conditions: Conditions
    listed: bool
    """True if edits will be listed: counts then come from paths, which are kept (one byte a token)
    and serve the lists too. Counts alone take half the time, and leave nothing behind."""

    def __post_init__(self) -> None:
        if not self.utterances:
            raise ValueError("0 utterances: a score needs at least one")

    @cached_property
    def words(self) -> Sequence[Counts]:
        """Word counts of every utterance."""
        if self._by_path:
            return [counted(tally_of(path)) for path in self.word_paths]
        return word_errors(self.references, self.hypotheses, costs=self.conditions.costs)

    @cached_property
    def characters(self) -> Sequence[Counts]:
        """Character counts of every utterance, spaces included."""
        if self._by_path:
            return [counted(tally_of(path)) for path in self.character_paths]
        return character_errors(self.references, self.hypotheses, costs=self.conditions.costs)

    @cached_property
    def word_paths(self) -> Sequence[EditPath]:
        """Alignment of the words of every utterance."""
        return word_paths(self.references, self.hypotheses, self.conditions.costs)

    @cached_property
    def character_paths(self) -> Sequence[EditPath]:
        """Alignment of the characters of every utterance."""
        return character_paths(self.references, self.hypotheses, self.conditions.costs)

    @cached_property
    def score(self) -> Score:
        """The score under these conditions, intervals included."""
        return score_of(
            self.words,
            self.characters,
            self.conditions,
            durations_s=[u.duration_s for u in self.utterances],
            speakers=[u.speaker for u in self.utterances],
        )

    @property
    def _by_path(self) -> bool:
        """True if paths are needed anyway: for lists, or for costs that counts alone don't know."""
        return self.listed or not self.conditions.costs.most_hits

    @property
    def references(self) -> list[str]:
        """References in the order of the utterances."""
        return [u.reference for u in self.utterances]

    @property
    def hypotheses(self) -> list[str]:
        """Hypotheses in the order of the utterances."""
        return [u.hypothesis for u in self.utterances]

    @property
    def hours(self) -> float | None:
        """Hours of speech; None unless every duration is known."""
        return hours_of([u.duration_s for u in self.utterances])

    def word_ops(self) -> Iterator[list[Op]]:
        """Aligned words of every utterance, listed one utterance at a time."""
        return map(aligned_words, self.utterances, self.word_paths)

    def character_ops(self) -> Iterator[list[Op]]:
        """Aligned characters of every utterance, listed one utterance at a time."""
        return map(character_ops, self.character_paths, self.references, self.hypotheses)

    def counted_by(self, costs: EditCosts) -> "ScoredSplit":
        """The same utterances counted by other weights: this very split where it is by these."""
        if costs == self.conditions.costs:
            return self
        return replace(self, conditions=replace(self.conditions, costs=costs))
