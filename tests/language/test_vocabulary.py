"""Vocabularies of other people's checkpoints, read as labels; our own folders read back."""

import json

import pytest

from xlt.language.labels import decode, labels
from xlt.language.rules import LANGUAGES, get
from xlt.language.tokenizer import write_tokenizer
from xlt.language.vocabulary import read_labels

FACEBOOK = "<pad> <s> </s> <unk> | E T A O N I H S R D L U M W C F G Y P B V K ' X J Q Z".split()


def write(folder, **files):
    """Write JSON files given by stem: write(folder, vocab={...}, config={...})."""
    for stem, content in files.items():
        (folder / f"{stem}.json").write_text(json.dumps(content), encoding="utf-8")


def table(tokens):
    return {token: i for i, token in enumerate(tokens)}


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
    for code in LANGUAGES:
        write_tokenizer(get(code), tmp_path / code)
        assert read_labels(tmp_path / code) == labels(get(code))


@pytest.mark.parametrize(
    ("tokens", "delimiter"), [(["▁", "|"], "▁"), (["|", "▁"], "▁"), (["|"], "|"), (["▁"], "▁")]
)
def test_a_bar_beside_the_mark_of_sentencepiece_is_a_letter(tmp_path, tokens, delimiter):
    write(tmp_path, vocab=table(["<s>", "<unk>", *tokens, "a", "b"]), config={"pad_token_id": 0})
    read = read_labels(tmp_path)
    assert read.tokens[read.delimiter] == delimiter
    assert decode([read.ids["a"], read.delimiter, read.ids["b"]], read) == "a b"
    write(tmp_path, tokenizer_config={"word_delimiter_token": "|"})
    assert read_labels(tmp_path).delimiter == read.ids.get("|", read.delimiter)


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
        ("not json", "is not JSON"),
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
