"""All stages on a toy corpus: from a folder of recordings to a model that a pipeline opens.

Also tests: xlt/recipe/arm_result.py, xlt/recipe/arms.py, xlt/recipe/context.py, xlt/recipe/data.py
"""

import dataclasses
import hashlib
import json
import os
import re
import shutil
from functools import partial
from pathlib import Path
from shutil import rmtree
from types import SimpleNamespace

import numpy as np
import pytest
from checkpoints import write_checkpoint
from recordings import write_recordings
from scored import Call, alignments_counted
from toys import NEUTRAL, QUIET
from transformers import pipeline

from xlt.cli.verify import verify
from xlt.corpora.folder import Folder
from xlt.dataset.findings import FINDINGS, read_findings
from xlt.dataset.reader import open_split
from xlt.recipe.fingerprint import settings
from xlt.recipe.launch import Launch
from xlt.recipe.options import Recipe
from xlt.recipe.outputs import taken
from xlt.recipe.run import execute
from xlt.reports.record import Record
from xlt.scoring.errors import character_errors, total
from xlt.scoring.pairing import read_pairs
from xlt.scoring.views import plain
from xlt.system.lock import held
from xlt.training.options import Training
from xlt.training.schedule import Schedule

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Launch:
    folder = tmp_path_factory.mktemp("run")
    recipe = Recipe(
        name="toy",
        language="es",
        source=str(write_checkpoint(folder / "source")),
        data=(Folder(path=write_recordings(folder / "recordings"), language="es"),),
        regularisation=QUIET,
        augmentation=NEUTRAL,
        training=Training(
            steps=4,
            batch_s=20.0,
            evaluate_every=2,
            checkpoint_every=2,
            schedule=Schedule(peak=1e-3),
        ),
        compare=True,
    )
    return Launch(recipe=recipe, out=folder / "runs")


@pytest.fixture(scope="module")
def finished(launch: Launch) -> tuple[Record, list[Call]]:
    """The record of the run, and the texts that were aligned for it."""
    with alignments_counted() as calls:
        found = execute(launch)
    assert found is not None
    return found, calls


@pytest.fixture(scope="module")
def record(finished: tuple[Record, list[Call]]) -> Record:
    return finished[0]


def test_the_run_folder_is_whole(launch: Launch, record: Record) -> None:
    names = {p.name for p in launch.folder.iterdir()}
    assert {"data", "model", "record.json", "report.html", "transcripts", "checkpoints"} <= names
    assert Record.load(launch.folder / "record.json") == record
    assert set(record.scores) == {"source", "scratch", "fresh", "letters"}
    assert [p["step"] for p in record.curves["letters"]] == [2, 4]
    assert record.chosen == "letters"
    table = (launch.folder / "transcripts" / "letters.tsv").read_text(encoding="utf-8")
    assert table.startswith("id\treference\thypothesis\tduration_s\tspeaker\n")
    assert len(table.splitlines()) == 1 + record.scores["letters"]["utterances"]
    assert (launch.folder / FINDINGS).is_file()
    own = [one for one in read_findings(launch.folder) if not one.kind.startswith("loss in")]
    assert own == list(read_findings(launch.folder / "data"))


def test_the_report_explains_the_errors_and_lets_them_be_heard(
    launch: Launch, record: Record
) -> None:
    page = (launch.folder / "report.html").read_text(encoding="utf-8")
    errors = character_errors(
        [sample["reference"] for sample in record.samples],
        [sample["hypothesis"] for sample in record.samples],
    )
    assert f"All rows together are the {total(errors).errors:,} character errors" in page
    assert page.count('src="data:audio/mpeg;base64,') == page.count('class="utterance"') > 0
    assert 'id="bands"' in page


