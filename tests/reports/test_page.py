import base64
import dataclasses
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from places import GOLDEN
from scored import split_of, under

from xlt.audio.decode import SAMPLE_RATE_HZ, encode_flac
from xlt.dataset.findings import ClipFinding, Example
from xlt.reports.analysis import analyse
from xlt.reports.page import render, render_score, worst_samples, write_report, write_score_report
from xlt.reports.record import Record
from xlt.reports.table import arms, percent
from xlt.scoring.align import SCLITE
from xlt.scoring.compare import compare
from xlt.scoring.errors import score
from xlt.scoring.utterances import Scored
from xlt.scoring.views import views

RECORD = GOLDEN / "record.json"
EVIL = "<script>alert(1)</script><img src=x onerror=y>&$a_b$"
VOID = {"meta", "br", "img", "link", "input", "hr"}


def record():
    return Record.load(RECORD).to_dict()


class Checker(HTMLParser):
    """Collects tags and text, and insists that every tag is closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""
        self.tables = []
        """(id or class, rows of cells' texts) of every table."""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append((dict(attrs).get("id") or dict(attrs).get("class"), []))
        elif tag == "tr" and "tbody" in self.open:
            self.tables[-1][1].append([])
        elif tag == "td" and "tbody" in self.open:
            self.tables[-1][1][-1].append("")
        elif tag in ("small", "i") and "td" in self.open:
            self.tables[-1][1][-1][-1] += "|"

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if "td" in self.open and "tbody" in self.open:
            self.tables[-1][1][-1][-1] += data

    def rows(self, name):
        """Rows of the tables of a name, one list."""
        return [row for found, rows in self.tables if found == name for row in rows]


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
    policy = [a["content"] for tag, a in page.tags if tag == "meta" and "http-equiv" in a]
    assert len(policy) == 1 and policy[0].startswith("default-src 'none'")
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


@pytest.mark.slow
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


def test_what_was_resampled_is_named():
    data = record()
    assert "(bootstrap over utterances)" in parsed(render(data)).text
    for score_of in data["scores"].values():
        score_of["resampled"] = "56 speakers"
    page = parsed(render(data)).text
    assert "(bootstrap over 56 speakers)" in page and "over utterances" not in page


# ------------------------------------------------------------------- the analysis on the page

SAID = ["el niño come", "la señora está aquí", "mañana", "", "sí", "el pan", "<b>fett</b> ß"]
HEARD = ["el nino come", "la senora esta aqui", "", "eh", "sí", "el pan y", EVIL]


def utterances(folder=None):
    rows = []
    for i, (said, heard) in enumerate(zip(SAID, HEARD, strict=True)):
        audio = None
        if folder is not None and i != 4:
            tone = 0.1 * np.sin(np.arange((i + 1) * SAMPLE_RATE_HZ) / 5)
            (folder / f"{i}.flac").write_bytes(encode_flac(tone.astype(np.float32)))
            audio = f"{i}.flac"
        rows.append(
            Scored(
                id=f"{i}{EVIL}",
                reference=said,
                hypothesis=heard,
                raw_reference=f"{said.capitalize()}.",
                raw_hypothesis=heard,
                missing=not heard,
                speaker=f"s{i % 3}{EVIL}",
                accent=("andino", "عربي\u202e", None)[i % 3],
                duration_s=i + 1.0,
                audio=audio,
            )
        )
    return rows


def split_for(rows):
    return split_of(rows, data=EVIL)


def of(rows):
    return views(split_for(rows))


def against(rows, name):
    """The comparison of some utterances with a recogniser that makes no error."""
    right = [dataclasses.replace(row, hypothesis=row.reference) for row in rows]
    return compare(EVIL, split_for(rows), name, split_for(right))


def number(text):
    return int(text.replace(",", "")) if text != "–" else 0


def test_the_numbers_of_a_score_are_on_its_page(tmp_path):
    rows, path = utterances(tmp_path), tmp_path / "r.html"
    scores = of(rows)
    comparison = against(rows, "other")
    write_score_report(
        scores,
        split_for(rows),
        path,
        folder=tmp_path,
        training_words={"el": 3, "la": 12},
        remarks=["one remark"],
        comparison=comparison,
    )
    page = parsed(path.read_text(encoding="utf-8"))
    for (name, one), row in zip(scores.items(), page.rows("views"), strict=True):
        assert row[0] == name
        for cell, counts in zip(row[1:], (one.words, one.characters), strict=True):
            rate, _, errors, kinds = cell.split("|")
            assert rate == percent(counts.rate)
            assert errors == f"{counts.errors:,} / {counts.reference:,}"
            assert list(map(number, re.findall(r"\d+", kinds))) == [
                counts.substitutions,
                counts.deletions,
                counts.insertions,
            ]
        assert str(one) in page.text
    assert [name for name, _ in page.tables].count("views") == 1 and len(scores) == 3
    assert "one remark" in page.text and comparison.verdict in page.text
    assert all(what in page.text and value in page.text for what, value in comparison.rows())
    words, characters = next(iter(scores.values())).words, next(iter(scores.values())).characters
    letters = page.rows("letters") + page.rows("more-letters")
    assert sum(number(row[2].split("|")[0]) for row in letters) == characters.errors
    missed = page.rows("words") + page.rows("more-words")
    assert sum(number(row[1].split("|")[0]) for row in missed) == (
        words.substitutions + words.deletions
    )
    assert sum(number(row[1]) for row in page.rows("insertions")) == words.insertions
    assert sum(number(row[1]) for row in page.rows("bands")) == words.reference
    groups = [rows for name, rows in page.tables if name == "group"]
    assert len(groups) >= 4
    for group in groups:
        kinds = [list(map(number, row[3].split(", "))) for row in group]
        assert [sum(column) for column in zip(*kinds, strict=True)] == [
            words.substitutions,
            words.deletions,
            words.insertions,
        ]
        assert sum(number(row[0].split("|")[1].split()[0]) for row in group) == len(rows)


def test_the_worst_are_heard_from_the_page_alone(tmp_path):
    rows, path = utterances(tmp_path), tmp_path / "r.html"
    write_score_report(of(rows), split_for(rows), path, folder=tmp_path)
    page = parsed(path.read_text(encoding="utf-8"))
    sounds = [attrs["src"] for tag, attrs in page.tags if tag == "audio"]
    assert len(sounds) == 6  # the seventh has no error and no recording
    for uri in sounds:
        head, _, data = uri.partition(",")
        assert head == "data:audio/mpeg;base64"
        samples, rate_hz = soundfile.read(io.BytesIO(base64.b64decode(data)))
        assert rate_hz == SAMPLE_RATE_HZ and np.abs(samples).max() > 0.05


def test_a_score_page_needs_nothing_from_elsewhere_and_runs_nothing(tmp_path):
    rows, path = utterances(tmp_path), tmp_path / "r.html"
    write_score_report(of(rows), split_for(rows), path, folder=tmp_path, title=EVIL, remarks=[EVIL],
                       training_words={EVIL: 1}, comparison=against(rows, EVIL))  # fmt: skip
    text = path.read_text(encoding="utf-8")
    page = parsed(text)
    assert not {tag for tag, _ in page.tags} & {
        "script",
        "link",
        "img",
        "iframe",
        "base",
        "b",
        "object",
    }
    assert not [a for _, attrs in page.tags for a in attrs if a.startswith("on")]
    assert all(
        value.startswith("data:audio/mpeg;base64,") and tag == "audio"
        for tag, attrs in page.tags
        for key, value in attrs.items()
        if key in ("src", "href", "srcset", "action", "poster")
    )
    assert not re.search(r"url\(|@import|https?://", text)
    assert page.text.count("<script>alert(1)</script>") > 10


def test_the_run_report_holds_its_analysis_and_the_views():
    rows = utterances()
    analysis = analyse(split_for(rows), trained={"el": 3})
    page = parsed(render(record(), analysis, of(rows)))
    assert len(page.rows("views")) == 3
    assert sum(number(row[1]) for row in page.rows("insertions")) == analysis.words.insertions
    assert "What to mend first" in page.text and "agent-pass" not in page.text
    assert "34.2 %" in page.text  # the record's own score


def test_an_analysis_of_nothing_wrong_is_a_short_page():
    rows = [Scored(id="a", reference="sí", hypothesis="sí")]
    page = parsed(render_score(of(rows), analyse(split_for(rows))))
    assert [name for name, _ in page.tables] == ["views"]
    assert "0.0 % word errors" in page.text


def test_a_test_of_silence_has_no_rates():
    rows = [Scored(id=k, reference="", hypothesis="eh sí") for k in "ab"]
    page = parsed(render_score(of(rows), analyse(split_for(rows))))
    assert "Nothing is said in the 2 utterances" in page.text and "4 words were" in page.text
    name, words, _ = page.rows("views")[0]
    assert (name, words.split("|")[:3]) == ("normalised", ["–", "–", "–"])
    assert ["in clips without speech|2 clips with an empty reference", "4"] in page.rows(
        "insertions"
    )


def test_errors_counted_otherwise_are_announced():
    rows = utterances()
    one = score(SAID, HEARD, under(costs=SCLITE))
    page = parsed(render_score({"normalised": one}, analyse(split_for(rows))))
    assert "The scores count errors as sclite" in page.text


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), min_size=1, max_size=4))
def test_any_text_makes_a_page_that_is_well_formed(pairs):
    rows = [
        Scored(id=f"{k}", reference=" ".join(a.split()), hypothesis=" ".join(b.split()), speaker=b)
        for k, (a, b) in enumerate(pairs)
    ]
    scores = of(rows)
    page = parsed(render_score(scores, analyse(split_for(rows), trained={})))
    letters = page.rows("letters") + page.rows("more-letters")
    assert (
        sum(number(row[2].split("|")[0]) for row in letters)
        == scores["normalised"].characters.errors
    )


