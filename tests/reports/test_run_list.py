"""List of runs: finished, interrupted and running ones, with the settings that differ.

Also tests: xlt/cli/runs.py
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from scored import under

from xlt import cli
from xlt.reports.run_list import listing, runs_in
from xlt.scoring.errors import score
from xlt.system.lock import held


def finished(folder: Path, *, layers: int, heard: str, at: float, language: str = "es") -> None:
    """The record of a run of 20 steps on half an hour."""
    folder.mkdir(parents=True)
    record = {
        "chosen": "letters",
        "language": language,
        "source": {"id": "xlt:en-mini"},
        "account": {"hours": {"train": 0.5}},
        "curves": {"letters": [{"step": 10}, {"step": 20}]},
        "scores": {"letters": score(["el sol"], [heard], under()).to_dict()},
        "recipe": {
            "name": folder.name,
            "language": language,
            "transfer": {"drop_layers": layers},
            "training": {"steps": 20},
        },
    }
    (folder / "record.json").write_text(json.dumps(record), encoding="utf-8")
    os.utime(folder / "record.json", (at, at))


def begun(folder: Path, step: int, at: float, **settings: Any) -> None:
    """The plain part of a checkpoint, as a run of two arms leaves it."""
    for arm, steps in (("fresh", 5), ("letters", step)):
        state = folder / f"checkpoints/{arm}/step-{steps:08d}/state.json"
        state.parent.mkdir(parents=True)
        recipe = {"recipe.language": "es", "recipe.training.steps": 100, **settings}
        content = {"step": steps, "fingerprint": {"data": "0" * 64, **recipe}}
        state.write_text(json.dumps(content), encoding="utf-8")
        os.utime(state, (at + steps, at + steps))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    runs = tmp_path / "runs"
    begun(runs / "c", 30, 3_000_000.0, **{"recipe.transfer.drop_layers": 2})
    finished(runs / "b", layers=0, heard="el col", at=2_000_000.0)
    finished(runs / "a", layers=1, heard="el sol", at=1_000_000.0)
    (runs / "notes").mkdir()
    return runs


def test_runs_are_listed_oldest_first_with_what_they_made(folder: Path) -> None:
    a, b, c = runs_in(folder)
    assert [run.name for run in (a, b, c)] == ["a", "b", "c"]
    date = time.strftime("%Y-%m-%d %H:%M", time.localtime(1_000_000.0))
    made = ("a", "es", "xlt:en-mini", "0.50 h", "20", "0.0 %", "0.0 %", "finished", date)
    assert a.cells() == made
    assert (b.wer, b.cer) == (1 / 2, 1 / 6)
    assert (c.state, c.cells()[4], c.wer) == ("interrupted", "30 of 100", None)


def test_only_settings_that_differ_are_below_the_table(folder: Path) -> None:
    text = listing(runs_in(folder))
    assert (
        text.splitlines()[0].split() == "run language source train steps WER CER state date".split()
    )
    below = text.split("Settings that differ\n")[1].splitlines()
    assert [line.split() for line in below] == [
        ["a", "b", "c"],
        ["transfer.drop_layers", "1", "0", "2"],
        ["training.steps", "20", "20", "100"],
    ]
    assert "differ" not in listing(runs_in(folder / "a"))


def test_the_verb_prints_the_list(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder.parent)
    for arguments in (["runs"], ["runs", "runs"]):
        monkeypatch.setattr(sys, "argv", ["xlt", *arguments])
        cli.main()
        assert capsys.readouterr().out == listing(runs_in(folder)) + "\n"


def test_a_run_that_is_going_on_is_said_to_run_until_its_process_ends(folder: Path) -> None:
    with held(folder / "c"):
        assert runs_in(folder)[-1].state == "running"
    assert runs_in(folder)[-1].state == "interrupted"


def test_a_damaged_record_hides_no_other_run(folder: Path) -> None:
    (folder / "b/record.json").write_text("{", encoding="utf-8")
    states = {run.name: run.state for run in runs_in(folder)}
    assert states["b"].startswith("unreadable (") and states["a"] == "finished"


def test_the_folder_of_one_run_is_that_run(folder: Path) -> None:
    (one,) = runs_in(folder / "a")
    assert one.name == "a"


@pytest.mark.parametrize(
    ("name", "said"), [("nowhere", "no folder"), ("runs/notes", "No run is in")]
)
def test_without_runs_there_is_a_line_that_makes_one(folder: Path, name: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        runs_in(folder.parent / name)
