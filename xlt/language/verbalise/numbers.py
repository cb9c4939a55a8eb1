"""Numbers as words: num2words with its known mistakes corrected from the language's data."""

import re
from dataclasses import dataclass
from functools import lru_cache

from num2words import num2words

from xlt.language.phenomena import Substitutions
from xlt.language.rules import Language

MAX_DIGITS = 15
"""Longer strings of digits are read digit by digit, as people do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A number as it was written: digits before and after the decimal mark."""

    whole: str
    fraction: str = ""
    mark: str = ""
    """The decimal mark that was used; empty without a fraction."""
    bare: bool = True
    """Written as digits only, without separators: may be a year."""


def substitute(text: str, changes: Substitutions) -> str:
    """Apply the substitutions in order."""
    for pattern, replacement in changes:
        text = re.sub(pattern, replacement, text)
    return text


@lru_cache(maxsize=65_536)
def spell(value: int, language: Language, kind: str = "cardinal") -> str:
    """Spell a number in lower-case words; kind is `cardinal`, `ordinal` or `year`."""
    words: str = num2words(value, lang=language.speller, to=kind)
    plain = words.lower().replace(",", "").replace("-", " ")
    return substitute(" ".join(plain.split()), language.fixes)


def ordinal(digits: str, changes: Substitutions, language: Language) -> str:
    """Spell an ordinal, or the cardinal where none is in use (below the language's first, or above its last)."""
    if (
        len(digits) > MAX_DIGITS
        or not language.first_ordinal <= int(digits) <= language.last_ordinal
    ):
        return whole(digits, language)
    return substitute(spell(int(digits), language, "ordinal"), changes)


def by_digit(digits: str, language: Language) -> str:
    """Read digit by digit."""
    return " ".join(spell(int(digit), language) for digit in digits)


def whole(digits: str, language: Language) -> str:
    """Read the digits of a whole number; digit by digit with leading zeros or beyond 10^15."""
    if len(digits) > MAX_DIGITS or (len(digits) > 1 and digits[0] == "0"):
        return by_digit(digits, language)
    return spell(int(digits), language)


def read(number: Number, language: Language, *, dated: bool = False) -> str:
    """Read a number that stands alone, as a year where it looks like one; `dated`: it is one."""
    digits = number.whole
    if number.fraction:
        mark = language.marks[number.mark]
        return f"{whole(digits, language)} {mark} {_fraction(number.fraction, language)}"
    is_year = number.bare and len(digits) == 4
    ranges = (*language.years, *language.dated_years) if dated else language.years
    if is_year and any(first <= int(digits) <= last for first, last in ranges):
        return spell(int(digits), language, "year")
    if not number.bare and MAX_DIGITS < len(digits) <= language.longest_grouped:
        return spell(int(digits), language)
    return whole(digits, language)


def _fraction(digits: str, language: Language) -> str:
    if len(digits) <= language.fraction_as_number:
        return whole(digits, language)
    pairs = [digits[i : i + 2] for i in range(0, len(digits), 2)]
    if language.fraction_in_pairs and len(digits) >= 4 and all(pair[0] != "0" for pair in pairs):
        return " ".join(whole(pair, language) for pair in pairs)
    return by_digit(digits, language)


def parse(run: str, language: Language) -> list[Number]:
    """Understand a run of digits and separators: one number, or several side by side.

    `1.234,5` and `1,234.5` are one number in every language; `12.03.2024` is three.
    """
    for pattern in _patterns(language):
        if match := pattern.fullmatch(run):
            parts = match.groupdict()
            digits = re.sub(r"[^0-9]", "", parts["whole"])
            return [
                Number(
                    whole=digits,
                    fraction=parts.get("fraction") or "",
                    mark=(parts.get("mark") or "") if parts.get("fraction") else "",
                    bare=digits == parts["whole"],
                )
            ]
    pieces = re.findall(r"[0-9]+", run)
    return [Number(whole=piece, bare=False) for piece in pieces]


@lru_cache(maxsize=32)
def _patterns(language: Language) -> tuple[re.Pattern[str], ...]:
    mine, other = re.escape(language.decimal), re.escape(language.thousands)
    first = "[1-9][0-9]{0,2}"
    grouped = rf"{first}(?P<gap>{other}|['\u00a0 ])[0-9]{{3}}(?:(?P=gap)[0-9]{{3}})*"
    fraction = rf"(?P<mark>{mine})(?P<fraction>[0-9]+)"
    swapped = rf"(?P<mark>{other})(?P<fraction>[0-9]+)"
    sources = (
        rf"(?P<whole>[0-9]+)(?:{fraction})?",
        rf"(?P<whole>{grouped})(?:{fraction})?",
        rf"(?P<whole>{first}(?:{mine}[0-9]{{3}})+){swapped}",
        rf"(?P<whole>{first}(?:['\u00a0 ][0-9]{{3}})+){swapped}",
        rf"(?P<whole>{first}(?:{mine}[0-9]{{3}}){{2,}})",
        rf"(?P<whole>[0-9]+){swapped}",
    )
    return tuple(re.compile(source) for source in sources)
