"""Verbs about transcripts, run as from a shell: score and compare-scores."""

import json
import sys

import numpy as np
import pytest
from scored import under

from xlt import cli
from xlt.audio.decode import encode_flac
from xlt.language.text import NORMALISER
from xlt.scoring.errors import score

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
    assert views[4].startswith("2 utterances are too little for an interval")


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


def test_half_a_character_is_written_as_json_has_it(xlt, tmp_path):
    row = '{"id": "u1", "text": "a\\ud800"}\n'
    (tmp_path / "x.jsonl").write_text(row)
    xlt("score", "x.jsonl", "x.jsonl", "--out", "o.json")
    content = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
    assert content["utterances"][0]["reference"] == "a\ud800"


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
        (".", "xlt: . is not the folder of a finished run"),
    ):
        with pytest.raises(SystemExit):
            xlt("score", "ref.tsv", name)
        said = capsys.readouterr().err
        assert said.startswith(sentence) and said.count("\n") == 1


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--out", "o.html"), "o.html is a folder; name a file to write."),
        (("--out", "ref.tsv/o.html"), "ref.tsv/o.html can't be written: ref.tsv is a file, not"),
        (("--train", "a.tsv"), "--train is for the words of a report: add --out report.html."),
        (("--train", "no.txt", "--out", "r.html"), "There is no file no.txt."),
    ],
)
def test_what_could_not_be_written_is_refused_before_the_work(
    xlt, tmp_path, capsys, flags, sentence
):
    (tmp_path / "o.html").mkdir()
    with pytest.raises(SystemExit):
        xlt("score", "ref.tsv", "a.tsv", *flags)
    said = capsys.readouterr()
    assert said.err.startswith(f"xlt: {sentence}") and said.out == ""


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


@pytest.fixture
def runs(tmp_path):
    """Two runs, of which the second makes an error."""
    for name, heard in (("first", "el sol"), ("second", "el col")):
        folder = tmp_path / name / "transcripts"
        folder.mkdir(parents=True)
        one = score(
            ["el sol"], [heard], under(data="luna", decoder="beam 8", normaliser="n-1")
        ).to_dict()
        record = {"chosen": "letters", "scores": {"letters": one}}
        (tmp_path / name / "record.json").write_text(json.dumps(record))
        table = f"id\treference\thypothesis\tduration_s\nu1\tel sol\t{heard}\t3600.000\n"
        (folder / "letters.tsv").write_text(table)


def test_two_runs_are_compared(xlt, runs):
    out = xlt("compare-scores", "first", "second/record.json")
    assert "WER of first" in out and "0.00% (0 of 2 words)" in out
    assert "luna/test: 1 utterances, 1.00 hours, normaliser n-1\n" in out
    out = xlt("compare-scores", "first", "second", "--language", "es")
    assert f"1.00 hours, normaliser {NORMALISER}\n" in out


def test_settings_that_differ_are_named(xlt, runs, tmp_path):
    for name, layers in (("first", 1), ("second", 0)):
        path = tmp_path / name / "record.json"
        recipe = {"name": name, "transfer": {"drop_layers": layers}, "source": "xlt:en-mini"}
        path.write_text(json.dumps(json.loads(path.read_text()) | {"recipe": recipe}))
    out = xlt("compare-scores", "first", "second")
    assert "Settings that differ\n  transfer.drop_layers: 1 against 0\ntest " in out
    assert "The two runs have the same settings." in xlt("compare-scores", "first", "first")
    assert "ettings" not in xlt("compare-scores", "first", "second/transcripts/letters.tsv")


def test_systems_can_be_given_names(xlt, runs):
    out = xlt("compare-scores", "first", "second", "--names", "greedy", "beam 8")
    assert "WER of greedy" in out and "CER of beam 8" in out and "WER of first" not in out


def test_the_line_that_is_named_works_where_one_test_is_written_in_two_ways(
    xlt, runs, tmp_path, capsys
):
    table = tmp_path / "second/transcripts/letters.tsv"
    table.write_text(table.read_text().replace("el sol", "El Sol"))
    with pytest.raises(SystemExit):
        xlt("compare-scores", "first", "second")
    said = capsys.readouterr().err
    assert "'u1' is 'el sol' there, 'u1' is 'El Sol' here" in said
    line = said.splitlines()[-1]
    assert line == "  xlt compare-scores first second --reference first"
    assert "WER of second" in xlt(*line.split()[1:])


def test_files_of_other_utterances_get_a_line_that_works(xlt, tmp_path, capsys):
    for name, rows in (("x", "u1\tel sol\tel sol\n"), ("y", "u1\tel sol\tel\nu2\tla luna\tla\n")):
        (tmp_path / f"{name}.tsv").write_text("id\treference\thypothesis\n" + rows)
    with pytest.raises(SystemExit):
        xlt("compare-scores", "x.tsv", "y.tsv")
    line = capsys.readouterr().err.splitlines()[-1]
    assert line == "  xlt compare-scores x.tsv y.tsv --reference REFERENCES.tsv"
    assert "WER of y.tsv" in xlt(*line.replace("REFERENCES", "ref").split()[1:])


