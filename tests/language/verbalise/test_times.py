"""Clock times: all of them are read, and kept apart."""

import pytest

from xlt.language.rules import get
from xlt.language.text import normalise

WITH_TIMES = [code for code in ("de", "en", "es", "pt") if get(code).times.full]


@pytest.mark.parametrize("code", WITH_TIMES)
def test_all_minutes_of_a_day_are_told_apart(code):
    language = get(code)
    spoken = {normalise(f"{h}:{m:02}", language).text for h in range(24) for m in range(60)}
    assert len(spoken) == 24 * 60


def test_the_same_time_in_other_notations():
    spanish = get("es")
    for h in range(24):
        for m in range(60):
            colon = normalise(f"{h}:{m:02}", spanish).text
            for text in (f"{h:02}:{m:02}", f"{h}:{m:02} h", f"{h}.{m:02} h", f"{h}h{m:02}"):
                assert normalise(text, spanish).text == colon, text


def test_halves_of_the_day():
    spanish = get("es")
    for half in ("p. m.", "p.m.", "pm", "PM", "P.M.", "p.\u00a0m."):
        assert normalise(f"a las 7:45 {half}", spanish).text.endswith("cinco de la noche"), half


@pytest.mark.parametrize("text", ["25:00", "12:60", "1:2", "1:23:4"])
def test_what_is_no_time_is_read_as_numbers(text):
    words = normalise(text, get("es")).text.split()
    assert not {"media", "cuarto", "horas"} & set(words)


@pytest.mark.parametrize("code", WITH_TIMES)
def test_an_hour_with_a_zero_in_front_is_an_hour_of_the_clock(code):
    language = get(code)
    if not language.times.words:
        return
    for h in range(10):
        clock = normalise(f"{h}:00", language).text
        for text in (f"0{h} h", f"0{h}h"):
            assert normalise(text, language).text == clock, text


@pytest.mark.parametrize("code", ["de", "es", "pt"])
def test_opening_hours_in_other_notations(code):
    language = get(code)
    link = language.ranges.link
    for first in range(7, 19):
        last = first + 4
        expected = normalise(f"{first} {link} {last} h", language).text
        for text in (f"{first}-{last} h", f"{first}–{last}h", f"{first} - {last} h"):
            assert normalise(text, language).text == expected, text


def test_long_amounts_of_hours_stay_amounts():
    assert normalise("12-24 h", get("de")).text == "zwölf bis vierundzwanzig stunden"
    assert normalise("2-3 h", get("de")).text == "zwei bis drei stunden"