def test_the_test_of_an_arm_is_aligned_once(
    launch: Launch, finished: tuple[Record, list[Call]]
) -> None:
    """Record, samples, report, its views and its analysis read one alignment; so does a resumed run."""
    _, alignments = finished
    test = open_split(launch.folder / "data", "test")
    table = read_pairs(launch.folder / "transcripts" / "letters.tsv").utterances
    own = [test.texts, [u.hypothesis for u in table]]
    without_accents = [[plain(text) for text in texts] for texts in own]
    assert own != without_accents
    arms = [name for name, references, _ in alignments if references == test.texts]
    assert sorted(arms) == 3 * ["character_paths"] + 3 * ["word_paths"]
    view = [name for name, *texts in alignments if texts == without_accents]
    assert sorted(view) == ["character_counts", "word_counts"]
    with alignments_counted() as again:
        assert execute(dataclasses.replace(launch, resume=True)) is not None
    arms = [name for name, references, _ in again if references == test.texts]
    assert sorted(arms) == ["character_paths", "word_paths"], "only the report's own arm"


def test_every_clip_is_accounted_for(record: Record) -> None:
    account = record.account
    assert account["clips_in"] == 41
    assert sum(account["kept"].values()) + sum(account["rejected"].values()) == 41
    assert account["rejected"]["silent"] == 1
    for training in account["training"].values():
        assert training["clips_in"] == account["kept"]["train"]
        counted = training["trained"] + sum(training["skipped"].values())
        assert training["clips_in"] == counted + training["not_reached"]
        assert training["trained"] > 0


def test_a_run_of_less_than_an_epoch_says_what_it_never_reached(launch: Launch) -> None:
    training = dataclasses.replace(launch.recipe.training, batch_s=16.0, seed=0)
    recipe = dataclasses.replace(launch.recipe, training=training)
    train = SimpleNamespace(durations_s=[2.0] * 32)
    result = SimpleNamespace(curve=({"step": 1},), skipped={})
    found = taken(SimpleNamespace(recipe=recipe, train=train), result)
    assert str(found) == "clips in 32 = trained 8 + skipped 0 + not reached 24"


def test_the_arms_start_where_they_should(record: Record) -> None:
    how = {arm: {row["how"] for row in t["rows"]} for arm, t in record.transfer.items()}
    assert how["scratch"] == how["fresh"] == {"fresh"}
    assert "case fold" in how["letters"]
    assert record.transfer["scratch"]["weights"] == "random"


def test_a_pipeline_opens_the_model(launch: Launch, record: Record) -> None:
    read = pipeline("automatic-speech-recognition", model=str(launch.folder / "model"))
    assert isinstance(read(np.zeros(16_000, dtype=np.float32))["text"], str)


def test_a_finished_run_is_not_trained_again(
    launch: Launch, record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="holds a finished run.*--name toy-2.*--resume"):
        execute(launch)
    before = {p: p.stat().st_mtime_ns for p in (launch.folder / "checkpoints").rglob("*")}
    again = execute(dataclasses.replace(launch, resume=True))
    assert again is not None
    assert again.scores == record.scores
    assert again.curves == record.curves
    assert {p: p.stat().st_mtime_ns for p in (launch.folder / "checkpoints").rglob("*")} == before
    assert "letter-aware head" in capsys.readouterr().out


def test_a_finished_run_is_trained_on_for_more_steps(launch: Launch, record: Record) -> None:
    """The record says what was done: steps 3 and 4 were the last, then those up to 6."""
    copy = dataclasses.replace(launch, out=launch.out.parent / "longer", resume=True)
    shutil.copytree(launch.folder, copy.folder)
    training = dataclasses.replace(launch.recipe.training, steps=6)
    recipe = dataclasses.replace(launch.recipe, training=training)
    allowed = ("training.steps",)
    longer = execute(dataclasses.replace(copy, recipe=recipe, allow_change=allowed))
    assert longer is not None
    for name, curve in longer.curves.items():
        assert [entry["step"] for entry in curve] == [2, 4, 6], name
        assert list(curve[:2]) == list(record.curves[name])
    stored = json.loads((copy.folder / "record.json").read_text())
    assert stored["recipe"]["training"]["steps"] == 6
    assert (copy.folder / "checkpoints" / "letters" / "step-00000006").is_dir()
    again = execute(dataclasses.replace(copy, recipe=recipe))
    assert again is not None
    assert again.scores == longer.scores
    with pytest.raises(ValueError, match="is finished, after 6 steps with other settings"):
        execute(dataclasses.replace(copy, allow_change=allowed))


