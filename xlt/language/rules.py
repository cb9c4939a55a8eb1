"""What a language is, as data: letters, folds, numbers, abbreviations, symbols, units.

A language is one value in one file of this folder; the code that reads the fields is in
`characters.py`, `numbers.py`, `expand.py` and `text.py` and knows no language by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

Substitutions = tuple[tuple[str, str], ...]
"""(regular expression, replacement) pairs, applied in order to spelled-out words."""

LANGUAGES: tuple[str, ...] = ("de", "en", "es", "pt")
"""Codes of the languages here; each has a folder `tokenizers/<code>/`."""

_VALUES: Mapping[str, tuple[str, str]] = {
    "de": ("de", "GERMAN"),
    "en": ("en", "ENGLISH"),
    "es": ("es", "SPANISH"),
    "pt": ("pt", "BRAZIL"),
    "pt-PT": ("pt", "PORTUGAL"),
}
"""Code -> (module, name of the value); the modules import this one, so they are found by name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """What stands after a number and is read as words: km, %, €, ½, and counted nouns."""

    one: str
    """Read after exactly 1: `kilómetro`."""
    many: str
    """Read after any other number: `kilómetros`."""
    feminine: bool = False
    """The number agrees: `dos libras`, pt `duas libras`."""
    agrees: bool = True
    """The number takes its form before a noun (es `un`, `veintiún`); not so before `por ciento`."""
    cents: str = ""
    """How two decimals are read after a currency, `{}` being their number: `con {}`."""
    small: tuple[str, str] | None = None
    """One and many of its hundredth, for amounts below 1: `céntimo`, `céntimos`."""
    currency: bool = False
    """May also stand before the number: `$5`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """One language: everything that `normalise` and the labels need to know about it."""

    code: str
    """`es`; names the folder of its tokenizer."""
    name: str
    """English name, for cards and messages."""
    letters: str
    """The alphabet: lower-case, ordered, no space. The order is the order of the CTC labels."""
    inner: str = ""
    """Those of the letters that count only between two others: the English apostrophe."""
    folds: Mapping[str, str]
    """Foreign letter -> letters of the alphabet. Other accented letters lose their accent."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Foreign letter -> why it is folded so, for `letters.tsv`."""
    apostrophe: str = ""
    """What an apostrophe becomes where it is no letter: joined (`d'água` -> `dágua`) or a space."""
    abbreviations: Mapping[str, str]
    """Abbreviation in lower case -> words; a space in the key may be missing in the text."""
    symbols: Mapping[str, str]
    """Single symbol -> words, wherever it stands."""
    units: Mapping[str, Unit]
    """Unit in lower case -> how it is read after a number."""

    speller: str
    """Code under which num2words knows the language."""
    fixes: Substitutions = ()
    """Corrections of what num2words spells."""
    counting: Substitutions = ()
    """Changes of a spelled number before a counted noun: es `uno` -> `un`."""
    counting_feminine: Substitutions = ()
    """The same before a feminine noun: es `doscientos` -> `doscientas`."""
    ordinals: Mapping[str, Substitutions] = field(default_factory=dict)
    """Mark right after a number -> changes of the spelled ordinal: es `ª` makes it feminine."""
    dotted_before: Mapping[str, str] = field(default_factory=dict)
    """Word before `3.` that makes it an ordinal -> ending to add: de `am` -> `n`."""
    dotted_after: Mapping[str, str] = field(default_factory=dict)
    """Word after `3.` that makes it an ordinal -> ending to add: de `mai` -> `r`."""
    decimal: str
    """Decimal mark, `,` or `.`; the other one separates thousands."""
    marks: Mapping[str, str]
    """How each of the two marks is read between digits: es `,` -> `coma`."""
    fraction_as_number: bool
    """Decimals are read as a number (es `coma catorce`), not digit by digit (de `eins vier`)."""
    minus: str
    """How a minus sign is read."""
    years: tuple[tuple[int, int], ...] = ()
    """Ranges of bare four-digit numbers that are read as years (de `neunzehnhundert…`)."""

    def __post_init__(self) -> None:
        """Refuse an alphabet that can't be one."""
        if len(set(self.letters)) != len(self.letters) or " " in self.letters:
            raise ValueError(
                f"{self.name}: letters {self.letters!r} hold a space or a letter twice; "
                "give every letter once, in the order of the labels"
            )
        if self.letters != self.letters.lower():
            raise ValueError(f"{self.name}: letters {self.letters!r} must be lower-case")
        if stray := set(self.inner) - set(self.letters):
            raise ValueError(f"{self.name}: inner letters {stray} are not among the letters")
        if self.decimal not in (".", ","):
            raise ValueError(f"{self.name}: decimal mark {self.decimal!r}; allowed: '.' or ','")

    def __hash__(self) -> int:
        """Cheap hash; equality still compares every field."""
        return hash((self.code, self.letters, self.speller))

    @property
    def thousands(self) -> str:
        """The mark that separates thousands."""
        return "." if self.decimal == "," else ","


def get(code: str) -> Language:
    """Return the language with that code, `es` or `pt-PT`.

    Raises:
        ValueError: there is no such language here; the message lists the codes.
    """
    if code not in _VALUES:
        raise ValueError(
            f"no language {code!r} here; there are {', '.join(sorted(_VALUES))}. "
            "A new one is one file in xlt/language/"
        )
    module, name = _VALUES[code]
    value = getattr(import_module(f"xlt.language.{module}"), name)
    assert isinstance(value, Language)
    return value