def test_a_lone_surrogate_does_not_cost_the_report(tmp_path):
    rows = [Scored(id="a\ud800", reference="sí", hypothesis="\udfff")]
    write_score_report(of(rows), split_for(rows), tmp_path / "r.html")
    assert "a?" in parsed((tmp_path / "r.html").read_text(encoding="utf-8")).text


def test_worst_samples_first_and_right_ones_left_out():
    ids = [one.utterance.id.split("/")[-1] for one in worst_samples(record()["samples"])]
    assert ids == ["agent-pass", "vm-intro", "conf-onlyperson", "beep"]
    many = [{"id": str(i), "reference": "a", "hypothesis": "b"} for i in range(50)]
    assert len(worst_samples(many)) == 20
    assert worst_samples([]) == []


def test_clips_to_look_at_are_shown_with_what_to_do() -> None:
    one = ClipFinding(
        kind="brackets",
        clips=1_234,
        of=5_000,
        sign="have brackets",
        advice="Listen to one.",
        examples=(Example(id="c/1", seen="'<b>(loud)'"),),
    )
    page = render(record(), findings=[one])
    assert "1,234 of 5,000 clips have brackets" in page and "Listen to one." in page
    assert "&lt;b&gt;(loud)" in page and "<b>(loud)" not in page
    assert "Clips to look at first" not in render(record())


def test_a_single_arm_leaves_no_empty_column_and_no_chart_of_one_point():
    whole = record()
    chosen = whole["chosen"]
    one = {
        **whole,
        "scores": {chosen: whole["scores"][chosen]},
        "curves": {chosen: whole["curves"][chosen][-1:]},
    }
    page, before = parsed(render(one)), parsed(render(whole))
    for heading in ("CER vs scratch", "reaches fresh's at step"):
        assert heading in before.text and heading not in page.text
    assert "Learning curves" in before.text and "Learning curves" not in page.text
    assert "\u2013" not in page.text[page.text.index("Scores") :].split("Under each rate")[0]
