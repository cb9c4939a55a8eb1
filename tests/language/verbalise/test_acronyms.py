"""Acronyms: spelled where nobody could read them, words otherwise."""

from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.language.rules import get
from xlt.language.text import is_normal, normalise
from xlt.language.verbalise.acronyms import is_readable, letter_names

SPELLING = [code for code in ("de", "es", "pt", "pt-PT") if get(code).spelling.names]


@pytest.mark.parametrize("code", SPELLING)
def test_every_letter_has_a_name_in_letters(code):
    language = get(code)
    assert not set(ascii_lowercase) - set(language.spelling.names)
    assert all(is_normal(name, language) for name in language.spelling.names.values())


@pytest.mark.parametrize(
    ("readable", "words"),
    [
        (True, "otan onu unesco psoe covid nasa mercosur iva ave usa uefa opep que tren"),
        (False, "dni adn fbi bbva ong pp tv html gps pdf erc ocs qr oms"),
    ],
)
def test_spanish_words_and_acronyms_are_told_apart(readable, words):
    assert [w for w in words.split() if is_readable(w, get("es")) is not readable] == []


@given(word=st.text("bcdfgklmnpqrstvxz", min_size=2, max_size=5))
def test_without_a_vowel_it_is_spelled(word):
    spanish = get("es")
    said = letter_names(word, spanish)
    if word in spanish.spelling.sayings or set(word) <= set("ivxlcdm"):
        return
    assert normalise(f"el {word.upper()} es", spanish).text == f"el {said} es"


def test_capitals_that_are_no_acronym():
    spanish = get("es")
    assert normalise("EL NIÑO COMIÓ PAN Y SCHMIDT", spanish).text == "el niño comió pan y schmidt"
    assert normalise("5 KM, 7 PM y EUR 5", spanish).text == (
        "cinco kilómetros siete de la noche y cinco euros"
    )
