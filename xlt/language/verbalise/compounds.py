"""Numbers that are one word with their ending: German `3-jährig` is `dreijährig`, `80er` `achtziger`.

Runs in lower case, before ranges and plain numbers.
"""

import re
from functools import lru_cache

from xlt.language.rules import Language
from xlt.language.verbalise.numbers import Number, read, substitute


def compounds(text: str, language: Language) -> tuple[str, int]:
    """Join a spelled number and its ending: `20-prozentig` -> `zwanzigprozentig`."""
    if not language.compounds or _DIGIT.search(text) is None:
        return text, 0
    count = 0
    for pattern, words in _patterns(language):

        def spell(match: re.Match[str], words: str = words) -> str:
            number = substitute(read(Number(whole=match["digits"]), language), language.counting)
            return f"{number.replace(' ', '')}{match.expand(words)}"

        text, n = pattern.subn(spell, text)
        count += n
    return text, count


_DIGIT = re.compile("[0-9]")


@lru_cache(maxsize=32)
def _patterns(language: Language) -> tuple[tuple[re.Pattern[str], str], ...]:
    start = r"(?<![\w.,:/])(?P<digits>[0-9]{1,6})"
    return tuple(
        (re.compile(rf"{start}{ending}(?!\w)"), words) for ending, words in language.compounds
    )
