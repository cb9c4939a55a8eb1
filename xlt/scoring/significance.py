"""Significance of a difference of word errors, and the speech that would show it.

The test is that of matched pairs of segments: Gillick and Cox, "Some statistical issues in the
comparison of speech recognition algorithms", ICASSP 1989, as NIST's sc_stats does it (MAPSSWE). A
segment is a stretch with errors between words that both recognised; errors of two segments are
taken for independent. Two checks need no segments and no normal distribution: a permutation test
and a bootstrap, over speakers where these are known and enough, else over utterances.
"""

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from xlt.scoring.align import Op
from xlt.scoring.errors import CHUNK

GOOD_WORDS = 2
"""Words in a row that both must get right for a segment to end; sc_stats takes 2."""
PERMUTATIONS = 9_999
SIGNIFICANCE = 0.05
LEAST_ERROR = 1e-9
"""A standard error below this is none: nothing varied."""
POWER = 0.8
"""Chance to find a difference of the size that was seen."""

Integers = NDArray[np.int64]


def segments(of_a: Iterable[Sequence[Op]], of_b: Iterable[Sequence[Op]]) -> list[tuple[int, int]]:
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
    if not difference or error < LEAST_ERROR:
        return None
    normal = NormalDist()
    quantiles = normal.inv_cdf(1 - SIGNIFICANCE / 2) + normal.inv_cdf(POWER)
    return (quantiles * error / difference) ** 2
