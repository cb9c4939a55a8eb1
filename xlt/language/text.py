"""From a published transcript to what was said, in the letters of the language.

`normalise` takes any string, returns only letters of the alphabet and single spaces, and says
what it folded, dropped and read aloud. Applied to its own output it changes nothing.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from xlt.language.characters import (
    INPUT_FOLDS,
    INPUT_TRANSLATION,
    Closing,
    drop_keycaps,
    fold_lookalikes,
    shown,
)
from xlt.language.marks import without_marks
from xlt.language.markup import entities, without_tags
from xlt.language.rules import Language
from xlt.language.verbalise.steps import expand

NORMALISER = "xlt-3"
"""Version of these rules; every score names it, since another version gives other references."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcript:
    """A normalised transcript and the account of what normalising did to it."""

    text: str
    """Letters of the alphabet and single spaces, nothing at the ends."""
    folded: Mapping[str, int] = field(default_factory=dict)
    """Foreign letters that became letters of the alphabet, with counts."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Characters that left no letter, punctuation among them; `U+200B` if not printable.

    Marks that were left out are among them, whole: `[musik]`.
    """
    expanded: int = 0
    """Numbers, abbreviations and symbols that were read aloud."""
    marks: Mapping[str, int] = field(default_factory=dict)
    """Event and speaker marks, `[musik]`, whatever the choice does with them."""
    markup: int = 0
    """Entities and tags of a web page that became their characters, or nothing."""

    @property
    def unread(self) -> int:
        """Number of dropped letters and digits: something said is missing."""
        return sum(n for c, n in self.dropped.items() if len(c) == 1 and c.isalnum())


def normalise(text: str, language: Language) -> Transcript:
    """Turn any text into what was said, in the language's letters.

    Total, idempotent, closed over letters and single spaces, equal for NFC and NFD input. Choices
    of spelling are part of the language: give `chosen(language, choices)`, and make the labels
    from it, too.
    """
    if is_normal(text, language):
        return Transcript(text=text)
    folds: Counter[str] = Counter()
    markup = 0
    if "&" in text:
        text, markup = entities(unicodedata.normalize("NFC", text))
    if not text.isascii():
        text = normalise_input(text, folds)
    text, tags = without_tags(text)
    text, marks = without_marks(text, language)
    expanded = 0
    if not marks or any(map(str.isalnum, text)):  # a sign between marks is not a text of its own
        text, expanded = expand(text, language)
    closing = _closing(language)
    dropped = Counter[str]() if language.events.policy == "keep" else marks.copy()
    for character, n in Counter(text).items():
        if character not in closing.kept and not character.isspace():
            kept = closing.table[ord(character)].strip()
            (folds if kept else dropped)[shown(character)] += n
    text = text.translate(closing.table)
    if closing.stray is not None:
        dropped.update(closing.stray.findall(text))
        text = closing.stray.sub(" ", text)
    return Transcript(
        text=" ".join(text.split()),
        folded=dict(folds),
        dropped=dict(dropped),
        expanded=expanded,
        marks=dict(marks),
        markup=markup + tags,
    )


def is_normal(text: str, language: Language) -> bool:
    """Say whether a text is already in the letters of the language and single spaces."""
    return _closing(language).normal.fullmatch(text) is not None


def normalise_input(text: str, folds: Counter[str]) -> str:
    """NFC, look-alikes, and the table of plain forms; counts the letters that it changes."""
    text, lookalikes = fold_lookalikes(unicodedata.normalize("NFC", text))
    folds.update(map(shown, lookalikes))
    folds.update(c for c in text if c in INPUT_FOLDS)
    return drop_keycaps(text.translate(INPUT_TRANSLATION))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Closed:
    """Tables of the last step, made once a language."""

    table: Closing
    kept: frozenset[str]
    normal: re.Pattern[str]
    stray: re.Pattern[str] | None
    """An inner letter (the English apostrophe) that has no letter on one of its sides."""


@lru_cache(maxsize=32)
def _closing(language: Language) -> _Closed:
    table = Closing(language)
    inner = re.escape(language.inner)
    outer = re.escape("".join(c for c in language.letters if c not in language.inner))
    word = f"[{outer}]+(?:[{inner}][{outer}]+)*" if inner else f"[{outer}]+"
    stray = f"(?<![{outer}])[{inner}]|[{inner}](?![{outer}])"
    return _Closed(
        table=table,
        kept=frozenset(language.letters),
        normal=re.compile(f"(?:{word}(?: {word})*)?"),
        stray=re.compile(stray) if inner else None,
    )
