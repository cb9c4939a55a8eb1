"""German, of Germany and Austria, and of Switzerland (`ss` for `ß`)."""

from collections.abc import Mapping
from dataclasses import replace

from xlt.language.data.de import phenomena as forms
from xlt.language.data.de import words as words
from xlt.language.data.de.events import EVENTS
from xlt.language.data.de.units import QUANTITIES, UNITS
from xlt.language.rules import Language, Unit

GERMAN = Language(
    code="de",
    name="German",
    letters="abcdefghijklmnopqrstuvwxyzäöüß",
    folds={"ø": "ö", "æ": "ä", "œ": "ö"},
    reasons={
        "ø": "the same vowel: smørrebrød",
        "æ": "the same vowel: dæmon",
        "œ": "the same vowel: œuvre",
    },
    respellings={"umlauts": {"ä": "ae", "ö": "oe", "ü": "ue"}, "sharp_s": {"ß": "ss"}},
    abbreviations={**words.ABBREVIATIONS, **words.WEEKDAYS},
    titles=words.TITLES,
    before_numbers=words.BEFORE_NUMBERS,
    word_endings=words.WORD_ENDINGS,
    typed_numbers=forms.TYPED_NUMBERS,
    symbols=words.SYMBOLS,
    units=UNITS,
    quantities=QUANTITIES,
    speller="de",
    fixes=(
        (r"eins(?= (?:milli|billi))", "eine"),  # einhunderteine millionen
        ("einstausend", "eintausend"),  # einhunderteintausend
        ("^ein(?=hunderttausendste$)", ""),  # as hundertste, tausendste
    ),
    apart=forms.APART,
    counting=((r"^eins$", "ein"),),
    counting_feminine=((r"^eins$", "eine"),),
    ordinals=forms.ORDINALS,
    first_ordinal=0,
    last_ordinal=999_999_999,
    compounds=forms.COMPOUNDS,
    decimal=",",
    marks={",": "komma", ".": "punkt"},
    longest_grouped=24,
    minus="minus",
    per="pro",
    years=((1400, 1999),),
    dated_years=((1100, 1999),),
    agreement=forms.AGREEMENT,
    dotted=forms.DOTTED,
    dates=forms.DATES,
    sections=forms.SECTIONS,
    times=forms.TIMES,
    ranges=forms.RANGES,
    fractions=forms.FRACTIONS,
    roman=forms.ROMAN,
    roman_links=("und", "oder", "bis"),
    spelling=forms.SPELLING,
    electronic=forms.ELECTRONIC,
    telephones=forms.TELEPHONES,
    events=EVENTS,
)


def _swiss(table: Mapping[str, str]) -> dict[str, str]:
    return {key: words.replace("ß", "ss") for key, words in table.items()}


def _swiss_unit(unit: Unit) -> Unit:
    return replace(unit, one=unit.one.replace("ß", "ss"), many=unit.many.replace("ß", "ss"))


SWISS = replace(
    GERMAN,
    code="de-CH",
    name="German (Switzerland)",
    letters=GERMAN.letters.replace("ß", ""),
    reasons={**GERMAN.reasons, "ß": "written ss in Switzerland"},
    respellings={"umlauts": GERMAN.respellings["umlauts"]},
    abbreviations=_swiss(GERMAN.abbreviations),
    before_numbers=_swiss(GERMAN.before_numbers),
    word_endings=_swiss(GERMAN.word_endings),
    symbols=_swiss(GERMAN.symbols),
    units={key: _swiss_unit(unit) for key, unit in GERMAN.units.items()}
    | {"chf": GERMAN.units["fr."]},
    fixes=(*GERMAN.fixes, ("ß", "ss")),
    marks={",": "komma", ".": "komma"},
)
