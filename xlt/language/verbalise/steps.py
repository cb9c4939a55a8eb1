"""Reading aloud: what is not written as words becomes words, one phenomenon a step.

Each step is a function (text, language) -> (text, tokens read) and reads only the language's
fields. The text has been through the input table; it keeps its capitals until `lowered`, since
acronyms and Roman numerals need them. A new phenomenon is one more step in STEPS.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from xlt.language.rules import Language
from xlt.language.verbalise.acronyms import acronyms, lettered_codes
from xlt.language.verbalise.compounds import compounds
from xlt.language.verbalise.dates import dates
from xlt.language.verbalise.electronic import electronic
from xlt.language.verbalise.fractions import VULGAR, fractions
from xlt.language.verbalise.numbers import substitute
from xlt.language.verbalise.ordinals import dotted_ordinals
from xlt.language.verbalise.patterns import NEVER, any_of, squeezed
from xlt.language.verbalise.quantities import numbers
from xlt.language.verbalise.ranges import ranges
from xlt.language.verbalise.roman import roman_numerals
from xlt.language.verbalise.sections import sections
from xlt.language.verbalise.telephone import telephones
from xlt.language.verbalise.times import times

Step = Callable[[str, Language], tuple[str, int]]


def expand(text: str, language: Language) -> tuple[str, int]:
    """Read aloud what is not written as words; return it in lower case, and how much was read."""
    count = 0
    if not _trigger(language).search(text):
        return text.lower(), count
    numbered = None
    for step in STEPS:
        if step in NUMBERED:
            numbered = _NUMBER.search(text) is not None if numbered is None else numbered
            if not numbered:
                continue
        text, n = step(text, language)
        count += n
    return text, count


def abbreviations(text: str, language: Language) -> tuple[str, int]:
    """`Sr. López` -> `señor López`; titles such as `D.` only before a capital."""
    words, pattern, signs = _abbreviation(language)
    if signs.search(text) is None:
        return text, 0
    count = 0
    for ending, rest in language.word_endings.items():
        text, n = _word_ending(ending).subn(f"{rest} ", text)
        count += n

    def spell(match: re.Match[str]) -> str:
        before = match.string[match.start() - 1 : match.start()]
        after = match.string[match.end() : match.end() + 1]
        said = words.get(squeezed(match.group()), match.group())
        return f"{'' if before.isspace() else ' '}{said}{'' if after.isspace() else ' '}"

    text, n = pattern.subn(spell, text)
    return text, count + n


def retyped(text: str, language: Language) -> tuple[str, int]:
    """`1° lugar` -> `1º lugar`: a sign typed for another one."""
    text = substitute(text, language.typed)
    if language.typed_numbers and _DIGIT.search(text):
        text = substitute(text, language.typed_numbers)
    return text, 0


def lowered(text: str, language: Language) -> tuple[str, int]:
    """Lower case: the steps after this one compare with keys in lower case."""
    del language
    return text.lower().replace("μ", "µ"), 0  # the Greek mu for the sign of a millionth


def symbols(text: str, language: Language) -> tuple[str, int]:
    """`&` -> `y`, and the signs of units that stand without a number."""
    if text.strip() in language.alone:
        return f" {language.alone[text.strip()]} ", 1
    words, pattern = _symbols(language)
    rates = 0
    if "/" in text and language.per:
        text, rates = _rate(language).subn(
            lambda m: f" {language.per} {language.units[m['unit']].one} ", text
        )
    text, count = pattern.subn(lambda m: f" {words[m.group()]} ", text)
    return text, rates + count


STEPS: tuple[Step, ...] = (
    retyped,
    electronic,
    abbreviations,
    lettered_codes,
    roman_numerals,
    acronyms,
    dotted_ordinals,
    lowered,
    sections,
    telephones,
    dates,
    times,
    fractions,
    compounds,
    ranges,
    numbers,
    symbols,
)
"""In this order: a later step may rely on an earlier one having taken its marks away."""
NUMBERED = frozenset((sections, telephones, dates, times, fractions, compounds, ranges, numbers))
"""Those that follow each other and find nothing in a text without digits and fractions."""
_DIGIT = re.compile("[0-9]")
_NUMBER = re.compile(f"[0-9{''.join(VULGAR)}]")


@lru_cache(maxsize=32)
def _abbreviation(language: Language) -> tuple[dict[str, str], re.Pattern[str], re.Pattern[str]]:
    table = {**language.abbreviations, **language.titles, **language.before_numbers}
    words = {squeezed(key): value for key, value in table.items()}
    keys = any_of(language.abbreviations, spaces=r"\s?")
    titles = any_of(language.titles, spaces=r"\s?")
    numbered = any_of(language.before_numbers.keys() - language.units, spaces=r"\s?")
    units = any_of(language.before_numbers.keys() & language.units.keys(), spaces=r"\s?")
    number = r"(?=\s?(?:[0-9]|[IVX]+\b))"
    capital = "(?=\\s[A-ZÀ-ÖØ-Þ])"
    return (
        words,
        re.compile(
            rf"(?<!\w)(?:(?i:{keys})|(?<![0-9] )(?i:{titles}){capital}"
            rf"|(?<![0-9] )(?i:{units}){number}|(?i:{numbered}){number})"
        ),
        re.compile(_any_sign(table, set(), language)),
    )


@lru_cache(maxsize=64)
def _word_ending(ending: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=[^\W\d_]){re.escape(ending)}(?=\W|$)")


@lru_cache(maxsize=32)
def _symbols(language: Language) -> tuple[dict[str, str], re.Pattern[str]]:
    signs = {k: u.many for k, u in language.units.items() if not any(c.isalpha() for c in k)}
    words = signs | dict(language.symbols)
    return words, re.compile(any_of(words))


_SURE = ("kg", "km", "ha")
"""Units of letters alone that no ending or alternative is written like after a slash."""


@lru_cache(maxsize=32)
def _rate(language: Language) -> re.Pattern[str]:
    """`habitantes/km²`: a word, a slash, and a unit that can be nothing else."""
    units = any_of(
        key
        for key, unit in language.units.items()
        if not unit.currency and (key in _SURE or (key[0].isalpha() and key[-1] in "²³23"))
    )
    return re.compile(rf"(?<=[^\W\d_]{{2}})\s?/\s?(?P<unit>{units})")


@lru_cache(maxsize=32)
def _trigger(language: Language) -> re.Pattern[str]:
    """A text without any of these has nothing to be read aloud."""
    words, _ = _symbols(language)
    keys = (
        *language.abbreviations,
        *language.titles,
        *language.before_numbers,
        *language.alone,
        *words,
    )
    signs = set("0123456789") | (set(language.electronic.symbols) & {"@", "/"})
    signs |= set(VULGAR) if language.fractions.one else set()
    capitals = "|[A-ZÀ-ÖØ-Þ]{2}" if language.spelling.names else ""
    mixed = rf"|(?<!\w)(?:{'|'.join(sorted(language.spelling.mixed_case)) or NEVER})"
    numerals = r"|\b[IVXLCDM]\b" if language.roman else ""
    return re.compile(_any_sign(keys, signs, language) + capitals + numerals + mixed)


def _any_sign(keys: Iterable[str], signs: set[str], language: Language) -> str:
    """Return a pattern for what gives the keys away: the first character that is not a letter."""
    letters = {*language.letters, " "}
    found = signs | {next((c for c in key if c not in letters), key[0]) for key in keys}
    return f"[{re.escape(''.join(sorted(found)))}]" if found else NEVER
