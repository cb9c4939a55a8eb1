"""Labels: ids, encoding, CTC decoding."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.language.labels import (
    BLANK,
    DELIMITER,
    UNK,
    Labels,
    decode,
    encode,
    labels,
)
from xlt.language.rules import LANGUAGES, get
from xlt.language.text import normalise


@pytest.mark.parametrize("code", LANGUAGES)
def test_ids_are_blank_delimiter_unknown_letters(code):
    language = get(code)
    ours = labels(language)
    assert ours.tokens == (BLANK, DELIMITER, UNK, *language.letters)
    assert (ours.blank, ours.delimiter, ours.unknown, ours.others) == (0, 1, 2, ())
    assert ours.letters == tuple(language.letters)
    assert all(ours.tokens[i] == token for token, i in ours.ids.items())


def test_digests_tell_alphabets_and_orders_apart():
    digests = {labels(get(code)).digest for code in LANGUAGES}
    assert len(digests) == len(LANGUAGES)
    assert Labels(tokens=("a", "b")).digest != Labels(tokens=("b", "a")).digest
    assert Labels(tokens=("a", "b")).digest != Labels(tokens=("a", "b"), blank=1).digest
    assert labels(get("es")).digest == labels(get("es")).digest
    # The ids are a contract with published heads: this value may change only with a release note.
    assert labels(get("es")).digest.startswith("8684093eeedf4240")


def test_encode_and_decode_by_hand():
    spanish = labels(get("es"))
    ids = encode("ana ñ", spanish)
    assert ids == [3, 16, 3, 1, 32]
    assert decode(ids, spanish, collapse=False) == "ana ñ"
    assert decode([0, 3, 3, 0, 16, 16, 3, 0, 3, 1, 1, 0, 1, 32, 2, 0], spanish) == "anaa ñ"
    assert encode("", spanish) == []
    assert decode([], spanish) == ""


def test_encode_names_the_character():
    with pytest.raises(ValueError, match=r"'ß' \(U\+00DF\).*straße"):
        encode("straße", labels(get("es")))


def test_what_can_be_written_is_known_once_and_holds_no_special():
    spanish = labels(get("es"))
    assert set(spanish.characters) == {*get("es").letters, " "}
    assert spanish.characters[" "] == spanish.delimiter
    spaceless = Labels(tokens=("<pad>", "a", "<s>"), others=(2,))
    assert spaceless.characters == {"a": 1}
    with pytest.raises(ValueError, match=r"no label for ' ' \(U\+0020\).*labels are 'a'"):
        encode("a a", spaceless)


@pytest.mark.parametrize("text", [BLANK, DELIMITER, UNK, "a|b", "<s>"])
def test_specials_are_unreachable(text):
    spanish = labels(get("es"))
    with pytest.raises(ValueError, match="no label"):
        encode(text, spanish)
    written = encode(normalise(text, get("es")).text, spanish)
    assert not {spanish.blank, spanish.unknown} & set(written)
    assert spanish.delimiter not in written or " " in normalise(text, get("es")).text


@settings(max_examples=500, deadline=None)
@given(text=st.text(max_size=40), code=st.sampled_from(LANGUAGES))
def test_any_text_makes_the_round_trip(text, code):
    spoken = normalise(text + BLANK + text + DELIMITER, get(code)).text
    ours = labels(get(code))
    ids = encode(spoken, ours)
    assert not {ours.blank, ours.unknown} & set(ids)
    assert len(ids) == len(spoken)
    assert decode(ids, ours, collapse=False) == spoken


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_ctc_path_of_a_text_decodes_to_it(data):
    """Frames: each label one to three times, blanks anywhere, one at least between equal ones."""
    ours = labels(get("de"))
    text = " ".join(data.draw(st.text(get("de").letters, max_size=8)) for _ in range(3))
    ids = encode(" ".join(text.split()), ours)
    frames = [ours.blank] * data.draw(st.integers(0, 2))
    for i, label in enumerate(ids):
        frames += [label] * data.draw(st.integers(1, 3))
        again = i + 1 < len(ids) and ids[i + 1] == label
        frames += [ours.blank] * data.draw(st.integers(int(again), 2))
    assert decode(frames, ours) == " ".join(text.split())


def test_labels_refuse_what_can_not_be():
    with pytest.raises(ValueError, match=r"\['a'\] appear more than once"):
        Labels(tokens=("a", "b", "a"))
    with pytest.raises(ValueError, match="special ids"):
        Labels(tokens=("a", "b"), blank=2)
    with pytest.raises(ValueError, match="special ids"):
        Labels(tokens=("a", "b"), blank=0, delimiter=0)
