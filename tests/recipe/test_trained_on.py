"""Clips of a training are known again: by `xlt evaluate`, and in the run of another source's language.

Also tests: xlt/scoring/training_overlap.py, xlt/dataset/limitations.py
"""

import dataclasses
import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from checkpoints import write_checkpoint
from recordings import write_recordings
from toys import NEUTRAL, QUIET

from xlt import cli
from xlt.audio.frames import Geometry
from xlt.cli.models import evaluate
from xlt.corpora.folder import Folder
from xlt.corpora.prepared import Prepared
from xlt.dataset.account import Account
from xlt.dataset.batches import reached_clips
from xlt.dataset.identity import identities
from xlt.dataset.limitations import caveats
from xlt.dataset.options import Preparation
from xlt.dataset.prepare import prepare
from xlt.dataset.reader import open_split
from xlt.dataset.splits import SPLITS
from xlt.dataset.trained_clips import FILE, trained_clips
from xlt.language import rules
from xlt.publication.export_folder import export
from xlt.recipe.launch import Launch
from xlt.recipe.options import Recipe
from xlt.recipe.run import execute
from xlt.scoring.caveats import too_few
from xlt.scoring.pairing import read_pairs
from xlt.scoring.training_overlap import TrainingOverlap
from xlt.training.options import Training

pytestmark = pytest.mark.slow
GEOMETRY = Geometry(kernels=(400,), strides=(320,))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run `toy` on the dataset `data`, and `other`: the same recordings, other splits."""
    place = tmp_path_factory.mktemp("trained")
    corpus = Folder(path=write_recordings(place / "rec"), language="es")
    for name, seed in (("data", 0), ("other", 3)):
        asked = Preparation(seed=seed)
        prepare((corpus,), rules.get("es"), GEOMETRY, 1.0, place / name, asked)
    write_checkpoint(place / "source")
    execute(Launch(recipe=recipe(place, place / "source", "data"), out=place))
    return place


def recipe(place: Path, source: Path, data: str, **changes: object) -> Recipe:
    usual = Recipe(
        name="toy",
        language="es",
        source=str(source),
        data=(Prepared(path=place / data),),
        regularisation=QUIET,
        augmentation=NEUTRAL,
        training=Training(steps=2, batch_s=100.0, evaluate_every=2, checkpoint_every=2),
    )
    return dataclasses.replace(usual, **changes)


def test_a_model_names_the_clips_that_it_met(place: Path) -> None:
    train, found = open_split(place / "data", "train"), trained_clips(place / "toy/model")
    assert found is not None and found.language == "es"
    training = recipe(place, place, "data").training
    met = reached_clips(train.durations_s, training.batch_s, training.seed, 2)
    held = found.hold(identities(place / "data", "train"))
    assert [i for i, heard in enumerate(held) if heard] == met
    record = json.loads((place / "toy/record.json").read_text(encoding="utf-8"))
    assert f"model/{FILE}" in record["files"]
    assert record["account"]["training"]["letters"]["trained"] == len(met)


def test_the_list_is_not_published(place: Path) -> None:
    assert not (export(place / "toy") / FILE).exists()


def test_evaluate_says_what_was_trained_on_and_scores_the_rest(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate(str(place / "toy/model"), place / "other", split="all")
    said = capsys.readouterr().out
    found = trained_clips(place / "toy/model")
    assert found is not None
    held = found.hold(identities(place / "other", *SPLITS))
    heard, clips = int(held.sum()), len(held)
    assert 0 < heard < clips
    assert f"{heard} of {clips} clips were trained on: the score is too good. Without them," in said
    assert f"{clips - heard} utterances" in said
    assert "known voices of these clips are also in the model's training data" in said
    assert "heard in more than one split" not in said


def test_transcripts_of_an_evaluation_say_which_clips_were_trained_on(
    place: Path, tmp_path: Path
) -> None:
    evaluate(str(place / "toy/model"), place / "other", split="all", transcripts=tmp_path / "t.tsv")
    found = trained_clips(place / "toy/model")
    assert found is not None
    held = found.hold(identities(place / "other", *SPLITS)).tolist()
    assert any(held) and not all(held)
    assert [u.trained_on for u in read_pairs(tmp_path / "t.tsv").utterances] == held


def test_the_lines_that_are_named_for_two_runs_of_other_tests_work(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(place / "toy", tmp_path / "toy", symlinks=True)
    second = dataclasses.replace(recipe(place, place / "source", "other"), name="second")
    execute(Launch(recipe=second, out=tmp_path))
    monkeypatch.chdir(tmp_path)
    said = capsys.readouterr().out
    assert "Transcripts of train were not checked for other texts than are said" in said
    (few,) = too_few(Account.load(place / "other").kept["test"])
    assert few in said.splitlines()
    with pytest.raises(SystemExit):
        line("xlt compare-scores toy second", monkeypatch)
    *_, evaluation, comparison = capsys.readouterr().err.splitlines()
    line(evaluation, monkeypatch)
    line(comparison, monkeypatch)
    said = capsys.readouterr().out
    found = trained_clips(tmp_path / "second/model")
    assert found is not None
    held = found.hold(identities(place / "data", "test")).tolist()
    assert [u.trained_on for u in read_pairs(tmp_path / "second.tsv").utterances] == held
    sentence = f"{sum(held)} of {len(held)} clips were trained on by second.tsv"
    assert (sentence in said) == any(held)
    assert "WER of toy" in said and "CER of second.tsv" in said


def line(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a command line."""
    monkeypatch.setattr(sys, "argv", text.split())
    cli.main()


