"""Numbers of sections, figures, versions: `figura 2.6.10` is a number in three parts, never a date.

Runs in lower case, before telephones and dates would take such a number.
"""

import re
from functools import lru_cache

from xlt.language.rules import Language
from xlt.language.verbalise.numbers import whole
from xlt.language.verbalise.patterns import NEVER, any_of

_TWO_PARTS = 2
_PARTS = (
    r"(?![1-9][0-9]{0,2}(?:\.[0-9]{3}){2,7}(?![0-9.]))[0-9]{1,3}(?:\.[0-9]{1,3}){2,7}"
    r"|[0-9]{1,3}\.[0-9]{1,2}"
)
"""Two parts are a section only with a short second one: `apartado 1.234` is a thousand."""
_DOTTED = re.compile(r"[0-9]\.[0-9]")
_END = r"(?![\w%]|[.,:/-][0-9])"
_ONE = re.compile(rf"(?:{_PARTS}){_END}")


def sections(text: str, language: Language) -> tuple[str, int]:
    """`figura 2.6.10` -> `figura dos seis diez`, `Abschnitte 1.2.3 und 1.2.4` both numbers."""
    if not language.sections.nouns or _DOTTED.search(text) is None:
        return text, 0
    count = 0

    def spell(match: re.Match[str]) -> str:
        nonlocal count
        words, n = _ONE.subn(lambda m: f" {_spoken(m.group(), language)} ", match["numbers"])
        count += n
        return f"{match['before']}{words}"

    return _pattern(language).sub(spell, text), count


def _spoken(number: str, language: Language) -> str:
    parts = [whole(part, language) for part in number.split(".")]
    point = f" {language.sections.point} " if len(parts) == _TWO_PARTS else " "
    return point.join(parts)


@lru_cache(maxsize=32)
def _pattern(language: Language) -> re.Pattern[str]:
    rules = language.sections
    nouns = any_of(noun for noun in rules.nouns if noun.isalpha())
    signs = "|".join(re.escape(noun) for noun in rules.nouns if not noun.isalpha()) or NEVER
    links = "|".join(map(re.escape, rules.links)) or NEVER
    one = rf"(?:{_PARTS}){_END}"
    return re.compile(
        rf"(?P<before>(?:(?<!\w){nouns}[\s:(]{{1,3}}|(?:{signs})\s?)(?:(?:{links})[\s:]{{1,2}})?)"
        rf"(?P<numbers>{one}(?:(?:,\s|\s?[-–]\s?|\s(?:{links})\s){one}){{0,8}})"
    )
