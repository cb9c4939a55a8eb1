"""Numbers and what they count: signs, ordinal marks, units, currencies, quantities, agreement."""

import re
from functools import lru_cache

from xlt.language.rules import Language, Unit
from xlt.language.verbalise.numbers import (
    MAX_DIGITS,
    Number,
    ordinal,
    parse,
    read,
    substitute,
    whole,
)
from xlt.language.verbalise.patterns import NEVER, any_of

_SPACED = {
    False: r"[0-9]{1,3}(?: 000){1,30}(?![0-9])(?:[.,][0-9]+)?",
    True: r"[1-9][0-9]{0,2}(?: [0-9]{3}){1,30}(?! ?[0-9])(?:[.,][0-9]+)?",
}
_JOINED = r"[0-9]+(?:[.,'\u00a0][0-9]+)*"
"""Digits and what may stand between them."""


def numbers(text: str, language: Language) -> tuple[str, int]:
    """Numbers with their currency, sign, ordinal mark or unit."""
    if _DIGIT.search(text) is None:
        return text, 0
    return _number(language).subn(lambda m: f" {_spoken(m, language)} ", text)


_DIGIT = re.compile("[0-9]")
_WINDOW = 16
"""Characters before a year or an article's number in which the word before it is looked for."""


_FEW_THOUSANDS = 3
"""Digits of a number that may be said with the word for thousand: `200 mil`."""


def counted(number: Number, unit: Unit, language: Language) -> str:
    """Read a number and the thing that it counts."""
    digits, fraction = number.whole, number.fraction
    if unit.tenths and len(fraction) == 1:
        fraction += "0"
    if unit.small and not fraction.strip("0"):
        fraction = ""  # $2,0 are two dollars
    cents = bool(unit.cents) and len(fraction) == 2
    if fraction and not cents:
        return f"{_decimal(number, unit, language)} {unit.many}"
    if cents and unit.small and not int(digits) and int(fraction):  # 0,05 €: cinco céntimos
        return _hundredths(fraction, unit, language)
    said = whole(digits, language)
    if len(digits) <= MAX_DIGITS:
        said = agreeing(digits, unit, language)
    words = f"{said} {unit.one if digits == '1' else unit.many}"
    if cents:
        words += " " + _cents(fraction, unit, language)
    return words


def _decimal(number: Number, unit: Unit, language: Language) -> str:
    """Read a decimal number before what it counts: es `dos coma un kilómetros`."""
    words = read(number, language)
    if not (number.fraction and language.fraction_agrees and unit.agrees):
        return words
    whole_part, mark, fraction = words.rpartition(f" {language.marks[number.mark]} ")
    changes = language.counting_feminine if unit.feminine else ()
    return whole_part + mark + substitute(fraction, (*changes, *language.counting))


def agreeing(digits: str, unit: Unit, language: Language) -> str:
    """Read a whole number in the form that it has before its unit: `una`, `veintiún`."""
    words = whole(digits, language)
    if unit.agrees and unit.feminine:
        words = substitute(words, language.counting_feminine)
    return substitute(words, language.counting) if unit.agrees else words


def _hundredths(fraction: str, unit: Unit, language: Language) -> str:
    one, many = unit.small or ("", "")
    return counted(Number(whole=str(int(fraction))), Unit(one=one, many=many), language)


def _cents(fraction: str, unit: Unit, language: Language) -> str:
    digits = str(int(fraction))
    if "{small}" not in unit.cents:
        return unit.cents.format(whole(digits, language))
    one, many = unit.small or ("", "")
    noun = Unit(one=one, many=many)
    small = one if digits == "1" else many
    return unit.cents.format(agreeing(digits, noun, language), small=small)


def _spoken(match: re.Match[str], language: Language) -> str:
    sign, run, mark = match.group("minus", "run", "ordinal")
    *others, last = parse(run, language)
    words = [read(number, language) for number in others]
    if mark is not None and not last.fraction:
        words.append(ordinal(last.whole, language.ordinals[mark.lstrip(".")], language))
    else:
        words += [_amount(last, match, language), mark or ""]
    if each := match["per"] or match["each"]:  # 20 €/mes, 15 €/kg
        words += [language.per, language.units[each].one if each in language.units else each]
    return " ".join([language.minus, *words] if sign else words)


def _amount(number: Number, match: re.Match[str], language: Language) -> str:
    suffix, prefix, quantity = match.group("unit", "prefix", "quantity")
    unit = language.units[suffix or prefix] if suffix or prefix else None
    if quantity:
        return _quantity(number, quantity, unit, match["next"], language)
    if unit is None:
        return _bare(number, match, language)
    words = counted(number, unit, language)
    if suffix and prefix and unit.small is None:  # $5 millones; but $500 pesos are pesos
        words = f"{substitute(words, language.counting)} {language.units[prefix].many}"
    return words