def test_evaluate_on_its_own_test_says_nothing_of_clips(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate(str(place / "toy/model"), place / "data")
    said = capsys.readouterr().out
    assert "trained on" not in said and "does not say" not in said
    (few,) = too_few(Account.load(place / "data").kept["test"])
    assert few in said.splitlines()


def test_evaluate_says_when_it_can_not_know(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate(str(place / "source"), place / "data")
    assert f"it has no {FILE}" in capsys.readouterr().out


def test_all_clips_and_another_language_are_said(place: Path) -> None:
    found = trained_clips(place / "toy/model")
    assert found is not None
    german = dataclasses.replace(found, language="de")
    train = identities(place / "data", "train")
    whole = dataclasses.replace(german, clips=train.clips, voices=train.voices)
    overlap = TrainingOverlap.of(whole, place / "data", "train")
    assert overlap.heard == overlap.clips == len(train.clips)
    texts = open_split(place / "data", "train").texts
    none = [None] * len(texts)
    assert overlap.score_without(texts, texts, None, none, none) is None
    said = " ".join(overlap.remarks(None))
    assert f"All {len(texts)} clips were trained on" in said
    assert "The model was trained for 'de', and the data is in 'es'." in said
    assert "Same-speaker test: all known voices" in said


def test_a_run_on_clips_of_its_source_says_so_in_record_and_report(place: Path) -> None:
    follow = recipe(place, place / "toy/model", "other", name="follow")
    record = execute(Launch(recipe=follow, out=place))
    assert record is not None
    overlap = record.account["trained_by_source"]
    before = trained_clips(place / "toy/model")
    assert before is not None
    expected = TrainingOverlap.of(before, place / "other", "test")
    assert (overlap["clips"], overlap["of"]) == (expected.heard, expected.clips)
    assert expected.heard > 0
    sentence = f"{expected.heard} of {expected.clips} test clips were trained on by the source"
    assert any(sentence in said for said in caveats(record.account))
    page = (place / "follow/report.html").read_text(encoding="utf-8")
    assert sentence in re.sub(r"\s+", " ", page)
    after = trained_clips(place / "follow/model")
    assert after is not None and set(before.clips.tolist()) <= set(after.clips.tolist())
    assert Account.load(place / "other").digest == record.account["digest"]
