"""Ordinals with a full stop: German `am 3. Mai` is `am dritten mai`; `Ich habe 3.` stays.

The word before or after tells that the full stop makes an ordinal, and how the ordinal ends.
Runs while capitals are there: after the end of a sentence no word in small letters follows.
"""

import re
from functools import lru_cache

from xlt.language.rules import Language
from xlt.language.verbalise.numbers import ordinal
from xlt.language.verbalise.patterns import NEVER, any_of

_DIGITS = r"[0-9]{1,3}(?:\.[0-9]{3}){1,3}|[0-9]{1,6}"
_SMALL = re.compile(r"[a-zß-öø-ÿ]")
_ALONE = re.compile(r"\s*(?P<digits>[0-9]{1,6})\.\s*")
_DASH = re.compile(r"(?<=\.)\s?[-–]\s?(?=[0-9])")
"""Of `1.-3. Mai`, which is said as `to` is."""
_LONGEST_BEFORE_SMALL = 3
"""Digits that a number before a word in small letters may have: more may be a year."""


def dotted_ordinals(text: str, language: Language) -> tuple[str, int]:
    """`der 3. Platz` -> `der dritte Platz`, `am 3. und 4. Mai` -> `am dritten und vierten Mai`."""
    rules = language.dotted
    if not rules.before or "." not in text:
        return text, 0
    if alone := _ALONE.fullmatch(text):
        return ordinal(alone["digits"], (), language) + rules.alone, 1
    cased = text != text.lower()
    count = 0

    def spell(match: re.Match[str]) -> str:
        nonlocal count
        ending = _ending(match, language, cased=cased)
        if ending is None:
            return match.group()
        words, n = _ONE.subn(
            lambda m: f" {ordinal(m['digits'].replace('.', ''), (), language)}{ending} ",
            _DASH.sub(f" {language.ranges.link or '-'} ", match["chain"]),
        )
        count += n
        return f"{match['before'] or ''} {words} "

    return _pattern(language).sub(spell, text), count


def _ending(match: re.Match[str], language: Language, *, cased: bool) -> str | None:
    """Return the ending of the ordinals of a match, or None if they are none."""
    rules = language.dotted
    before = " ".join((match["before"] or "").lower().split())
    after = (match["after"] or "").lower()
    several = _ONE.fullmatch(match["chain"]) is None
    if not after:
        return rules.before.get(before) if before in rules.at_the_end else None
    dates = language.dates
    if not several and (after in dates.months or after in dates.short):
        return None  # a date, read with its year by the step of that name
    if before:
        return rules.before[before]
    if after in rules.after:
        return rules.after[after]
    short = len(match["chain"]) <= _LONGEST_BEFORE_SMALL + 1
    if rules.otherwise is not None and cased and short and _SMALL.match(match["after"]):
        return rules.otherwise
    return None


_ONE = re.compile(rf"(?P<digits>{_DIGITS})\.")


@lru_cache(maxsize=32)
def _pattern(language: Language) -> re.Pattern[str]:
    rules = language.dotted
    one = rf"(?:{_DIGITS})\."
    links = "|".join(map(re.escape, rules.links)) or NEVER
    return re.compile(
        rf"(?:(?<!\w)(?P<before>(?i:{any_of(rules.before, spaces=r'[ ]')}))\s{{1,3}})?"
        rf"(?<![\w.,:/-])(?P<chain>{one}(?:(?:,?\s(?:{links})\s|,\s|\s?[-–/]\s?){one}){{0,8}})"
        r"(?:(?=\s{1,3}(?P<after>[^\W\d_]{1,40}))|(?=\s*$))"
    )
