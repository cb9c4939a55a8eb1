"""Run: python -m pytest tests/scoring/test_align.py

golden/sclite.tsv holds the counts of NIST's sclite 2.10 (SCTK 2.4.10); `tests/referees/sclite.py`
makes it again.
"""

import csv
from functools import cache

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import GOLDEN
from scored import character_ops, word_ops

from xlt.scoring import align
from xlt.scoring.align import MINIMUM, SCLITE

WORDS = st.lists(st.sampled_from("a la casa sol se ñu".split()), max_size=9)
PAIR = st.tuples(WORDS.map(" ".join), WORDS.map(" ".join))
PAIRS = st.lists(PAIR, min_size=1, max_size=12)
KINDS = ("equal", "substitute", "delete", "insert")


def best_counts(reference: list[str], hypothesis: list[str]) -> tuple[int, int, int, int]:
    """By trying everything: the fewest edits, then the fewest substitutions."""

    @cache
    def best(i: int, j: int) -> tuple[int, int, int, int, int]:
        """(edits, substitutions, hits, deletions, insertions) of what is left from i and j on."""
        ways = []
        if i < len(reference) and j < len(hypothesis):
            e, s, h, d, n = best(i + 1, j + 1)
            same = reference[i] == hypothesis[j]
            ways.append((e + (not same), s + (not same), h + same, d, n))
        if i < len(reference):
            e, s, h, d, n = best(i + 1, j)
            ways.append((e + 1, s, h, d + 1, n))
        if j < len(hypothesis):
            e, s, h, d, n = best(i, j + 1)
            ways.append((e + 1, s, h, d, n + 1))
        return min(ways, default=(0, 0, 0, 0, 0))

    _, s, h, d, n = best(0, 0)
    return h, s, d, n


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(PAIRS)
def test_counts_are_the_best_there_are(pairs):
    expected = [best_counts(r.split(), h.split()) for r, h in pairs]
    assert align.word_counts(*zip(*pairs, strict=True)) == expected
    expected = [best_counts(list(r), list(h)) for r, h in pairs]
    assert align.character_counts(*zip(*pairs, strict=True)) == expected


@settings(max_examples=150, deadline=None)
@given(PAIRS)
def test_as_many_errors_as_jiwer(pairs):
    for (reference, hypothesis), ours in zip(
        pairs, align.word_counts(*zip(*pairs, strict=True)), strict=True
    ):
        found = jiwer.process_words(reference, hypothesis)
        assert sum(ours[1:]) == found.substitutions + found.deletions + found.insertions


@settings(max_examples=100, deadline=None)
@given(PAIRS, st.sampled_from([MINIMUM, SCLITE]))
def test_listed_edits_turn_one_text_into_the_other_and_add_up_to_the_counts(pairs, costs):
    for counts, ops, joint in (
        (align.word_counts, word_ops, " "),
        (align.character_counts, character_ops, ""),
    ):
        sides = list(zip(*pairs, strict=True))
        for pair, tally, listed in zip(
            pairs, counts(*sides, costs), ops(*sides, costs), strict=True
        ):
            assert joint.join(before for kind, before, _ in listed if kind != "insert") == pair[0]
            assert joint.join(after for kind, _, after in listed if kind != "delete") == pair[1]
            assert all((kind == "equal") == (a == b) for kind, a, b in listed)
            assert tuple(sum(op[0] == kind for op in listed) for kind in KINDS) == tally


def golden() -> list[tuple[str, str, tuple[int, ...]]]:
    path = GOLDEN / "sclite.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return [(r, h, tuple(map(int, counts))) for r, h, *counts in rows]


def test_the_referee_agrees():
    references, hypotheses, theirs = zip(*golden(), strict=True)
    assert len(theirs) > 300
    assert align.word_counts(references, hypotheses, SCLITE) == list(theirs)
    ours = align.word_counts(references, hypotheses)
    different = [k for k in range(len(ours)) if ours[k] != theirs[k]]
    assert 0 < len(different) < len(ours) / 20, "the file holds all ties that were found"
    for k in different:
        assert sum(ours[k][1:]) < sum(theirs[k][1:]), "where counts differ, sclite has more errors"


@pytest.mark.parametrize("costs", [MINIMUM, SCLITE])
def test_one_hit_between_two_gaps_beats_two_substitutions(costs):
    assert align.word_counts(["el sol"], ["sol el"], costs) == [(1, 0, 1, 1)]


def test_sclite_takes_six_errors_where_five_would_do():
    """Two hits are worth an error to it: 3 deletions and 3 insertions weigh 18, 5 substitutions 20."""
    pair = ["a a a b b"], ["b b x c c"]
    assert align.word_counts(*pair) == [(0, 5, 0, 0)]
    assert align.word_counts(*pair, SCLITE) == [(2, 0, 3, 3)]


def test_batches_of_any_size_count_alike(monkeypatch):
    references = ["a b c d e f"[: 2 * (k % 6)] for k in range(50)]
    hypotheses = ["f e d c b a"[2 * (k % 5) :] for k in range(50)]
    counts, ops = (f(references, hypotheses) for f in (align.word_counts, word_ops))
    monkeypatch.setattr(align, "COUNTED_CELLS", 10)
    monkeypatch.setattr(align, "ALIGNED_CELLS", 10)
    assert align.word_counts(references, hypotheses) == counts
    assert word_ops(references, hypotheses) == ops


@given(PAIRS, st.sampled_from([MINIMUM, SCLITE]))
def test_paths_add_up_to_the_counts_in_a_byte_a_token(pairs, costs):
    sides = list(zip(*pairs, strict=True))
    for paths, counts in (
        (align.word_paths, align.word_counts),
        (align.character_paths, align.character_counts),
    ):
        found = paths(*sides, costs)
        assert list(map(align.tally, found)) == counts(*sides, costs)
        assert [len(path) for path in found] == list(map(sum, counts(*sides, costs)))


@pytest.mark.parametrize("length", [100, 300, 20_000])
def test_long_texts_do_not_overflow(length):
    """Costs grow with the square of the length: 16, 32 and 64 bits."""
    assert align.word_counts(["a " * length], ["b"]) == [(0, 1, length - 1, 0)]
    assert align.word_counts(["a"], ["b " * length]) == [(0, 1, 0, length - 1)]


def test_white_space_of_any_kind_parts_words_and_lone_surrogates_are_characters():
    assert align.word_counts(["el\tsol \u2003 sale"], ["el sol sale"]) == [(3, 0, 0, 0)]
    assert align.character_counts(["\ud800a"], ["a"]) == [(1, 0, 1, 0)]
