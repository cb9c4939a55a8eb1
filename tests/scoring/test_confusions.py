from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scored import character_ops

from xlt.scoring.align import character_counts
from xlt.scoring.confusions import LARGEST, confusions, is_marked, letters, marks

TEXTS = st.text(alphabet="nñaáei ßs", max_size=14).map(lambda text: " ".join(text.split()))


def edits(pairs):
    return sorted((old, new) for (old, new), n in pairs.items() for _ in range(n) if old != new)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
@example([("nñ", "ñn")])  # one hit and two gaps, not two substitutions of like letters
def test_the_pairs_are_the_edits_that_the_score_counts(both):
    said, heard = zip(*both, strict=True)
    pairs = confusions(character_ops(said, heard))
    hits, substitutions, deletions, insertions = map(
        sum, zip(*character_counts(said, heard), strict=True)
    )
    found = edits(pairs)
    assert sum(n for (old, new), n in pairs.items() if old == new) == hits
    assert sum(bool(old and new) for old, new in found) == substitutions
    assert sum(not new for _, new in found) == deletions
    assert sum(not old for old, _ in found) == insertions
    spoken, written = Counter(), Counter()
    for (old, new), n in pairs.items():
        spoken[old] += n
        written[new] += n
    for side, texts in ((spoken, said), (written, heard)):
        assert {c: n for c, n in side.items() if c} == Counter("".join(texts))


@pytest.mark.parametrize(
    ("said", "heard", "expected"),
    [
        ("niño", "nino", [("ñ", "n")]),
        ("ñi", "n", [("i", ""), ("ñ", "n")]),
        ("iñ", "n", [("i", ""), ("ñ", "n")]),
        ("n", "iñ", [("", "i"), ("n", "ñ")]),
        ("tía", "ta", [("í", "")]),
        ("té a", "tea", [(" ", ""), ("é", "e")]),
        ("straße", "strasse", [("", "s"), ("ß", "s")]),
        ("a la", "ala", [(" ", "")]),
        ("", "sí", [("", "s"), ("", "í")]),
        ("sí", "", [("s", ""), ("í", "")]),
        ("", "", []),
    ],
)
def test_the_alignment_is_the_one_that_a_reader_would_draw(said, heard, expected):
    assert edits(confusions(character_ops([said], [heard]))) == expected


def test_a_stretch_too_large_to_draw_anew_is_still_counted():
    said, heard = "añ" * 100, "oe" * 90
    assert len(said) * len(heard) > 0.9 * LARGEST
    said, heard = said * 2, heard * 2
    pairs = confusions(character_ops([said], [heard]))
    assert sum(n for (old, _), n in pairs.items() if old) == len(said)
    assert len(edits(pairs)) == sum(character_counts([said], [heard])[0][1:])


def test_marked_letters_stand_first_then_insertions_then_what_is_missed_most():
    pairs = confusions(character_ops(["año de la pera", "sí"], ["ano d la pesas", "si"]))
    rows = letters(pairs)
    assert [row.letter for row in rows[:3]] == ["í", "ñ", ""]
    assert [row.marked for row in rows[:3]] == [True, True, False]
    assert (rows[1].said, rows[1].missed, list(rows[1].heard)) == (1, 1, [("n", 1)])
    assert (rows[2].said, rows[2].missed, list(rows[2].heard)) == (0, 1, [("s", 1)])
    missed = [row.missed for row in rows[3:]]
    assert missed == sorted(missed, reverse=True)
    assert sum(row.missed for row in rows) == len(edits(pairs)) == 5
    assert sum(row.said for row in rows) == len("año de la pera" + "sí")


def test_a_marked_letter_that_was_never_missed_has_its_row():
    (row, *_) = letters(confusions(character_ops(["ñu"], ["ñu"])))
    assert (row.letter, row.said, row.missed, list(row.heard)) == ("ñ", 1, 0, [])


def test_marks_are_counted_by_what_became_of_them():
    said = ["ñ", "a", "ã", "é", "ü", "ß", "b"]
    heard = ["n", "á", "á", "t", "", "s", "d"]
    found = marks(confusions(character_ops(said, heard)))
    assert (found.lost, found.added, found.swapped, found.elsewhere) == (2, 1, 1, 2)
    assert found.errors == 6


@pytest.mark.parametrize(
    ("letter", "expected"),
    [("ñ", True), ("ß", True), ("Ä", True), ("a", False), (" ", False), ("¿", False), ("", False)],
)
def test_is_marked(letter, expected):
    assert is_marked(letter) is expected
