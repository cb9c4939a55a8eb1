"""Spanish, of Spain and of Latin America."""

from xlt.language.data.es import gender as gender
from xlt.language.data.es import words as words
from xlt.language.data.es.events import EVENTS
from xlt.language.data.es.units import UNITS
from xlt.language.phenomena import (
    Agreement,
    Dates,
    Electronic,
    Fractions,
    Letters,
    Ranges,
    Roman,
    Sections,
    Substitutions,
    Telephones,
    Times,
)
from xlt.language.rules import Language

_NOUN = (
    (r"veintiuno$", "veintiún"),
    (r"\buno$", "un"),
    (r"(mill(?:ón|ones)|bill(?:ón|ones))$", r"\1 de"),
)
_FEMININE = (
    (r"uno$", "una"),
    (r"ientos(?!.*(?:mill|bill))", "ientas"),
)
_FEMININE_ORDINAL: Substitutions = ((r"o\b", "a"),)
_SHORT_ORDINAL: Substitutions = ((r"(primer|tercer)o$", r"\1"),)
"""Before a masculine noun: `tercer`."""

_FORENOON = ((1, 11, "de la mañana"), (12, 12, "de la noche"))
_AFTERNOON = ((1, 6, "de la tarde"), (7, 11, "de la noche"), (12, 12, "del mediodía"))
_HALVES = {
    **dict.fromkeys(("a. m.", "a. m", "am"), _FORENOON),
    **dict.fromkeys(("p. m.", "p. m", "pm"), _AFTERNOON),
}

DATES = Dates(
    months=tuple(words.MONTHS),
    short=words.SHORT_MONTHS,
    pair_separators="/",
    links=("de", "del", "de el"),
    full="{day} de {month} de {year}",
    no_year="{day} de {month}",
    no_day="{month} de {year}",
    day_last=True,
    first="primero",
)
SECTIONS = Sections(nouns=gender.NUMBERED, links=("número", "y", "e", "o", "a"), point="punto")
TIMES = Times(
    full="{hour}",
    minutes="{hour} y {minute}",
    last_amount="y",
    seconds="{hours} {minutes} y {seconds}",
    parts={15: "{hour} y cuarto", 30: "{hour} y media"},
    feminine=True,
    words=("h", "h.", "hs", "hrs"),
    hour_letters=("h",),
    dotted=True,
    dotted_after=frozenset(("las", "la")),
    halves=_HALVES,
    zones={zone: " ".join(words.LETTER_NAMES[c] for c in zone) for zone in words.ZONES},
)
FRACTIONS = Fractions(
    one="un",
    names={
        2: ("medio", "medios"),
        3: ("tercio", "tercios"),
        **{n: (name, f"{name}s") for n, name in words.ROUND_DENOMINATORS.items()},
    },
    ordinal_up_to=10,
    endings=("", "s"),
    beyond=("{cardinal}avo", "{cardinal}avos"),
    joined=(
        (" y ", "i"),
        ("uno$", "un"),
        ("a$", ""),
        *((accented, plain) for accented, plain in zip("áéíóú", "aeiou", strict=True)),
    ),
    largest=99,
    thousandth="milésimo",
    millionth="millonésimo",
    never_after=frozenset("años escala expediente ley orden recurso resolución sentencia".split()),
    over="{numerator} sobre {denominator}",
    mixed="{whole} y {fraction}",
    mixed_names={"un medio": "medio"},
    alone={"un medio": "medio"},
    counting={"un medio": "medio"},
    counting_feminine={"un medio": "media"},
    counted="{fraction} de {unit}",
    mixed_counted="{amount} y {fraction}",
)
ROMAN = (
    Roman(before=words.CENTURIES, sayings={"s.": "siglo", "ss.": "siglos"}),
    Roman(before=words.QUEENS, ordinal_up_to=10, changes=_FEMININE_ORDINAL),
    Roman(before=words.KINGS | words.CHAPTERS, ordinal_up_to=10),
    Roman(after=frozenset(("juegos",)), ordinal_up_to=99, changes=((r"o\b", "os"),)),
    Roman(after=words.FEMININE_EVENTS, ordinal_up_to=99, changes=_FEMININE_ORDINAL),
    Roman(after=words.EVENTS, ordinal_up_to=99, changes=_SHORT_ORDINAL),
    Roman(after_name=True, ordinal_up_to=10),
    Roman(anywhere=True, ordinal_up_to=99),
)
ELECTRONIC = Electronic(
    symbols={
        ".": "punto",
        "@": "arroba",
        "-": "guion",
        "_": "barra baja",
        "/": "barra",
        ":": "dos puntos",
        "+": "más",
        "=": "igual",
        "#": "almohadilla",
        "&": "et",
        "?": "signo de interrogación",
        "%": "por ciento",
        "~": "virgulilla",
    },
    sayings={"www": "uve doble uve doble uve doble"},
    words=frozenset(
        "gmail hotmail outlook yahoo facebook twitter youtube nvidia com net org gob".split()
    ),
    domains=tuple(
        "com org net edu gob gov info es mx ar cl co pe uy ve ec bo py cat eu tv io".split()
    ),
    hashtag="hashtag",
)
TELEPHONES = Telephones(
    shapes=(
        "ddd-ddd-dddd",
        "ddd ddd dddd",
        "ddd.ddd.dddd",
        "(ddd) ddd-dddd",
        "(ddd) ddd dddd",
        "ddd-ddd-ddd",
        "dd-ddd-dd-dd",
        "dddd-dddd",
        "dddd dddd",
        "d-ddd-ddd-dddd",
        "dd-ddd-ddd-dddd",
        "d ddd ddd dddd",
        "ddd-dddd",
        *(
            f"{first}{rest}"
            for first in "6789"
            for rest in ("dd ddd ddd", "dd dd dd dd", "dd-dd-dd-dd", "d ddd dd dd", "dddddddd")
        ),
        "900 ddd ddd",
    ),
    plus="más",
    zero_groups=True,
    prompts=frozenset(
        (
            *("teléfono", "móvil", "celular", "whatsapp", "teléfono es", "número es"),
            *(f"{call} al" for call in ("llámame", "llámeme", "llame", "llama", "llamar")),
        )
    ),
    extensions={"ext.": "extensión", "extensión": "extensión", "ext": "extensión"},
)

