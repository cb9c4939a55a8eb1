"""Choices of spelling that a user may make, without a change of the language itself.

Both the labels and `normalise` take `chosen(language, choices)`: a choice that takes letters out of
the alphabet changes both.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import Literal

from xlt.language.rules import Language
from xlt.system.resume import Fixed


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """Spelling of transcripts; the defaults are the language's own spelling."""

    umlauts: Fixed[Literal["keep", "ae"]] = "keep"
    """German `ä ö ü` stay letters, or become `ae oe ue`."""
    sharp_s: Fixed[Literal["keep", "ss"]] = "keep"
    """German `ß` stays a letter, or becomes `ss` as in Switzerland."""
    apostrophes: Fixed[Literal["language", "join", "split"]] = "language"
    """`d'água`: as the language says, `dágua`, or `d água`; no matter where it is a letter."""
    hyphens: Fixed[Literal["split", "join"]] = "split"
    """`guarda-chuva`: `guarda chuva` or `guardachuva`."""
    numbers: Fixed[Literal["joined", "apart"]] = "joined"
    """German `einundzwanzig` is one word, or `ein und zwanzig` as some text processors write it."""
    letters: Fixed[Literal["names", "bare"]] = "names"
    """`BMW` is written by the names of its letters, `be em we`, or by the letters, `b m w`."""
    marks: Fixed[Literal["drop", "keep", "reject"]] = "drop"
    """`(risas)`, `[Musik]`, `<unk>` are left out, read as words, or reject the clip; all counted."""


DEFAULT = Choices()


def way_of_writing(language: Language) -> str:
    """A digest of what choices change in a language."""
    tables = sorted(language.folds.items()), sorted(language.spelling.names.items())
    joints = language.apostrophe, language.hyphen, language.fixes, language.events.policy
    return sha256(repr((language.letters, tables, joints)).encode()).hexdigest()[:12]


@lru_cache(maxsize=64)
def chosen(language: Language, choices: Choices = DEFAULT) -> Language:
    """Return the language as it is written under these choices: alphabet, folds and joints.

    Raises:
        ValueError: letters are to be respelled that the language does not have.
    """
    if choices == DEFAULT:
        return language
    gone: dict[str, str] = {}
    for name, wanted in (("umlauts", choices.umlauts), ("sharp_s", choices.sharp_s)):
        if wanted == "keep":
            continue
        if name not in language.respellings:
            raise ValueError(
                f"{name}={wanted!r} was chosen, but {language.name} has no such letters to "
                f"respell; leave {name} at 'keep'"
            )
        gone |= language.respellings[name]
    if choices.numbers == "apart" and not language.apart:
        raise ValueError(
            f"numbers='apart' was chosen, but {language.name} does not write numbers in one word; "
            "leave numbers at 'joined'"
        )
    names = {c: c for c in language.spelling.names}
    respelled = str.maketrans(gone)
    apostrophe = {"language": language.apostrophe, "join": "", "split": " "}[choices.apostrophes]
    return replace(
        language,
        letters="".join(c for c in language.letters if c not in gone),
        folds={**{k: v.translate(respelled) for k, v in language.folds.items()}, **gone},
        reasons={**language.reasons, **dict.fromkeys(gone, "respelled by choice")},
        apostrophe=apostrophe,
        fixes=(*language.fixes, *(language.apart if choices.numbers == "apart" else ())),
        spelling=replace(language.spelling, names=names)
        if choices.letters == "bare"
        else language.spelling,
        events=replace(language.events, policy=choices.marks),
        hyphen="" if choices.hyphens == "join" else language.hyphen,
    )
