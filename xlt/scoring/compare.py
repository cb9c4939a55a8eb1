"""Paired comparison of two recognisers on one test, by words and by characters: more than chance?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlt.scoring.align import MINIMUM
from xlt.scoring.errors import (
    PERCENTILES,
    Counts,
    groups_of,
    hours_text,
    resampled_rates,
    summed,
    total,
)
from xlt.scoring.scored_split import ScoredSplit
from xlt.scoring.significance import (
    POWER,
    SIGNIFICANCE,
    matched_pairs,
    permutation_test,
    segments,
    share_needed,
)
from xlt.scoring.utterances import Scored, aligned_words

LEAST_P = 1e-12
"""Below this a p-value says more about the normal distribution than about recognisers."""
FEW_SEGMENTS = 50
"""Below this the normal distribution of the matched pairs is a rough guess; believe the permutations."""


class OtherReferences(ValueError):
    """Two lists of utterances that are not of one test, or not with the same references."""

    def __init__(self, said: str, *, same_ids: bool) -> None:
        super().__init__(said)
        self.same_ids = same_ids
        """True if the utterances are the same, and what was said in them is written otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Errors of two recognisers on one test, and the tests of their difference."""

    a: str
    b: str
    """Names of the two."""
    data: str
    split: str
    normaliser: str
    """Rules that the texts of both went through."""
    words_a: Counts
    words_b: Counts
    segments: int
    """Stretches in which one of them or both made errors."""
    z: float | None
    """Matched pairs: mean difference of errors in a segment over its standard error."""
    p: float | None
    """Two-sided p-value of z; None where the segments do not vary."""
    p_permutation: float
    difference: float
    """WER of a minus WER of b."""
    interval: tuple[float, float]
    """95 % bootstrap interval of the difference."""
    characters_a: Counts
    characters_b: Counts
    character_difference: float
    """CER of a minus CER of b."""
    character_interval: tuple[float, float]
    """95 % bootstrap interval of that."""
    p_characters: float
    """Two-sided p-value of that, by permutations."""
    resampled: str
    """Units that permutations and bootstrap take for independent."""
    utterances: int
    hours: float | None
    counting: str
    """The rule by which errors were counted, one of `xlt.scoring.align.RULES`."""
    share_needed: float | None
    """Tests of this size after which the two would be separated; None where they do not differ, or
    where nothing varies."""

    @property
    def verdict(self) -> str:
        """Result of both tests, in a sentence."""
        less = self.a if self.difference < 0 else self.b
        found = [p < SIGNIFICANCE for p in (self.p, self.p_permutation) if p is not None]
        if all(found):
            return f"{less} makes fewer word errors; chance alone would seldom do that."
        if any(found):
            return (
                f"{less} makes fewer word errors, but the two tests disagree: segments are not as "
                f"independent as {self.resampled.split()[-1]}, or too few. Take a larger test."
            )
        if self.p_characters < SIGNIFICANCE:
            less = self.a if self.character_difference < 0 else self.b
            return (
                f"This test does not separate the two by words, but {less} makes fewer character "
                "errors; chance alone would seldom do that."
            )
        return "This test does not separate the two."

    def rows(self) -> list[tuple[str, str]]:
        """Findings by name, each value as text."""
        return [
            ("test", self._test()),
            (f"WER of {self.a}", _rate(self.words_a)),
            (f"WER of {self.b}", _rate(self.words_b)),
            ("difference", _between(self.difference, self.interval)),
            ("p, matched pairs", self._matched()),
            ("p, permutations", f"{_p(self.p_permutation)} over {self.resampled}"),
            (f"CER of {self.a}", _rate(self.characters_a, "characters")),
            (f"CER of {self.b}", _rate(self.characters_b, "characters")),
            (
                "difference of CER",
                f"{_between(self.character_difference, self.character_interval)}, "
                f"p {_p(self.p_characters)} by permutations",
            ),
            ("speech that separates them", self._needed()),
        ]

    def __str__(self) -> str:
        rows = self.rows()
        width = max(len(what) for what, _ in rows)
        return "\n".join([*(f"{what:<{width}}  {value}" for what, value in rows), self.verdict])

    def _test(self) -> str:
        rule = "" if self.counting == MINIMUM.name else f", errors counted as {self.counting} does"
        return (
            f"{self.data}/{self.split}: {self.utterances:,} utterances, "
            f"{hours_text(self.hours)}, normaliser {self.normaliser}{rule}"
        )

    def _matched(self) -> str:
        if self.p is None or self.z is None:
            return f"not defined: the {self.segments:,} segments with errors do not vary"
        few = "; few segments, a rough guess" if self.segments < FEW_SEGMENTS else ""
        return f"{_p(self.p)} (z {self.z:.2f}, {self.segments:,} segments{few})"

    def _needed(self) -> str:
        if self.share_needed is None:
            same = f"undefined: all {self.resampled} differ equally"
            return same if self.difference else "none: error counts are equal"
        if self.hours is not None:
            amount, has = hours_text(self.share_needed * self.hours), hours_text(self.hours)
        else:
            needed = math.ceil(self.share_needed * self.utterances)
            amount, has = f"{needed:,} utterances", f"{self.utterances:,}"
        return f"{amount}, for {POWER:.0%} power at p < {SIGNIFICANCE}; this test has {has}"


def compare(a: str, of_a: ScoredSplit, b: str, of_b: ScoredSplit) -> Comparison:
    """Compare two recognisers by their errors on the same utterances, in whatever order.

    Corpus, split and seed are those of the first; both must be counted by the same weights.

    Raises:
        OtherReferences: the two were not scored on the same references.
        ValueError: they were counted by other weights, or there is no seed.
    """
    places = _order(of_a.utterances, of_b.utterances)
    _check_same(a, of_a.utterances, b, [of_b.utterances[k] for k in places])
    conditions = of_a.conditions
    if of_b.conditions.costs != conditions.costs or conditions.seed is None:
        raise ValueError(
            f"{a} is counted by {conditions.costs.name} with seed {conditions.seed}, {b} by "
            f"{of_b.conditions.costs.name}: count both by the same weights, and give a seed."
        )
    counts_a, counts_b = of_a.words, [of_b.words[k] for k in places]
    ops_b = (aligned_words(of_b.utterances[k], of_b.word_paths[k]) for k in places)
    pairs = segments(of_a.word_ops(), ops_b)
    groups = groups_of([u.speaker for u in of_a.utterances])
    words = _paired(counts_a, counts_b, groups, conditions.seed)
    letters_a, letters_b = of_a.characters, [of_b.characters[k] for k in places]
    letters = _paired(letters_a, letters_b, groups, conditions.seed)
    z, p = matched_pairs([x - y for x, y in pairs])
    return Comparison(
        a=a,
        b=b,
        data=conditions.data,
        split=conditions.split,
        normaliser=" and ".join(dict.fromkeys((conditions.normaliser, of_b.conditions.normaliser))),
        words_a=total(counts_a),
        words_b=total(counts_b),
        segments=len(pairs),
        z=z,
        p=p,
        p_permutation=words.p,
        difference=words.difference,
        interval=words.interval,
        characters_a=total(letters_a),
        characters_b=total(letters_b),
        character_difference=letters.difference,
        character_interval=letters.interval,
        p_characters=letters.p,
        resampled="utterances" if groups is None else f"{words.units} speakers",
        utterances=len(counts_a),
        hours=of_a.hours,
        counting=conditions.costs.name,
        share_needed=share_needed(words.difference, words.error),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Paired:
    """A difference of rates, paired unit by unit."""

    difference: float
    interval: tuple[float, float]
    p: float
    error: float
    """Standard error of the bootstrap."""
    units: int


def _paired(
    of_a: Sequence[Counts], of_b: Sequence[Counts], groups: Sequence[str] | None, seed: int
) -> _Paired:
    """Difference of the rates of a and b, over groups of utterances where there are any."""
    errors = np.array([x.errors - y.errors for x, y in zip(of_a, of_b, strict=True)], np.int64)
    said = np.array([count.reference for count in of_a], dtype=np.int64)
    if groups is not None:
        errors, said = summed(errors, groups), summed(said, groups)
    drawn = resampled_rates(errors, said, seed)
    low, high = np.percentile(drawn, PERCENTILES)
    return _Paired(
        difference=float(errors.sum() / max(said.sum(), 1)),
        interval=(float(low), float(high)),
        p=permutation_test(errors, seed),
        error=float(drawn.std()),
        units=len(errors),
    )


def _order(of_a: Sequence[Scored], of_b: Sequence[Scored]) -> Sequence[int]:
    """Places in the second list by the order of the first, where both have the same ids, once each."""
    places = {utterance.id: k for k, utterance in enumerate(of_b)}
    ids = [utterance.id for utterance in of_a]
    if len(places) == len(of_b) == len(ids) and places.keys() == set(ids):
        return [places[name] for name in ids]
    return range(len(of_b))


def _check_same(a: str, of_a: Sequence[Scored], b: str, of_b: Sequence[Scored]) -> None:
    if len(of_a) != len(of_b):
        raise OtherReferences(
            f"{a} has {len(of_a):,} utterances and {b} has {len(of_b):,}: two recognisers are "
            "compared on the same test.",
            same_ids=False,
        )
    for x, y in zip(of_a, of_b, strict=True):
        if (x.id, x.reference) != (y.id, y.reference):
            raise OtherReferences(
                f"{a} and {b} were not scored on the same references: {x.id!r} is "
                f"{x.reference[:60]!r} there, {y.id!r} is {y.reference[:60]!r} here.",
                same_ids=x.id == y.id,
            )


def _rate(counts: Counts, what: str = "words") -> str:
    return f"{counts.rate:.2%} ({counts.errors:,} of {counts.reference:,} {what})"


def _between(difference: float, interval: tuple[float, float]) -> str:
    low, high = interval
    return f"{_points(difference)} points ({_points(low)} to {_points(high)})"


def _points(difference: float) -> str:
    return f"{100 * difference:+.2f}".replace("-", "−")


def _p(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else f"{p:.1e}" if p >= LEAST_P else f"below {LEAST_P:.0e}"
