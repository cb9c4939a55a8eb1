"""E-mail and web addresses, hashtags: `ana@correo.es` is `ana arroba correo punto es`."""

import re
from functools import lru_cache

from xlt.language.rules import Language
from xlt.language.verbalise.acronyms import is_readable, letter_names
from xlt.language.verbalise.numbers import by_digit
from xlt.language.verbalise.patterns import NEVER

_PART = re.compile(r"[^\W\d_]+|[0-9]+|[^\s]")
_ENDS = ".,;:!?)]}>»”\"'"
"""Punctuation at the end of an address belongs to the sentence."""


def electronic(text: str, language: Language) -> tuple[str, int]:
    """Read addresses: words where they can be read as words, else the names of their letters."""
    if not language.electronic.symbols or not _SIGNS.search(text):
        return text, 0
    return _pattern(language).subn(lambda m: f" {_spoken(m, language)} ", text)


_TAG_WORD = re.compile(r"[A-ZÀ-Þ]{2,}(?![^\W\d_A-ZÀ-Þ])|[^\W\d_](?:[^\W\d_A-ZÀ-Þ])*|[0-9]+")
"""`#NiUnaMenos2020` -> its words; capitals side by side are one."""
_SIGNS = re.compile(r"@|[#./]\w")


def _spoken(match: re.Match[str], language: Language) -> str:
    found = match.group()
    address = found.rstrip(_ENDS)
    after = found[len(address) :]
    if match["tag"]:
        tag = " ".join(_TAG_WORD.findall(address))
        return f"{language.electronic.hashtag} {tag}{after}"
    user, at, domain = address.partition("@")
    words = [_read(user, language)]
    if at:
        words += [language.electronic.symbols["@"], _read(domain, language)]
    return " ".join(words) + after


def _read(address: str, language: Language) -> str:
    rules = language.electronic
    words: list[str] = []
    for part in _PART.findall(address.lower()):
        if part in rules.sayings:
            words.append(rules.sayings[part])
        elif part.isdecimal():
            words.append(by_digit(part, language))
        elif not part.isalpha():
            words.append(rules.symbols.get(part, " "))
        elif part in rules.words or is_readable(part, language):
            words.append(part)
        else:
            words.append(letter_names(part, language))
    return " ".join(words)


@lru_cache(maxsize=32)
def _pattern(language: Language) -> re.Pattern[str]:
    rules = language.electronic
    label = "[A-Za-z0-9][A-Za-z0-9-]{0,62}"
    ending = "|".join(map(re.escape, rules.domains)) or NEVER
    tag = r"#(?=[^\W\d_])\w{1,100}" if rules.hashtag else NEVER
    return re.compile(
        rf"(?<![\w.@#-])(?:(?P<tag>{tag})"
        rf"|\w[\w.+-]{{0,63}}@{label}(?:\.{label}){{1,8}}|@\w[\w.]{{0,63}}"
        r"|(?:(?i:https?|ftp)://|(?i:www)\.)[^\s<>\"]+"
        rf"|(?:{label}\.){{1,8}}(?i:{ending})(?![\w@-]|\.\w)(?:/[^\s<>\"]*)?)"
    )