def test_a_corrected_corpus_is_not_passed_over(
    launch: Launch, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    (corpus,) = launch.recipe.data
    assert isinstance(corpus, Folder)
    (table,) = corpus.path.glob("metadata.*")
    before = table.read_bytes()
    table.write_bytes(before + b"\n")
    try:
        with pytest.raises(ValueError, match=r"1/metadata\.\w+ has changed.*A model was trained"):
            execute(dataclasses.replace(launch, prepare_only=True))
        with pytest.raises(ValueError, match=r"1/metadata\.\w+ has changed.*allow-change data"):
            execute(dataclasses.replace(launch, resume=True))
        monkeypatch.setenv("WORLD_SIZE", "2")
        fresh = dataclasses.replace(launch, out=launch.out.parent / "two")
        shutil.copytree(launch.folder / "data", fresh.folder / "data")
        with pytest.raises(ValueError, match=r"has changed.*in one process \(--prepare-only\)"):
            execute(fresh)
    finally:
        table.write_bytes(before)


def test_other_settings_do_not_resume(launch: Launch, record: Record) -> None:
    training = dataclasses.replace(launch.recipe.training, weight_decay=0.5)
    changed = dataclasses.replace(launch.recipe, training=training)
    with pytest.raises(ValueError, match=r"recipe\.training\.weight_decay: 0\.01 -> 0\.5"):
        execute(dataclasses.replace(launch, recipe=changed, resume=True))


def test_one_run_at_a_time(launch: Launch) -> None:
    launch.folder.mkdir(parents=True, exist_ok=True)
    with (
        held(launch.folder),
        pytest.raises(
            ValueError, match=rf"Another run works in .*: process {os.getpid()} on .* since"
        ),
    ):
        execute(dataclasses.replace(launch, resume=True))


def test_a_dry_run_writes_nothing(launch: Launch, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = dataclasses.replace(launch, out=launch.out / "elsewhere", dry_run=True)
    assert execute(elsewhere) is None
    assert not elsewhere.out.exists()
    assert "4 of 20 s of speech" in capsys.readouterr().out


def test_settings_have_flat_names(launch: Launch) -> None:
    found = settings(launch.recipe)
    assert found["recipe.training.schedule.peak"] == 1e-3
    assert [corpus["language"] for corpus in found["recipe.data"]] == ["es"]
    json.dumps(found)


CHANGES = {
    "recipe": ("recipe.training.weight_decay", "training.weight_decay"),
    "data": ("data", "data"),
    "alphabet": ("labels", "labels"),
    "source": ("source", "source"),
    "precision": ("precision", "precision"),
    "version of xlt": ("xlt", "xlt"),
    "version of torch": ("torch", "torch"),
    "version of transformers": ("transformers", "transformers"),
}


@pytest.fixture(scope="module")
def shortened(launch: Launch, record: Record) -> Launch:
    """A finished run, of which one arm has to go on: its result is gone, its checkpoints are there."""
    copy = dataclasses.replace(launch, out=launch.out.parent / "copies", resume=True)
    copy = dataclasses.replace(copy, recipe=dataclasses.replace(copy.recipe, compare=False))
    shutil.copytree(launch.folder, copy.folder)
    return copy


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_is_refused_and_can_be_allowed(shortened: Launch, what: str) -> None:
    key, flag = CHANGES[what]
    checkpoints = shortened.folder / "checkpoints" / "letters"
    (shortened.folder / "arms" / "letters.json").unlink(missing_ok=True)
    newest = sorted(checkpoints.glob("step-*"))[-1]
    whole = {path: path.read_bytes() for path in newest.iterdir()}
    state = json.loads((newest / "state.json").read_text())
    assert key in state["fingerprint"], sorted(state["fingerprint"])
    state["fingerprint"][key] = "another"
    (newest / "state.json").write_text(json.dumps(state))
    manifest = json.loads((newest / "MANIFEST.json").read_text())
    content = (newest / "state.json").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    manifest["state.json"] = {"sha256": digest, "bytes": len(content)}
    (newest / "MANIFEST.json").write_text(json.dumps(manifest))
    try:
        with pytest.raises(ValueError, match=rf"(?m)^  {re.escape(key)}: 'another' -> "):
            execute(shortened)
        assert execute(dataclasses.replace(shortened, allow_change=(flag,))) is not None
    finally:
        for path, content in whole.items():
            path.write_bytes(content)


def test_a_run_goes_on_without_its_corpus_and_not_with_another(
    shortened: Launch, tmp_path: Path
) -> None:
    (corpus,) = shortened.recipe.data
    assert isinstance(corpus, Folder)
    (shortened.folder / "arms" / "letters.json").unlink(missing_ok=True)
    hidden = corpus.path.rename(corpus.path.with_name("hidden"))
    try:
        assert execute(shortened) is not None
    finally:
        hidden.rename(corpus.path)
    moved = dataclasses.replace(corpus, path=tmp_path / "moved")
    recipe = dataclasses.replace(shortened.recipe, data=(moved,))
    launch = dataclasses.replace(shortened, recipe=recipe)
    with pytest.raises(
        ValueError, match=r"(?s)another corpus:.*recordings.* -> .*moved.*allow-change data"
    ):
        execute(launch)
    assert execute(dataclasses.replace(launch, allow_change=("data",))) is not None


def test_a_whole_run_is_verified_and_one_bit_is_found(
    launch: Launch, record: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = shutil.copytree(launch.folder, tmp_path / "run")
    verify(run)
    said = capsys.readouterr().out
    assert "All files are what was written." in said
    for part in (
        r"data: \d+ files, \d+ clips compared: all as prepared",
        r"checkpoints/letters: (\d) of \1 checkpoints are whole",
        r"checkpoints/fresh: (\d) of \1 checkpoints are whole",
        r"record\.json: \d+ files of the model and transcripts",
    ):
        assert re.search(part, said), (part, said)
    harmed = [
        run / "model" / "model.safetensors",
        run / "transcripts" / "letters.tsv",
        next((run / "data").glob("train-*.parquet")),
        next((run / "checkpoints" / "fresh").glob("step-*")) / "optimizer.safetensors",
    ]
    for file in harmed:
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        with pytest.raises(ValueError, match=re.escape(file.name)):
            verify(run)
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    verify(run)
    (run / "transcripts" / "letters.tsv").unlink()
    with pytest.raises(ValueError, match=r"letters\.tsv is missing"):
        verify(run)
    verify(run / "data")
    verify(run / "checkpoints" / "fresh")
    checkpoint = next((run / "checkpoints" / "fresh").glob("step-*"))
    verify(checkpoint)
    with pytest.raises(ValueError, match="holds nothing with hashes"):
        verify(tmp_path)


def test_a_model_that_is_not_what_was_written_is_made_again(
    launch: Launch, record: Record, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copy = dataclasses.replace(launch, out=tmp_path, resume=True)
    shutil.copytree(launch.folder, copy.folder)
    model = copy.folder / "model"
    whole = {path.name: path.read_bytes() for path in model.iterdir()}
    for harm in (lambda: (model / "model.safetensors").write_bytes(b""), partial(rmtree, model)):
        harm()
        assert execute(copy) is not None
        assert {path.name: path.read_bytes() for path in model.iterdir()} == whole
    assert caplog.text.count("is not what was written (") == 2
    (model / "config.json").unlink()
    shutil.rmtree(copy.folder / "checkpoints")
    with pytest.raises(
        ValueError, match=r"model is not what the run wrote \(config\.json\), and can"
    ):
        execute(copy)


def test_a_run_on_two_corpora_ends_with_the_score_of_each(
    launch: Launch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = launch.recipe
    names = ("one", "other")
    for seed, name in enumerate(names):
        write_recordings(tmp_path / name, 30, seed)
    data = tuple(Folder(path=tmp_path / name, language="es") for name in names)
    training = dataclasses.replace(recipe.training, steps=2)
    two = dataclasses.replace(recipe, data=data, training=training, compare=False)
    assert execute(Launch(recipe=two, out=tmp_path / "runs")) is not None
    said = capsys.readouterr().out
    for name in names:
        assert re.search(rf"^{name}: WER .* words\), CER .* utterances$", said, re.MULTILINE)
    (table,) = (tmp_path / "runs/toy/transcripts").glob("*.tsv")
    assert {u.corpus for u in read_pairs(table).utterances} == set(names)
    page = (tmp_path / "runs/toy/report.html").read_text(encoding="utf-8")
    assert "Corpus" in page
