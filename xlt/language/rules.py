"""A language as data: letters, folds, numbers, abbreviations, symbols, units.

A language is one value in a folder of its own, `data/<code>/`; the code that reads the fields is in
`characters.py`, `text.py` and the steps that `verbalise/steps.py` lists, and knows no language by
name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

from xlt.language.phenomena import (
    Agreement,
    Dates,
    Dotted,
    Electronic,
    Events,
    Fractions,
    Letters,
    Ranges,
    Roman,
    Sections,
    Substitutions,
    Telephones,
    Times,
)
from xlt.system.mending import Mendable

LANGUAGES: tuple[str, ...] = ("de", "en", "es", "pt")
"""Codes of the languages here; each has a folder `tokenizers/<code>/`."""

_VALUES: Mapping[str, tuple[str, str]] = {
    "de": ("de", "GERMAN"),
    "de-CH": ("de", "SWISS"),
    "en": ("en", "ENGLISH"),
    "es": ("es", "SPANISH"),
    "pt": ("pt", "BRAZIL"),
    "pt-PT": ("pt", "PORTUGAL"),
}
"""Code -> (module, name of the value); the modules import this one, so they are found by name."""
_OTHER_CODES: Mapping[str, str] = {
    "deu": "de",
    "ger": "de",
    "gsw": "de-CH",
    "eng": "en",
    "spa": "es",
    "por": "pt",
    "pt-br": "pt",
}
"""Codes of ISO 639-2 and -3, and of what is the plain one here -> code."""


def iso_639_3(code: str) -> str | None:
    """Three letters of a language: `deu` for `de` and `de-CH`; None where they aren't known here."""
    plain = code.split("-")[0].lower()
    if len(plain) == 3:
        return plain
    return next((three for three, two in _OTHER_CODES.items() if two == plain), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """Words read after a number: km, %, €, ½, and counted nouns."""

    one: str
    """Read after exactly 1: `kilómetro`."""
    many: str
    """Read after any other number: `kilómetros`."""
    feminine: bool = False
    """The number agrees: `dos libras`, pt `duas libras`."""
    agrees: bool = True
    """The number takes its form before a noun (es `un`, `veintiún`); not so before `por ciento`."""
    cents: str = ""
    """Reading of two decimals after a currency: `con {}`, or with their noun `{} {small}`."""
    tenths: bool = False
    """One decimal is cents, too: es `$1,5` is `un dólar cincuenta centavos`."""
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
    """Replacement of an apostrophe that is not a letter: joined (`d'água` -> `dágua`) or a space."""
    abbreviations: Mapping[str, str]
    """Abbreviation in lower case -> words; a space in the key may be missing in the text."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Abbreviation that counts only before a word with a capital: es `d.` -> `don`."""
    before_numbers: Mapping[str, str] = field(default_factory=dict)
    """Abbreviation or sign that counts only before a number: de `S.` -> `seite`, not at an end."""
    word_endings: Mapping[str, str] = field(default_factory=dict)
    """Abbreviated end of a word -> the end in full: de `str.` in `Hauptstr.` -> `straße`."""
    symbols: Mapping[str, str]
    """Single symbol -> words, wherever it stands."""
    units: Mapping[str, Unit]
    """Unit in lower case -> how it is read after a number."""

    speller: str
    """Code under which num2words knows the language."""
    fixes: Substitutions = ()
    """Corrections of what num2words spells."""
    apart: Substitutions = ()
    """Changes that take numbers of one word apart, for the choice `numbers`: de `ein und zwanzig`."""
    counting: Substitutions = ()
    """Changes of a spelled number before a counted noun: es `uno` -> `un`."""
    counting_feminine: Substitutions = ()
    """The same before a feminine noun: es `doscientos` -> `doscientas`."""
    ordinals: Mapping[str, Substitutions] = field(default_factory=dict)
    """Mark right after a number -> changes of the spelled ordinal: es `ª` makes it feminine."""
    first_ordinal: int = 1
    """Ordinals below are read as cardinals; de has a `nullte`."""
    last_ordinal: int = 9_999
    """Ordinals beyond are read as cardinals."""
    compounds: Substitutions = ()
    """(Regular expression of an ending, what is said): written in one word with the number."""
    decimal: str
    """Decimal mark, `,` or `.`; the other one separates thousands."""
    marks: Mapping[str, str]
    """Reading of each of the two marks between digits: es `,` -> `coma`."""
    fraction_as_number: int = 0
    """Decimals up to so many are a number (es 3: `coma catorce`); more are read digit by digit."""
    fraction_in_pairs: bool = False
    """Four decimals or more are numbers of two digits: es `coma catorce dieciséis`."""
    fraction_agrees: bool = False
    """The last decimal agrees with what is counted: es `dos coma un millones`."""
    longest_grouped: int = 15
    """Digits that a number with separators may have to be said; the speller knows no more."""
    minus: str
    """Reading of a minus sign."""
    years: tuple[tuple[int, int], ...] = ()
    """Ranges of bare four-digit numbers that are read as years (de `neunzehnhundert…`)."""
    alone: Mapping[str, str] = field(default_factory=dict)
    """Symbol that is the whole text -> its name: pt `&` -> `e comercial`."""
    typed: Substitutions = ()
    """Signs often typed for another one, put right first: pt `p/ casa` -> `para casa`."""
    typed_numbers: Substitutions = ()
    """The same where there are digits in the text: pt `1° lugar` -> `1º lugar`."""
    dated_years: tuple[tuple[int, int], ...] = ()
    """The same, in a date and after one of `agreement.years_after`: de `im Jahr 1291`."""
    quantities: Mapping[str, str] = field(default_factory=dict)
    """Word between a number and its unit -> the link to the unit: es `millones` -> `de`."""
    spaced_thousands: bool = False
    """A plain space separates thousands: `12 345`. If not, only before `000`."""
    per: str = ""
    """Word for the slash of `20 €/kg`, `20 €/mes`; empty: not read."""
    hyphen: str = " "
    """Replacement of a hyphen between letters: a space, or nothing."""
    respellings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Choice -> letters that it takes out of the alphabet, with what they become (`choices.py`)."""
    agreement: Agreement = field(default_factory=Agreement)
    dotted: Dotted = field(default_factory=Dotted)
    dates: Dates = field(default_factory=Dates)
    sections: Sections = field(default_factory=Sections)
    times: Times = field(default_factory=Times)
    ranges: Ranges = field(default_factory=Ranges)
    fractions: Fractions = field(default_factory=Fractions)
    roman: tuple[Roman, ...] = ()
    """The first that fits is taken."""
    roman_links: tuple[str, ...] = ()
    """Words between several Roman numerals of one word: es `siglos XIX y XX`."""
    spelling: Letters = field(default_factory=Letters)
    electronic: Electronic = field(default_factory=Electronic)
    telephones: Telephones = field(default_factory=Telephones)
    events: Events = field(default_factory=Events)

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


_REGISTERED: dict[str, Language] = {}
"""Languages that are not part of the package, by code; for this process alone."""


def codes() -> tuple[str, ...]:
    """Codes of all languages that `get` knows, variants such as pt-PT and registered ones too."""
    return tuple(sorted({*_VALUES, *_REGISTERED}))


def get(code: str) -> Language:
    """Return the language with that code, `es` or `pt-PT`, of the package or registered.

    Raises:
        ValueError: there is no such language here; the message lists the codes.
    """
    if code in _REGISTERED:
        return _REGISTERED[code]
    if code not in _VALUES:
        near = nearest(code)
        raise Mendable(
            f"no language {code!r} here; "
            + (f"did you mean {near}? There are " if near else "there are ")
            + f"{', '.join(codes())}. "
            "A new one is one file: name its path, or register its value "
            '("A new language" in xlt/language/README.md)',
            words={code: near} if near else {},
        )
    module, name = _VALUES[code]
    value = getattr(import_module(f"xlt.language.data.{module}"), name)
    assert isinstance(value, Language)
    return value


def nearest(code: str) -> str | None:
    """Code of the language that another spelling or a region's code means: `pt_BR`, `ES`, `por`."""
    plain = code.strip().replace("_", "-").lower()
    known = {known.lower(): known for known in codes()} | dict(_OTHER_CODES)
    names = {_name(known).lower(): known for known in codes()}
    base = plain.split("-")[0]
    return known.get(plain) or names.get(plain) or known.get(base)


def _name(code: str) -> str:
    return get(code).name


def is_packaged(language: Language) -> bool:
    """Say whether a language is one of the package's."""
    return language.code in _VALUES and language == get(language.code)


def register(language: Language) -> Language:
    """Make a language of your own known under its code, in this process; return it.

    A value registered again replaces the one before.

    Raises:
        ValueError: the code is one of the package's, or can't name a folder.
    """
    if language.code in _VALUES:
        raise ValueError(
            f"the package has a language {language.code!r}; give {language.name} another code, "
            f"such as {language.code}-x"
        )
    if re.fullmatch(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*", language.code) is None:
        raise ValueError(
            f"{language.name}: code {language.code!r} names a folder; write letters, digits and "
            "single hyphens, such as it or es-AR"
        )
    _REGISTERED[language.code] = language
    return language