def _bare(number: Number, match: re.Match[str], language: Language) -> str:
    """Read a number without a unit: a year, a label (`artigo 1`), or a count of what follows."""
    rules = language.agreement
    words = match.string[max(0, match.start() - _WINDOW) : match.start()].split()
    before = words[-1] if words else ""
    if number.bare and len(number.whole) == 4 and before in rules.years_after:
        return read(number, language, dated=True)
    if before in rules.labels or match["stuck"] is not None or _is_a_value(number, match):
        return read(number, language)
    return _before_a_noun(number, match["next"], language)


def _is_a_value(number: Number, match: re.Match[str]) -> bool:
    """Say whether a 1 counts nothing: `-1 indica`, `0 o 1 según`."""
    before = match.string[max(0, match.start() - _WINDOW) : match.start()]
    return number.whole == "1" and (match["minus"] is not None or bool(_OTHER.search(before)))


_OTHER = re.compile(r"[0-9]\s[^\W\d_]{1,2}\s$")


def _quantity(
    number: Number, quantity: str, unit: Unit | None, noun: str | None, language: Language
) -> str:
    """`2,5 millones km`: the number counts the millions, and these count the kilometres."""
    words = f"{_decimal(number, Unit(one='', many=''), language)} {quantity}"
    if not number.fraction:
        words = f"{substitute(whole(number.whole, language), language.counting)} {quantity}"
        if quantity == language.agreement.thousand and len(number.whole) <= _FEW_THOUSANDS:
            feminine = _is_feminine(unit, noun, language)
            kind = Unit(one="", many="", feminine=feminine)
            words = agreeing(f"{number.whole}000", kind, language)
    if quantity in language.units:  # de 1 Mio. €: eine million
        words = counted(number, language.units[quantity], language)
    return words if unit is None else f"{words} {language.quantities[quantity]} {unit.many}"


def _is_feminine(unit: Unit | None, noun: str | None, language: Language) -> bool:
    if unit is not None:
        return unit.feminine
    return noun is not None and _compiled(language.agreement.feminine).fullmatch(noun) is not None


def _before_a_noun(number: Number, noun: str | None, language: Language) -> str:
    """Make a whole number agree with the word that follows, where its form tells its gender."""
    digits, rules = number.whole, language.agreement
    if number.fraction or noun is None or len(digits) > MAX_DIGITS:
        return read(number, language)
    one = digits == "1"
    feminine = _compiled(rules.feminine_one if one else rules.feminine).fullmatch(noun) is not None
    masculine = (
        _compiled(rules.masculine_one if one else rules.masculine).fullmatch(noun) is not None
    )
    if not feminine and not masculine:
        return read(number, language)
    return agreeing(digits, Unit(one="", many="", feminine=feminine), language)


def _measures(language: Language) -> list[str]:
    """Units that are measures: no currency, and no sign such as `%`."""
    return [key for key, unit in language.units.items() if not unit.currency and key[0].isalpha()]


@lru_cache(maxsize=128)
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source or NEVER)


@lru_cache(maxsize=32)
def _number(language: Language) -> re.Pattern[str]:
    currencies = any_of(
        (key for key, unit in language.units.items() if unit.currency), end=r"(?![^\W\d_])"
    )
    run = f"{_SPACED[language.spaced_thousands]}|{_JOINED}"
    quantity = rf"(?:\s(?P<quantity>{any_of(language.quantities)}))?"
    per = "(?(unit)|(?(prefix)|(?!)))/" if language.per else NEVER
    bare_per = r"(?(stuck)(?!))\s?/" if language.per else NEVER
    return re.compile(
        rf"(?:(?<!\w)(?P<prefix>{currencies})\s?)?"
        rf"(?P<minus>(?<![^\s(])-)?(?P<stuck>(?<=[^\W\d_])|(?<=[^\W\d_]-))?(?P<run>{run})"
        rf"(?:(?(stuck)(?!))(?P<ordinal>\.?(?:{any_of(language.ordinals)}))"
        rf"|{quantity}(?:\s?(?P<unit>{any_of(language.units)}))?)"
        rf"(?:{per}(?P<per>{any_of(language.units)}|[^\W\d_]{{2,30}}(?!\w))"
        rf"|{bare_per}(?P<each>{any_of(_measures(language))}))?"
        r"(?:(?=\s(?P<next>[^\W\d_]{1,30})))?"
    )
