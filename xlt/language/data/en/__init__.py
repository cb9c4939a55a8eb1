"""English, as the language of source checkpoints."""

from string import ascii_lowercase

from xlt.language.phenomena import (
    Agreement,
    Dates,
    Electronic,
    Fractions,
    Letters,
    Ranges,
    Roman,
    Sections,
    Telephones,
    Times,
)
from xlt.language.rules import Language, Unit

_CENT = ("cent", "cents")
_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_KINGS = frozenset(
    "alexander alfonso benedict catherine charles edward elizabeth ferdinand francis frederick "
    "george gregory henry james john leo louis mary napoleon nicholas paul peter philip pius "
    "richard urban victoria william".split()
)
_EVENTS = frozenset("chapter volume part war act book title type phase section appendix".split())


_DECADES = "twenties thirties forties fifties sixties seventies eighties nineties".split()
_SCALES = {"k": "thousand", "m": "million", "mn": "million", "bn": "billion", "tn": "trillion"}
_TYPED_NUMBERS = (
    (r"(?<![\w/.,-])24/7(?![\w/.-])", "24 7"),
    (r"(?<![\w/.,-])9/11(?![\w/.-])", "9 11"),
    (r"(?<![\w.,])(1[1-9]|2[0-9])00'?s(?!\w)", r"\1 hundreds"),
    *(
        (rf"(?<![\w.,])(1[1-9]|20)?'?{n}0'?s(?!\w)", rf"\1 {decade}")
        for n, decade in enumerate(_DECADES, 2)
    ),
    *(
        (rf"(?i)([$€£]\s?[0-9]+(?:[.,][0-9]+)*)\s?{short}(?!\w)", rf"\1 {scale}")
        for short, scale in _SCALES.items()
    ),
)
"""`24/7`, `the 1980s`, `the '90s`, `$3.5bn`."""


def _money(one: str, many: str, small: tuple[str, str] = _CENT) -> Unit:
    return Unit(one=one, many=many, cents="{}", small=small, currency=True)


