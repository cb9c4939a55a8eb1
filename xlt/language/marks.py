"""Event and speaker marks in brackets: `[Musik]`, `(risas)`, `<unk>`, `{noise}`, `*seufzt*`.

Nobody says them. In square, curly and angle brackets every short text is a mark, unless letters
touch the brackets (`niñ[o]s`); in parentheses and between asterisks, where words are said as well,
only what the tables of events know.
"""

import re
from collections import Counter
from functools import lru_cache

from xlt.language.rules import Language

_BRACKETS = re.compile(r"[\[{(<*]")
_MARK = re.compile(
    r"\[(?P<square>[^\[\]]{1,80})\]|\{(?P<curly>[^{}]{1,80})\}"
    r"|</?(?P<angle>[^\W\d_][^<>@=/]{0,40}|\|[^<>|]{1,40}\|)/?>"
    r"|\((?P<round>[^()]{1,80})\)|(?<!\w)\*{1,2}(?=\w)(?P<stars>[^*]{1,60})(?<=\w)\*{1,2}(?!\w)"
)
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_NAME = 32
"""Characters of a mark in the account."""
_SPACES = re.compile(" {2,}")

_EVENTS = frozenset(
    """
    applause applauds bleep breath breathing breathes cheering cheers chuckle chuckles clapping
    cough coughing coughs cries crosstalk crying exhales gasps giggles groans hesitation inaudible
    indistinct inhales laugh laughing laughs laughter music musical noise noises nsn pause sigh
    sighing sighs sil silence sneeze sneezes sobbing sobs spn spoken static unintelligible unk
    unknown whispering whispers yawns
    """.split()
)
_OPENERS = frozenset("applause crosstalk inaudible indistinct laughter unintelligible".split())
_BESIDE = frozenset(
    "and audience background both continues in loud loudly long nervous of playing short softly the "
    "non speech".split()
)
_SPEAKERS = ("interviewee", "interviewer", "narrator", "speaker", "spk")
"""English ones are used in transcripts of every language."""


def without_marks(text: str, language: Language) -> tuple[str, Counter[str]]:
    """Take the marks out, or the brackets alone where marks are kept; return the marks' names."""
    marks: Counter[str] = Counter()
    if _BRACKETS.search(text) is None:
        return text, marks
    keep = language.events.policy == "keep"

    def take(match: re.Match[str]) -> str:
        kind = match.lastgroup or ""
        content = match[kind]
        if not _is_mark(match, kind, content, language):
            return match.group()
        marks[_name(match.group())] += 1
        return f" {content.strip('|')} " if keep else " "

    text = _MARK.sub(take, text)
    return (_SPACES.sub(" ", text).strip(" ") if marks else text), marks


def _is_mark(match: re.Match[str], kind: str, content: str, language: Language) -> bool:
    if kind in ("square", "curly", "angle") and not _touches_letters(match):
        return any(map(str.isalnum, content))
    events, openers, beside, speakers = _tables(language)
    lower = content.lower()
    if speakers.fullmatch(lower):
        return True
    words = _WORD.findall(lower)
    if not words:
        return False
    if words[0] in openers:
        return True
    return any(word in events for word in words) and all(
        word in events or word in beside for word in words
    )


def _touches_letters(match: re.Match[str]) -> bool:
    text, start, end = match.string, match.start(), match.end()
    return text[start - 1 : start].isalpha() or text[end : end + 1].isalpha()


def _name(mark: str) -> str:
    """`[Sprecher 12]` -> `[sprecher 0]`: numbers would make every mark a kind of its own."""
    name = re.sub("[0-9]+", "0", " ".join(mark.lower().split()))
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 2]}…{name[-1]}"


@lru_cache(maxsize=32)
def _tables(
    language: Language,
) -> tuple[frozenset[str], frozenset[str], frozenset[str], re.Pattern[str]]:
    rules = language.events
    names = "|".join(sorted((*_SPEAKERS, *rules.speakers)))
    return (
        _EVENTS | _OPENERS | rules.words | rules.openers,
        _OPENERS | rules.openers,
        _BESIDE | rules.beside,
        re.compile(rf"(?:{names})(?:\s?[0-9]{{1,3}}:?|\s[a-z]:?|:)"),
    )
