"""Run: python -m pytest tests/reports/test_curves.py"""

import re
import xml.etree.ElementTree as ElementTree

import pytest
from places import GOLDEN

from xlt.reports.curves import curves_svg
from xlt.reports.record import Record


def test_curves_are_valid_svg_in_the_colours_of_the_page():
    svg = curves_svg(Record.load(GOLDEN / "record.json").curves)
    root = ElementTree.fromstring(svg)
    texts = ["".join(t.itertext()) for t in root.iter("{http://www.w3.org/2000/svg}text")]
    # each arm by name at the end of its line, in both panels
    assert [texts.count(t) for t in ("from scratch", "transfer, fresh head")] == [2, 2]
    assert {"dev CER, %", "training loss"} <= set(texts)
    assert {f"var(--arm-{i})" for i in range(3)} <= set(re.findall(r"var\(--arm-\d\)", svg))
    assert not re.search(r"#0[1-4]0[1-4]", svg)


ONE = {"step": 1, "dev_cer": 0.5, "loss": 2.0}


@pytest.mark.parametrize(
    "curves", [{}, {"a": []}, {"a": [{"step": 1, "lr": 0.1}]}, {"a": [ONE], "b": [ONE]}]
)
def test_nothing_logged_draws_nothing(curves):
    assert curves_svg(curves) == ""


def test_a_single_point_beside_a_line_and_a_dollar_in_a_name_can_be_drawn():
    svg = curves_svg({"$a_b^": [ONE], "_x": [ONE, {**ONE, "step": 2}]})
    assert "$a_b^" in svg
