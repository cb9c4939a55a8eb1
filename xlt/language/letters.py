"""What is decided about each letter, one reviewable row each: kept, folded, or dropped."""

import unicodedata
from collections.abc import Iterator

from xlt.language.characters import FOREIGN, HOMOGLYPHS, folded
from xlt.language.rules import Language

COLUMNS = ("letter", "code point", "name", "decision", "reason")
"""Of `letters.tsv`."""
_REVIEWED = (*range(0xC0, 0x180), *range(0x218, 0x21C))
"""Latin-1 letters, Latin Extended-A, Romanian ș and ț: what European texts hold."""


def letter_rows(language: Language) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield what is decided about each letter: kept, folded to others, or dropped, and why."""
    for letter in language.letters:
        yield _row(letter, "kept", "in the alphabet")
    reviewed = (chr(code) for code in _REVIEWED)
    foreign = {c for c in reviewed if c.islower()} | set(FOREIGN) | set(language.folds)
    for letter in sorted(foreign - set(language.letters)):
        fold = folded(letter, language)
        decision = f"folded to {fold}" if fold is not None else "dropped"
        yield _row(letter, decision, _reason(letter, fold, language))
    for letter in sorted(c for c in HOMOGLYPHS if c.islower()):
        yield _row(letter, f"folded to {HOMOGLYPHS[letter]}", "look-alike, in Latin words only")


def _reason(letter: str, fold: str | None, language: Language) -> str:
    if letter in language.reasons:
        return language.reasons[letter]
    if fold is None:
        return "not a letter that readers of the language know"
    if letter in FOREIGN or letter in language.folds:
        return "nearest spelling"
    return "without its accent"


def _row(letter: str, decision: str, reason: str) -> tuple[str, str, str, str, str]:
    return letter, f"U+{ord(letter):04X}", unicodedata.name(letter), decision, reason
