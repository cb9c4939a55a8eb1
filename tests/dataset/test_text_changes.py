"""Lines of an account on what normalising changed: punctuation does not read like damage."""

from xlt.dataset.text_changes import kind_of, text_changes
from xlt.language.rules import get
from xlt.language.text import normalise


def test_punctuation_is_apart_from_marks_and_from_what_is_lost() -> None:
    assert text_changes({"é": 1}, {".": 1_345, "¿": 2, "[musik]": 3, "漢": 1, "U+200B": 4}, 7) == [
        "Letters of other alphabets written with this one's: 1 (é x 1)",
        "Punctuation, which is not trained on: 1,347 (. x 1,345, ¿ x 2)",
        "Event and speaker marks left out: 3 ([musik] x 3)",
        "Letters and symbols lost: 5 (U+200B x 4, 漢 x 1)",
        "Corrections of the published transcripts: 7",
    ]
    assert text_changes({}, {}, 0) == []


def test_what_the_normaliser_drops_of_an_ordinary_sentence_is_punctuation() -> None:
    said = normalise("«¡Hola!», dijo — sí… (bueno): 'ya' \"no\" [risas].", get("es"))
    assert {what: kind_of(what) for what in said.dropped if kind_of(what) != "punctuation"} == {
        "[risas]": "marks"
    }


def test_a_long_list_is_cut_with_a_sign() -> None:
    (line,) = text_changes({}, dict.fromkeys("!\"#%&'()*,-./", 1), 0)
    assert line.endswith(", …)")
