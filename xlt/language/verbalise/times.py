"""Clock times: `14:30`, `14.30 Uhr`, `14h30`, `2:30 p. m.`; durations such as `2 h` are amounts."""

import re
from functools import lru_cache

from xlt.language.rules import Language
from xlt.language.verbalise.numbers import Number, substitute, whole
from xlt.language.verbalise.patterns import BEFORE, NEVER, any_of, squeezed
from xlt.language.verbalise.quantities import counted

_WINDOW = 8
"""Characters before a dotted time in which the word before it is looked for."""


_RANGE = re.compile(
    r"(?:(?<=[0-9][:h][0-9]{2})|(?<=[0-9]h))\s?[-–—]\s?"
    r"(?=[0-9]{1,2}(?:[:h][0-9]{2}|\s?h)(?![\w:]))"
)
"""Marks between two times, `9:00-14:00`, `9h-14h30`."""
_DURATION = re.compile(
    r"(?<=[0-9])\s?(?P<part>h|min)\s?0?"
    r"(?=[0-9]{1,2}\s?(?:min|seg|s)(?!\w)(?P<more>\s?[0-9]{1,2}\s?(?:seg|s)(?!\w))?)"
)
"""`2h05min`, `3 min 20 s`: amounts side by side, with a word before the last."""
_PADDED = re.compile(
    r"(?<![\w.,:/+-])0(?=[0-9]\s?(?:h|min)\s?(?:[^\W\d_]{1,3}\s)?[0-9]{1,2}\s?(?:min|seg|s)(?!\w))"
)
"""The zero of `02 h 30 min`, which is an amount."""


def times(text: str, language: Language) -> tuple[str, int]:
    """Read the times of a clock; `25:70` stays what it is."""
    if not language.times.full:
        return text, 0
    count = 0
    if language.ranges.link:
        text = _RANGE.sub(f" {language.ranges.link} ", text)
    text = _opening(language).sub(lambda m: _open_hours(m, language), text)
    text = _PADDED.sub("", text)
    link = language.times.last_amount
    text = _DURATION.sub(lambda m: f" {m['part']} {'' if m['more'] else link} ", text)

    def spell(match: re.Match[str]) -> str:
        nonlocal count
        words = _spoken(match, language)
        if words is None:
            return match.group()
        count += 1
        return f" {words} "

    return _pattern(language).sub(spell, text), count


def _spoken(match: re.Match[str], language: Language) -> str | None:
    rules = language.times
    hour, minute, second = match.group("hour", "minute", "second")
    half, word, zone = match.group("half", "word", "zone")
    dotted = match["mark"] == "."
    if int(hour) > 24 or int(minute or 0) > 59 or int(second or 0) > 59:
        return None
    if minute is None and (half is None or (rules.counted_hours and word is None)):
        return rules.full.format(hour=_hour(int(hour), language)) if _is_padded(match) else None
    if dotted and not (rules.dotted and (half or word or _after_a_word(match, language))):
        return None
    words = [_clock(_on_its_half(int(hour), half, language), int(minute or 0), second, language)]
    if half is not None and rules.full_on_half and second is None and not int(minute or 0):
        words = [rules.full_on_half.format(hour=_hour(int(hour), language))]
    if half is not None:
        words.append(_half(int(hour), half, language))
    if zone is not None:
        words.append(rules.zones[zone])
    return " ".join(words)


def _open_hours(match: re.Match[str], language: Language) -> str:
    """`08-18 Uhr` is `acht bis achtzehn Uhr`; without a zero in front only the first hour agrees."""
    first, last = match["zero"] or match["first"], match["last"]
    if int(first) > 24 or int(last) > 24 or (match["dash"] and int(first) >= int(last)):
        return match.group()
    rules, unit = language.times, language.units.get("h")
    agrees = unit is not None and unit.feminine and (rules.feminine or rules.counted_hours)
    link = match["word"] or language.ranges.link
    words = _number(int(first), language, feminine=agrees)
    padded = first.startswith("0") or last.startswith("0")
    if not padded and (agrees or not _are_opening(int(first), int(last))):
        return f" {words} {link} {last}{match['hours']}" if agrees else match.group()
    return f" {words} {link} {rules.full.format(hour=_hour(int(last), language))} "


