"""Reading aloud: abbreviations, ordinals, numbers with their units, symbols become words.

Each step is a function (text, language) -> (text, tokens read); the text is in lower case and
past the door. A new phenomenon (times, dates, Roman numerals) is one more step in STEPS.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from xlt.language.numbers import MAX_DIGITS, Number, ordinal, parse, read, substitute, whole
from xlt.language.rules import Language, Unit

Step = Callable[[str, Language], tuple[str, int]]

_RUN = r"[0-9]{1,3}(?: 000){1,6}(?![0-9])(?:[.,][0-9]+)?|[0-9]+(?:[.,'\u00a0][0-9]+)*"
"""Digits and what may stand between them; a plain space only before `000`."""


def expand(text: str, language: Language) -> tuple[str, int]:
    """Read aloud what is not written as words; return the text and how many tokens were read."""
    count = 0
    if not _trigger(language).search(text):
        return text, count
    for step in STEPS:
        text, n = step(text, language)
        count += n
    return text, count


def abbreviations(text: str, language: Language) -> tuple[str, int]:
    """`sr. lópez` -> `señor lópez`."""
    words, pattern = _abbreviation(language)
    return pattern.subn(lambda m: f" {words[_squeezed(m.group())]} ", text)


def dotted_ordinals(text: str, language: Language) -> tuple[str, int]:
    """German `am 3. mai` -> `am dritten mai`: the word before or after tells that it is one."""
    if not language.dotted_before:
        return text, 0
    count = 0

    def spell(match: re.Match[str]) -> str:
        nonlocal count
        before, digits, after = match.group("before", "digits", "after")
        if before is not None:
            ending = language.dotted_before[before]
        elif after in language.dotted_after:
            ending = language.dotted_after[after]
        else:
            return match.group()
        count += 1
        return f"{before or ''} {ordinal(digits, (), language)}{ending} "

    return _dotted(language).sub(spell, text), count


def numbers(text: str, language: Language) -> tuple[str, int]:
    """Numbers with their currency, sign, ordinal mark or unit."""
    return _number(language).subn(lambda m: f" {_spoken(m, language)} ", text)


def symbols(text: str, language: Language) -> tuple[str, int]:
    """`&` -> `y`, and the signs of units that stand without a number."""
    words = _symbols(language)
    return _symbol(language).subn(lambda m: f" {words[m.group()]} ", text)


STEPS: tuple[Step, ...] = (abbreviations, dotted_ordinals, numbers, symbols)
"""In this order: a later step may rely on an earlier one having taken its marks away."""


def _spoken(match: re.Match[str], language: Language) -> str:
    sign, run, mark, suffix, prefix = match.group("minus", "run", "ordinal", "unit", "prefix")
    found = parse(run, language)
    *others, last = found
    words = [read(number, language) for number in others]
    if mark is not None and not last.fraction:
        words.append(ordinal(last.whole, language.ordinals[mark.lstrip(".")], language))
    elif suffix is not None or prefix is not None:
        words.append(_counted(last, language.units[suffix or prefix], language))
        if suffix and prefix:  # $5 millones: cinco millones de dólares
            words[-1] = substitute(words[-1], language.counting)
            words.append(language.units[prefix].many)
    else:
        words.append(read(last, language))
    return " ".join([language.minus, *words] if sign else words)


def _counted(number: Number, unit: Unit, language: Language) -> str:
    """Read a number and the thing that it counts."""
    digits, fraction = number.whole, number.fraction
    cents = bool(unit.cents) and len(fraction) == 2
    if (fraction and not cents) or len(digits) > MAX_DIGITS:
        return f"{read(number, language)} {unit.many}"
    if cents and unit.small and not int(digits) and int(fraction):  # 0,05 €: cinco céntimos
        one, many = unit.small
        hundredths = Number(whole=str(int(fraction)))
        return _counted(hundredths, Unit(one=one, many=many), language)
    words = whole(digits, language)
    if unit.agrees and unit.feminine:
        words = substitute(words, language.counting_feminine)
    if unit.agrees:
        words = substitute(words, language.counting)
    words = f"{words} {unit.one if digits == '1' else unit.many}"
    if cents and fraction != "00":
        words += " " + unit.cents.format(whole(fraction.lstrip("0"), language))
    return words


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def _any_of(keys: Iterable[str]) -> str:
    """Alternatives, longest first; one that ends in a letter (not º, ª) must end its word."""
    ordered = sorted(keys, key=lambda key: (-len(key), key))
    return "|".join(map(_bounded, ordered)) or "(?!)"  # without keys: never


def _bounded(key: str) -> str:
    ends_a_word = key[-1].isalpha() and key[-1] not in "ºª"
    return re.escape(key) + (r"(?!\w)" if ends_a_word else "")


@lru_cache(maxsize=32)
def _abbreviation(language: Language) -> tuple[dict[str, str], re.Pattern[str]]:
    words = {_squeezed(key): value for key, value in language.abbreviations.items()}
    keys = _any_of(language.abbreviations).replace(r"\ ", r"\s?")
    return words, re.compile(rf"(?<!\w)(?:{keys})")


@lru_cache(maxsize=32)
def _dotted(language: Language) -> re.Pattern[str]:
    before = "|".join(map(re.escape, language.dotted_before))
    return re.compile(
        rf"(?:(?<!\w)(?P<before>{before})\s+)?(?<![0-9.,])(?P<digits>[0-9]{{1,4}})\."
        rf"(?=\s+(?P<after>[{re.escape(language.letters)}]+))"
    )


@lru_cache(maxsize=32)
def _number(language: Language) -> re.Pattern[str]:
    currencies = _any_of(key for key, unit in language.units.items() if unit.currency)
    marks = _any_of(language.ordinals)
    return re.compile(
        rf"(?:(?<!\w)(?P<prefix>{currencies})\s?)?"
        rf"(?P<minus>(?<![^\s(])-)?(?P<run>{_RUN})"
        rf"(?:(?P<ordinal>\.?(?:{marks}))|\s?(?P<unit>{_any_of(language.units)}))?"
    )


@lru_cache(maxsize=32)
def _symbols(language: Language) -> dict[str, str]:
    signs = {k: u.many for k, u in language.units.items() if not any(c.isalpha() for c in k)}
    return signs | dict(language.symbols)


@lru_cache(maxsize=32)
def _symbol(language: Language) -> re.Pattern[str]:
    return re.compile(_any_of(_symbols(language)))


@lru_cache(maxsize=32)
def _trigger(language: Language) -> re.Pattern[str]:
    """A text without any of these characters has nothing to be read aloud."""
    keys = (*language.abbreviations, *_symbols(language))
    signs = {next(c for c in key if c not in language.letters and c != " ") for key in keys}
    return re.compile(f"[0-9{re.escape(''.join(sorted(signs)))}]")
