"""Fractions: `1/2`, `3/4`, `2 1/2`, `2½`, alone or before a unit."""

import re
import unicodedata
from functools import lru_cache

from xlt.language.rules import Language, Unit
from xlt.language.verbalise.numbers import Number, ordinal, substitute, whole
from xlt.language.verbalise.patterns import any_of
from xlt.language.verbalise.quantities import agreeing, counted

VULGAR = {
    chr(code): "/".join(str(int(n)) for n in parts)
    for code in (0xBC, 0xBD, 0xBE, *range(0x2150, 0x215F), 0x2189)
    if len(parts := unicodedata.normalize("NFKD", chr(code)).split("\u2044")) == 2
}
"""`½` -> `1/2`."""
_ONE_SIGN = re.compile(rf"(?<=[0-9])\s?(?=[{''.join(VULGAR)}])")
_SIGN = re.compile(rf"[{''.join(VULGAR)}]\s?")
_YEAR_DIGITS, _FIRST_YEAR, _LAST_YEAR = 4, 1900, 2100
_WINDOW = 24
"""Characters before a fraction in which the word before it is looked for."""
_SLASHED = re.compile(r"(?<=[0-9])\s?\u2044\s?(?=[0-9])")


def fractions(text: str, language: Language) -> tuple[str, int]:
    """Read fractions; those that end in no name are read `uno sobre ciento uno`."""
    if not language.fractions.one:
        return text, 0
    if not text.isascii():
        text = _SIGN.sub(lambda m: f"{VULGAR[m.group()[0]]} ", _ONE_SIGN.sub(" ", text))
        text = _SLASHED.sub("/", text)
    if "/" not in text:
        return text, 0
    count = 0

    def spell(match: re.Match[str]) -> str:
        nonlocal count
        if _are_years(match) or _after_a_label(match, language):
            return match.group()
        count += 1
        return f" {_spoken(match, language)} "

    return _pattern(language).sub(spell, text), count


def _are_years(match: re.Match[str]) -> bool:
    """Say whether it is `2010/11`, a year and the one after it, or a number and year: `21/2013`."""
    first, second = match.group("numerator", "denominator")
    if len(second) == _YEAR_DIGITS and _FIRST_YEAR <= int(second) <= _LAST_YEAR:
        return True
    if len(first) != _YEAR_DIGITS or len(second) not in (2, _YEAR_DIGITS):
        return False
    return bool(second == str(int(first) + 1)[-len(second) :])


def _after_a_label(match: re.Match[str], language: Language) -> bool:
    """Say whether the word right before makes it two numbers: pt `anos 60/70`."""
    before = match.string[max(0, match.start() - _WINDOW) : match.start()].split()
    return bool(before) and before[-1] in language.fractions.never_after


def _spoken(match: re.Match[str], language: Language) -> str:
    unit, digits, noun = language.units.get(match["unit"] or ""), match["whole"], match["next"]
    fraction = _simple(match["numerator"], match["denominator"], language)
    if unit is None and noun is not None:
        words = _before_noun(digits, fraction, noun, language)
    elif digits is None:
        words = _before_unit(fraction, unit, language)
    else:
        words = _mixed(digits, fraction, unit, language)
    return f"{language.minus} {words}" if match["minus"] else words


def _before_noun(digits: str | None, fraction: str, noun: str, language: Language) -> str:
    """`1/2 taza` is `media taza`, `1/4 taza` `un cuarto de`, `3 1/2 tazas` `tres y media`."""
    rules, genders = language.fractions, language.agreement
    feminine = _fits(noun, genders.feminine) or _fits(noun, genders.feminine_one)
    if digits is None:
        if not _fits(noun, genders.feminine_one) and not _fits(noun, genders.masculine_one):
            return rules.alone.get(fraction, fraction)
        unit = Unit(one=noun, many=noun, feminine=feminine)
        return _before_unit(fraction, unit, language).removesuffix(noun)
    if not feminine:
        return _mixed(digits, fraction, None, language)
    said = rules.counting_feminine.get(fraction, fraction)
    number = agreeing(digits, Unit(one="", many="", feminine=True), language)
    return substitute(rules.mixed.format(whole=number, fraction=said), rules.mixed_changes)


def _fits(noun: str, source: str) -> bool:
    return bool(source) and re.fullmatch(source, noun) is not None


def _before_unit(fraction: str, unit: Unit | None, language: Language) -> str:
    rules = language.fractions
    if unit is None:
        return rules.alone.get(fraction, fraction)
    table = rules.counting_feminine if unit.feminine else rules.counting
    if fraction in table:
        return f"{table[fraction]} {unit.one}"
    words = rules.counted.format(fraction=fraction, unit=unit.one)
    return substitute(words, rules.counted_changes)


def _mixed(digits: str, fraction: str, unit: Unit | None, language: Language) -> str:
    rules = language.fractions
    said = rules.mixed_names.get(fraction, fraction)
    if unit is not None and unit.feminine:
        said = rules.counting_feminine.get(fraction, said)
    mixed = rules.mixed.format(whole=whole(digits, language), fraction=said)
    mixed = substitute(mixed, rules.mixed_changes)
    if unit is None:
        return mixed
    if not rules.mixed_counted:
        return f"{mixed} {unit.many}"
    amount = counted(Number(whole=digits), unit, language)
    return rules.mixed_counted.format(amount=amount, fraction=said)


def _simple(numerator: str, denominator: str, language: Language) -> str:
    rules = language.fractions
    denominator = denominator.replace(language.thousands, "")
    name = _name(int(denominator), one=numerator == "1", language=language)
    if name is None or (len(denominator) > 1 and denominator[0] == "0"):
        words = {"numerator": whole(numerator, language)}
        return rules.over.format(**words, denominator=whole(denominator, language))
    if numerator == "1":
        return f"{rules.one} {name}"
    return f"{substitute(whole(numerator, language), language.counting)} {name}"


def _name(denominator: int, *, one: bool, language: Language) -> str | None:
    rules = language.fractions
    if denominator in rules.names:
        return rules.names[denominator][0 if one else 1]
    for unit, named in ((1_000_000, rules.millionth), (1_000, rules.thousandth)):
        count, rest = divmod(denominator, unit)
        if named and count and not rest:
            joined = substitute(whole(str(count), language), (*rules.joined, (" ", "")))
            return f"{joined if count > 1 else ''}{named}{rules.endings[0 if one else 1]}"
    if denominator < 2 or denominator > rules.largest:
        return None
    if denominator <= rules.ordinal_up_to:
        return ordinal(str(denominator), (), language) + rules.endings[0 if one else 1]
    if rules.beyond is None:
        return None
    cardinal = substitute(whole(str(denominator), language), rules.joined)
    return rules.beyond[0 if one else 1].format(cardinal=cardinal)


@lru_cache(maxsize=32)
def _pattern(language: Language) -> re.Pattern[str]:
    return re.compile(
        r"(?<![\w.,:/])(?P<minus>(?<!\S)-)?(?:(?P<whole>[0-9]{1,6})\s)?"
        r"(?P<numerator>[0-9]{1,9})(?:/|\s/\s)(?P<denominator>"
        rf"[1-9][0-9]{{0,2}}(?:{re.escape(language.thousands)}[0-9]{{3}}){{1,4}}|[0-9]{{1,9}})(?![\w/]|[-.,:][0-9])"
        rf"(?:\s{{0,2}}(?P<unit>{any_of(language.units)})|(?=\s{{1,2}}(?P<next>[^\W\d_]{{1,30}})))?"
    )
