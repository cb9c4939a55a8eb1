"""Italian: a language outside the package, in one data file."""

from xlt.language.phenomena import Dates, Fractions, Letters, Ranges, Roman, Times
from xlt.language.rules import Language, Unit

_APOCOPE = ((r"^uno$", "un"), (r"(ventun|trentun|quarantun|cinquantun)o$", r"\1"))
"""Before a noun: `un chilo`, `ventun giorni`."""
_FEMININE = ((r"^uno$", "una"),)
_ORDINAL_FEMININE = ((r"o$", "a"),)

_MONTHS = (
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"
).split()
_NAMES = (
    "a bi ci di e effe gi acca i i-lunga cappa elle emme enne o pi cu erre esse ti u vu doppia-vu "
    "ics ipsilon zeta"
).split()
_PARTS = tuple(enumerate("terz quart quint sest settim ottav non decim".split(), start=3))

ITALIAN = Language(
    code="it",
    name="Italian",
    letters="abcdefghijklmnopqrstuvwxyzàèéìòù'",
    inner="'",
    folds={"î": "i", "ä": "ae", "ö": "oe", "ü": "ue"},
    reasons={"î": "an old spelling of ii: principî"},
    abbreviations={
        "sig.": "signor",
        "sig.ra": "signora",
        "dott.": "dottor",
        "dott.ssa": "dottoressa",
        "prof.": "professor",
        "ing.": "ingegner",
        "avv.": "avvocato",
        "pag.": "pagina",
        "ecc.": "eccetera",
        "p. es.": "per esempio",
        "n.": "numero",
        "a. c.": "avanti cristo",
        "d. c.": "dopo cristo",
    },
    symbols={"&": "e", "@": "chiocciola", "+": "più", "=": "uguale", "#": "cancelletto"},
    units={
        "%": Unit(one="per cento", many="per cento", agrees=False),
        "€": Unit(
            one="euro", many="euro", cents="e {}", small=("centesimo", "centesimi"), currency=True
        ),
        "$": Unit(one="dollaro", many="dollari", cents="e {}", currency=True),
        "£": Unit(one="sterlina", many="sterline", feminine=True, cents="e {}", currency=True),
        "°": Unit(one="grado", many="gradi"),
        "°c": Unit(one="grado celsius", many="gradi celsius"),
        "km": Unit(one="chilometro", many="chilometri"),
        "km/h": Unit(one="chilometro orario", many="chilometri orari"),
        "m": Unit(one="metro", many="metri"),
        "cm": Unit(one="centimetro", many="centimetri"),
        "kg": Unit(one="chilo", many="chili"),
        "g": Unit(one="grammo", many="grammi"),
        "l": Unit(one="litro", many="litri"),
        "h": Unit(one="ora", many="ore", feminine=True),
        "min": Unit(one="minuto", many="minuti"),
        "s": Unit(one="secondo", many="secondi"),
        "giorni": Unit(one="giorni", many="giorni"),
    },
    speller="it",
    fixes=((r"(?<=[a-z])tre$", "tré"),),  # centotré
    counting=(*_APOCOPE, (r"(milion[ei]|miliard[oi])$", r"\1 di")),
    counting_feminine=_FEMININE,
    ordinals={"º": (), "ª": _ORDINAL_FEMININE},
    typed=((r"(?<=\d)°(?=\s+[a-z])", "º"),),
    decimal=",",
    marks={",": "virgola", ".": "punto"},
    fraction_as_number=3,
    minus="meno",
    dates=Dates(
        months=tuple(_MONTHS),
        full="{day} {month} {year}",
        no_year="{day} {month}",
        first="primo",
    ),
    times=Times(
        full="{hour}",
        minutes="{hour} e {minute}",
        parts={15: "{hour} e un quarto", 30: "{hour} e mezza"},
        dotted=True,
        dotted_after=frozenset(("alle", "ore", "le", "dalle")),
    ),
    ranges=Ranges(link="a", after={"tra": "e", "fra": "e"}),
    fractions=Fractions(
        one="un",
        names={2: ("mezzo", "mezzi"), **{n: (f"{name}o", f"{name}i") for n, name in _PARTS}},
        mixed="{whole} e {fraction}",
        mixed_names={"un mezzo": "mezzo"},
        counting={"un mezzo": "mezzo"},
        counted="{fraction} di {unit}",
    ),
    roman=(
        Roman(
            before=frozenset(("secolo", "capitolo", "papa", "enrico", "luigi", "pio", "giovanni")),
            ordinal_up_to=99,
        ),
        Roman(after=frozenset(("secolo",)), ordinal_up_to=99),
    ),
    spelling=Letters(
        names={
            letter: name.replace("-", " ")
            for letter, name in zip("abcdefghijklmnopqrstuvwxyz", _NAMES, strict=True)
        },
        readable="(?:[bcdfglmnprstvz]?[aeiou][lnrst]?)+",
        words=frozenset(("nato", "iva", "onu")),
    ),
)