def test_clips_that_were_trained_on_are_said_and_left_out_once(xlt, tmp_path):
    head = "id\treference\thypothesis\ttrained_on\n"
    (tmp_path / "x.tsv").write_text(
        f"{head}u1\tel sol\tel sol\tyes\nu2\tla luna\tla lona\tno\nu3\tel mar\tel mar\tno\n"
    )
    text = (tmp_path / "x.tsv").read_text()
    (tmp_path / "y.tsv").write_text(text.replace("yes", "no"))
    out = xlt("score", "x.tsv")
    assert (
        "1 of 3 clips were trained on by x.tsv: its score is too good. Without them, WER 25.0% and "
        "CER 7.7% on 2 utterances." in out
    )
    assert "trained on" not in xlt("score", "y.tsv")
    out = xlt("compare-scores", "y.tsv", "x.tsv", "--names", "new", "old")
    assert "1 of 3 clips were trained on by old" in out and "by new" not in out
    (tmp_path / "y.tsv").write_text(text.replace("no\n", "yes\n"))
    assert "3 of 3 clips were trained on by y.tsv: its score says nothing" in xlt("score", "y.tsv")


def test_a_column_that_is_neither_yes_nor_no_is_refused(xlt, tmp_path, capsys):
    (tmp_path / "x.tsv").write_text("id\treference\thypothesis\ttrained_on\nu1\tel\tel\tja\n")
    with pytest.raises(SystemExit):
        xlt("score", "x.tsv")
    assert "x.tsv, line 2: trained_on is 'ja'; it is yes or no" in capsys.readouterr().err


def test_a_test_of_two_corpora_is_scored_by_corpus(xlt, tmp_path):
    (tmp_path / "x.tsv").write_text(
        "id\treference\thypothesis\tcorpus\nu1\tel sol\tel sol\tbr\nu2\tla luna\tla lona\tpt\n"
    )
    out = xlt("score", "x.tsv", "--out", "x.html")
    assert "br: WER 0.0% (0 of 2 words), CER 0.0% (0 of 6 characters), 1 utterances" in out
    assert "pt: WER 50.0% (1 of 2 words), CER 14.3% (1 of 7 characters), 1 utterances" in out
    assert "Corpus" in (tmp_path / "x.html").read_text(encoding="utf-8")


def test_the_score_of_a_run_has_the_conditions_of_its_record(xlt, runs):
    first, _, view, *_ = xlt("score", "second").splitlines()
    assert first.startswith("luna/test: WER 50.0%")
    assert "1.00 hours, decoder beam 8, normaliser n-1" in first and view.startswith("normalised")
    first = xlt("score", "second", "--data", "d", "--split", "s", "--decoder", "x").splitlines()[0]
    assert first.startswith("d/s: ") and "decoder x, normaliser n-1" in first
    (first, *_) = xlt("score", "first", "--language", "es").splitlines()
    assert f"normaliser {NORMALISER}" in first


def test_a_run_is_scored_against_the_table_that_it_was_tested_on(xlt, runs, tmp_path):
    """As Common Voice has it: capitals and points, the speaker's accent, recordings in clips/."""
    (tmp_path / "clips").mkdir()
    tone = (0.1 * np.sin(np.arange(16_000) / 5)).astype(np.float32)
    (tmp_path / "clips/u1").write_bytes(encode_flac(tone))
    (tmp_path / "test.tsv").write_text(
        "client_id\tpath\tsentence\taccents\tgender\nana\tu1\tEl Sol.\tandaluz\tf\n"
    )
    out = xlt("score", "test.tsv", "second", "--language", "es", "--out", "r.html")
    assert out.startswith("test/all: WER 50.0%") and "decoder beam 8" in out
    assert "as published " in out and "normalised " in out
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.count("<audio ") == 1 and "<h1>second</h1>" in page


def test_a_page_of_two_says_which_is_better_and_plays_the_recordings(xlt, tmp_path):
    (tmp_path / "clips").mkdir()
    tone = (0.1 * np.sin(np.arange(16_000) / 5)).astype(np.float32)
    (tmp_path / "clips/u1.flac").write_bytes(encode_flac(tone))
    (tmp_path / "clips/ref.tsv").write_text("id\ttext\taudio\nu1\tel sol\tu1.flac\n")
    (tmp_path / "x.trn").write_text("la luna (u1)\n")
    (tmp_path / "y.trn").write_text("el sol (u1)\n")
    out = xlt("compare-scores", "x.trn", "y.trn", "--reference", "clips/ref.tsv", "--out", "c.html")
    verdict = out.splitlines()[-1]
    page = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert f'<p class="headline">{verdict}</p>' in page and page.count("<audio ") == 1
    assert page.index("The comparison") < page.index("The errors of x.trn")


def test_the_page_tells_words_that_training_never_held(xlt, tmp_path):
    (tmp_path / "train.txt").write_text("el la luna\n", encoding="utf-8")
    xlt("score", "ref.tsv", "a.tsv", "--language", "es", "--train", "train.txt", "--out", "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<td>never (out of vocabulary)</td><td>2</td><td>1</td><td>50.0 %</td>" in page
