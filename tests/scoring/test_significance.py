"""Run: python -m pytest tests/scoring/test_significance.py"""

import math

import numpy as np
import pytest
from scored import word_ops

from xlt.scoring import significance
from xlt.scoring.significance import matched_pairs, permutation_test, segments, share_needed


def segments_of(reference: str, a: str, b: str) -> list[tuple[int, int]]:
    return segments(word_ops([reference], [a]), word_ops([reference], [b]))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("a b c d e f", "a b c d e f", []),
        ("a x c d e f", "a b c d e f", [(1, 0)]),
        ("a x c d y f", "a b c d e f", [(1, 0), (1, 0)]),  # c and d part them
        ("a x c y e f", "a b c d e f", [(2, 0)]),  # c alone does not
        ("a x c d e f", "a b c d y f", [(1, 0), (0, 1)]),
        ("a x c d e f", "a b c y e f", [(1, 1)]),
        ("a x c z d y f", "a b c d e f", [(3, 0)]),  # an insertion between c and d joins them
        ("z a b c d e f", "a b c d e", [(1, 0), (0, 1)]),
        ("", "a b c d e f", [(6, 0)]),
        ("a b c d e f x y", "x a b c d e f", [(0, 1), (2, 0)]),
    ],
)
def test_segments_by_hand(a, b, expected):
    assert segments_of("a b c d e f", a, b) == expected


def test_segments_end_with_the_utterance():
    a = word_ops(["a b", "c d"], ["a x", "y d"])
    assert segments(a, word_ops(["a b", "c d"], ["a b", "c d"])) == [(1, 0), (1, 0)]


def test_words_that_only_the_hypotheses_have_are_errors_too():
    assert segments_of("", "x y", "z") == [(2, 1)]


def test_matched_pairs_by_hand():
    """Mean 0.5, variance 1/3, 4 segments: z = 0.5 / sqrt(1/12)."""
    z, p = matched_pairs([1, 1, 0, 0])
    assert z == pytest.approx(0.5 / math.sqrt(1 / 12))
    assert p == pytest.approx(math.erfc(z / math.sqrt(2)))
    assert matched_pairs([0, 0]) == matched_pairs([]) == (0.0, 1.0)
    assert matched_pairs([1, 1, 1]) == (None, None)


def test_permutations_by_hand():
    """Of the 2^10 ways to exchange ten equal differences, two are as extreme."""
    assert permutation_test(np.ones(10, dtype=np.int64), 0) == pytest.approx(2 / 1024, rel=0.6)
    assert permutation_test(np.array([1, -1, 0]), 0) == 1.0
    assert permutation_test(np.zeros(3, dtype=np.int64), 0) == 1.0


def test_permutations_in_chunks_stay_within_memory(monkeypatch):
    differences = np.random.default_rng(0).integers(-2, 4, size=200)
    whole = permutation_test(differences, 1)
    monkeypatch.setattr(significance, "CHUNK", 20_001)
    assert permutation_test(differences, 1) == pytest.approx(whole, abs=0.01)


def test_no_difference_is_found_as_often_as_promised():
    """Two recognisers of the same quality: p is below 0.05 in about one test of twenty."""
    random = np.random.default_rng(0)
    below = {"matched pairs": 0, "permutations": 0}
    for seed in range(400):
        differences = random.poisson(1, size=80) - random.poisson(1, size=80)
        below["matched pairs"] += matched_pairs(differences.tolist())[1] < 0.05
        below["permutations"] += permutation_test(differences, seed) < 0.05
    for found in below.values():
        assert 6 <= found <= 36, below  # 20 expected, standard deviation 4.4


def test_the_power_that_was_promised_is_there():
    """So much speech as `share_needed` asks for finds the difference four times out of five."""
    random = np.random.default_rng(0)
    size = 400
    drawn = random.normal(0.1, 1.0, size=(2000, size))
    share = share_needed(0.1, 1.0 / math.sqrt(size))
    assert share * size == pytest.approx(785, rel=0.01)  # (1.96 + 0.84)^2 / 0.1^2
    larger = random.normal(0.1, 1.0, size=(2000, round(share * size)))
    z = larger.mean(axis=1) * math.sqrt(larger.shape[1]) / larger.std(axis=1)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.03)
    fewer = drawn.mean(axis=1) * math.sqrt(size) / drawn.std(axis=1)
    assert (np.abs(fewer) > 1.96).mean() < 0.6
    assert share_needed(0.0, 1.0) is None
