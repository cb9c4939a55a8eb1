"""The normaliser: golden lines a native reader would sign, and properties over all of Unicode.

Also tests: xlt/language/characters.py, xlt/language/phenomena.py, xlt/language/verbalise/electronic.py, xlt/language/verbalise/fractions.py, xlt/language/verbalise/numbers.py, xlt/language/verbalise/patterns.py, xlt/language/verbalise/quantities.py, xlt/language/verbalise/ranges.py, xlt/language/verbalise/steps.py, xlt/language/verbalise/telephone.py
"""

import csv
import json
import os
import re
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import GOLDEN, ROOT

from xlt.language.accents import FOREIGN
from xlt.language.characters import HOMOGLYPHS, INPUT_TABLE, shown
from xlt.language.rules import LANGUAGES, Language, get
from xlt.language.text import Transcript, is_normal, normalise
from xlt.language.verbalise.numbers import MAX_DIGITS, Number, parse, spell, whole

CODES = ("de", "de-CH", "en", "es", "pt", "pt-PT")


@cache
def golden(code: str) -> list[tuple[str, str, str]]:
    r"""Rows (phenomenon, written, spoken) of a language; \uXXXX stands for that character."""
    with (GOLDEN / f"{code}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert rows[0] == ["phenomenon", "input", "expected"]
    assert {len(row) for row in rows} == {3}
    unescape = re.compile(r"\\u([0-9a-f]{4})")
    return [
        (kind, unescape.sub(lambda m: chr(int(m[1], 16)), written), spoken)
        for kind, written, spoken in rows[1:]
    ]


@pytest.mark.parametrize(
    ("code", "written", "spoken"),
    [
        pytest.param(code, written, spoken, id=f"{code}-{kind}-{i}")
        for code in CODES
        for i, (kind, written, spoken) in enumerate(golden(code))
    ],
)
def test_golden(code, written, spoken):
    assert normalise(written, get(code)).text == spoken


def test_golden_lines_are_enough():
    assert {path.stem for path in GOLDEN.glob("*.tsv")} >= set(CODES)
    assert all(len(golden(code)) >= 100 for code in ("de", "es", "pt"))
    assert all(len(set(golden(code))) == len(golden(code)) for code in CODES)


# ---- properties

WILD = st.text(st.characters(), max_size=40)
NUMBERISH = st.text("0123456789.,'-º½ª%€$ r\u00a0kmh°", max_size=25)
WORDISH = st.text("aáñçßẞüõİœ'’-–\u0303\u200b\u00adсоaABC ¿…|[]ſıK", max_size=30)
PIECES = st.sampled_from(
    "[risas] (lacht) <b> </b> <unk> *tose* &amp; &quot; &eacute; &#40; &#x5b; <br/> < > [ ] "
    "siglo ſiglo Felipe Ludwig século XIV I MCM DNI ONU LKWs U.S.A. D. S. sr. a. p. m. de maio mayo Mai "
    "uhr h pm 1 2 12 30 14:30 14.30 3/4 ½ 01.02.2003 2020-05-03 3/5/20 10-20 1990–95 +34 612 345 678 "
    "mil\u00a0millones llámame\u00a0al a@b.es www.x.com #NiUna @a € $ R$ US$ EUR km ° °C % ‰ º ª . , ; - – : / \u20e3 😀 \u00a0".split(
        " "
    )
)
PHRASES = st.lists(st.one_of(PIECES, st.sampled_from([" ", " ", "", "-", "."]))).map("".join)
TEXT = st.one_of(
    WILD, NUMBERISH, WORDISH, PHRASES, st.lists(st.one_of(NUMBERISH, WORDISH)).map("".join)
)


@cache
def closed(code: str) -> re.Pattern[str]:
    """Letters and single spaces, an English apostrophe only between letters."""
    letters = get(code).letters.replace("'", "")
    word = f"[{letters}]+(?:'[{letters}]+)*" if code == "en" else f"[{letters}]+"
    return re.compile(f"(?:{word}(?: {word})*)?")


@pytest.mark.slow
@pytest.mark.parametrize("code", CODES)
@settings(max_examples=400, deadline=None)
@given(text=TEXT)
def test_total_closed_idempotent_and_equal_for_nfc_and_nfd(code, text):
    language = get(code)
    once = normalise(text, language)
    assert closed(code).fullmatch(once.text)
    assert normalise(once.text, language) == Transcript(text=once.text)
    for form in ("NFC", "NFD"):
        assert normalise(unicodedata.normalize(form, text), language) == once
    assert unicodedata.is_normalized("NFC", once.text)
    assert is_normal(text, language) == (once.text == text)


@settings(max_examples=300, deadline=None)
@given(text=TEXT, code=st.sampled_from(CODES))
def test_length_is_bounded(text, code):
    # The longest reading of one character: `½`, `°c`, a digit, "zero comma".
    assert len(normalise(text, get(code)).text) <= 40 * len(text)


@settings(max_examples=300, deadline=None)
@given(text=st.text(st.characters(), max_size=30), code=st.sampled_from(LANGUAGES))
def test_a_text_that_loses_something_says_so(text, code):
    done = normalise(text, get(code))
    silent = {c for c in unicodedata.normalize("NFC", text) if not c.isspace()}
    kept = set(done.text)
    named = {*done.folded, *done.dropped}
    for character in silent:
        if (
            not (done.expanded or done.marks or done.markup)
            and not {character.lower(), INPUT_TABLE.get(character)} & kept
        ):
            lower = INPUT_TABLE.get(character, character).lower()
            assert {shown(character), *map(shown, lower)} & named


@pytest.mark.slow
@pytest.mark.parametrize("code", LANGUAGES)
def test_every_code_point_is_closed_and_accounted_for(code):
    """All 1,114,112 code points, each between two `~`, in blocks of 4096."""
    language, pattern = get(code), closed(code)
    for start in range(0, 0x110000, 4096):
        points = [chr(c) for c in range(start, start + 4096)]
        done = normalise("~" + "~".join(points) + "~", language)
        assert pattern.fullmatch(done.text)
        assert normalise(done.text, language).text == done.text
        if start >= 0x20000:  # nothing here is a letter, a digit, or white space
            assert done.text == ""
            assert sum(done.dropped.values()) == 4096 + 4097 - _recomposed(points)


def _recomposed(points: list[str]) -> int:
    """Code points that NFC replaces by one below U+20000, and so can share a name."""
    return sum(len(unicodedata.normalize("NFC", c)) - 1 for c in points)


@pytest.mark.slow
@pytest.mark.parametrize("code", LANGUAGES)
def test_a_code_point_alone_reads_as_in_a_block(code):
    language = get(code)
    every = map(chr, (*range(0x3000), *range(0x3000, 0x110000, 97)))
    points = [c for c in every if c not in language.alone]
    assert all(normalise(c, language).text == name for c, name in language.alone.items())
    alone = [normalise(c, language) for c in points]
    assert all(closed(code).fullmatch(a.text) for a in alone)
    for character, a in zip(points, alone, strict=True):
        if not character.isspace() and not a.text:
            assert sum(a.dropped.values()) >= 1, shown(character)
    together = normalise("~".join(points), language).text
    assert " ".join(" ".join(a.text for a in alone).split()) == together


def test_the_input_table_knows_all_digits():
    digits = [
        chr(c) for c in range(0x80, 0x110000) if unicodedata.decimal(chr(c), None) is not None
    ]
    assert all(INPUT_TABLE[c] == str(unicodedata.decimal(c)) for c in digits)
    assert normalise("٣ ３ ᠓", get("es")).text == "tres tres tres"


def test_the_same_in_every_process():
    code = (
        "from xlt.language.rules import get; from xlt.language.text import normalise; import sys;"
        "t = normalise('Sr. Ñandú 1.º ç Ж№ — 21.000 €', get('es')); print(ascii(t))"
    )
    root = ROOT
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            cwd=root,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1


# ---- the account


def test_the_account():
    done = normalise("Façade Жук, 21 €\u200b ¡Ñ!", get("es"))
    assert done.text == "fasade veintiún euros ñ"
    assert done.folded == {"ç": 1}
    assert done.dropped == {"ж": 1, "у": 1, "к": 1, ",": 1, "U+200B": 1, "¡": 1, "!": 1}
    assert done.expanded == 1
    assert done.unread == 3


def test_only_unknown_letters_give_an_empty_text_with_counts():
    done = normalise("Привет", get("de"))
    assert done.text == ""
    assert sum(done.dropped.values()) == done.unread == 6


def test_emoji_are_dropped_and_counted():
    done = normalise("Hola 😀😀 👍🏽 1\ufe0f\u20e3 ❤", get("es"))
    assert done.text == "hola"
    assert done.dropped == {"😀": 2, "👍": 1, "🏽": 1, "❤": 1, "U+FE0F": 1, "U+20E3": 1}
    assert done.unread == 0


def test_lone_surrogates_and_controls_can_be_reported_as_json():
    done = normalise("a\ud800b\x00c\U0010ffff", get("pt"))
    assert done.text == "abc"
    json.dumps(dict(done.dropped), ensure_ascii=False).encode("utf-8")
    assert done.dropped == {"U+D800": 1, "U+0000": 1, "U+10FFFF": 1}


def test_a_fold_of_lookalikes_needs_a_latin_word():
    assert normalise("с\u0430sa", get("es")).folded == {"с": 1, "а": 1}
    assert normalise("сор", get("es")).text == ""
    assert all(not unicodedata.name(c).startswith("LATIN") for c in HOMOGLYPHS)


def test_choices_are_fields():
    apart = replace(get("pt"), apostrophe=" ")
    assert normalise("d'água", apart).text == "d água"
    swiss = replace(get("de"), letters=get("de").letters.replace("ß", ""))
    assert normalise("Straße", swiss).text == "strasse"


# ---- numbers


@pytest.mark.parametrize("code", CODES)
def test_all_small_numbers_and_ordinals_are_words_of_the_language(code):
    language = get(code)
    for n in (*range(2100), *range(9900, 10000), *(10**k for k in range(4, 16))):
        assert is_normal(spell(n, language), language)
        if 0 < n < 10**4:
            assert is_normal(spell(n, language, "ordinal"), language)


@pytest.mark.parametrize("code", CODES)
def test_numbers_up_to_a_thousand_million_are_told_apart(code):
    language = get(code)
    values = [*range(2000), *(n * 1000 + m for n in (1, 2, 21, 100, 101, 999) for m in range(200))]
    assert len({spell(n, language) for n in set(values)}) == len(set(values))


def test_long_digit_strings_are_read_digit_by_digit():
    spanish = get("es")
    assert whole("1" * (MAX_DIGITS + 1), spanish) == " ".join(["uno"] * (MAX_DIGITS + 1))


HOSTILE = (
    *"7aAX-@#.€½(+",
    *(
        "1/",
        "1.",
        "1-",
        "1:",
        "1,",
        "1 ",
        "1'",
        "1\u00a0",
        "0 ",
        "000 ",
        "- 000",
        "1.111",
        "12-12 ",
    ),
    *("+1 ", "1h", "(1) ", "123 ", "1 euro ", "A.", "a.", "a@", "a-", "a/", "a.b-c+d@", "www.a."),
    *(
        "http://",
        "XI ",
        "<b ",
        "&amp;",
        "[a",
        "(risas ",
        "*a",
        "siglo ",
        "1 de mayo ",
        "mayo ",
        "D. ",
        "tel. 1",
        "abr",
        "3 am ",
        "3. ",
        "ſI ",
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("piece", HOSTILE)
def test_a_line_of_anything_takes_time_in_proportion(code, piece):
    """A line 8 times as long takes about 8 times as long; what is quadratic would take 64 times."""
    language = get(code)
    short, long = (piece * (size // len(piece)) for size in (1_000, 8_000))
    assert _seconds(long, language) < 28 * max(_seconds(short, language), 0.003)


def _seconds(line: str, language: Language) -> float:
    """Seconds of processor time, the least of three runs: other work only makes it longer."""
    runs = []
    for _ in range(3):
        started = time.process_time()
        normalise(line, language)
        runs.append(time.process_time() - started)
    return min(runs)


@pytest.mark.slow
def test_a_line_of_a_megabyte_is_read():
    for piece in ("7", "1/", "n"):
        assert normalise(piece * (2**20 // len(piece)), get("es")).text


def test_parse():
    spanish, english = get("es"), get("en")
    assert parse("1.234,5", spanish) == [Number(whole="1234", fraction="5", mark=",", bare=False)]
    assert parse("1,234.5", english) == [Number(whole="1234", fraction="5", mark=".", bare=False)]
    assert [n.whole for n in parse("12.03.2024", spanish)] == ["12", "03", "2024"]
    assert parse("1999", english) == [Number(whole="1999")]


def said(value: object) -> Iterator[str]:
    """Every word in a table or template of a language; names of parts in braces left out."""
    if isinstance(value, str):
        yield " ".join(re.sub(r"\{\w*\}", " ", value).split())
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from said(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from said(inner)
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in NO_WORDS:
                yield from said(getattr(value, field.name))


NO_WORDS = set(
    "code name letters inner reasons speller decimal separators pair_separators readable shapes "
    "agreement fixes counting counting_feminine ordinals joined changes words hour_letters domains "
    "typed apart compounds mixed_case mixed_changes counted_changes beside openers nouns typed_numbers".split()
)
"""Fields with regular expressions, or with what stands in texts."""


@pytest.mark.parametrize("code", CODES)
def test_words_in_the_data_are_normal_themselves(code):
    language = get(code)
    assert [word for word in said(language) if not is_normal(word, language)] == []
    assert all(normalise(v, language).text for v in FOREIGN.values())


@pytest.mark.parametrize("code", CODES)
def test_every_abbreviation_symbol_and_unit_is_read(code):
    language = get(code)
    for key, words in (language.abbreviations | language.symbols).items():
        assert normalise(f"x {key} x", language).text == f"x {words} x"
        assert normalise(f"x {key.upper()} x", language).text == f"x {words} x"
    for key, unit in language.units.items():
        seven = whole("7", language)
        assert normalise(f"7 {key} x", language).text == f"{seven} {unit.many} x"
        if unit.currency:
            assert normalise(f"x {key}7", language).text == f"x {seven} {unit.many}"


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("gap", ["", ".", ",", "'", " ", "\u00a0"])
def test_a_number_too_large_to_be_said_is_read_digit_by_digit(code, gap):
    language = get(code)
    longest = language.longest_grouped if gap else MAX_DIGITS
    for groups in (g for g in (5, 6, 7, 8, 9, 12, 20) if 3 * g + 3 > longest):
        words = normalise(gap.join(["100", *["000"] * groups]), language).text.split()
        one, zero = whole("1", language), whole("0", language)
        assert words == [one, *[zero] * (3 * groups + 2)], groups


@pytest.mark.parametrize("sign", ["$", "US$ ", "MX$ ", "€", "£", "USD ", "$ "])
def test_spanish_amounts_after_a_sign_have_commas_for_thousands(sign):
    spanish = get("es")
    for n in (1_000, 1_850, 12_500, 99_999, 125_000, 999_999):
        plain = normalise(f"{sign}{n}", spanish).text
        cents = normalise(f"{sign}{n},75", spanish).text
        for written in (f"{n:,}", f"{n:,}.00"):
            assert normalise(f"{sign}{written}", spanish).text == plain, written
        assert normalise(f"{sign}{n:,}.75", spanish).text == cents
        assert normalise(f"-{sign}{n:,}.75", spanish).text == f"menos {cents}"
