"""Dates: `3/5/2020`, `2020-05-03`, `3 de mayo de 2020`; what is not a date of the calendar stays."""

import re
from functools import lru_cache

from xlt.language.rules import Language
from xlt.language.verbalise.numbers import Number, ordinal, read, whole
from xlt.language.verbalise.patterns import BEFORE, NEVER, any_of

_AFTER = r"(?![\w/]|[-.,:][0-9])"
_ENDED = r"(?=\.?\s*(?:$|[,;)]))"
_LAST_WORD = re.compile(r"([^\W\d_]+)\.?\s+$")
_WINDOW = 24
"""Characters before an ordinal day in which the word before it is looked for."""


def dates(text: str, language: Language) -> tuple[str, int]:
    """Read dates written in numbers, and days and years beside the name of a month."""
    if not language.dates.months:
        return text, 0
    count = 0

    def spell(match: re.Match[str]) -> str:
        nonlocal count
        words = _in_numbers(match, language) if "mark" in match.re.groupindex else None
        if "name" in match.re.groupindex:
            words = _with_a_name(match, language)
        if words is None:
            return match.group()
        count += 1
        return f" {words} "

    for pattern in _patterns(language):
        text = pattern.sub(spell, text)
    return text, count


def year(digits: str, language: Language) -> str:
    """Read a year; two digits are read as they stand."""
    return read(Number(whole=digits), language, dated=True)


def _in_numbers(match: re.Match[str], language: Language) -> str | None:
    rules = language.dates
    parts = [part for part in match.group("a", "b", "c") if part is not None]
    if match["c"] is None:
        if _is_a_time(match, language):
            return None
        if len(parts[0]) == 4:
            return _month_of_a_year(parts[0], parts[1], language)
        first, second = parts  # 10/12 may be a fraction; 31/12 hardly
        zero = "0" in (first[0], second[0])
        if match["mark"] != "." and not zero and not int(first) > 12 >= int(second):
            return None
        day, month, last = parts[0], parts[1], ""
    elif len(parts[0]) == 4:
        last, month, day = parts
    elif len(parts[0]) > 2 or len(parts[2]) not in (2, 4):
        return None
    else:
        day, month, last = parts
    if len(parts[0]) != 4 and rules.month_first:
        day, month = month, day
    if int(month) > 12 >= int(day):
        day, month = month, day
    return _said(match, day, int(month), last, language)


def _is_a_time(match: re.Match[str], language: Language) -> bool:
    """Say whether `08.05` is followed by the word that makes it one: de `Uhr`."""
    after = match.string[match.end() : match.end() + _WINDOW].split()
    return match["mark"] == "." and bool(after) and after[0] in language.times.words


def _month_of_a_year(last: str, month: str, language: Language) -> str | None:
    """`2003-03`; where the second is larger than the year's end it is a range: `2003-04`."""
    if not 1 <= int(month) <= 12 or int(month) > int(last[2:]):
        return None
    rules = language.dates
    return rules.no_day.format(month=rules.months[int(month) - 1], year=year(last, language))


def _with_a_name(match: re.Match[str], language: Language) -> str | None:
    rules = language.dates
    name = match["name"]
    month = rules.short[name] if name in rules.short else rules.months.index(name) + 1
    last, link = match["year"] or "", match["link"]
    if match["day"] is None:
        return rules.no_day.format(month=rules.months[month - 1], year=year(last, language))
    if link is None:
        return _said(match, match["day"], month, last, language)
    words = _said(match, match["day"], month, "", language)
    return None if words is None else f"{words} {link} {year(last, language)}"


def _said(match: re.Match[str], day: str, month: int, last: str, language: Language) -> str | None:
    rules = language.dates
    if not 1 <= int(day) <= 31 or not 1 <= month <= 12:
        return None
    words = {"day": _day(match, day, language), "month": rules.months[month - 1]}
    if not last:
        return rules.no_year.format(**words)
    return rules.full.format(**words, year=year(last, language))


def _day(match: re.Match[str], digits: str, language: Language) -> str:
    rules = language.dates
    digits = digits.lstrip("0")
    if rules.ordinal_days:
        window = match.string[max(0, match.start() - _WINDOW) : match.start()]
        before = _LAST_WORD.search(window)
        ending = rules.day_endings.get(before[1], rules.day_ending) if before else rules.day_ending
        return ordinal(digits, (), language) + ending
    return rules.first if rules.first and digits == "1" else whole(digits, language)


@lru_cache(maxsize=32)
def _patterns(language: Language) -> tuple[re.Pattern[str], ...]:
    rules = language.dates
    name = f"(?P<name>{any_of((*rules.months, *rules.short))})"
    spoken = set(language.spelling.names.values())  # es `ene` may be the letter of `ATN 2020`
    leading = [month for month in (*rules.months, *rules.short) if month not in spoken]
    first_name = f"(?P<name>{any_of(leading)})"
    link = "|".join(map(re.escape, rules.links)) or NEVER
    day = r"(?P<day>[0-9]{1,2})"
    last = rf"(?P<year>[0-9]{{4}}){_AFTER}"
    pair = f"[{re.escape(rules.pair_separators)}]" if rules.pair_separators else NEVER
    stop = "[º°]?" if rules.first else r"\.?" if rules.ordinal_days else ""
    after_day = _ENDED if rules.day_last else NEVER
    if rules.month_first:
        after_day = rf"(?:st|nd|rd|th)?{_AFTER}"
    return (
        re.compile(
            rf"{BEFORE}(?P<a>[0-9]{{1,4}})(?P<mark>[{re.escape(rules.separators)}])"
            rf"(?P<b>[0-9]{{1,2}})(?P=mark)(?P<c>[0-9]{{1,4}}){_AFTER}"
        ),
        re.compile(
            rf"{BEFORE}(?P<a>[0-9]{{2}})(?P<mark>{pair})(?P<b>[0-9]{{2}})(?P<c>(?!))?{_AFTER}"
        ),
        re.compile(
            rf"{BEFORE}(?P<a>1[1-9][0-9]{{2}}|20[0-9]{{2}})(?P<mark>-)(?P<b>0[1-9]|1[0-2])(?P<c>(?!))?{_AFTER}"
        ),
        re.compile(
            rf"{BEFORE}(?P<a>[0-9]{{1,2}})(?P<mark>\.)(?P<b>[0-9]{{1,2}})(?P<c>(?!))?\.(?![\w])"
            if rules.dotted_pairs
            else NEVER
        ),
        re.compile(
            rf"{BEFORE}{day}{stop}(?:[-/]|\s?(?:(?:{link})\s)?){name}"
            rf"(?:(?:[-/]|,?\s(?:(?P<link>{link})\s)?){last})?"
        ),
        re.compile(rf"(?<!\w){first_name}\s{day},?\s(?:(?P<link>{link})\s)?{last}"),
        re.compile(
            rf"(?<!\w)(?P<name>{any_of(rules.months)}(?=[-/])"
            rf"|{any_of(month for month in leading if month in rules.short)})"
            rf"(?:[-/]|\s(?:(?:{link})\s)?)(?P<day>(?!))?(?P<link>(?!))?{last}"
        ),
        re.compile(rf"(?<!\w){first_name}\s{day}(?P<year>(?!))?(?P<link>(?!))?{after_day}"),
    )
