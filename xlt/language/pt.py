"""Portuguese: of Brazil by default, of Portugal as a variant with numbers and customs of its own."""

from dataclasses import replace

from xlt.language import pt_forms, pt_gender, pt_letters, pt_units, pt_words
from xlt.language.forms import Agreement, Electronic, Letters
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
"""Where a group ends the number, `e` precedes it if it is a hundred or below, or round hundreds."""
_SPELLING = Letters(
    names=pt_letters.LETTER_NAMES,
    readable=pt_letters.READABLE,
    words=pt_letters.READ_AS_WORDS,
    spelled=pt_letters.SPELLED,
    sayings=pt_letters.SAYINGS,
)
_ELECTRONIC = Electronic(
    symbols=pt_letters.ADDRESS_SYMBOLS,
    sayings={"www": "dáblio dáblio dáblio"},
    words=pt_letters.ADDRESS_WORDS,
    domains=pt_letters.DOMAINS,
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
    abbreviations=pt_words.BRAZIL_ABBREVIATIONS,
    titles=pt_words.TITLES,
    before_numbers=pt_words.BEFORE_NUMBERS,
    symbols=pt_words.SYMBOLS,
    alone=pt_words.ALONE,
    typed=pt_words.BRAZIL_TYPED,
    units=pt_units.BRAZIL,
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
    fraction_as_number=False,
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
        feminine=pt_gender.FEMININE,
        feminine_one=pt_gender.FEMININE_ONE,
        thousand="mil",
        labels=pt_gender.LABELS,
        years_after=frozenset({"ano", "desde", "em"}),
    ),
    dates=pt_forms.BRAZIL_DATES,
    times=pt_forms.TIMES,
    ranges=pt_forms.RANGES,
    fractions=pt_forms.FRACTIONS,
    roman=pt_forms.ROMAN,
    roman_links=("e", "a", "ao", "ou"),
    spelling=_SPELLING,
    electronic=_ELECTRONIC,
    telephones=pt_forms.BRAZIL_TELEPHONES,
)

PORTUGAL = replace(
    BRAZIL,
    code="pt-PT",
    name="Portuguese (Portugal)",
    abbreviations=pt_words.PORTUGAL_ABBREVIATIONS,
    before_numbers=pt_words.PORTUGAL_BEFORE_NUMBERS,
    symbols={**pt_words.SYMBOLS, "#": "cardinal"},
    alone={**pt_words.ALONE, "#": "cardinal"},
    typed=pt_words.PORTUGAL_TYPED,
    units=pt_units.PORTUGAL,
    speller="pt",
    quantities={
        "mil": "",
        "milhão": "de",
        "milhões": "de",
        "mil milhões": "de",
        "bilião": "de",
        "biliões": "de",
    },
    dates=pt_forms.PORTUGAL_DATES,
    telephones=pt_forms.PORTUGAL_TELEPHONES,
)
