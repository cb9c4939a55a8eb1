"""Numbers of sections: the parts in turn after a noun of numbering, a date elsewhere."""

import pytest

from xlt.language.rules import get
from xlt.language.text import normalise

WITH_SECTIONS = ("de", "de-CH", "en", "es", "pt", "pt-PT")


@pytest.mark.parametrize("code", WITH_SECTIONS)
def test_every_noun_makes_a_number_in_parts_and_no_date(code):
    language = get(code)
    for noun in language.sections.nouns:
        words = normalise(f"x {noun} 3.12.05 x", language).text
        parts = " ".join(normalise(part, language).text for part in ("3", "12", "05"))
        assert words.endswith(f" {parts} x"), words


@pytest.mark.parametrize("code", WITH_SECTIONS)
def test_without_the_noun_it_is_what_it_was(code):
    language = get(code)
    months = language.dates.months
    if "." in language.dates.separators:
        assert any(month in normalise("x 3.12.05 x", language).text for month in months)
        for noun in language.sections.nouns:
            written = normalise(f"x {noun} 03.12.2005 x", language).text
            assert any(month in written for month in months), "a year of four digits is a date's"


@pytest.mark.parametrize(
    ("code", "written", "spoken"),
    [
        ("es", "apartado 1.234", "apartado mil doscientos treinta y cuatro"),
        ("es", "regla 1.234.567,5", "regla un millón doscientos treinta y cuatro mil quinientos "
         "sesenta y siete coma cinco"),
        ("pt", "item 2,5", "item dois vírgula cinco"),
        ("de", "Punkt 2,5", "punkt zwei komma fünf"),
        ("de", "Teil 1. Mai", "teil erster mai"),
        ("en", "version 3.5%", "version three point five percent"),
    ],
)  # fmt: skip
def test_other_numbers_after_the_noun_stay(code, written, spoken):
    assert normalise(written, get(code)).text == spoken
