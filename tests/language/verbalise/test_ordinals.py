"""Ordinals with a full stop: the word beside them tells the ending, the end of a sentence does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.language.rules import get
from xlt.language.verbalise.numbers import ordinal
from xlt.language.verbalise.ordinals import dotted_ordinals

GERMAN = get("de")


def read(text: str) -> str:
    """The text after the step, with single spaces."""
    return " ".join(dotted_ordinals(text, GERMAN)[0].split())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("am 3. Tag", "am dritten Tag"),
        ("der 3. Tag", "der dritte Tag"),
        ("mein 3. Tag", "mein dritter Tag"),
        ("ihr 3. Kind", "ihr drittes Kind"),
        ("in der 3. Klasse", "in der dritten Klasse"),
        ("die 3. Klasse", "die dritte Klasse"),
        ("am 1., 2. und 3. Mai", "am ersten , zweiten und dritten Mai"),
        ("Er wurde 3. im Rennen", "Er wurde dritter im Rennen"),
        ("Es war am 3.", "Es war am dritten"),
        ("3.", "dritter"),
    ],
)
def test_the_word_beside_gives_the_ending(written, said):
    assert read(written) == said


@pytest.mark.parametrize(
    "text",
    [
        "Ich habe 3. Dann gehe ich.",
        "ich habe 3. dann gehe ich",  # without capitals nothing tells a sentence's end
        "Ich habe 3.",
        "seit 1989. und",
        "am 3.5 Grad",
        "3. Mai 1989",  # a date, with its year
        "12. Sept. 2011",
    ],
)
def test_no_ordinal(text):
    assert dotted_ordinals(text, GERMAN) == (text, 0)


def test_languages_without_them_leave_the_text_alone():
    assert dotted_ordinals("am 3. Tag", get("es")) == ("am 3. Tag", 0)


@given(st.integers(1, 999), st.sampled_from(sorted(GERMAN.dotted.before.items())))
def test_every_word_before_counts_once(n, entry):
    before, ending = entry
    text, count = dotted_ordinals(f"{before} {n}. Haus", GERMAN)
    assert count == 1
    assert " ".join(text.split()) == f"{before} {ordinal(str(n), (), GERMAN)}{ending} Haus"
