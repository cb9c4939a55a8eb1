"""Choices about transcripts: fields, never forks; the labels follow them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.language.choices import Choices, chosen
from xlt.language.labels import encode, labels
from xlt.language.rules import get
from xlt.language.text import is_normal, normalise

GERMAN, SPANISH, PORTUGUESE = get("de"), get("es"), get("pt")
PLAIN = Choices(umlauts="ae", sharp_s="ss")


def test_the_default_is_the_language_itself():
    assert chosen(GERMAN) is GERMAN
    assert chosen(GERMAN, Choices()) is GERMAN


def test_umlauts_and_sharp_s():
    assert normalise("Größe, fünf Äpfel", chosen(GERMAN, PLAIN)).text == "groesse fuenf aepfel"
    assert normalise("5 Straßen", chosen(GERMAN, Choices(sharp_s="ss"))).text == "fünf strassen"
    assert normalise("Café, Ærø", chosen(GERMAN, PLAIN)).text == "cafe aeroe"


def test_the_alphabet_and_the_labels_follow():
    plain = chosen(GERMAN, PLAIN)
    assert plain.letters == "abcdefghijklmnopqrstuvwxyz"
    assert len(labels(plain).letters) == len(labels(GERMAN).letters) - 4
    text = normalise("Fünf große Öfen kosten 30 €", chosen(GERMAN, PLAIN)).text
    assert len(encode(text, labels(plain))) == len(text)
    assert chosen(GERMAN, PLAIN) is plain


@given(text=st.text("aäöüßẞÄ u\u0308-'’5", max_size=20))
def test_the_properties_hold_under_every_choice(text):
    for choices in (PLAIN, Choices(sharp_s="ss", apostrophes="split", hyphens="join")):
        once = normalise(text, chosen(GERMAN, choices)).text
        assert is_normal(once, chosen(GERMAN, choices))
        assert normalise(once, chosen(GERMAN, choices)).text == once


def test_apostrophes_and_hyphens():
    assert normalise("d’água", PORTUGUESE).text == "dágua"
    assert normalise("d’água", chosen(PORTUGUESE, Choices(apostrophes="split"))).text == "d água"
    joined = Choices(hyphens="join")
    assert normalise("guarda-chuva", chosen(PORTUGUESE, joined)).text == "guardachuva"
    assert normalise("ex-jefe - y - más", chosen(SPANISH, joined)).text == "exjefe y más"
    assert normalise("10-20", chosen(SPANISH, joined)).text == "diez a veinte"
    assert normalise("it's", chosen(get("en"), Choices(apostrophes="split"))).text == "it's"


def test_what_could_not_be_read_rejects_or_is_counted():
    lost = normalise("Hola Жук", SPANISH)
    assert lost.unread == 3
    assert normalise("¡Hola! 😀", SPANISH).unread == 0


def test_a_choice_that_the_language_does_not_have_is_refused():
    with pytest.raises(ValueError, match=r"umlauts='ae' was chosen, but Spanish has no such"):
        chosen(SPANISH, PLAIN)


def test_numbers_of_one_word_can_be_taken_apart():
    apart = Choices(numbers="apart")
    assert (
        normalise("221.000", chosen(GERMAN, apart)).text == "zwei hundert ein und zwanzig tausend"
    )
    assert normalise("am 21. Mai 1989", chosen(GERMAN, apart)).text == (
        "am ein und zwanzigsten mai neunzehn hundert neun und achtzig"
    )
    for n in (*range(2000), 30_000, 123_456, 10**6 + 1):
        joined = normalise(str(n), GERMAN).text
        assert normalise(str(n), chosen(GERMAN, apart)).text.replace(" ", "") == joined.replace(
            " ", ""
        )
    with pytest.raises(ValueError, match="leave numbers at 'joined'"):
        chosen(PORTUGUESE, apart)


def test_spelled_words_can_be_written_by_their_letters():
    bare = Choices(letters="bare")
    assert normalise("BMW, GmbH, www.abc.de", GERMAN).text.startswith("be em we ge em be ha")
    assert normalise("BMW, GmbH, www.abc.de", chosen(GERMAN, bare)).text == (
        "b m w g m b h w w w punkt a b c punkt d e"
    )
