"""Roman numerals after kings, popes, centuries and chapters; runs while capitals are there."""

import re
from functools import lru_cache

from xlt.language.phenomena import Roman
from xlt.language.rules import Language
from xlt.language.verbalise.numbers import ordinal, whole
from xlt.language.verbalise.patterns import NEVER, any_of, apart

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_NUMERAL = "(?=[IVXLCDM])M{0,3}(?:C[MD]|D?C{0,3})(?:X[CL]|L?X{0,3})(?:I[XV]|V?I{0,3})"
_SMALL = "(?=[IVX]{2})X{0,3}(?:I[XV]|V?I{0,3})"
_ONE = re.compile(_NUMERAL + r"(?!\w)")
_ANY = re.compile(r"\b[IVXLCDM]+\b")
_LAST_WORD = re.compile(r"([^\W\d_]+)\s+$")
_INITIAL = re.compile(r"[LCDM]\.\s[^\W\d_a-zà-ÿ]")
"""`Juan C. Pérez` has a second name; kings and chapters are never so many."""
_YEAR = Roman()
"""A bare number: a year, the month of `5-III-1920`, a road (`N-II`)."""
_LONG = 4
"""A numeral of so many letters is one wherever it stands, and most often a year: `MCMXC`."""
_WINDOW = 40
"""Characters before a numeral in which the word before it is looked for."""


def value(numeral: str) -> int:
    """`XIV` -> 14; the numeral is well-formed."""
    total = 0
    for letter, following in zip(numeral, [*numeral[1:], ""], strict=True):
        n = _VALUES[letter]
        total += -n if _VALUES.get(following, 0) > n else n
    return total


def roman_numerals(text: str, language: Language) -> tuple[str, int]:
    """`siglo XXI` -> `siglo veintiuno`, `Felipe VI` -> `Felipe sexto`, `II Guerra` -> `segunda`."""
    if not language.roman or _ANY.search(text) is None:
        return text, 0
    count = 0

    def after_a_word(match: re.Match[str]) -> str:
        nonlocal count
        word = match["before"].lower()
        rule = next((rule for rule in language.roman if word in rule.before), None)
        if rule is None:  # a letter that only looks the same without its case, as ſ and s
            return match.group()
        if _INITIAL.match(match.string, match.start("numerals")):
            return match.group()
        words, n = _ONE.subn(lambda m: f" {_read(m.group(), rule, language)} ", match["numerals"])
        count += n
        before = rule.sayings.get(word, match["before"])
        return apart(match, f"{before} {words}{'' if rule.full_stop else match['stop'] or ''}")

    def elsewhere(match: re.Match[str]) -> str:
        nonlocal count
        rule = _rule(match, language)
        if rule is None:
            return match.group()
        count += 1
        stop = "" if rule.full_stop else match["stop"] or ""
        return apart(match, f"{_read(match['numeral'], rule, language)}{stop}")

    first, second = _patterns(language)
    return second.sub(elsewhere, first.sub(after_a_word, text)), count


def _rule(match: re.Match[str], language: Language) -> Roman | None:
    after = (match["after"] or "").lower()
    window = match.string[max(0, match.start() - _WINDOW) : match.start()]
    before = _LAST_WORD.search(window)
    named = before is not None and before[1][0].isupper() and not before[1].isupper()
    for rule in language.roman:
        if after in rule.after:
            return rule
        if match["small"] is not None and (rule.anywhere or (rule.after_name and named)):
            return _YEAR if match.string[match.start() - 1 : match.start()] == "-" else rule
    return _YEAR if len(match["numeral"]) >= _LONG and _anywhere(language) else None


def _anywhere(language: Language) -> bool:
    return any(rule.anywhere for rule in language.roman)


def _read(numeral: str, rule: Roman, language: Language) -> str:
    n = value(numeral)
    if rule.dotted:
        return f"{n}."
    if n <= rule.ordinal_up_to:
        return rule.form.format(ordinal(str(n), rule.changes, language))
    return rule.form.format(whole(str(n), language))


@lru_cache(maxsize=32)
def _patterns(language: Language) -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = any_of(word for rule in language.roman for word in rule.before)
    links = "|".join(map(re.escape, language.roman_links)) or NEVER
    one = rf"(?:{_NUMERAL})(?!\w)"
    several = rf"{one}(?:(?:\s(?:{links})\s|\s?[-–]\s?|,\s){one})*"
    return (
        re.compile(
            rf"(?<!\w)(?P<before>(?i:{words}))\s{{1,3}}(?P<numerals>{several})(?P<stop>\.)?"
        ),
        re.compile(
            rf"(?<![\w.])(?P<numeral>(?P<small>{_SMALL}(?!\w))|{one})(?P<stop>\.)?"
            r"(?=(?:\s(?P<after>[^\W\d_]{1,30}))?)"
        ),
    )
