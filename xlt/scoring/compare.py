"""Two recognisers on the same test: is the difference of their word errors more than chance?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlt.scoring.align import MINIMUM, Costs
from xlt.scoring.errors import (
    PERCENTILES,
    Counts,
    groups_of,
    hours_text,
    resampled_rates,
    summed,
    total,
    word_errors,
)
from xlt.scoring.significance import (
    POWER,
    SIGNIFICANCE,
    matched_pairs,
    permutation_test,
    segments,
    share_needed,
)
from xlt.scoring.utterances import Scored, hours, word_alignments

LEAST_P = 1e-12
"""Below this a p-value says more about the normal distribution than about recognisers."""
FEW_SEGMENTS = 50
"""Below this the normal distribution of the matched pairs is a rough guess; believe the permutations."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What two recognisers' word errors on one test say about the two."""

    a: str
    b: str
    """Names of the two."""
    data: str
    split: str
    normaliser: str
    """That the texts of both went through."""
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
    resampled: str
    """What permutations and bootstrap take for independent."""
    utterances: int
    hours: float | None
    counting: str
    """The rule by which errors were counted, one of `xlt.scoring.align.RULES`."""
    share_needed: float | None
    """How many tests of this size would separate the two; None where they do not differ, or where
    nothing varies."""

    @property
    def verdict(self) -> str:
        """What the two tests come to, in a sentence."""
        less = self.a if self.difference < 0 else self.b
        found = [p < SIGNIFICANCE for p in (self.p, self.p_permutation) if p is not None]
        if all(found):
            return f"{less} makes fewer word errors; chance alone would seldom do that."
        if any(found):
            return (
                f"{less} makes fewer word errors, but the two tests disagree: segments are not as "
                f"independent as {self.resampled.split()[-1]}, or too few. Take a larger test."
            )
        return "This test does not separate the two."

    def rows(self) -> list[tuple[str, str]]:
        """What was found, and its value as text."""
        low, high = self.interval
        return [
            ("test", self._test()),
            (f"WER of {self.a}", _rate(self.words_a)),
            (f"WER of {self.b}", _rate(self.words_b)),
            (
                "difference",
                f"{_points(self.difference)} points ({_points(low)} to {_points(high)})",
            ),
            ("p, matched pairs", self._matched()),
            ("p, permutations", f"{_p(self.p_permutation)} over {self.resampled}"),
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
            return "unknown: all differ alike" if self.difference else "no amount: as many errors"
        if self.hours is not None:
            amount, has = hours_text(self.share_needed * self.hours), hours_text(self.hours)
        else:
            needed = math.ceil(self.share_needed * self.utterances)
            amount, has = f"{needed:,} utterances", f"{self.utterances:,}"
        return f"{amount}, for {POWER:.0%} power at p < {SIGNIFICANCE}; this test has {has}"


def compare(
    a: str,
    of_a: Sequence[Scored],
    b: str,
    of_b: Sequence[Scored],
    *,
    data: str,
    split: str,
    normaliser: str,
    seed: int = 0,
    costs: Costs = MINIMUM,
) -> Comparison:
    """Compare two recognisers by their word errors on the same utterances, in whatever order.

    Raises:
        ValueError: the two were not scored on the same references.
    """
    of_b = _in_order(of_a, of_b)
    _check_same(a, of_a, b, of_b)
    counts_a, counts_b = _counts(of_a, costs), _counts(of_b, costs)
    differences = np.array(
        [x.errors - y.errors for x, y in zip(counts_a, counts_b, strict=True)], dtype=np.int64
    )
    words = np.array([count.reference for count in counts_a], dtype=np.int64)
    groups = groups_of([u.speaker for u in of_a])
    if groups is not None:
        differences, words = summed(differences, groups), summed(words, groups)
    drawn = resampled_rates(differences, words, seed)
    low, high = np.percentile(drawn, PERCENTILES)
    pairs = segments(word_alignments(of_a, costs), word_alignments(of_b, costs))
    z, p = matched_pairs([x - y for x, y in pairs])
    difference = float(differences.sum() / max(words.sum(), 1))
    return Comparison(
        a=a,
        b=b,
        data=data,
        split=split,
        normaliser=normaliser,
        words_a=total(counts_a),
        words_b=total(counts_b),
        segments=len(pairs),
        z=z,
        p=p,
        p_permutation=permutation_test(differences, seed),
        difference=difference,
        interval=(float(low), float(high)),
        resampled="utterances" if groups is None else f"{len(differences)} speakers",
        utterances=len(of_a),
        hours=hours(of_a),
        counting=costs.name,
        share_needed=share_needed(difference, float(drawn.std())),
    )


def _counts(utterances: Sequence[Scored], costs: Costs) -> list[Counts]:
    said, heard = [u.reference for u in utterances], [u.hypothesis for u in utterances]
    return word_errors(said, heard, costs=costs)


def _in_order(of_a: Sequence[Scored], of_b: Sequence[Scored]) -> Sequence[Scored]:
    """The second list in the order of the first, where both have the same ids, once each."""
    by_id = {utterance.id: utterance for utterance in of_b}
    ids = [utterance.id for utterance in of_a]
    if len(by_id) == len(of_b) == len(ids) and by_id.keys() == set(ids):
        return [by_id[name] for name in ids]
    return of_b


def _check_same(a: str, of_a: Sequence[Scored], b: str, of_b: Sequence[Scored]) -> None:
    if len(of_a) != len(of_b):
        raise ValueError(
            f"{a} has {len(of_a):,} utterances and {b} has {len(of_b):,}: two recognisers are "
            "compared on the same test. Give it by --reference: what is missing counts as deleted."
        )
    for x, y in zip(of_a, of_b, strict=True):
        if (x.id, x.reference) != (y.id, y.reference):
            raise ValueError(
                f"{a} and {b} were not scored on the same references: {x.id!r} is "
                f"{x.reference[:60]!r} there, {y.id!r} is {y.reference[:60]!r} here. Give one file for both, "
                "by --reference."
            )


def _rate(counts: Counts) -> str:
    return f"{counts.rate:.2%} ({counts.errors:,} of {counts.reference:,} words)"


def _points(difference: float) -> str:
    return f"{100 * difference:+.2f}".replace("-", "−")


def _p(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else f"{p:.1e}" if p >= LEAST_P else f"below {LEAST_P:.0e}"
