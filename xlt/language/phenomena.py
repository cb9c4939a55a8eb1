"""Schema of what a language writes and is not one number: dates, times, ranges, fractions ….

Each class is one phenomenon and belongs to the step of that name (`times.py` reads `Times`). Its
defaults mean that the language does not do it: the step then leaves the text alone. Templates
name their parts in braces; what has no braces is said as it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Substitutions = tuple[tuple[str, str], ...]
"""(regular expression, replacement) pairs, applied in order to spelled-out words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dates:
    """Dates: `3/5/2020`, `3.5.2020`, `2020-05-03`, `3 de mayo de 2020`, `5 ene. 2020`."""

    months: tuple[str, ...] = ()
    """The twelve, in lower case; without them no date is read as one."""
    short: Mapping[str, int] = field(default_factory=dict)
    """Short month as written in lower case, with its full stop if it has one -> 1 to 12."""
    month_first: bool = False
    """`5/3/2020` is the third of May (US English)."""
    separators: str = "/.-"
    """Marks that may stand between the numbers of a date of three."""
    pair_separators: str = ""
    """The same for day and month without a year, two digits each and one with a zero: `03/05`."""
    links: tuple[str, ...] = ()
    """Words that may stand between day, month and year: es `de`, `del`."""
    full: str = "{day} {month} {year}"
    """A date of numbers: es `{day} de {month} de {year}`."""
    no_day: str = "{month} {year}"
    """A month written short, or with a slash or hyphen, and its year: `dic. 2021`, `maio/2020`."""
    no_year: str = "{day} {month}"
    """The same without year, and how a day and a month written as a word are said."""
    day_last: bool = False
    """`abril 30`, with nothing after it, is a day: es `treinta de abril`."""
    first: str = ""
    """The first of a month, if it is not an ordinary number: es `primero`."""
    dotted_pairs: bool = False
    """`24.12.` is a day of a year."""
    ordinal_days: bool = False
    """Days are ordinals (de `dritter mai`); the ending depends on the word before."""
    day_endings: Mapping[str, str] = field(default_factory=dict)
    """Word before -> ending of an ordinal day: de `am` -> `n`."""
    day_ending: str = ""
    """Ending of an ordinal day after any other word: de `r`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dotted:
    """Ordinals with a full stop: de `am 3. Mai`, `der 1. und 2. Platz`."""

    before: Mapping[str, str] = field(default_factory=dict)
    """Word or words before `3.` that make it an ordinal -> its ending: de `am` -> `n`."""
    after: Mapping[str, str] = field(default_factory=dict)
    """Word after `3.` that makes it an ordinal -> its ending: de `platz` -> `r`."""
    alone: str = ""
    """Ending of an ordinal that is the whole text: de `2.` is `zweiter`, as without an article."""
    at_the_end: frozenset[str] = frozenset()
    """Those of `before` that make it an ordinal at the end of a text, too."""
    otherwise: str | None = None
    """Ending before any word in small letters, in a text that has capitals; None: no ordinal."""
    links: tuple[str, ...] = ()
    """Words between ordinals that share their ending: de `und`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sections:
    """Numbers with points after a noun of numbering: `figura 2.6.10`, `§ 1.2.10`, `versión 2.10`."""

    nouns: frozenset[str] = frozenset()
    """The nouns and signs, in lower case; without them such a number may be a date."""
    links: tuple[str, ...] = ()
    """Words between the noun and the number, and between several numbers: de `nummer`, `und`."""
    point: str = ""
    """Word for the point of two parts: es `punto`; three parts or more are said without one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """Clock times: `14:30`, `14.30 Uhr`, `14h30`, `2:30 p. m.`."""

    full: str = ""
    """An hour without minutes, `{hour}`; empty: the language reads no times."""
    full_on_half: str = ""
    """The same before a half of the day, if it is said otherwise: en `{hour}`, without `o'clock`."""
    minutes: str = "{hour} {minute}"
    """Hour and minutes: es `{hour} y {minute}`, de `{hour} uhr {minute}`."""
    last_amount: str = ""
    """Word before the last part of a duration, `2h05min`, `3 min 20 s`: es `y`."""
    seconds: str = "{hours} {minutes} {seconds}"
    """With seconds; each part is counted in the units `h`, `min`, `s` of the language."""
    parts: Mapping[int, str] = field(default_factory=dict)
    """Minutes with words of their own: es 30 -> `{hour} y media`, 45 -> `{next} menos cuarto`."""
    feminine: bool = False
    """The hour agrees with a feminine noun: es `la una`."""
    counted_hours: bool = False
    """`{hour}` is said with its unit `h`: pt `duas horas`."""
    words: tuple[str, ...] = ()
    """Words after a time that `full` and `minutes` already say or leave out: es `h`, de `uhr`."""
    hour_letters: tuple[str, ...] = ()
    """Letters that may stand for the colon: `h` for `14h30`."""
    dotted: bool = False
    """`14.30` is a time too, if one of `words` or `halves` follows."""
    halves: Mapping[str, tuple[tuple[int, int, str], ...]] = field(default_factory=dict)
    """Half of the day -> (first hour, last hour, words): `p. m.` -> (1, 6, `de la tarde`), …

    A space in the key may be missing in the text.
    """
    twelve: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Half -> hours said on the clock of twelve before it: pt `16:00 da tarde`, `quatro horas`."""
    dotted_after: frozenset[str] = frozenset()
    """Words before `14.30` that make it a time, too: pt `às`."""
    zones: Mapping[str, str] = field(default_factory=dict)
    """Time zone after a time -> words: `gmt` -> letter names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranges:
    """Two numbers with a hyphen or dash between them, the first smaller: `10-20`, `1990-95`."""

    link: str = ""
    """Word between them: es `a`, de `bis`; empty: not read as ranges."""
    after: Mapping[str, str] = field(default_factory=dict)
    """Word before the first number -> another link: es `entre` -> `y`."""
    score: str = ""
    """Word for the colon of `2:1`, which no time is; empty: not read as a score."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fractions:
    """Fractions: `1/2`, `3/4`, `2 1/2`, `2½`."""

    one: str = ""
    """A numerator of 1: es `un`; empty: the language reads no fractions."""
    names: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    """Denominator -> its name after one, and after more: es 2 -> `medio`, `medios`."""
    ordinal_up_to: int = 0
    """Up to here other denominators are ordinals: `un cuarto`."""
    endings: tuple[str, str] = ("", "")
    """Endings of an ordinal denominator after one, and after more: es ``, `s`."""
    beyond: tuple[str, str] | None = None
    """Templates of larger denominators, one and more: de `{cardinal}stel`; None: see `over`."""
    joined: Substitutions = ()
    """Changes of the cardinal inside `beyond`: es without accents and spaces."""
    thousandth: str = ""
    """Name of a thousandth, after which round thousands have names: es `diezmilésimo`."""
    millionth: str = ""
    """The same of a millionth: es `cienmillonésimo`."""
    over: str = "{numerator} {denominator}"
    """Reading of a fraction whose denominator has no name: es `{numerator} sobre {denominator}`."""
    largest: int = 100
    """Denominators beyond are read by `over`."""
    mixed: str = "{whole} {fraction}"
    """A whole number and a fraction: es `{whole} y {fraction}`."""
    mixed_changes: Substitutions = ()
    """Changes of a whole number and its fraction: de `zwei ein halb` -> `zweieinhalb`."""
    mixed_names: Mapping[str, str] = field(default_factory=dict)
    """Fraction as said -> how it is said after a whole number: es `un medio` -> `medio`."""
    alone: Mapping[str, str] = field(default_factory=dict)
    """Fraction as said -> how it is said without one: de `ein halb` -> `einhalb`."""
    counting: Mapping[str, str] = field(default_factory=dict)
    """Fraction as said -> how it is said before a unit: es `un medio` -> `medio`."""
    counting_feminine: Mapping[str, str] = field(default_factory=dict)
    """The same before a feminine unit, or after one: es `medio` -> `media`."""
    never_after: frozenset[str] = frozenset()
    """Words after which it is two numbers: pt `anos 60/70`, de `Drucksache 19/1234`."""
    counted_changes: Substitutions = ()
    """Changes of a fraction and its unit: de `ein halb liter` -> `ein halber liter`."""
    counted: str = "{fraction} {unit}"
    """A fraction and its unit: es `{fraction} de {unit}`, without `de` where `counting` has it."""
    mixed_counted: str = ""
    """A whole number, its unit, and a fraction: es `{whole} {unit} y {fraction}`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Roman:
    """Roman numerals next to words of one kind: kings, popes, centuries, chapters."""

    before: frozenset[str] = frozenset()
    """Words that precede one, in lower case: `siglo`, `felipe`. One letter suffices after them."""
    after: frozenset[str] = frozenset()
    """Words that follow one, in lower case: `guerra` (`II Guerra Mundial`)."""
    after_name: bool = False
    """Also after any word with a capital; at least two of the letters I, V, X then."""
    anywhere: bool = False
    """Also where nothing of this is so; the same letters."""
    ordinal_up_to: int = 0
    """Ordinals up to here, cardinals beyond: es 10 (`alfonso décimo`, `alfonso trece`)."""
    changes: Substitutions = ()
    """Changes of the spelled ordinal: its gender or case."""
    dotted: bool = False
    """Becomes a number with a full stop, whose ending the step of the ordinals finds."""
    form: str = "{}"
    """Its reading: de `der {}`."""
    sayings: Mapping[str, str] = field(default_factory=dict)
    """Word before as written -> how it is read: es `s.` -> `siglo`."""
    full_stop: bool = False
    """A full stop after it belongs to it: de `Ludwig XIV.`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Letters:
    """Names of the letters, and which words in capitals are spelled by them."""

    names: Mapping[str, str] = field(default_factory=dict)
    """Lower-case letter -> its name; empty: nothing is spelled."""
    readable: str = ""
    """Regular expression of lower-case words that can be read as words (`otan`, not `dni`)."""
    words: frozenset[str] = frozenset()
    """Read as words all the same, in lower case: `opep`."""
    spelled: frozenset[str] = frozenset()
    """Spelled all the same, in lower case: `ue`."""
    mixed_case: frozenset[str] = frozenset()
    """Acronyms with small letters, as they are written: de `GmbH`, `Lkw`."""
    sayings: Mapping[str, str] = field(default_factory=dict)
    """Acronym in lower case -> what is said instead: es `eeuu` -> `estados unidos`."""
    before_digits: bool = False
    """One capital or two, a hyphen and a number: the letters are named, es `N-620`, `SE-30`."""
    longest: int = 5
    """Longer words in capitals are emphasis, unless `spelled` has them."""
    plural: str = "s"
    """Ending that a small letter after the capitals adds to the last name: `LKWs`; empty: none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Electronic:
    """E-mail and web addresses, hashtags, names of users."""

    symbols: Mapping[str, str] = field(default_factory=dict)
    """Character -> words: `.` -> `punto`, `@` -> `arroba`. Empty: addresses are not read."""
    sayings: Mapping[str, str] = field(default_factory=dict)
    """Part of an address -> words: `www` -> `uve doble …`."""
    words: frozenset[str] = frozenset()
    """Parts that are read as words although they look unreadable: `gmail`."""
    domains: tuple[str, ...] = ()
    """Endings that make a dotted word an address: `com`, `es`."""
    hashtag: str = ""
    """Reading of `#` before a word; empty: as the symbol is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Telephones:
    """Telephone numbers, read digit by digit."""

    shapes: tuple[str, ...] = ()
    """Shapes of a telephone number, `d` being any digit: `ddd-ddd-dddd`, `6dd ddd ddd`."""
    zero_groups: bool = False
    """Groups of digits of which the first begins with 0 are a telephone's: `0171 123456`."""
    plus: str = ""
    """Reading of the `+` of a country code: es `más`; empty: as the symbol is, without digits."""
    code_as_number: bool = True
    """The country code is read as a number: `+34` is `más treinta y cuatro`."""
    prompts: frozenset[str] = frozenset()
    """Words after which five digits or more are a telephone's: `teléfono`."""
    extensions: Mapping[str, str] = field(default_factory=dict)
    """Mark before an extension -> its reading: `ext.` -> `extensión`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """Agreement of a number with the word after it, where no unit says so."""

    feminine: str = ""
    """Regular expression of words that are feminine nouns in the plural: es `…as`."""
    feminine_one: str = ""
    """The same in the singular, after 1."""
    masculine: str = ""
    """Masculine nouns in the plural, before which a number takes its short form: es `veintiún`."""
    masculine_one: str = ""
    """The same in the singular."""
    thousand: str = ""
    """Quantity that is one number with the one before it: pt `2 mil pessoas`, `duas mil`."""
    labels: frozenset[str] = frozenset()
    """Words that a number names, and does not count: pt `artigo` (`o artigo 1 trata`)."""
    years_after: frozenset[str] = frozenset()
    """Words before four digits that make them a year, which agrees with nothing: pt `em`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Events:
    """Marks in brackets of what is heard and not said: `(risas)`, `[Musik]`, `*seufzt*`."""

    policy: Literal["drop", "keep", "reject"] = "drop"
    """Marks are left out, read as words, or make a clip unfit (`choices.py`)."""
    words: frozenset[str] = frozenset()
    """Events: es `risas`, `tose`. In parentheses a mark holds these and `beside`, nothing else."""
    openers: frozenset[str] = frozenset()
    """Events after which anything may follow in the mark: de `beifall`."""
    beside: frozenset[str] = frozenset()
    """Words that may stand beside an event: es `de`, `fondo`."""
    speakers: tuple[str, ...] = ()
    """Words before a number or a colon that mark who speaks: de `sprecher`."""
