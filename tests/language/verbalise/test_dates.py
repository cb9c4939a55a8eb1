"""Dates: one day, however written, is said in one way; what is not a day is not made one."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.language.rules import get
from xlt.language.text import normalise

DAYS = st.dates(date(1100, 1, 1), date(2099, 12, 31))
WITH_DATES = [code for code in ("de", "es", "pt", "pt-PT") if get(code).dates.months]


@pytest.mark.parametrize("code", WITH_DATES)
@given(day=DAYS)
def test_one_day_is_said_in_one_way(code, day):
    language = get(code)
    name = language.dates.months[day.month - 1]
    spoken = {
        normalise(text, language).text
        for text in (
            f"{day.day}/{day.month}/{day.year}",
            f"{day.day:02}/{day.month:02}/{day.year}",
            f"{day.day}.{day.month}.{day.year}",
            day.isoformat(),
            f"{day.day} {name} {day.year}"
            if not language.dates.ordinal_days
            else f"{day.day}. {name} {day.year}",
        )
    }
    assert len(spoken) == 1
    assert name in spoken.pop().split()


@given(day=DAYS, other=DAYS)
def test_two_days_are_told_apart(day, other):
    spoken = {normalise(d.strftime("%d/%m/%Y"), get("es")).text for d in (day, other)}
    assert len(spoken) == len({day, other})


@pytest.mark.parametrize(
    "text", ["32/1/2020", "0/5/2020", "13/13/2020", "1/2/3", "1.2.3.4", "5/0/1999"]
)
def test_what_is_no_date_names_no_month(text):
    months = set(get("es").dates.months)
    assert not months & set(normalise(text, get("es")).text.split())
