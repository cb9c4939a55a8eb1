"""Run: python -m pytest tests/test_cli_scores.py"""

import json
import sys

import pytest

from xlt import cli
from xlt.language.text import NORMALISER

REFERENCES = (
    "id\ttext\tspeaker\tduration\nu1\tEl niño, ¿qué?\tana\t1800\nu2\tLa luna.\tluis\t1800\n"
)


@pytest.fixture
def xlt(tmp_path, monkeypatch, capsys):
    """Run a verb in a folder with a test and two recognisers; returns what it printed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ref.tsv").write_text(REFERENCES, encoding="utf-8")
    (tmp_path / "a.tsv").write_text("u1\tel nino qué\nu2\tla luna\n", encoding="utf-8")
    (tmp_path / "b.trn").write_text("el niño col (u1)\n", encoding="utf-8")

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["xlt", *arguments])
        cli.main()
        return capsys.readouterr().out

    return run


def test_score_names_its_conditions_and_shows_three_views(xlt):
    out = xlt("score", "ref.tsv", "a.tsv", "--language", "es")
    first, heading, *views = out.splitlines()
    assert first.startswith("ref/all: WER 20.0%") and "(1 of 5: S 1, D 0, I 0)" in first
    for condition in ("2 utterances", "1.00 hours", "decoder a", f"normaliser {NORMALISER}"):
        assert condition in first
    assert "95 % intervals over utterances" in first
    assert heading.startswith("view")
    assert [line[:15].strip() for line in views[:3]] == [
        "normalised", "without accents", "as published",
    ]  # fmt: skip
    assert "neither capitals nor punctuation" in views[3]


def test_names_and_counting_can_be_given(xlt):
    out = xlt(
        *("score", "ref.tsv", "a.tsv", "--data", "luna", "--split", "test", "--decoder", "beam 8"),
        *("--counting", "sclite"),
    )
    assert out.startswith("luna/test: ")
    assert "decoder beam 8" in out and "normaliser none" in out and "as sclite does" in out
    assert "capitals and punctuation count" in out


def test_what_is_missing_is_said(xlt):
    out = xlt("score", "ref.tsv", "b.trn", "--language", "es")
    assert "1 utterance without a hypothesis: all 2 words count as deleted (u2)." in out
    assert "(3 of 5: S 1, D 2, I 0)" in out


def test_everything_as_files(xlt, tmp_path):
    xlt("score", "ref.tsv", "a.tsv", "--language", "es", "--out", "o/x.json", "--out", "x.html")
    content = json.loads((tmp_path / "o/x.json").read_text(encoding="utf-8"))
    assert content["views"]["normalised"]["wer"] == 1 / 5
    assert [row["id"] for row in content["utterances"]] == ["u1", "u2"]
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "20.0 %" in page and "a.tsv" in page


@pytest.mark.parametrize("verb", [("score",), ("compare-scores",)])
def test_files_of_other_kinds_are_refused(xlt, tmp_path, capsys, verb):
    with pytest.raises(SystemExit):
        xlt(*verb, "ref.tsv", "a.tsv", "--out", "x.pdf")
    assert capsys.readouterr().err == "xlt: x.pdf: a score is written as .json or .html.\n"
    assert not (tmp_path / "x.pdf").exists()


def test_a_bad_file_ends_in_a_sentence(xlt, tmp_path, capsys):
    (tmp_path / "c.tsv").write_bytes("u1\tel niño\n".encode("latin-1"))
    for name, sentence in (
        ("c.tsv", "xlt: c.tsv is not UTF-8: line 1 has the byte 0xf1"),
        ("none.tsv", "xlt: There is no file none.tsv"),
        (".", "xlt: . is a folder"),
    ):
        with pytest.raises(SystemExit):
            xlt("score", "ref.tsv", name)
        said = capsys.readouterr().err
        assert said.startswith(sentence) and said.count("\n") == 1


def test_two_files_of_hypotheses_are_compared(xlt, tmp_path):
    out = xlt(
        *("compare-scores", "a.tsv", "b.trn", "--reference", "ref.tsv", "--language", "es"),
        *("--out", "c.json", "--out", "c.html"),
    )
    assert out.startswith("b.trn: 1 utterance without a hypothesis")
    assert "WER of a.tsv" in out and "this test has 1.00 hours" in out
    assert "This test does not separate the two." in out
    content = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert (content["segments"], content["words_b"]["deletions"]) == (2, 2)
    assert content["verdict"] in out and content["remarks"]
    assert "p, matched pairs" in (tmp_path / "c.html").read_text(encoding="utf-8")


def test_two_runs_are_compared(xlt, tmp_path):
    for name, heard in (("first", "el sol"), ("second", "el col")):
        folder = tmp_path / name / "transcripts"
        folder.mkdir(parents=True)
        (tmp_path / name / "record.json").write_text('{"chosen": "letters"}')
        table = f"id\treference\thypothesis\tduration_s\nu1\tel sol\t{heard}\t3600.000\n"
        (folder / "letters.tsv").write_text(table)
    out = xlt("compare-scores", "first", "second/record.json")
    assert "WER of first" in out and "0.00% (0 of 2 words)" in out and "1.00 hours" in out


def test_the_page_tells_words_that_training_never_held(xlt, tmp_path):
    (tmp_path / "train.txt").write_text("el la luna\n", encoding="utf-8")
    xlt("score", "ref.tsv", "a.tsv", "--language", "es", "--train", "train.txt", "--out", "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<td>never (out of vocabulary)</td><td>2</td><td>1</td><td>50.0 %</td>" in page
