from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored import word_ops

from xlt.language import rules
from xlt.scoring.align import word_counts
from xlt.scoring.words import BANDS, MOST, bands, insertions, missed_words, trained_words

TEXTS = st.lists(st.sampled_from("de la el sí".split()), max_size=6).map(" ".join)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6)


@given(PAIRS, st.dictionaries(st.sampled_from("de la el sí".split()), st.integers(0, 2000)))
def test_all_lists_add_up_to_the_counts(both, trained):
    said, heard = map(list, zip(*both, strict=True))
    ops = word_ops(said, heard)
    hits, substitutions, deletions, inserted = map(sum, zip(*word_counts(said, heard), strict=True))
    missed, by_training, added = missed_words(ops), bands(ops, trained), insertions(ops)
    assert sum(word.missed for word in missed) == substitutions + deletions
    assert sum(n for word in missed for new, n in word.heard if not new) == deletions
    assert sum(band.missed for band in by_training) == substitutions + deletions
    assert sum(band.words for band in by_training) == hits + substitutions + deletions
    assert added.start + added.inside + added.end + added.silence == inserted
    assert sum(n for _, n in added.words) == inserted
    spoken = Counter(" ".join(said).split())
    assert all(word.said == spoken[word.word] for word in missed)


def test_missed_words_stand_with_what_was_heard_and_what_training_held():
    ops = word_ops(["de la mar", "la sal", "la mar"], ["de el mar", "el sal", "mar"])
    (la,) = missed_words(ops, {"la": 7})
    assert (la.word, la.said, la.missed, la.trained) == ("la", 3, 3, 7)
    assert list(la.heard) == [("el", 2), ("", 1)]
    assert missed_words(ops)[0].trained is None
    (unheard, *_) = missed_words(word_ops(["nuevo"], ["viejo"]), {"la": 7})
    assert unheard.trained == 0


def test_bands_part_the_words_by_their_count_in_training():
    words = "cero uno nueve diez mil"
    found = bands(
        word_ops([words], ["nada uno nueve diez"]),
        {"uno": 1, "nueve": 9, "diez": 10, "mil": 1000},
    )
    assert [(band.label, band.words, band.missed) for band in found] == [
        (BANDS[0][1], 1, 1),
        (BANDS[1][1], 1, 0),
        (BANDS[2][1], 1, 0),
        (BANDS[3][1], 1, 0),
        (MOST, 1, 1),
    ]
    assert [band.rate for band in found] == [1, 0, 0, 0, 1]


def test_insertions_are_counted_by_their_place():
    said = ["", "", "sí no", "sí no"]
    heard = ["eh", "", "eh ah sí uh no", "sí no eh"]
    found = insertions(word_ops(said, heard))
    assert (found.start, found.inside, found.end, found.silence) == (2, 1, 1, 1)
    assert found.silent_clips == 2
    assert list(found.words) == [("eh", 3), ("ah", 1), ("uh", 1)]


def test_the_words_of_training_are_read_as_references_are(tmp_path):
    path = tmp_path / "train.tsv"
    path.write_text("id\tsentence\n1\t¡El Niño!\n2\tel 2\n", encoding="utf-8")
    assert trained_words(path, rules.get("es")) == {"el": 2, "niño": 1, "dos": 1}
    assert trained_words(path) == {"¡El": 1, "Niño!": 1, "el": 1, "2": 1}


def test_a_file_without_words_is_refused(tmp_path):
    path = tmp_path / "train.tsv"
    path.write_text("id\ttext\n1\t \n2\t\n", encoding="utf-8")
    with pytest.raises(ValueError, match="train.tsv holds no word"):
        trained_words(path)
