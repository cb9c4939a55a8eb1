"""Single characters: the input table (NFC, quotes, hyphens, digits), look-alikes, folds, drops.

NFC, never NFKC: NFKC would turn `1º` into `1o` and `½` into `1⁄2` before they can be read.
Compatibility forms that are safe (full-width, mathematical letters, ligatures) are listed here.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

from xlt.language.accents import FOREIGN, without_last_accent
from xlt.language.rules import Language

NBSP = "\u00a0"
_QUOTES = "’‘‛ʼʻʹ′´`＇"
_HYPHENS = "‐‑−﹣"  # hyphen, non-breaking hyphen, minus, small hyphen; dashes are punctuation
_NARROW = "\u2007\u2009\u200a\u202f"  # spaces that stand inside a number
_COMPATIBLE = (
    *(range(0x2080, 0x208A), range(0xFB00, 0xFB07)),
    *(range(0xFF01, 0xFF5F), range(0x1D400, 0x1D800)),
)
"""Digits below the line (`CO₂`), ligatures, full-width ASCII, mathematical letters and digits."""

_LOOKALIKES = (
    ("АВЕКМНОРСТУХІЈЅ", "ABEKMHOPCTYXIJS"),  # Cyrillic capitals
    ("аеорсухіјѕԁԛԝ", "aeopcyxijsdqw"),  # Cyrillic
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),  # Greek capitals
    ("ον", "ov"),  # Greek
)
HOMOGLYPHS: Mapping[str, str] = {
    a: b for these, those in _LOOKALIKES for a, b in zip(these, those, strict=True)
}
"""Cyrillic and Greek letters that look Latin; folded only inside an otherwise Latin word."""
_LOOKALIKE = re.compile(f"[{''.join(HOMOGLYPHS)}]")
_WORD = re.compile(r"[^\W\d_]+")


def shown(character: str) -> str:
    """Name a character for a report: itself if it can be printed alone, else `U+200B`."""
    alone = character.isprintable() and not unicodedata.category(character).startswith("M")
    return character if alone and character != " " else f"U+{ord(character):04X}"


def _input_forms() -> Iterator[tuple[str, str]]:
    yield "İ", "i"  # its lower() is two code points
    yield from ((c, "'") for c in _QUOTES)
    yield from ((c, "-") for c in _HYPHENS)
    yield from ((c, NBSP) for c in _NARROW)
    for code in (c for block in _COMPATIBLE for c in block):
        plain = unicodedata.normalize("NFKD", chr(code))
        if plain.isascii():
            yield chr(code), plain
    for code in range(0x80, 0x20000):  # beyond are ideographs and no digits
        digit = unicodedata.decimal(chr(code), None)
        if digit is not None:
            yield chr(code), str(digit)


INPUT_TABLE: Mapping[str, str] = dict(_input_forms())
"""Character -> its plain form, before anything is read: quotes, hyphens, digits, İ, ligatures."""
INPUT_TRANSLATION = str.maketrans(dict(INPUT_TABLE))
INPUT_FOLDS = frozenset(c for c, plain in INPUT_TABLE.items() if plain.isalpha())
"""Characters of the input table that are letters, and are counted as folded."""


def fold_lookalikes(text: str) -> tuple[str, list[str]]:
    """Replace look-alikes in words that are Latin otherwise; return what was replaced, too.

    A word written wholly in another script stays what it is: it is not misspelt Latin.
    """
    found: list[str] = []

    def fold(match: re.Match[str]) -> str:
        word = match.group()
        foreign = [c for c in word if c in HOMOGLYPHS]
        latin = [c for c in word if c not in HOMOGLYPHS]
        if not foreign or not latin or not all(_is_latin(c) for c in latin):
            return word
        found.extend(foreign)
        return "".join(HOMOGLYPHS.get(c, c) for c in word)

    if _LOOKALIKE.search(text):
        text = unicodedata.normalize("NFC", _WORD.sub(fold, text))
    return text, found


_KEYCAP = re.compile("[0-9#*](?=\ufe0f?\u20e3)")


def drop_keycaps(text: str) -> str:
    """Leave of an emoji such as 3 in a key only the key, which is dropped and counted later."""
    return _KEYCAP.sub("", text) if "\u20e3" in text else text


@lru_cache(maxsize=4096)
def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN ")


def folded(letter: str, language: Language) -> str | None:
    """Return what a foreign lower-case letter becomes in the language, or None if nothing.

    First the language's own table, then the common one, then without its last accent.
    """
    for table in (language.folds, FOREIGN):
        if letter in table:
            return table[letter]
    base = without_last_accent(letter)
    return base if base is None or base in language.letters else folded(base, language)


class Closing(dict[int, str]):
    """Table for `str.translate` that ends every text in the language's letters and spaces.

    Entries are made when first met; only those below U+3000 are kept, so that no text can
    make the table large.
    """

    def __init__(self, language: Language) -> None:
        super().__init__({ord(c): c for c in (*language.letters, " ")})
        self.language = language

    def __missing__(self, code: int) -> str:
        """Decide about a character outside the alphabet."""
        decision = self._decide(chr(code))
        if code < 0x3000:
            self[code] = decision
        return decision

    def _decide(self, character: str) -> str:
        if character == "'":
            return self.language.apostrophe
        if character == "-":
            return self.language.hyphen
        category = unicodedata.category(character)[0]
        if category in "NPSZ" or character.isspace():
            return " "
        return (folded(character, self.language) or "") if category == "L" else ""
