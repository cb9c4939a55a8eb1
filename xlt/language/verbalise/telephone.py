"""Telephone numbers and addresses of machines, read digit by digit."""

import re
from functools import lru_cache

from xlt.language.rules import Language
from xlt.language.verbalise.numbers import by_digit, whole
from xlt.language.verbalise.patterns import NEVER, any_of, squeezed

_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_QUAD = rf"{_BYTE}(?:\.{_BYTE}){{3}}"
"""Four numbers of a byte; `1.000.000.000` has a needless zero and is one number."""
_ZERO_GROUPS = r"(?<![0-9][ \u00a0])0[0-9]{2,5}\)?(?:[ \u00a0/-]{1,3}[0-9]{1,9}){1,5}"
_YEAR_DIGITS, _FIRST_YEAR, _LAST_YEAR = 4, 1000, 2100
_ENOUGH = 5
"""Fewer digits after `+` or in groups that begin with 0 are not a telephone's."""


def telephones(text: str, language: Language) -> tuple[str, int]:
    """`91-123-45-67` -> digits; a number that only might be a telephone's stays a number."""
    rules = language.telephones
    if not rules.plus and not rules.shapes:
        return text, 0
    count = 0

    def spell(match: re.Match[str]) -> str:
        nonlocal count
        if (match["code"] or match["zero"]) and sum(map(str.isdecimal, match.group())) < _ENOUGH:
            return match.group()
        if match["shape"] and (_are_years(match["shape"]) or _is_a_range(match, language)):
            return match.group()
        count += 1
        return f" {_spoken(match, language)} "

    return _pattern(language).sub(spell, text), count


def _are_years(shape: str) -> bool:
    """Say whether it is two rising years, `1990-1995`, and no telephone's number."""
    years = [int(group) for group in re.findall("[0-9]+", shape) if len(group) == _YEAR_DIGITS]
    if len(years) != 2 or len(shape) != 2 * _YEAR_DIGITS + 1:
        return False
    return _FIRST_YEAR <= years[0] < years[1] <= _LAST_YEAR


def _is_a_range(match: re.Match[str], language: Language) -> bool:
    """Say whether `100-1500` is two round numbers, or `123-1234 m` two of some unit."""
    if _SHORT.fullmatch(match["shape"]) is None or match["extension"]:
        return False
    first, second = map(int, match["shape"].split("-"))
    round_ones = not first % _ROUND and not second % _ROUND
    return round_ones or _unit(language).match(match.string, match.end()) is not None


_SHORT = re.compile("[1-9][0-9]{2}-[1-9][0-9]{3}")
_ROUND = 50


@lru_cache(maxsize=32)
def _unit(language: Language) -> re.Pattern[str]:
    return re.compile(rf"\s?{any_of(language.units)}")


def _spoken(match: re.Match[str], language: Language) -> str:
    rules = language.telephones
    if match["quad"]:
        mark = f" {language.marks['.']} "
        return mark.join(by_digit(part, language) for part in match["quad"].split("."))
    words = [match["prompt"]] if match["prompt"] else []
    if match["code"]:
        code = match["code"]
        as_number = rules.code_as_number and code[0] != "0"
        words += [rules.plus, whole(code, language) if as_number else by_digit(code, language)]
    groups = match["after_code"] or match["prompted"] or match["zero"] or match["shape"]
    words.append(by_digit(re.sub("[^0-9]", "", groups), language))
    if match["extension"]:
        names = {squeezed(key): value for key, value in rules.extensions.items()}
        words += [names[squeezed(match["extension"])], by_digit(match["inner"], language)]
    return " ".join(words)


@lru_cache(maxsize=32)
def _pattern(language: Language) -> re.Pattern[str]:
    rules = language.telephones
    group = r"(?:[ \u00a0.-]?\(?[0-9]{1,6}\)?)"
    plus = rf"\+\s?(?P<code>[0-9]{{1,3}})(?P<after_code>{group}{{1,6}})" if rules.plus else NEVER
    plus = plus if rules.plus else rf"(?P<code>{NEVER})(?P<after_code>{NEVER})"
    shapes = "|".join(map(_shape, rules.shapes)) or NEVER
    zero = _ZERO_GROUPS if rules.zero_groups else NEVER
    return re.compile(
        rf"(?<![\w+/])(?<![0-9][.,-])(?:(?P<quad>{_QUAD})(?![\w.]|,[0-9])|"
        rf"(?:{plus}|(?P<prompt>{any_of(rules.prompts)})[\s:]{{1,3}}(?P<prompted>[0-9]{group}{{1,7}})"
        rf"|(?P<zero>{zero})|(?P<shape>{shapes}))(?![\w/]|[-.,:][0-9]|\s[0-9])"
        rf"(?:[\s,]{{1,2}}(?P<extension>{any_of(rules.extensions)})\s?(?P<inner>[0-9]{{1,6}}))?)"
    )


def _shape(shape: str) -> str:
    """`6dd ddd ddd` -> its pattern: `d` is a digit, a space any white space, the rest itself."""
    return "".join(
        "[0-9]" if c == "d" else r"[ \u00a0]" if c == " " else re.escape(c) for c in shape
    )
