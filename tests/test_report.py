import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pytest

from xlt.publication.record import Record
from xlt.scoring.curves import curves_svg
from xlt.scoring.report import account_tables, align, headline, render, worst, write_report
from xlt.scoring.table import arms, cells, steps_to_reach, table

GOLDEN = Path(__file__).parent / "golden/record.json"
EVIL = "<script>alert(1)</script><img src=x onerror=y>&$a_b$"
VOID = {"meta", "br", "img", "link", "input", "hr"}


def record():
    return Record.load(GOLDEN).to_dict()


class Checker(HTMLParser):
    """Collects tags and text, and insists that every tag is closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def parsed(page):
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    return checker


def test_the_report_holds_what_the_record_says(tmp_path):
    write_report(record(), tmp_path / "deep/report.html")
    page = parsed((tmp_path / "deep/report.html").read_text(encoding="utf-8"))
    for text in (
        "A recogniser of Spanish, made from xlt:en-mini (transfer, letter-aware head), makes "
        "13.4 % character errors and 34.2 % word errors on 62 utterances of asterisk-es (test).",
        "79 % fewer character errors than the same steps from scratch",
        "Same-speaker test",
        "88 / 257",
        "30.0 to 39.0",
        "infeasible",
        "introdusca",
        "accelerate launch recipes/es.py --mini",
        "torch 2.14.1",
    ):
        assert text in page.text
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["report.html"]


def test_the_report_needs_nothing_from_elsewhere():
    page = parsed(render(record()))
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "base"}
    addresses = [v for _, attrs in page.tags for k, v in attrs.items() if k in ("src", "href")]
    addresses += [a for _, attrs in page.tags if (a := attrs.get("xlink:href"))]
    assert all(address.startswith("#") for address in addresses)
    assert not re.search(r"url\((?!#)|@import", render(record()))


def test_the_report_is_the_same_twice():
    assert render(record()) == render(record())


def hostile(value):
    """The record with every text replaced by a hostile one, numbers and shape kept."""
    if isinstance(value, dict):
        return {k: hostile(v) for k, v in value.items()}
    if isinstance(value, list):
        return [hostile(v) for v in value]
    return EVIL if isinstance(value, str) else value


def test_hostile_text_stays_text():
    data = hostile(record())
    data["scores"] = {EVIL: data["scores"]["letters"]}
    data["curves"] = {EVIL: data["curves"]["letters"]}
    data["transfer"] = {EVIL: data["transfer"]["letters"]}
    data["account"] |= {"rejected": {EVIL: 1}, "kept": {EVIL: 2}, "folded": {EVIL: 3}}
    data["versions"] = {EVIL: EVIL}
    page = parsed(render(data))
    assert not {tag for tag, _ in page.tags} & {"script", "img"}
    assert not [a for _, attrs in page.tags for a in attrs if a.startswith("on")]
    assert page.text.count("<script>alert(1)</script>") > 10


@pytest.mark.parametrize("missing", ["scores", "curves", "transfer", "account", "samples", "source",
                                     "versions", "hardware", "timings_s", "command", "chosen",
                                     "seeds", "language", "name"])  # fmt: skip
def test_any_part_may_be_missing(missing):
    data = record()
    del data[missing]
    page = parsed(render(data))
    assert not re.search(r"\bNone\b|\bnan\b", page.text)


def test_every_part_may_be_empty():
    data = {key: type(value)() for key, value in record().items()}
    assert "the run has no test score" in parsed(render(data)).text


def test_an_empty_record_still_makes_a_page():
    page = parsed(render({}))
    assert "the run has no test score" in page.text
    assert "table" not in {tag for tag, _ in page.tags}


def test_one_arm_alone():
    data = record()
    for key in ("scores", "curves", "transfer"):
        data[key] = {"letters": data[key]["letters"]}
    page = parsed(render(data))
    assert "from scratch" not in page.text
    assert "34.2 %" in page.text
    (arm,) = arms(data)
    assert (arm.reached, arm.against_baseline) == (None, None)


def test_the_source_is_not_credited_with_what_was_learned_from_scratch():
    data = record() | {"chosen": "scratch"}
    assert headline(data, arms(data)).startswith("A recogniser of Spanish (from scratch), makes")


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


@pytest.mark.parametrize(
    ("reference", "hypothesis", "pairs"),
    [
        ("uno dos", "uno dos", [("equal", "uno", "uno"), ("equal", "dos", "dos")]),
        ("la tecla", "la", [("equal", "la", "la"), ("delete", "tecla", "")]),
        ("la", "la la", [("equal", "la", "la"), ("insert", "", "la")]),
        ("del tono", "de tono", [("substitute", "del", "de"), ("equal", "tono", "tono")]),
        ("tono", "", [("delete", "tono", "")]),
        ("", "a b", [("insert", "", "a"), ("insert", "", "b")]),
        ("", "", []),
    ],
)
def test_align(reference, hypothesis, pairs):
    assert sorted(align(reference, hypothesis)) == sorted(pairs)


def test_worst_first_and_right_ones_left_out():
    ids = [one["id"].split("/")[-1] for one in worst(record()["samples"])]
    assert ids == ["agent-pass", "conf-onlyperson", "vm-intro", "beep"]
    many = [{"id": str(i), "reference": "a", "hypothesis": "b"} for i in range(50)]
    assert len(worst(many)) == 20


def test_the_account_adds_up_on_the_page():
    tables = dict(account_tables(record()["account"]))
    number = {h: sum(int(n.replace(",", "")) for _, n, _ in rows) for h, rows in tables.items()}
    assert number["clips in"] == number["kept"] + number["rejected"] == 640
    assert account_tables({}) == []


def test_curves_are_valid_svg_in_the_colours_of_the_page():
    svg = curves_svg(record()["curves"])
    root = ElementTree.fromstring(svg)
    texts = ["".join(t.itertext()) for t in root.iter("{http://www.w3.org/2000/svg}text")]
    # each arm by name in the legend and at the end of its line, in both panels
    assert [texts.count(t) for t in ("from scratch", "transfer, fresh head")] == [4, 4]
    assert {"dev CER, %", "training loss"} <= set(texts)
    assert {f"var(--arm-{i})" for i in range(3)} <= set(re.findall(r"var\(--arm-\d\)", svg))
    assert not re.search(r"#0[1-4]0[1-4]", svg)


@pytest.mark.parametrize("curves", [{}, {"a": []}, {"a": [{"step": 1, "lr": 0.1}]}])
def test_nothing_logged_draws_nothing(curves):
    assert curves_svg(curves) == ""


def test_a_single_point_and_a_dollar_in_a_name_can_be_drawn():
    svg = curves_svg({"$a_b^": [{"step": 1, "dev_cer": 0.5}], "_x": [{"step": 1, "loss": 2.0}]})
    assert "$a_b^" in svg
