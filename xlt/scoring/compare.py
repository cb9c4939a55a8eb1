"""Two recognisers on the same test: is the difference of their word errors more than chance?

The test is that of matched pairs of segments: Gillick and Cox, "Some statistical issues in the
comparison of speech recognition algorithms", ICASSP 1989, as NIST's sc_stats does it (MAPSSWE). A
segment is a stretch with errors between words that both recognised; errors of two segments are
taken for independent. Two checks need no segments and no normal distribution: a permutation test
and a bootstrap, over speakers where these are known and enough, else over utterances.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from xlt.scoring.align import MINIMUM, Costs, Op
from xlt.scoring.errors import (
    CHUNK,
    PERCENTILES,
    Counts,
    groups_of,
    hours_text,
    resampled_rates,
    summed,
    total,
    word_errors,
)
from xlt.scoring.utterances import Scored, hours, word_alignments

GOOD_WORDS = 2
"""Words in a row that both must get right for a segment to end; sc_stats takes 2."""
PERMUTATIONS = 9_999
SIGNIFICANCE = 0.05
POWER = 0.8
"""Chance to find a difference of the size that was seen."""
FEW_SEGMENTS = 50
"""Below this the normal distribution of the matched pairs is a rough guess; believe the permutations."""

Integers = NDArray[np.int64]


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
    """How many tests of this size would separate the two; None where they do not differ."""

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
            return "no amount: they make as many errors"
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


def segments(of_a: Sequence[Sequence[Op]], of_b: Sequence[Sequence[Op]]) -> list[tuple[int, int]]:
    """Errors of both in every stretch that has some, between `GOOD_WORDS` or the utterance's ends."""
    found: list[tuple[int, int]] = []
    for a, b in zip(of_a, of_b, strict=True):
        now_a = now_b = good = 0
        for wrong_a, wrong_b in zip(_by_place(a), _by_place(b), strict=True):
            if wrong_a is None and wrong_b is None:
                good += 1
            elif wrong_a or wrong_b:
                if good >= GOOD_WORDS and (now_a or now_b):
                    found.append((now_a, now_b))
                    now_a = now_b = 0
                now_a, now_b, good = now_a + (wrong_a or 0), now_b + (wrong_b or 0), 0
        if now_a or now_b:
            found.append((now_a, now_b))
    return found


def _by_place(ops: Sequence[Op]) -> list[int | None]:
    """Errors before, at and between the reference's words (2 x words + 1); None: a word was right."""
    places: list[int | None] = [0]
    for kind, _, _ in ops:
        if kind == "insert":
            places[-1] = (places[-1] or 0) + 1
        else:
            places += [None if kind == "equal" else 1, 0]
    return places


def matched_pairs(differences: Sequence[int]) -> tuple[float | None, float | None]:
    """Statistic z and two-sided p of the mean difference of errors in a segment; None if nothing varies."""
    if not any(differences):
        return 0.0, 1.0
    if len(set(differences)) == 1:
        return None, None
    values = np.array(differences, dtype=np.float64)
    z = float(values.mean() / (values.std(ddof=1) / math.sqrt(len(values))))
    return z, 2 * NormalDist().cdf(-abs(z))


def permutation_test(differences: Integers, seed: int) -> float:
    """Share of random exchanges of the two, unit by unit, that differ at least as much (two-sided).

    Noreen, "Computer-intensive methods for testing hypotheses", Wiley 1989, chapter 2.
    """
    weights = differences[differences != 0].astype(np.float64)
    if not len(weights):
        return 1.0
    random, seen, least = np.random.default_rng(seed), 0, abs(weights.sum())
    rows = max(1, CHUNK // len(weights))
    for start in range(0, PERMUTATIONS, rows):
        size = (min(rows, PERMUTATIONS - start), len(weights))
        swapped = random.integers(2, size=size, dtype=np.int8)
        seen += int((np.abs(weights.sum() - 2 * (swapped @ weights)) >= least).sum())
    return (seen + 1) / (PERMUTATIONS + 1)


def share_needed(difference: float, error: float) -> float | None:
    """Tests of this size after which a difference would be found, as often as `POWER` says.

    n = N ((z_(1 - SIGNIFICANCE/2) + z_POWER) x standard error / difference)^2, the sample size of a
    test of a mean: Lachin, "Introduction to sample size determination and power analysis for
    clinical trials", Controlled Clinical Trials 2 (1981), 93-113. The standard error on N is the
    bootstrap's. It takes the difference that was seen for the true one.
    """
    if not difference:
        return None
    normal = NormalDist()
    quantiles = normal.inv_cdf(1 - SIGNIFICANCE / 2) + normal.inv_cdf(POWER)
    return (quantiles * error / difference) ** 2


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
            "compared on the same test."
        )
    for x, y in zip(of_a, of_b, strict=True):
        if (x.id, x.reference) != (y.id, y.reference):
            raise ValueError(
                f"{a} and {b} were not scored on the same references: {x.id!r} is "
                f"{x.reference[:60]!r} there, {y.id!r} is {y.reference[:60]!r} here."
            )


def _rate(counts: Counts) -> str:
    return f"{counts.rate:.2%} ({counts.errors:,} of {counts.reference:,} words)"


def _points(difference: float) -> str:
    return f"{100 * difference:+.2f}".replace("-", "−")


def _p(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else f"{p:.1e}"
