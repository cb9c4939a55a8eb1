"""Portuguese dates, times, ranges, fractions, Roman numerals, telephones."""

from dataclasses import replace

from xlt.language.data.pt.gender import NUMBERED
from xlt.language.phenomena import Dates, Fractions, Ranges, Roman, Sections, Telephones, Times

_FEMININE = ((r"o\b", "a"),)
"""`primeiro` -> `primeira`, `décimo segundo` -> `décima segunda`."""

BRAZIL_DATES = Dates(
    months=(
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ),
    short={
        "jan.": 1,
        "jan": 1,
        "fev.": 2,
        "fev": 2,
        "mar.": 3,
        "abr.": 4,
        "abr": 4,
        "jun.": 6,
        "jun": 6,
        "jul.": 7,
        "jul": 7,
        "ago.": 8,
        "ago": 8,
        "set.": 9,
        "out.": 10,
        "nov.": 11,
        "nov": 11,
        "dez.": 12,
    },
    pair_separators="/",
    links=("de", "do"),
    full="{day} de {month} de {year}",
    no_year="{day} de {month}",
    no_day="{month} de {year}",
    first="primeiro",
)
PORTUGAL_DATES = replace(BRAZIL_DATES, first="")
"""`1 de janeiro` is `um de janeiro` in Portugal; `1.º de janeiro` is `primeiro` everywhere."""

SECTIONS = Sections(nouns=NUMBERED, links=("número", "e", "ou", "a"), point="ponto")
TIMES = Times(
    full="{hour}",
    minutes="{hour} e {minute}",
    last_amount="e",
    seconds="{hours} e {minutes} e {seconds}",
    counted_hours=True,
    words=("h", "hs", "hrs", "horas", "min"),
    hour_letters=("h", "hs"),
    dotted=True,
    dotted_after=frozenset({"as", "até", "das", "pelas", "às"}),
    twelve={"da tarde": (13, 18), "da noite": (18, 23)},
    halves={
        "da manhã": ((0, 24, "da manhã"),),
        "da tarde": ((0, 24, "da tarde"),),
        "da noite": ((0, 24, "da noite"),),
        "da madrugada": ((0, 24, "da madrugada"),),
        "a. m.": ((0, 24, "da manhã"),),
        "p. m.": ((1, 6, "da tarde"), (7, 11, "da noite"), (0, 24, "da tarde")),
    },
)

RANGES = Ranges(link="a", after={"entre": "e"})

FRACTIONS = Fractions(
    one="um",
    names={
        2: ("meio", "meios"),
        3: ("terço", "terços"),
        100: ("centésimo", "centésimos"),
        1000: ("milésimo", "milésimos"),
    },
    ordinal_up_to=10,
    endings=("", "s"),
    beyond=("{cardinal} avos", "{cardinal} avos"),
    largest=9_999,
    never_after=frozenset("anos decreto lei portaria processo resolução".split()),
    over="{numerator} sobre {denominator}",
    mixed="{whole} e {fraction}",
    mixed_names={"um meio": "meio"},
    counting={"um meio": "meio"},
    counting_feminine={"um meio": "meia"},
    counted="{fraction} de {unit}",
    mixed_counted="{amount} e {fraction}",
)

_KINGS = (
    "adriano afonso alberto alexandre bento bonifácio carlos celestino clemente constantino dario "
    "duarte eduardo estêvão felipe fernando filipe francisco frederico gregório guilherme gustavo "
    "henrique honório humberto inocêncio ivan jaime joão jorge josé juan júlio leão leopoldo luis "
    "luiz luís manuel maximiliano miguel napoleão nicolau otão paulo pedro pio ptolomeu ramsés "
    "ricardo sancho sebastião sisto teodósio umberto urbano vítor xerxes"
)
_QUEENS = "beatriz catarina cristina elisabeth elizabeth isabel leonor margarida maria vitória"
ROMAN = (
    Roman(
        before=frozenset(_KINGS.split()) | {"século", "séculos"},
        ordinal_up_to=10,
    ),
    Roman(before=frozenset(_QUEENS.split()), ordinal_up_to=10, changes=_FEMININE),
    Roman(
        before=frozenset("capítulo ato acto tomo livro canto artigo anexo apêndice título".split()),
        ordinal_up_to=10,
    ),
    Roman(before=frozenset("parte seção secção cena".split()), ordinal_up_to=10, changes=_FEMININE),
    Roman(
        before=frozenset(
            "volume parte seção secção cena inciso incisos tipo grau nível grupo classe fase apolo "
            "apollo rocky tabela".split()
        )
    ),
    Roman(
        after=frozenset(
            "guerra dinastia jornada jornadas bienal conferência semana república copa olimpíada "
            "assembleia cimeira feira mostra legislatura internacional edição maratona cúpula "
            "reunião divisão região sessão".split()
        ),
        ordinal_up_to=9_999,
        changes=_FEMININE,
    ),
    Roman(
        after=frozenset(
            "aniversário congresso encontro festival simpósio concílio exército fórum batalhão centenário "
            "seminário colóquio salão prêmio prémio governo concurso torneio reich campeonato "
            "plano ciclo curso".split()
        ),
        ordinal_up_to=9_999,
    ),
    Roman(after=frozenset({"jogos"}), ordinal_up_to=9_999, changes=((r"o\b", "os"),)),
    Roman(after_name=True, ordinal_up_to=10),
)
"""Ordinals up to ten after names, centuries and parts of a book, cardinals beyond (Cunha and
Cintra, Nova Gramática do Português Contemporâneo, on the use of ordinals); ordinals before a noun.
"""

_LANDLINES = tuple(f"{start}-dddd" for start in (*(f"2{n}dd" for n in "123456789"), "3ddd"))
_LOCAL = (*_LANDLINES, *(f"{n}ddd-dddd" for n in "456789"))
"""`3333-4444`; `1914-1918` and `2001-2010` are years."""
BRAZIL_TELEPHONES = Telephones(
    plus="mais",
    shapes=(
        "(dd) ddddd-dddd",
        "(dd)ddddd-dddd",
        "(dd) dddd-dddd",
        "(dd)dddd-dddd",
        "(dd) ddddddddd",
        "(dd) dddddddd",
        "dd ddddd-dddd",
        "dd-ddddd-dddd",
        "dd dddd-dddd",
        "ddddd-dddd",
        "ddd-dddd",
        *_LOCAL,
        "0ddd ddd dddd",
        "0ddd-ddd-dddd",
        "ddddd-ddd",
        "ddd.ddd.ddd-dd",
        "dd.ddd.ddd/dddd-dd",
    ),
    prompts=frozenset({"ligue para", "telefone", "celular", "fone", "tel", "whatsapp"}),
    extensions={"ramal": "ramal", "ext.": "extensão", "extensão": "extensão"},
    code_as_number=False,
)
"""Telephones, and the numbers of post codes and of taxpayers, read likewise digit by digit."""
PORTUGAL_TELEPHONES = replace(
    BRAZIL_TELEPHONES,
    shapes=(
        "2dd ddd ddd",
        "91d ddd ddd",
        "92d ddd ddd",
        "93d ddd ddd",
        "96d ddd ddd",
        "91ddddddd",
        "92ddddddd",
        "93ddddddd",
        "96ddddddd",
        "80d ddd ddd",
        "2d ddd dd dd",
        "2d ddd dddd",
        "ddd-dddd",
        "dddd-ddd",
    ),
    prompts=frozenset({"ligue para", "telefone", "telemóvel", "tel"}),
    extensions={"ext.": "extensão", "extensão": "extensão"},
)
