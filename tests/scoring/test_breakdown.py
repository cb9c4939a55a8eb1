import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.scoring.breakdown import (
    SHOWN,
    UNKNOWN,
    UtteranceCounts,
    by_bounds,
    by_name,
    margin,
    pace,
    quartiles,
)
from xlt.scoring.errors import Counts
from xlt.scoring.utterances import Scored


def tally(hits, errors=0):
    counts = Counts(hits=hits, substitutions=errors)
    return UtteranceCounts(words=counts, characters=counts + counts)


COUNTS = st.builds(tally, st.integers(0, 9), st.integers(0, 9))


def whole(table):
    return (
        sum(group.utterances for group in table.groups),
        sum(group.words.errors for group in table.groups),
        sum(group.characters.reference for group in table.groups),
    )


@given(st.lists(st.tuples(st.sampled_from([*"abcdefghijklmnopqrstuvwxyz", None]), COUNTS)))
def test_no_utterance_is_lost_between_names(rows):
    table = by_name("x", [label for label, _ in rows], [t for _, t in rows])
    if len({label for label, _ in rows}) < 2:
        assert table is None
        return
    assert whole(table) == (
        len(rows),
        sum(t.words.errors for _, t in rows),
        sum(t.characters.reference for _, t in rows),
    )


@given(st.lists(st.tuples(st.none() | st.floats(-5, 50), COUNTS)))
def test_no_utterance_is_lost_between_bounds(rows):
    table = by_bounds("x", [v for v, _ in rows], [t for _, t in rows], (2.0, 5.0, 10.0), "{:g} s")
    if table is not None:
        assert whole(table)[0] == len(rows)
        assert whole(table)[1] == sum(t.words.errors for _, t in rows)
        assert len(table.groups) >= 2


def test_names_stand_by_their_errors_and_the_unknown_last():
    table = by_name(
        "x", ["a", None, "b", "b"], [tally(5, 1), tally(5, 9), tally(4, 1), tally(1, 1)]
    )
    assert [group.label for group in table.groups] == ["b", "a", UNKNOWN]
    assert (table.groups[0].utterances, table.groups[0].words.errors) == (2, 2)


def test_a_name_that_is_called_unknown_is_not_the_unknown():
    table = by_name("x", [UNKNOWN, None], [tally(5, 1), tally(5, 9)])
    assert [group.words.errors for group in table.groups] == [1, 9]


def test_a_long_table_ends_in_the_others():
    labels = [f"s{k:02}" for k in range(SHOWN + 5)]
    table = by_name("x", [*labels, None], [tally(5, k) for k in range(SHOWN + 5)] + [tally(1)])
    assert len(table.groups) == SHOWN + 2
    *shown, others, unknown = table.groups
    assert [group.words.errors for group in shown] == list(range(SHOWN + 4, 4, -1))
    assert (others.label, others.utterances, others.others) == ("5 others", 5, True)
    assert others.words.errors == 0 + 1 + 2 + 3 + 4
    assert unknown.label == UNKNOWN and not unknown.others


def test_bounds_belong_to_the_group_above_and_the_unit_is_said_once():
    table = by_bounds("x", [1.0, 2.0, 4.9, 5.0, None], [tally(1)] * 5, (2.0, 5.0), "{:g} s")
    assert [(group.label, group.utterances) for group in table.groups] == [
        ("under 2 s", 1),
        ("2 to 5 s", 2),
        ("5 s and more", 1),
        (UNKNOWN, 1),
    ]
    assert by_bounds("x", [1.0, 1.5], [tally(1)] * 2, (2.0, 5.0), "{:g} s") is None
    assert by_bounds("x", [None, 1.0], [tally(1)] * 2, (), "{:g} s") is None


def test_quartiles_part_into_groups_of_like_size():
    assert quartiles([float(k) for k in range(1, 102)]) == [26.0, 51.0, 76.0]
    assert quartiles([3.0] * 9) == [3.0]
    assert quartiles([None]) == []


def test_pace_needs_a_duration_and_words():
    def spoken(reference, duration_s):
        return pace(Scored(id="a", reference=reference, hypothesis="", duration_s=duration_s))

    assert spoken("sí señor", 2.0) == 4.0
    assert spoken("sí", None) is None
    assert spoken("sí", 0.0) is None
    assert spoken("", 2.0) is None


def test_the_margin_is_that_of_the_bootstrap():
    random = np.random.default_rng(0)
    words = random.integers(3, 20, 400)
    errors = random.binomial(words, 0.2)
    counts = [
        Counts(hits=int(n - e), substitutions=int(e)) for n, e in zip(words, errors, strict=True)
    ]
    drawn = random.integers(400, size=(4000, 400))
    rates = errors[drawn].sum(axis=1) / words[drawn].sum(axis=1)
    low, high = np.percentile(rates, (2.5, 97.5))
    assert margin(counts) == pytest.approx((high - low) / 2, rel=0.05)


def test_one_utterance_has_no_margin_nor_have_empty_ones():
    assert margin([Counts(hits=3, substitutions=1)]) is None
    assert margin([Counts(insertions=3)] * 2) is None
