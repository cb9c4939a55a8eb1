"""Signs of damage in a published transcript: lost letters, a wrong encoding, brackets, markup.

They are signs, not proofs: a transcript that shows one is worth a look.
"""

import re
from collections.abc import Iterator

from xlt.language.marks import without_marks
from xlt.language.markup import entities, without_tags
from xlt.language.rules import Language

LOST = "lost letters"
ENCODING = "wrong encoding"
BRACKETS = "brackets"
MARKUP = "markup"

LONGEST = 60
"""Characters of a piece that is shown."""
_BESIDE = 12
"""Characters on both sides of a sign, which show it."""
_LETTER = r"[^\W\d_]"
_INSIDE = re.compile(rf"\ufffd|(?<={_LETTER})\?(?={_LETTER})(?![\w%]{{1,30}}=)")
"""A question mark where only a letter can be; `page?id=3` is part of an address."""
_ALONE = re.compile(rf"(?<=\s)\?(?=\s+{_LETTER})|(?<={_LETTER})\?(?=\s+{_LETTER})")
"""A question mark alone or at a word's end; the text goes on, but no sentence begins."""
_BEFORE = re.compile(rf"(?<!\S)\?(?={_LETTER})")
_MISREAD = re.compile("[ÃÂ][\u0080-\u00bf]|Ã[œŸ„–](?=[a-zäöüß])|â€")
"""UTF-8 that was read as Windows-1252 or Latin-1: `Ã©` for `é`."""
_BRACKET = re.compile(r"[<\[{(][^<>\[\]{}()]{0,80}[>\]})]|[<\[{()}\]>]")
_MARKUP = re.compile(r"<[^<>]{1,80}>|&[#\w]{2,32};?")


def damage(text: str, language: Language) -> dict[str, str]:
    """Kinds of damage in a transcript as published, each with the piece of it that shows it."""
    if text.isascii() and not any(sign in text for sign in "?&<>()[]{}"):
        return {}
    return dict(_signs(text, language))


def _signs(text: str, language: Language) -> Iterator[tuple[str, str]]:
    if (found := _INSIDE.search(text) or _lost_at_the_edge(text)) is not None:
        yield LOST, _around(text, found)
    if (found := _MISREAD.search(text)) is not None:
        yield ENCODING, _around(text, found)
    plain, escaped = entities(text)
    plain, tags = without_tags(plain)
    if escaped or tags:
        markup = _MARKUP.search(text)
        yield MARKUP, (markup.group() if markup else text)[:LONGEST]
    if (found := _BRACKET.search(without_marks(plain, language)[0])) is not None:
        yield BRACKETS, found.group()[:LONGEST]


def _lost_at_the_edge(text: str) -> re.Match[str] | None:
    """A question mark in place of a word's first or last letter, in a text that uses capitals.

    After `¿` it is a real one; so it is where the next word begins a sentence.
    """
    for found in _ALONE.finditer(text):
        after = text[found.end() :].lstrip()[0]
        goes_on = after.islower() and "¿" not in text[: found.start()]
        alone = text[found.start() - 1].isspace()
        if goes_on and (alone or any(map(str.isupper, text))):
            return found
    for found in _BEFORE.finditer(text):
        if text[found.end()].islower() and "?" not in text[found.end() :]:
            return found
    return None


def _around(text: str, found: re.Match[str]) -> str:
    """The words at a sign."""
    start = text.rfind(" ", 0, max(0, found.start() - _BESIDE)) + 1
    stop = text.find(" ", found.end() + _BESIDE)
    piece = text[start : stop if stop >= 0 else len(text)]
    return piece if len(piece) <= LONGEST else piece[: LONGEST - 1] + "…"
