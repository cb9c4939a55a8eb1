"""Run: python -m pytest tests/reports/test_table.py"""

import re

import pytest
from places import GOLDEN

from xlt.reports.record import Record
from xlt.reports.table import arms, cells, steps_to_reach, table


def record():
    return Record.load(GOLDEN / "record.json").to_dict()


CURVE = [
    {"step": 5, "loss": 3.0},
    {"step": 10, "dev_cer": 0.9},
    {"step": 20, "dev_cer": 0.3},
    {"step": 30, "dev_cer": 0.4, "loss": 1.0},
    {"step": 40, "dev_cer": 0.2},
]


@pytest.mark.parametrize(
    ("dev_cer", "step"), [(1.0, 10), (0.3, 20), (0.29, 40), (0.2, 40), (0.1, None)]
)
def test_steps_to_reach(dev_cer, step):
    assert steps_to_reach(CURVE, dev_cer) == step


def test_arms_are_timed_against_the_fresh_head_and_compared_with_scratch():
    found = {arm.name: arm for arm in arms(record())}
    assert list(found) == ["source", "scratch", "fresh", "letters"]
    assert {name: arm.reached for name, arm in found.items()} == {
        "source": None,
        "scratch": None,
        "fresh": 480,
        "letters": 120,
    }
    assert found["letters"].against_baseline == pytest.approx(188 / 876 - 1)
    assert found["source"].against_baseline is None
    assert found["source"].steps is None


def test_words_that_were_not_counted_are_no_rate():
    data = record()
    nothing = dict.fromkeys(("hits", "substitutions", "deletions", "insertions"), 0)
    data["scores"]["source"]["words"] = nothing
    assert cells(arms(data)[0])[:5] == ("source, untrained", "–", "–", "–", "46.7 %")


def test_the_text_table_lines_up_and_leaves_out_empty_columns():
    data = record()
    lines = table(data).splitlines()
    assert len(lines) == 5
    assert len({len(line) for line in lines}) == 1
    assert re.search(r"letter-aware head +34\.2 % +30\.0 to 39\.0 +88 / 257 +13\.4 %", lines[-1])
    del data["curves"]
    assert "steps" not in table(data)
