"""Decisions about each letter, one reviewable row each: kept, folded, or dropped."""

import unicodedata
from collections.abc import Iterable, Iterator

from xlt.language.accents import FOREIGN
from xlt.language.characters import HOMOGLYPHS, INPUT_FOLDS, INPUT_TABLE, folded
from xlt.language.rules import Language

COLUMNS = ("letter", "code point", "name", "decision", "reason")
"""Of `letters.tsv`."""
Row = tuple[str, str, str, str, str]
_REVIEWED = (*range(0xC0, 0x180), *range(0x218, 0x21C))
"""Latin-1 letters, Latin Extended-A, Romanian ș and ț: what European texts hold."""


def letter_table(language: Language) -> Iterator[Row]:
    """Yield `letters.tsv` as it depends on the language alone: the header, then the rows."""
    yield COLUMNS
    yield from letter_rows(language)


def letter_rows(language: Language, met: Iterable[str] = ()) -> Iterator[Row]:
    """Yield what is decided about each letter, and why; `met`: further ones that a text has."""
    for letter in language.letters:
        yield _row(letter, language)
    reviewed = (chr(code) for code in _REVIEWED)
    foreign = {c for c in reviewed if c.islower()} | set(FOREIGN) | set(language.folds)
    lookalike = {c for c in HOMOGLYPHS if c.islower()}
    for letter in sorted((foreign | set(met)) - set(language.letters) - lookalike):
        yield _row(letter, language)
    for letter in sorted(lookalike):
        yield _row(letter, language)


def fold_of(letter: str, language: Language) -> str | None:
    """Return what a lower-case letter outside the alphabet becomes, or None: it is dropped."""
    if letter in HOMOGLYPHS:
        return HOMOGLYPHS[letter]
    if letter in INPUT_FOLDS:
        return INPUT_TABLE[letter].lower()
    return folded(letter, language)


def _row(letter: str, language: Language) -> Row:
    decision, reason = _decision(letter, language)
    name = unicodedata.name(letter, "")
    return letter, f"U+{ord(letter):04X}", name, decision, reason


def _decision(letter: str, language: Language) -> tuple[str, str]:
    if letter in language.letters:
        return "kept", "in the alphabet"
    fold = fold_of(letter, language)
    return "dropped" if fold is None else f"folded to {fold}", _reason(letter, fold, language)


def _reason(letter: str, fold: str | None, language: Language) -> str:
    if letter in HOMOGLYPHS:
        return "look-alike, in Latin words only"
    if letter in language.reasons:
        return language.reasons[letter]
    if fold is None:
        return "not a letter that readers of the language know"
    if letter in INPUT_FOLDS:
        return "another form of the same letter"
    if letter in FOREIGN or letter in language.folds:
        return "nearest spelling"
    return "without its accent"
