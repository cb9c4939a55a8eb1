"""Acronyms: words in capitals that are spelled by the names of their letters, as `DNI` is.

Runs before the text is made lower-case.
"""

import re
from functools import lru_cache

from xlt.language.rules import Language
from xlt.language.verbalise.patterns import NEVER, any_of, apart, squeezed

_SMALL = re.compile(r"[a-zß-öø-ÿ]")
_SHOUTED_WORDS = 3
"""A text of this number of words without a small letter is shouted: only its shortest are spelled."""
_SHOUTED_LETTERS = 3
_DAY = re.compile(r"[0-9]\.?[\s/-]?$")
_YEAR = re.compile(r"\.?[\s/-][0-9]{4}(?!\w)")
"""A day before, or a year after, a month in capitals."""
_LONG = 20
"""Longer words are not spelled: nobody does."""


def acronyms(text: str, language: Language) -> tuple[str, int]:
    """`el DNI` -> `el de ene i`; `la OTAN` stays a word, and so does a unit after a number."""
    if not language.spelling.names:
        return text, 0
    longest = language.spelling.longest
    if _SMALL.search(text) is None and len(text.split(maxsplit=_SHOUTED_WORDS)) >= _SHOUTED_WORDS:
        longest = _SHOUTED_LETTERS
    text, count = _mixed(language).subn(
        lambda m: apart(m, letter_names(m["word"].lower(), language) + (m["plural"] or "")), text
    )

    def spell(match: re.Match[str]) -> str:
        nonlocal count
        words = _said(match, longest, language)
        if words is None:
            return match.group()
        count += 1
        return apart(match, words)

    return _pattern(language).sub(spell, text), count


_CODE = re.compile(
    r"(?<![\w.-])(?:[A-Z]{1,2}(?=-[0-9]{1,4}(?!\w))|[ABE-HJKN-UWYZ](?=-[IVX]{1,5}(?!\w)))"
)


def lettered_codes(text: str, language: Language) -> tuple[str, int]:
    """`N-620` -> `ene-620`, `SE-30` -> `ese e-30`, where the language names such letters."""
    if not language.spelling.before_digits or "-" not in text:
        return text, 0
    return _CODE.subn(lambda m: letter_names(m.group().lower(), language), text)


def is_readable(word: str, language: Language) -> bool:
    """Say whether a lower-case word can be read as a word, not only letter by letter."""
    rules = language.spelling
    if word in rules.words or len(word) > _LONG:
        return True
    return word not in rules.spelled and _compiled(rules.readable).fullmatch(word) is not None


def letter_names(word: str, language: Language) -> str:
    """Name the letters of a lower-case word; a letter without a name stands for itself."""
    names = language.spelling.names
    return " ".join(names.get(letter, letter) for letter in word)


def _said(match: re.Match[str], longest: int, language: Language) -> str | None:
    rules = language.spelling
    if match["dotted"]:
        word = match["dotted"].replace(".", "").lower()
        if _is_unit(match, word, language):
            return None
        if word in rules.words:
            return word
        return rules.sayings.get(word) or letter_names(word, language)
    word, plural = match["word"].lower(), match["plural"] or ""
    if _is_unit(match, word, language):
        return None
    if word in rules.sayings:
        return rules.sayings[word]
    if word not in rules.spelled and (len(word) > longest or is_readable(word, language)):
        return None
    if not all(letter in rules.names for letter in word):
        return None
    return letter_names(word, language) + plural


def _is_unit(match: re.Match[str], word: str, language: Language) -> bool:
    """A unit, month or half of the day after a number, or a currency before one: read later."""
    text, start = match.string, match.start()
    if word in language.dates.short and (
        _DAY.search(text[max(0, start - 3) : start]) or _YEAR.match(text, match.end())
    ):
        return True
    if re.search(r"[0-9]\s?$", text[max(0, start - 2) : start]):
        halves = {squeezed(key) for key in language.times.halves}
        return _unit(language).match(text, start) is not None or squeezed(match.group()) in halves
    return _currency(language).match(text, start) is not None


@lru_cache(maxsize=32)
def _unit(language: Language) -> re.Pattern[str]:
    return re.compile(rf"(?i:{any_of(language.units)})")


@lru_cache(maxsize=32)
def _currency(language: Language) -> re.Pattern[str]:
    keys = any_of(
        (key for key, unit in language.units.items() if unit.currency), end=r"(?![^\W\d_])"
    )
    return re.compile(rf"(?i:{keys})\s?-?[0-9]")


@lru_cache(maxsize=32)
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source)


@lru_cache(maxsize=32)
def _mixed(language: Language) -> re.Pattern[str]:
    words = "|".join(sorted(language.spelling.mixed_case)) or NEVER
    plural = re.escape(language.spelling.plural) or NEVER
    return re.compile(rf"(?<!\w)(?P<word>{words})(?P<plural>{plural})?(?!\w)")


@lru_cache(maxsize=32)
def _pattern(language: Language) -> re.Pattern[str]:
    capitals = {c.upper() for c in language.letters if len(c.upper()) == 1 and c.isalpha()}
    capital = f"[{''.join(sorted(capitals))}]"
    plural = re.escape(language.spelling.plural)
    small = f"(?P<plural>{plural})?" if plural else "(?P<plural>(?!))?"
    return re.compile(
        rf"(?<![^\W\d_])(?:(?P<dotted>(?<!\.)(?:{capital}\.){{2,8}}(?:{capital}(?!\w))?)"
        rf"|(?P<word>{capital}{{2,12}}){small}(?![^\W\d_]))"
    )
