"""Portuguese: of Brazil by default, of Portugal as a variant with numbers and customs of its own."""

from dataclasses import replace

from xlt.language.data.pt import gender, letters, phenomena, units, words
from xlt.language.data.pt.events import EVENTS
from xlt.language.phenomena import Agreement, Electronic, Letters
from xlt.language.rules import Language

_SCALE = r"((?:milh|bilh|trilh|quatrilh|bili|trili)(?:ão|ões))"
_ROUND = rf"((?:cem|\w+entos) (?:mil )?{_SCALE[1:-1]})"
_FIXES = (
    (_SCALE + r" e (?=(?:.* )?mil (?!milh)\S)", r"\1 "),  # um milhão mil e duzentos
    (_SCALE + rf" {_ROUND}$", r"\1 e \2"),  # um bilhão e duzentos milhões
    (r"^mil (?=\w+entos milhões)", "mil e "),  # mil e duzentos milhões
    (r"(quadr|sept|oct)igentésimo", r"\1ingentésimo"),
    (r"\btric", "trec"),
    (r"seiscentésimo", "sexcentésimo"),
    (r"nongentésimo", "noningentésimo"),
)
"""The link `e` before a group that ends the number, if it is a hundred or below, or round hundreds."""
_SPELLING = Letters(
    names=letters.LETTER_NAMES,
    readable=letters.READABLE,
    words=letters.READ_AS_WORDS,
    spelled=letters.SPELLED,
    sayings=letters.SAYINGS,
)
_ELECTRONIC = Electronic(
    symbols=letters.ADDRESS_SYMBOLS,
    sayings={"www": "dáblio dáblio dáblio"},
    words=letters.ADDRESS_WORDS,
    domains=letters.DOMAINS,
    hashtag="hashtag",
)

BRAZIL = Language(
    code="pt",
    name="Portuguese",
    letters="abcdefghijklmnopqrstuvwxyzàáâãçéêíóôõú",
    folds={"ñ": "nh"},
    reasons={
        "ñ": "read as nh: mañana",
        "ü": "written u since the spelling reform: lingüiça, linguiça",
        "ò": "not used in today's spelling",
    },
    abbreviations=words.BRAZIL_ABBREVIATIONS,
    titles=words.TITLES,
    before_numbers=words.BEFORE_NUMBERS,
    symbols=words.SYMBOLS,
    alone=words.ALONE,
    typed=words.TYPED,
    typed_numbers=words.BRAZIL_TYPED_NUMBERS,
    units=units.BRAZIL,
    speller="pt_BR",
    fixes=_FIXES,
    counting=((_SCALE + "$", r"\1 de"),),
    counting_feminine=(
        (r"\bum$", "uma"),
        (r"\bdois(?=$| mil$| mil (?!.*lh))", "duas"),
        (r"entos(?!.*(?:milh|bilh|trilh|bili))", "entas"),
    ),
    ordinals={
        "º": (),
        "ª": ((r"o\b", "a"),),
        "ºs": ((r"o\b", "os"),),
        "ªs": ((r"o\b", "as"),),
        "os": ((r"o\b", "os"),),
        "as": ((r"o\b", "as"),),
    },
    decimal=",",
    marks={",": "vírgula", ".": "ponto"},
    fraction_as_number=2,
    longest_grouped=18,
    minus="menos",
    per="por",
    quantities={
        "mil": "",
        "milhão": "de",
        "milhões": "de",
        "bilhão": "de",
        "bilhões": "de",
        "trilhão": "de",
        "trilhões": "de",
    },
    spaced_thousands=True,
    agreement=Agreement(
        feminine=gender.FEMININE,
        feminine_one=gender.FEMININE_ONE,
        thousand="mil",
        labels=gender.LABELS,
        years_after=frozenset({"ano", "desde", "em"}),
    ),
    dates=phenomena.BRAZIL_DATES,
    sections=phenomena.SECTIONS,
    times=phenomena.TIMES,
    ranges=phenomena.RANGES,
    fractions=phenomena.FRACTIONS,
    roman=phenomena.ROMAN,
    roman_links=("e", "a", "ao", "ou"),
    spelling=_SPELLING,
    electronic=_ELECTRONIC,
    telephones=phenomena.BRAZIL_TELEPHONES,
    events=EVENTS,
)

PORTUGAL = replace(
    BRAZIL,
    code="pt-PT",
    name="Portuguese (Portugal)",
    abbreviations=words.PORTUGAL_ABBREVIATIONS,
    before_numbers=words.PORTUGAL_BEFORE_NUMBERS,
    symbols={**words.SYMBOLS, "#": "cardinal"},
    alone={**words.ALONE, "#": "cardinal"},
    typed_numbers=words.PORTUGAL_TYPED_NUMBERS,
    units=units.PORTUGAL,
    speller="pt",
    quantities={
        "mil": "",
        "milhão": "de",
        "milhões": "de",
        "mil milhões": "de",
        "bilião": "de",
        "biliões": "de",
    },
    dates=phenomena.PORTUGAL_DATES,
    telephones=phenomena.PORTUGAL_TELEPHONES,
)