SPANISH = Language(
    code="es",
    name="Spanish",
    letters="abcdefghijklmnopqrstuvwxyzáéíñóúü",
    folds={"ç": "s"},
    reasons={"ç": "read as s: Barça, curaçao"},
    abbreviations=words.ABBREVIATIONS,
    titles={"d.": "don", "fr.": "fray"},
    before_numbers=words.BEFORE_NUMBERS,
    typed=words.TYPED,
    typed_numbers=words.TYPED_NUMBERS,
    symbols={
        "&": "y",
        "@": "arroba",
        "#": "almohadilla",
        "+": "más",
        "=": "es igual a",
        "×": "por",
        "÷": "entre",
        "±": "más menos",
        "§": "sección",
    },
    units=UNITS,
    quantities={
        **dict.fromkeys(("mil",), ""),
        **dict.fromkeys(("millón", "millones", "billón", "billones", "trillón", "trillones"), "de"),
        **dict.fromkeys(("mil millones", "mil billones"), "de"),
    },
    agreement=Agreement(
        feminine=gender.FEMININE,
        feminine_one=gender.FEMININE_ONE,
        masculine=gender.MASCULINE,
        masculine_one=gender.MASCULINE_ONE,
        thousand="mil",
        labels=gender.LABELS,
    ),
    spaced_thousands=True,
    speller="es",
    fixes=(
        (r"veintiuno(?= (?:mil|bill))", "veintiún"),  # veintiún mil, not veintiuno mil
        (r"\buno(?= (?:mil|bill))", "un"),  # treinta y un millones
        ("décimoprimero", "undécimo"),
        ("décimosegundo", "duodécimo"),
        (r"décimo (?=\w)", "decimo"),  # decimotercero
        (r"vigésimo (?=\w)", "vigesimo"),  # vigesimoprimero
        ("imooctav", "imoctav"),  # decimoctavo, vigesimoctavo
        ("quadragésimo", "cuadragésimo"),
        (r"(cuadr|sept|oct)igentésimo", r"\1ingentésimo"),
    ),
    counting=_NOUN,
    counting_feminine=_FEMININE,
    ordinals={
        **dict.fromkeys(("º", "ro", "ero", "do", "to", "mo", "vo", "no"), ()),
        **dict.fromkeys(("ª", "ra", "era", "da", "ta", "ma", "va", "na"), _FEMININE_ORDINAL),
        "ºs": ((r"o\b", "os"),),
        "ªs": ((r"o\b", "as"),),
        **dict.fromkeys("ros eros dos tos mos vos nos".split(), ((r"o\b", "os"),)),
        **dict.fromkeys("ras eras das tas mas vas nas".split(), ((r"o\b", "as"),)),
        **dict.fromkeys(("er", "ᵉʳ"), _SHORT_ORDINAL),
    },
    decimal=",",
    marks={",": "coma", ".": "punto"},
    fraction_as_number=3,
    fraction_agrees=True,
    longest_grouped=24,
    fraction_in_pairs=True,
    minus="menos",
    per="por",
    dates=DATES,
    sections=SECTIONS,
    times=TIMES,
    ranges=Ranges(link="a", after={"entre": "y"}),
    fractions=FRACTIONS,
    roman=ROMAN,
    roman_links=("y", "e", "o", "a", "al"),
    spelling=Letters(
        names=words.LETTER_NAMES,
        before_digits=True,
        readable=words.READABLE,
        words=words.WORDS_IN_CAPITALS,
        spelled=words.SPELLED,
        sayings=words.SAYINGS,
    ),
    electronic=ELECTRONIC,
    telephones=TELEPHONES,
    events=EVENTS,
)
