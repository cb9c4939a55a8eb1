"""Roman numerals: every one up to 3999, and where they are left alone."""

import pytest

from xlt.language.rules import get
from xlt.language.text import normalise
from xlt.language.verbalise.numbers import spell
from xlt.language.verbalise.roman import value

PARTS = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L")),
    *((40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)


def written(number: int) -> str:
    """Subtract the largest part as often as it fits: another way round than the module."""
    numeral = ""
    for worth, letters in PARTS:
        numeral += letters * (number // worth)
        number %= worth
    return numeral


def test_every_numeral_has_its_value():
    assert [value(written(n)) for n in range(1, 4000)] == list(range(1, 4000))


def test_every_century_is_read():
    spanish = get("es")
    for n in range(1, 100):
        assert normalise(f"siglo {written(n)}", spanish).text == f"siglo {spell(n, spanish)}"


@pytest.mark.parametrize(
    "text", ["siglo IIII", "siglo VX", "siglo xx", "Vi a Ivi", "X e I", "CIVIL"]
)
def test_what_is_no_numeral_stays_letters(text):
    assert "cinco" not in normalise(text, get("es")).text
    assert "diez" not in normalise(text, get("es")).text
    assert not {"veinte", "cuatro", "primero"} & set(normalise(text, get("es")).text.split())
