"""Run: python -m pytest tests/scoring/test_utterances.py"""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scored import word_ops

from xlt.scoring.align import MINIMUM, SCLITE, word_paths
from xlt.scoring.utterances import Scored, aligned_words, alike

WORDS = st.lists(st.sampled_from("casa cassa grande gande sol col a".split()), max_size=9)


def one(reference: str, hypothesis: str) -> Scored:
    return Scored(id="u", reference=reference, hypothesis=hypothesis)


def aligned(utterance: Scored, costs=MINIMUM):
    (path,) = word_paths([utterance.reference], [utterance.hypothesis], costs)
    return aligned_words(utterance, path)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "wrong"),
    [
        ("la casa grande", "la cassa", [("substitute", "casa", "cassa"), ("delete", "grande", "")]),
        ("la casa grande", "la gande", [("delete", "casa", ""), ("substitute", "grande", "gande")]),
        ("la casa", "la cassa gris", [("substitute", "casa", "cassa"), ("insert", "", "gris")]),
        ("la casa", "la gris cassa", [("insert", "", "gris"), ("substitute", "casa", "cassa")]),
        ("uno dos tres", "dus", [("delete", "uno", ""), ("substitute", "dos", "dus"), ("delete", "tres", "")]),
        ("ab", "xy z", None),
    ],
)  # fmt: skip
def test_words_are_confused_with_those_most_alike(reference, hypothesis, wrong):
    ops = aligned(one(reference, hypothesis))
    if wrong is None:
        assert Counter(kind for kind, _, _ in ops) == {"substitute": 1, "insert": 1}
    else:
        assert [op for op in ops if op[0] != "equal"] == wrong


@settings(max_examples=300, deadline=None)
@given(WORDS, WORDS, st.sampled_from([MINIMUM, SCLITE]))
def test_likeness_changes_no_count_and_no_word(said, heard, costs):
    texts = " ".join(said), " ".join(heard)
    ops = aligned(one(*texts), costs)
    (plain,) = word_ops([texts[0]], [texts[1]], costs)
    assert Counter(kind for kind, _, _ in ops) == Counter(kind for kind, _, _ in plain)
    assert [before for kind, before, _ in ops if kind != "insert"] == said
    assert [after for kind, _, after in ops if kind != "delete"] == heard
    assert all((kind == "equal") == (before == after) for kind, before, after in ops)

    def likeness(ops):
        return sum(alike(b, a) for kind, b, a in ops if kind == "substitute")

    assert likeness(ops) >= likeness(plain)


def test_a_long_stretch_of_errors_is_left_as_it_is():
    utterance = one("x " * 300, "y " * 200)
    assert [aligned(utterance)] == word_ops([utterance.reference], [utterance.hypothesis])


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [("casa", "casa", 1), ("casa", "cassa", 4 / 5), ("sol", "col", 2 / 3), ("a", "b", 0), ("aa", "aaa", 2 / 3)],
)  # fmt: skip
def test_likeness(a, b, expected):
    assert alike(a, b) == alike(b, a) == pytest.approx(expected)


def test_words_of_the_reference():
    assert one("el sol sale", "").words == 3
