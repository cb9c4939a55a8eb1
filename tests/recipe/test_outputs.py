"""Run: python -m pytest tests/recipe/test_outputs.py"""

import sys

import pytest

from xlt.recipe.outputs import command, write_transcripts
from xlt.scoring.pairing import read_pairs


def test_transcripts_tell_speakers_apart_without_naming_them(tmp_path):
    path = tmp_path / "t.tsv"
    ids, texts, heard = ["a", "b", "c", "d"], ["el", "la", "lo", "le"], ["el", "", "lo", "le"]
    write_transcripts(path, ids, texts, heard, [1.0, 2.0, 3.0, 4.0], ["ana", "luis", None, "ana"])
    assert path.read_text(encoding="utf-8").splitlines()[1:3] == [
        "a\tel\tel\t1.000\t1",
        "b\tla\t\t2.000\t2",
    ]
    found = read_pairs(path).utterances
    assert [u.speaker for u in found] == ["1", "2", None, "1"]
    assert [u.hypothesis for u in found] == heard and found[1].duration_s == 2.0


def test_corpora_and_what_was_trained_on_are_columns_where_they_tell_something(tmp_path):
    path = tmp_path / "t.tsv"
    rows = ["a", "b"], ["el", "la"], ["el", "la"], [1.0, 2.0], ["ana", None]
    write_transcripts(path, *rows, corpora=["br", "pt"], trained_on=[True, False])
    found = read_pairs(path).utterances
    assert [(u.corpus, u.trained_on) for u in found] == [("br", True), ("pt", False)]
    write_transcripts(path, *rows, corpora=["br", "br"])
    assert path.read_text().startswith("id\treference\thypothesis\tduration_s\tspeaker\n")


@pytest.mark.parametrize(
    ("typed", "processes", "noted"),
    [
        ("/usr/bin/xlt", "1", "xlt train es --name 'a b'"),
        ("/lib/xlt/__main__.py", "1", "xlt train es --name 'a b'"),
        ("/lib/xlt/__main__.py", "2", "accelerate launch -m xlt train es --name 'a b'"),
        ("recipes/es.py", "1", "python recipes/es.py train es --name 'a b'"),
        ("recipes/es.py", "2", "accelerate launch recipes/es.py train es --name 'a b'"),
    ],
)
def test_the_line_that_makes_a_run_again_is_the_one_that_was_typed(
    typed, processes, noted, monkeypatch
):
    monkeypatch.setattr(sys, "argv", [typed, "train", "es", "--name", "a b"])
    monkeypatch.setenv("WORLD_SIZE", processes)
    assert command() == noted
