"""Accents taken off: the one function, against what its three readers count by it."""

import re
import unicodedata

import pytest
from places import ROOT

from xlt.language.accents import FOREIGN, without_accents, without_last_accent
from xlt.language.rules import LANGUAGES, get
from xlt.scoring.confusions import base
from xlt.scoring.views import plain
from xlt.transfer.head import base_letters

EVERY = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("Ärger, mañana, façade", {}, "Arger, manana, facade"),
        ("Straße ẞ", {}, "Strasse SS"),
        ("Straße ẞ", {"sharp_s": "s"}, "Strase S"),
        ("øre, ǿ, æther", {}, "ore, o, aether"),
        ("øre, æther", {"foreign": False}, "øre, æther"),
        ("Straße", {"foreign": False}, "Strasse"),
        ("plain", {}, "plain"),
        ("", {}, ""),
    ],
)
def test_by_hand(text, options, expected):
    assert without_accents(text, **options) == expected


@pytest.mark.slow
def test_views_and_confusions_count_as_their_rules_say():
    """The rules of scoring written out: marks off; ß is two letters in a text, and one in a pair."""
    for c in EVERY:
        assert plain(c) == bare(c).replace("ß", "ss").replace("ẞ", "SS")
        if not unicodedata.category(c).startswith("M"):
            first = unicodedata.normalize("NFD", c)[:1].lower()
            assert base(c) == ("s" if first in ("ß", "ẞ") else first)


@pytest.mark.parametrize("code", LANGUAGES)
def test_heads_match_letters_as_before(code):
    spelled = {"ß": "ss"}
    for letter in get(code).letters:
        assert base_letters(letter) == spelled.get(letter, bare(letter))


def test_the_table_holds_what_no_decomposition_takes_apart():
    for letter, spelled in FOREIGN.items():
        assert without_last_accent(letter) is None
        assert bare(letter) == letter
        assert base_letters(letter) == spelled


def test_the_last_accent_alone_goes():
    assert [without_last_accent(c) for c in ("ǘ", "ü", "u", "½", "ª")] == [
        "ü",
        "u",
        None,
        None,
        None,
    ]


def test_nobody_else_takes_accents_off():
    others = [
        path.name
        for path in sorted((ROOT / "xlt").rglob("*.py"))
        if re.search(r"unicodedata\.(combining|decomposition)\b", path.read_text("utf-8"))
    ]
    assert others == ["accents.py"]