def _are_opening(first: int, last: int) -> bool:
    """Say whether `9-17 h` are hours of a day; `2-3 h` and `12-24 h` are most often amounts."""
    return 7 <= first <= last - 4 and last < 24


def _is_padded(match: re.Match[str]) -> bool:
    """Say whether it is an hour of two digits, `01 h`, `00h`, which no amount is written with."""
    hour, word = match.group("hour", "word")
    if len(hour) != 2 or hour[0] != "0" or word is None or word == "min":
        return False
    return _AMOUNT.match(match.string, match.end()) is None


_AMOUNT = re.compile(r"\s?(?:[^\W\d_]{1,3}\s)?[0-9]{1,2}\s?(?:min|seg|s)(?!\w)")
"""A further amount, as in `02 h 30 min`."""


def _after_a_word(match: re.Match[str], language: Language) -> bool:
    """Say whether a word such as `às` right before makes `14.30` a time."""
    before = match.string[max(0, match.start() - _WINDOW) : match.start()].split()
    return bool(before) and before[-1] in language.times.dotted_after


def _on_its_half(hour: int, half: str | None, language: Language) -> int:
    """Hour to say: 4 for `16:00 da tarde`, where the language says so."""
    first, last = language.times.twelve.get(half or "", (24, 0))
    return hour - 12 if hour > 12 and first <= hour <= last else hour


def _clock(hour: int, minute: int, second: str | None, language: Language) -> str:
    rules = language.times
    if second is not None:
        numbers = (hour, minute, int(second))
        names = [
            counted(Number(whole=str(n)), language.units[unit], language)
            for n, unit in zip(numbers, ("h", "min", "s"), strict=True)
        ]
        return rules.seconds.format(
            hour=_number(hour, language, feminine=rules.feminine),
            hours=names[0],
            minutes=names[1],
            seconds=names[2],
        )
    words = {
        "hour": _hour(hour, language),
        "next": _hour((hour + 1) % 24, language),
        "minute": whole(str(minute), language),
    }
    template = rules.parts.get(minute, rules.minutes if minute else rules.full)
    return template.format(**words)


def _hour(n: int, language: Language) -> str:
    if language.times.counted_hours:
        return counted(Number(whole=str(n)), language.units["h"], language)
    return _number(n, language, feminine=language.times.feminine)


def _number(n: int, language: Language, *, feminine: bool) -> str:
    words = whole(str(n), language)
    if feminine:
        words = substitute(words, language.counting_feminine)
    return substitute(words, language.counting)


def _half(hour: int, half: str, language: Language) -> str:
    found = {squeezed(key): value for key, value in language.times.halves.items()}[squeezed(half)]
    return next((words for first, last, words in found if first <= hour <= last), found[-1][2])


@lru_cache(maxsize=32)
def _opening(language: Language) -> re.Pattern[str]:
    rules = language.times
    words = any_of(word for word in rules.words if word != "min")
    return re.compile(
        rf"{BEFORE}(?:(?P<zero>0[0-9])\s?h|(?P<first>[0-9]{{1,2}}))(?:(?P<dash>\s?[-–—]\s?)|\s(?P<word>[^\W\d_]{{1,3}})\s)"
        rf"(?P<last>[0-9]{{1,2}})(?P<hours>\s?{words})"
        if rules.words and language.ranges.link
        else NEVER
    )


@lru_cache(maxsize=32)
def _pattern(language: Language) -> re.Pattern[str]:
    rules = language.times
    letters = "|".join(map(re.escape, rules.hour_letters)) or NEVER
    half = any_of(rules.halves, spaces=r"\s?")
    return re.compile(
        rf"{BEFORE}(?P<hour>[0-9]{{1,2}})"
        rf"(?:(?P<mark>:|\.|\s?(?:{letters})\s?)(?P<minute>[0-9]{{2}})(?::(?P<second>[0-9]{{2}}))?"
        r"(?![0-9]|[.,:/-][0-9]|\s?min(?!\w))|(?=\s?[^\W\d_]))"
        rf"(?:\s?(?P<word>{any_of(rules.words)}))?"
        rf"(?:\s?(?P<half>{half}))?"
        rf"(?:\s?(?P<zone>{any_of(rules.zones)}))?"
    )
