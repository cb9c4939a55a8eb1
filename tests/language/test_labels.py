"""Labels: ids, encoding, CTC decoding, and foreign checkpoints' vocabularies."""

import json
from itertools import groupby

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
    read_labels,
    repeats,
)
from xlt.language.rules import LANGUAGES, get
from xlt.language.text import normalise

FACEBOOK = "<pad> <s> </s> <unk> | E T A O N I H S R D L U M W C F G Y P B V K ' X J Q Z".split()


def write(folder, **files):
    """Write JSON files given by stem: write(folder, vocab={...}, config={...})."""
    for stem, content in files.items():
        (folder / f"{stem}.json").write_text(json.dumps(content), encoding="utf-8")


def table(tokens):
    return {token: i for i, token in enumerate(tokens)}


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


@given(st.lists(st.integers(0, 3)))
def test_repeats(ids):
    assert repeats(ids) == len(ids) - len([key for key, _ in groupby(ids)])


def test_labels_refuse_what_can_not_be():
    with pytest.raises(ValueError, match=r"\['a'\] stand more than once"):
        Labels(tokens=("a", "b", "a"))
    with pytest.raises(ValueError, match="special ids"):
        Labels(tokens=("a", "b"), blank=2)
    with pytest.raises(ValueError, match="special ids"):
        Labels(tokens=("a", "b"), blank=0, delimiter=0)


# ---- other people's folders


def test_the_english_source_of_facebook(tmp_path):
    write(
        tmp_path,
        vocab=table(FACEBOOK),
        special_tokens_map={
            "bos_token": "<s>",
            "eos_token": "</s>",
            "unk_token": "<unk>",
            "pad_token": "<pad>",
        },
        config={"pad_token_id": 0, "vocab_size": 32},
    )
    read = read_labels(tmp_path)
    assert read.tokens == tuple(FACEBOOK)
    assert (read.blank, read.delimiter, read.unknown, read.others) == (0, 4, 3, (1, 2))
    assert "".join(read.letters) == "ETAONIHSRDLUMWCFGYPBVK'XJQZ"
    assert decode([5, 5, 0, 5, 4, 7, 2], read) == "EE A"


def test_our_own_folder_reads_back(tmp_path):
    from xlt.language.labels import write_tokenizer

    for code in LANGUAGES:
        write_tokenizer(get(code), tmp_path / code)
        assert read_labels(tmp_path / code) == labels(get(code))


def test_the_fine_tuning_tutorials_order(tmp_path):
    """Letters first, then [UNK] and [PAD]; `<s>` and `</s>` are added and may have no row."""
    tokens = ["|", "a", "b", "ñ", "[UNK]", "[PAD]"]
    write(
        tmp_path,
        vocab=table(tokens),
        added_tokens={"<s>": 6, "</s>": 7},
        tokenizer_config={"pad_token": {"content": "[PAD]"}, "unk_token": "[UNK]"},
    )
    read = read_labels(tmp_path)
    assert (len(read.tokens), read.blank, read.delimiter, read.unknown) == (6, 5, 0, 4)
    write(tmp_path, config={"pad_token_id": 5, "vocab_size": 8})
    read = read_labels(tmp_path)
    assert read.tokens[6:] == ("<s>", "</s>")
    assert read.others == (6, 7)
    assert read.letters == ("a", "b", "ñ")


def test_blank_by_name_and_a_head_larger_than_its_vocabulary(tmp_path):
    write(tmp_path, vocab={"a": 0, "<blank>": 1, " ": 2}, config={"vocab_size": 5})
    read = read_labels(tmp_path)
    assert read.tokens == ("a", "<blank>", " ", "<unused-3>", "<unused-4>")
    assert (read.blank, read.delimiter, read.unknown) == (1, 2, None)
    assert read.letters == ("a",)
    assert decode([0, 2, 3, 0], read) == "a a"


def test_the_models_word_about_the_blank_counts(tmp_path, caplog):
    write(tmp_path, vocab=table(["a", "|", "[PAD]"]), config={"pad_token_id": 0})
    assert read_labels(tmp_path).blank == 0
    assert "config.json says the blank is id 0, the tokenizer says id 2" in caplog.text


def test_several_languages_in_one_vocabulary(tmp_path):
    many = {"spa": table(["<pad>", "|", "a"]), "deu": table(["<pad>", "|", "ä"])}
    write(tmp_path, vocab=many, tokenizer_config={"target_lang": "deu"})
    assert read_labels(tmp_path).letters == ("ä",)
    write(tmp_path, tokenizer_config={})
    with pytest.raises(ValueError, match=r"2 languages \(deu, spa.*target_lang"):
        read_labels(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not json", "is no JSON"),
        ("[1, 2]", "JSON object, not a list"),
        ("{}", "must map each token to its id"),
        ('{"a": "0"}', "must map each token to its id"),
        ('{"a": 0, "b": 0}', "one id to several tokens"),
        ('{"a": 0, "b": 1}', "no CTC blank found"),
        ('{"a": 0, "<pad>": 100000000}', "ids up to"),
    ],
)
def test_bad_folders_are_refused(tmp_path, content, message):
    with pytest.raises(ValueError, match=r"no vocab\.json"):
        read_labels(tmp_path)
    (tmp_path / "vocab.json").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_labels(tmp_path)