ENGLISH = Language(
    code="en",
    name="English",
    letters="abcdefghijklmnopqrstuvwxyz'",
    inner="'",
    folds={},
    abbreviations={
        "mr.": "mister",
        "mrs.": "missus",
        "ms.": "miss",
        "dr.": "doctor",
        "prof.": "professor",
        "jr.": "junior",
        "etc.": "et cetera",
        "e. g.": "for example",
        "i. e.": "that is",
        "vs.": "versus",
        "mt.": "mount",
        "approx.": "approximately",
        "dept.": "department",
        "№": "number",
    },
    titles={"st.": "saint", "gen.": "general", "col.": "colonel", "capt.": "captain"},
    before_numbers={"no.": "number", "nos.": "numbers", "vol.": "volume", "pp.": "pages"},
    symbols={"&": "and", "@": "at", "+": "plus", "=": "equals", "×": "times", "#": "number"},
    units={
        "%": Unit(one="percent", many="percent"),
        "€": _money("euro", "euros"),
        "$": _money("dollar", "dollars"),
        "us$": _money("dollar", "dollars"),
        "£": _money("pound", "pounds", ("penny", "pence")),
        "¥": Unit(one="yen", many="yen", currency=True),
        "°": Unit(one="degree", many="degrees"),
        "°c": Unit(one="degree celsius", many="degrees celsius"),
        "°f": Unit(one="degree fahrenheit", many="degrees fahrenheit"),
        "km": Unit(one="kilometer", many="kilometers"),
        "km/h": Unit(one="kilometer per hour", many="kilometers per hour"),
        "mph": Unit(one="mile per hour", many="miles per hour"),
        "m": Unit(one="meter", many="meters"),
        "m²": Unit(one="square meter", many="square meters"),
        "cm": Unit(one="centimeter", many="centimeters"),
        "mm": Unit(one="millimeter", many="millimeters"),
        "ft": Unit(one="foot", many="feet"),
        "kg": Unit(one="kilogram", many="kilograms"),
        "g": Unit(one="gram", many="grams"),
        "lb": Unit(one="pound", many="pounds"),
        "lbs": Unit(one="pound", many="pounds"),
        "h": Unit(one="hour", many="hours"),
        "min": Unit(one="minute", many="minutes"),
        "s": Unit(one="second", many="seconds"),
    },
    quantities=dict.fromkeys(("thousand", "million", "billion", "trillion"), ""),
    per="per",
    speller="en",
    ordinals={"st": (), "nd": (), "rd": (), "th": ()},
    decimal=".",
    marks={".": "point", ",": "comma"},
    minus="minus",
    years=((1100, 1999), (2010, 2099)),
    dated_years=((1010, 1099),),
    agreement=Agreement(years_after=frozenset("in since until by before after year".split())),
    typed_numbers=_TYPED_NUMBERS,
    dates=Dates(
        months=tuple(_MONTHS),
        short={f"{month[:3]}.": n for n, month in enumerate(_MONTHS, 1)} | {"sept.": 9},
        month_first=True,
        separators="/-",
        full="{month} {day} {year}",
        no_year="{month} {day}",
        ordinal_days=True,
    ),
    sections=Sections(
        nouns=frozenset(
            "appendix article chapter clause equation example exercise figure figures item paragraph "
            "rule section sections subsection table tables version versions".split()
        ),
        links=("number", "and", "or", "to"),
        point="point",
    ),
    times=Times(
        full="{hour} o'clock",
        full_on_half="{hour}",
        minutes="{hour} {minute}",
        parts=dict.fromkeys(range(1, 10), "{hour} oh {minute}"),
        seconds="{hours} {minutes} and {seconds}",
        halves={
            **dict.fromkeys(("a. m.", "am"), ((0, 24, "a m"),)),
            **dict.fromkeys(("p. m.", "pm"), ((0, 24, "p m"),)),
        },
    ),
    ranges=Ranges(link="to", after={"between": "and"}),
    fractions=Fractions(
        one="one",
        names={2: ("half", "halves"), 4: ("quarter", "quarters")},
        ordinal_up_to=100,
        endings=("", "s"),
        over="{numerator} over {denominator}",
        mixed="{whole} and {fraction}",
        mixed_names={"one half": "a half"},
        counted="{fraction} {unit}",
    ),
    roman=(
        Roman(before=_KINGS, ordinal_up_to=99, form="the {}"),
        Roman(before=_EVENTS),
        Roman(anywhere=True),
    ),
    spelling=Letters(
        names={letter: letter for letter in ascii_lowercase},
        readable=(
            "(?:[bcdfghjklmnprstvwyz]|[bcdfgpt]r|[bcfgps]l|[cst]h|s[cklmnptw]|qu|tw)?[aeiouy]{1,2}"
            "(?:[bcdfgklmnprstvxz]{1,3}[aeiouy]{1,2})*"
            "(?:[bcdfgklmnprtxyzs]|hn|[cst]h|ng|ck|[lnrs][dkt]|[lnrt]s|ll|ss|ff)?"
        ),
        words=frozenset(("nasa", "nato")),
        spelled=frozenset(("eu", "uk", "ai", "id")),
        longest=4,
    ),
    electronic=Electronic(
        symbols={
            **{".": "dot", "@": "at", "-": "dash", "_": "underscore", "/": "slash"},
            **{":": "colon", "+": "plus", "=": "equals", "#": "hash"},
        },
        words=frozenset("com org net gmail yahoo hotmail google".split()),
        domains=tuple("com org net edu gov uk us ca au info io".split()),
        hashtag="hashtag",
    ),
    telephones=Telephones(
        shapes=("ddd-ddd-dddd", "ddd-dddd", "(ddd) ddd-dddd", "d-ddd-ddd-dddd"), plus="plus"
    ),
)
