"""Signs of damage in transcripts: found where letters were lost, quiet where a text is whole."""

import pytest

from xlt.language.damage import BRACKETS, ENCODING, LONGEST, LOST, MARKUP, damage
from xlt.language.rules import get

DAMAGED = [
    ("Il treno arriver? domani", LOST, "arriver?"),
    ("La porta ? chiusa", LOST, "porta ? chiusa"),
    ("El ni?o duerme", LOST, "ni?o"),
    ("Die Stra\ufffde ist lang", LOST, "Stra\ufffde"),
    ("Sie fuhr ?ber die Brücke.", LOST, "?ber"),
    ("perchÃ© no", ENCODING, "perchÃ©"),
    ("It costs â€‹ten", ENCODING, "â€"),
    ("Hola (con énfasis) a todos", BRACKETS, "(con énfasis)"),
    ("[@] es la arroba", BRACKETS, "[@]"),
    ("dijo {que sí", BRACKETS, "{"),
    ("Tom &amp;amp; Jerry", MARKUP, "&amp;"),
    ("Das ist <b>wichtig</b>.", MARKUP, "<b>"),
]
WHOLE = [
    "¿Vienes? preguntó Ana.",
    "Wer ist da? Ich bin es.",
    "«Kommst du?» fragte er.",
    "What? No. Really?!",
    "Why?... because",
    "Siehe www.ort.de/seite?nummer=3 und sonst nichts",
    "?Que hora es?",
    "what? no capitals here",
    "NÃO É ASSIM, IRMÃO",
    "Hola [risas] a todos (aplausos)",
    "Sí.",
    "R&D",
    "",
]


@pytest.mark.parametrize(("text", "kind", "piece"), DAMAGED)
def test_damage_is_found_with_the_words_at_it(text: str, kind: str, piece: str) -> None:
    found = damage(text, get("es"))
    assert list(found) == [kind]
    assert piece in found[kind] and len(found[kind]) <= LONGEST


@pytest.mark.parametrize("text", WHOLE)
def test_a_whole_transcript_shows_none(text: str) -> None:
    assert damage(text, get("es")) == {}


def test_a_long_word_does_not_fill_the_screen() -> None:
    assert len(damage("a" * 500 + "?" + "b" * 500, get("de"))[LOST]) <= LONGEST


def test_one_transcript_may_show_several_kinds() -> None:
    found = damage("El ni?o &quot;grande&quot; (gritando fuerte)", get("es"))
    assert set(found) == {LOST, MARKUP, BRACKETS}
