"""Numbers that are one word with their ending."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.language.rules import get
from xlt.language.verbalise.compounds import compounds
from xlt.language.verbalise.numbers import whole

GERMAN = get("de")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("3-jährig", "dreijährig"),
        ("16-jähriger", "sechzehnjähriger"),
        ("1-mal", "einmal"),
        ("3x", "dreimal"),
        ("20%ige", "zwanzigprozentige"),
        ("20 %-ige", "zwanzigprozentige"),
        ("80er", "achtziger"),
        ("1980ern", "neunzehnhundertachtzigern"),
        ("2fach", "zweifach"),
    ],
)
def test_number_and_ending_are_one_word(written, said):
    assert compounds(written, GERMAN) == (said, 1)


@pytest.mark.parametrize("text", ["3-zimmer", "2,5-fach", "a3er", "3-jährigx", "12:30er", "er", ""])
def test_others_stay(text):
    assert compounds(text, GERMAN) == (text, 0)


@given(st.integers(2, 999))
def test_any_number_is_joined(n):
    assert compounds(f"{n}-jährig", GERMAN)[0] == f"{whole(str(n), GERMAN)}jährig"


def test_languages_without_them_leave_the_text_alone():
    assert compounds("3-jährig", get("es")) == ("3-jährig", 0)
