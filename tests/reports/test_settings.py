"""Settings of records as flat texts, and how two runs differ.

Also tests: xlt/reports/compared.py
"""

from dataclasses import replace
from pathlib import Path

from places import GOLDEN
from scored import split_of, texts_of

from xlt.reports.compared import MOST, as_they_are, marked_pairs, settings_that_differ
from xlt.reports.record import Record
from xlt.reports.run_transcripts import RunTranscripts
from xlt.reports.settings import differing, settings
from xlt.scoring.pairing import Pairs

RECORD = {
    "recipe": {
        "name": "a",
        "source": "xlt:en-mini",
        "data": [{"path": "x", "splits": ["train", "dev"]}],
        "training": {"steps": 20, "schedule": {"peak": 3e-4}, "patience": None},
        "licence": "",
    }
}


def run(**changed: str) -> RunTranscripts:
    return RunTranscripts(
        path=Path("t.tsv"),
        data="d",
        split="test",
        decoder="greedy",
        normaliser=None,
        run=Path("nowhere"),
        settings={"training.steps": "20", **changed},
    )


def test_nested_fields_are_named_by_dots() -> None:
    assert settings(RECORD) == {
        "source": "xlt:en-mini",
        "data.0.path": "x",
        "data.0.splits": "train dev",
        "training.steps": "20",
        "training.schedule.peak": "0.0003",
        "training.patience": "–",
        "licence": "–",
    }
    assert settings({}) == {}
    assert settings(Record.load(GOLDEN / "record.json").to_dict())


def test_only_what_differs_is_shown() -> None:
    assert differing([{"a": "1", "b": "2"}, {"a": "1", "b": "3"}, {"a": "1"}]) == {
        "b": ["2", "3", "–"]
    }
    assert differing([{"a": "1"}]) == differing([]) == {}
    assert differing([{"a": "1"}, {}]) == {}  # a checkpoint does not note all that a record does
    assert differing([{"data.1.path": "x"}, {}]) == {"data.1.path": ["x", "–"]}


def test_many_differences_are_cut_with_their_number() -> None:
    many = {f"s{k}": "1" for k in range(MOST + 5)}
    lines = settings_that_differ(run(**many), run(**dict.fromkeys(many, "2")))
    assert lines[0] == "Settings that differ" and lines[-1] == "  and 5 more"
    assert len(lines) == MOST + 2
    assert settings_that_differ(run(), run()) == ["The two runs have the same settings."]


def test_a_run_against_texts_of_another_system_names_the_language() -> None:
    spanish = replace(run(), language="es")
    other = RunTranscripts(path=Path("o.tsv"), data="d", split="all", decoder="o", normaliser=None)
    (said,) = as_they_are(spanish, other)
    assert said.endswith("--language es normalises both.")
    assert as_they_are(other, spanish) == [said]
    assert as_they_are(spanish, spanish) == as_they_are(other, other) == []


def test_a_run_whose_model_is_gone_marks_nothing() -> None:
    utterances = split_of(texts_of(["el"], ["la"])).utterances
    pairs = Pairs(utterances=utterances, remarks=(), normaliser="none")
    assert marked_pairs(run(), pairs) == pairs
