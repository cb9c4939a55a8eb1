"""The folders in tokenizers/: made from the languages, byte for byte, and loaded by transformers.

Remake them with: xlt vocab

Also tests: xlt/language/tokenizer.py, xlt/language/letter_table.py
"""

import csv
import importlib.machinery
import json
import subprocess
import sys
from pathlib import Path

import pytest

from xlt.cli.alphabets import vocab
from xlt.language.labels import BLANK, DELIMITER, encode, labels
from xlt.language.rules import LANGUAGES, get
from xlt.language.text import normalise
from xlt.language.tokenizer import write_tokenizer

ROOT = Path(__file__).parents[1]
TOKENIZERS = ROOT / "tokenizers"
FILES = ["letters.tsv", "special_tokens_map.json", "tokenizer_config.json", "vocab.json"]


def test_there_is_one_folder_a_language():
    assert sorted(p.name for p in TOKENIZERS.iterdir() if p.is_dir()) == sorted(LANGUAGES)


@pytest.mark.parametrize("code", LANGUAGES)
def test_rebuilt_bytes_are_those_in_the_repository(code, tmp_path):
    write_tokenizer(get(code), tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == FILES
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (TOKENIZERS / code / name).read_bytes(), (
            f"tokenizers/{code}/{name} is not what the language says; remake it: xlt vocab"
        )


def test_all_are_written_by_one_verb(tmp_path):
    vocab(out=tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(LANGUAGES)


@pytest.mark.parametrize("code", LANGUAGES)
def test_transformers_agrees_on_every_id(code, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from transformers import AutoTokenizer, Wav2Vec2CTCTokenizer

    ours = labels(get(code))
    for loader in (Wav2Vec2CTCTokenizer, AutoTokenizer):
        theirs = loader.from_pretrained(TOKENIZERS / code)
        assert isinstance(theirs, Wav2Vec2CTCTokenizer)
        assert len(theirs) == len(ours.tokens)
        assert theirs.get_vocab() == dict(ours.ids)
        assert (theirs.pad_token_id, theirs.unk_token_id) == (ours.blank, ours.unknown)
        assert theirs.word_delimiter_token_id == ours.delimiter
        assert theirs.bos_token is None
        assert theirs.eos_token is None
    text = normalise(f"¿Qué? {get(code).letters} 21", get(code)).text
    assert theirs(text).input_ids == encode(text, ours)
    assert theirs.decode(encode(text, ours), group_tokens=False) == text


@pytest.mark.parametrize("code", LANGUAGES)
def test_saved_again_by_transformers_it_still_agrees(code, tmp_path):
    from transformers import Wav2Vec2CTCTokenizer

    Wav2Vec2CTCTokenizer.from_pretrained(TOKENIZERS / code).save_pretrained(tmp_path)
    again = Wav2Vec2CTCTokenizer.from_pretrained(tmp_path)
    assert again.get_vocab() == dict(labels(get(code)).ids)
    assert json.loads((tmp_path / "vocab.json").read_text("utf-8")) == dict(labels(get(code)).ids)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_decisions_are_what_the_normaliser_does(code):
    language = get(code)
    with (TOKENIZERS / code / "letters.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert list(rows[0]) == ["letter", "code point", "name", "decision", "reason"]
    assert [r["letter"] for r in rows[: len(language.letters)]] == list(language.letters)
    assert len({r["letter"] for r in rows}) == len(rows)
    for row in rows:
        letter = row["letter"]
        assert row["code point"] == f"U+{ord(letter):04X}"
        assert row["reason"]
        verdict, _, target = row["decision"].partition(" to ")
        assert (verdict, bool(target)) in {("kept", False), ("folded", True)}
        assert normalise(f"m{letter}m", language).text == f"m{target or letter}m"


def test_readme_names_every_file():
    text = (TOKENIZERS / "README.md").read_text(encoding="utf-8")
    assert all(name in text for name in FILES)


# ---- the folder shares its name with a library: it must never shadow it


def test_the_library_is_imported_from_the_root_of_the_repository():
    done = subprocess.run(
        [sys.executable, "-c", "import tokenizers; print(tokenizers.Tokenizer.__name__)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "Tokenizer", done.stderr


def test_the_folder_holds_data_only():
    assert not list(TOKENIZERS.rglob("*.py"))


def test_no_recipe_shadows_an_installed_package():
    """`python recipes/x.py` puts recipes/ first on the path: `recipes/tokenizers.py` would win."""
    outside = [p for p in sys.path if p and Path(p).resolve() != ROOT / "recipes"]
    for path in (ROOT / "recipes").glob("*.py"):
        found = importlib.machinery.PathFinder.find_spec(path.stem, outside)
        assert found is None or found.origin is None, f"{path} hides {found.origin}"
        assert path.stem not in sys.stdlib_module_names


def test_specials_are_no_letters():
    assert all(s not in get(code).letters for code in LANGUAGES for s in (BLANK, DELIMITER))
