"""Languages as data: fixed alphabets, clear refusals, no code that knows a language by name."""

from dataclasses import FrozenInstanceError, replace

import pytest
from places import ROOT

from xlt.language.custom import named
from xlt.language.rules import LANGUAGES, Language, get, nearest

AZ = "abcdefghijklmnopqrstuvwxyz"
ALPHABETS = {
    "es": AZ + "áéíñóúü",
    "pt": AZ + "àáâãçéêíóôõú",
    "pt-PT": AZ + "àáâãçéêíóôõú",
    "de": AZ + "äöüß",
    "de-CH": AZ + "äöü",
    "en": AZ + "'",
}


@pytest.mark.parametrize("code", ALPHABETS)
def test_alphabets_are_fixed(code):
    language = get(code)
    assert language.code == code
    assert language.letters == ALPHABETS[code]


def test_an_unknown_code_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"no language 'xx'.*de, de-CH, en, es, pt, pt-PT"):
        get("xx")


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        *(("es-MX", "es"), ("es_MX", "es"), ("ES", "es"), ("es-419", "es"), ("spa", "es")),
        *(
            ("pt-BR", "pt"),
            ("pt_br", "pt"),
            ("pt_PT", "pt-PT"),
            ("por", "pt"),
            ("Portuguese", "pt"),
        ),
        *(("de-DE", "de"), ("de_AT", "de"), ("de_CH", "de-CH"), ("deu", "de"), ("German", "de")),
        *(("en-GB", "en"), ("eng", "en"), ("spanish", "es")),
    ],
)
def test_another_spelling_is_taken_for_the_nearest(code, meant, caplog):
    with pytest.raises(ValueError, match=f"no language {code!r} here; did you mean {meant}\\?"):
        get(code)
    assert named(code).code == meant
    assert caplog.messages[-1].startswith(f"{code!r} is taken for {meant} (")


@pytest.mark.parametrize("code", ["xx", "", "x-es", "español"])
def test_a_code_that_is_near_none_is_not_guessed(code):
    assert nearest(code) is None


def test_every_language_is_found():
    assert set(LANGUAGES) <= set(ALPHABETS)
    assert len({get(code).name for code in ALPHABETS}) == len(ALPHABETS)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("letters", "abca", "twice"),
        ("letters", "ab c", "space"),
        ("letters", "abC", "lower-case"),
        ("inner", "-", "not among the letters"),
        ("decimal", ";", "decimal mark"),
    ],
)
def test_bad_data_is_refused(field, value, message):
    with pytest.raises(ValueError, match=message):
        replace(get("es"), **{field: value})


def test_a_language_is_a_value():
    spanish = get("es")
    assert spanish == get("es") == replace(spanish)
    assert hash(spanish) == hash(replace(spanish))
    assert spanish != replace(spanish, apostrophe=" ")
    with pytest.raises(FrozenInstanceError):
        spanish.code = "xx"  # a frozen dataclass refuses


@pytest.mark.parametrize("code", ALPHABETS)
def test_the_tables_are_written_as_they_are_looked_up(code):
    language = get(code)
    tables = (
        *(language.abbreviations, language.titles, language.units, language.quantities),
        *(language.ordinals, language.dates.short, language.times.halves, language.times.zones),
        *(language.spelling.names, language.spelling.sayings, language.electronic.symbols),
        *(rule.before | rule.after for rule in language.roman),
    )
    for table in tables:
        assert all(key == key.lower() == key.strip() for key in table)
    assert not set(language.folds) & set(language.letters)
    assert set(language.marks) == {".", ","}
    assert all(len(symbol) == 1 for symbol in language.symbols)


def test_no_code_names_a_language():
    """The if/elif ladder over languages is what this folder is instead of."""
    folder = ROOT / "xlt" / "language"
    values = {folder / "rules.py", *(folder / "data").rglob("*.py")}
    code = sorted({*folder.rglob("*.py")} - values)
    assert len(code) >= 15
    for path in code:
        source = path.read_text(encoding="utf-8")
        assert ".code ==" not in source
        assert not any(f'"{code}"' in source for code in ALPHABETS)


def test_a_new_language_is_one_value():
    from xlt.language.labels import encode, labels
    from xlt.language.text import normalise

    galician = Language(
        code="gl",
        name="Galician",
        letters=AZ + "áéíñóúü",
        folds={"ç": "z"},
        abbreviations={"sr.": "señor"},
        symbols={},
        units={},
        speller="pt",
        decimal=",",
        marks={",": "coma", ".": "punto"},
        fraction_as_number=True,
        minus="menos",
    )
    done = normalise("O Sr. Ñ, 3 % çã", galician)
    assert done.text == "o señor ñ três za".replace("ê", "e")
    assert len(encode(done.text, labels(galician))) == len(done.text)
