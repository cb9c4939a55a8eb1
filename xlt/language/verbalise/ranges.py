"""Ranges: `10-20` is `diez a veinte`; the numbers themselves are read by a later step."""

import re
from functools import lru_cache

from xlt.language.rules import Language
from xlt.language.verbalise.numbers import MAX_DIGITS, parse
from xlt.language.verbalise.patterns import BEFORE, any_of

_LAST_WORD = re.compile(r"([^\W\d_]+)\s+$")
_WINDOW = 24
"""Characters before a range in which the word before it is looked for."""
_NUMBER = r"[0-9]{1,15}(?:[.,][0-9]{1,15}){0,5}"


@lru_cache(maxsize=32)
def _pair(language: Language) -> re.Pattern[str]:
    """Two numbers; of letters only a unit may touch the second: `10-14h`."""
    return re.compile(
        rf"{BEFORE}(?![01]-[89]00-)(?P<first>{_NUMBER})(?P<sign>\s?%)?(?:-|\s?[–—]\s?|\s-\s)(?P<second>{_NUMBER})"
        rf"(?:(?![\w/:]|[-.,–—][0-9])|(?={any_of(language.units)}))"
    )


_FORMULA = re.compile(r"[0-9]\s?[=+×÷]\s?[0-9]")
_MINUS = re.compile(r"(?<=[0-9])\s[-–−]\s(?=[0-9])")
"""Of `5 - 2 = 3`; without another sign it may be a range."""
_SCORE = re.compile(
    r"(?<![\w.,:/-])(?P<first>[0-9]{1,3})\s?:\s?(?P<second>[0-9]{1,3})(?![\w:/]|[.,-][0-9])"
)


def ranges(text: str, language: Language) -> tuple[str, int]:
    """Put the word for `to` between two rising numbers; other pairs are not ranges (`2-1`)."""
    rules = language.ranges
    if not rules.link:
        return text, 0
    count = 0
    if _FORMULA.search(text):
        text, count = _MINUS.subn(f" {language.minus} ", text)

    def link(match: re.Match[str]) -> str:
        nonlocal count
        if not _rising(match["first"], match["second"], language):
            return match.group()
        count += 1
        window = match.string[max(0, match.start() - _WINDOW) : match.start()]
        before = _LAST_WORD.search(window)
        word = rules.after.get(before[1], rules.link) if before else rules.link
        return f"{match['first']}{match['sign'] or ''} {word} {match['second']}"

    text = _pair(language).sub(link, text)
    if rules.score:
        text, n = _SCORE.subn(rf"\g<first> {rules.score} \g<second>", text)
        count += n
    return text, count


def _rising(first: str, second: str, language: Language) -> bool:
    low, high = _value(first, language), _value(second, language)
    if low is None or high is None:
        return False
    years = len(first) == 4 and len(second) == 2 and first.isdecimal()  # 1990-95
    return low < high or (years and int(first[2:]) < high)


def _value(written: str, language: Language) -> float | None:
    """Its value, or None where it is not a single number or begins with a needless zero."""
    found = parse(written, language)
    if len(found) != 1 or len(found[0].whole) > MAX_DIGITS:
        return None
    number = found[0]
    if len(number.whole) > 1 and number.whole[0] == "0":
        return None
    return float(f"{number.whole}.{number.fraction or 0}")
