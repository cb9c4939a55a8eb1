"""Letters without their accents, and the Latin letters that no decomposition takes apart."""

import unicodedata
from collections.abc import Mapping
from typing import Literal

FOREIGN: Mapping[str, str] = {
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ħ": "h",
    "ı": "i",
    "ȷ": "j",
    "ĸ": "k",
    "ŋ": "ng",
    "ß": "ss",
    "ŉ": "n",
    "ſ": "s",
    "ŧ": "t",
    "ŀ": "l",
    "ƒ": "f",
    "ĳ": "ij",
    "ə": "e",
    "ǆ": "dz",
    "ǉ": "lj",
    "ǌ": "nj",
}
"""Latin letters that no canonical decomposition takes apart, and what they become by default."""
_SPELLED = str.maketrans({**FOREIGN, "ẞ": "SS"})


def without_accents(text: str, *, sharp_s: Literal["ss", "s"] = "ss", foreign: bool = True) -> str:
    """Text without accents and other marks: `ñ` -> `n`, `ç` -> `c`, `ü` -> `u`.

    Args:
        text: In any case, which stays.
        sharp_s: What `ß` becomes: its spelling `ss`, or one letter where letters are compared one
            by one.
        foreign: Spell the other letters of `FOREIGN`, too: `ø` -> `o`, `æ` -> `ae`.
    """
    if text.isascii():
        return text
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    bare = bare.replace("ß", sharp_s).replace("ẞ", sharp_s.upper())
    return bare.translate(_SPELLED) if foreign else bare


def without_last_accent(letter: str) -> str | None:
    """Letter without the accent that was put on it last, `ǘ` -> `ü`; None if it has none."""
    parts = unicodedata.decomposition(letter).split()
    return None if not parts or parts[0].startswith("<") else chr(int(parts[0], 16))
