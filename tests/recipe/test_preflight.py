"""Preflight on a toy corpus: what it counts, what it warns of, what it refuses and how that is mended."""

import dataclasses
import shutil
from pathlib import Path

import pytest
from checkpoints import write_checkpoint
from recordings import write_recordings
from toys import NEUTRAL, QUIET

from xlt.corpora.asterisk import Asterisk
from xlt.corpora.folder import Folder
from xlt.corpora.prepared import Prepared
from xlt.recipe.launch import Launch, parse
from xlt.recipe.options import Recipe
from xlt.recipe.preflight import Preflight, preflight
from xlt.recipe.run import execute
from xlt.system.mending import Mendable
from xlt.training.options import Training
from xlt.transfer.options import Transfer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Launch:
    folder = tmp_path_factory.mktemp("preflight")
    recipe = Recipe(
        name="toy",
        language="es",
        source=str(write_checkpoint(folder / "source")),
        data=(Folder(path=write_recordings(folder / "mine"), language="es"),),
        transfer=Transfer(drop_layers=1),
        regularisation=QUIET,
        augmentation=NEUTRAL,
        training=Training(steps=2, batch_s=20.0, evaluate_every=2, checkpoint_every=2),
    )
    return Launch(recipe=recipe, out=folder / "runs")


def seen(launch: Launch, **changes: object) -> Preflight:
    return preflight(
        dataclasses.replace(launch, recipe=dataclasses.replace(launch.recipe, **changes))
    )


def test_it_says_what_would_be_done_and_writes_nothing(launch: Launch) -> None:
    found = preflight(launch)
    assert found.faults == ()
    (corpus,) = found.outlines
    assert (corpus.clips, corpus.refused) == (40, 1)
    assert found.hours == corpus.hours
    said = str(found)
    for part in (
        "layers   2 of 3, the top 1 dropped",
        "case fold         23  a<-A",
        "models   1: transfer, letter-aware head",
        "steps    2 of 20 s of speech (0.011 h, 0.89 times the data)",
        "time     not known: no run in ",
        "look at  mine: rows that can't be used: 1, the first: ",
    ):
        assert part in said, said
    assert not launch.out.exists()


def test_a_dry_run_prints_it_and_stops(launch: Launch, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(dataclasses.replace(launch, dry_run=True)) is None
    assert "the top 1 dropped" in capsys.readouterr().out
    bad = dataclasses.replace(launch.recipe, data=(Folder(path=Path("gone"), language="es"),))
    with pytest.raises(ValueError, match="would not start: see the line marked `refused`"):
        execute(dataclasses.replace(launch, dry_run=True, recipe=bad))
    assert "refused  There is no folder gone" in capsys.readouterr().out
    assert not launch.out.exists()


def test_a_run_stops_at_what_is_wrong_before_it_prepares(launch: Launch) -> None:
    bad = dataclasses.replace(launch.recipe, transfer=Transfer(head_only_steps=2))
    with pytest.raises(ValueError, match="In all 2 steps only the head would learn"):
        execute(dataclasses.replace(launch, recipe=bad))
    assert not (launch.folder / "data").exists()


def test_all_faults_are_named_at_once(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    found = seen(
        launch,
        source=str(launch.out.parent / "nowhere"),
        data=(Folder(path=Path("gone"), language="es"),),
        transfer=Transfer(head_only_steps=9),
    )
    assert [str(fault).split()[0] for fault in found.faults] == ["xlt", "There", "In", "No"]
    assert "refused  " in str(found)


def test_layers_that_are_not_there_are_a_fault(launch: Launch) -> None:
    found = seen(launch, transfer=Transfer(drop_layers=3))
    assert found.report is None
    assert any(
        "has 3 encoder layers and one at least must stay" in str(fault) for fault in found.faults
    )


def test_a_corpus_of_another_language_is_a_fault(launch: Launch) -> None:
    (corpus,) = launch.recipe.data
    assert isinstance(corpus, Folder)
    found = seen(launch, data=(dataclasses.replace(corpus, language="de"),))
    assert any("is in 'de', but 'es' is being prepared" in str(fault) for fault in found.faults)


def test_recordings_none_of_which_opens_are_a_fault(launch: Launch, tmp_path: Path) -> None:
    path = write_recordings(tmp_path / "broken", 5)
    for file in path.glob("*.wav"):
        file.write_bytes(b"none")
    found = seen(launch, data=(Folder(path=path, language="es"),))
    assert any("5 of 5 recordings that were tried can't be" in str(fault) for fault in found.faults)
    for file in path.glob("*.wav"):
        file.unlink()
    found = seen(launch, data=(Folder(path=path, language="es"),))
    assert any("has no row that can be used" in str(fault) for fault in found.faults)


def test_corpora_that_are_fetched_later_are_no_fault(launch: Launch) -> None:
    found = seen(launch, data=(Asterisk(language="es"),))
    assert (found.faults, found.hours) == ((), None)
    assert "fetched or made when the run starts" in str(found)


def test_what_the_small_recipe_changes_is_said(launch: Launch) -> None:
    recipe = dataclasses.replace(
        launch.recipe, transfer=Transfer(drop_layers=2, head_only_steps=500)
    )
    arguments = ["--mini", "--out", str(launch.out), "--source", launch.recipe.source]
    said = str(preflight(parse(recipe, arguments, data=recipe.data)))
    assert "mini     --mini makes --transfer.drop-layers 1; the recipe has 2" in said
    assert "mini     --mini makes --transfer.head-only-steps 20; the recipe has 500" in said
    assert "mini     " not in str(preflight(parse(recipe, arguments[1:], data=recipe.data)))


def test_layers_that_stay_frozen_are_said(launch: Launch) -> None:
    assert "none dropped, the lowest 2 frozen" in str(
        seen(launch, transfer=Transfer(freeze_below=2))
    )
    assert "none dropped, all of them frozen" in str(
        seen(launch, transfer=Transfer(freeze_below="all"))
    )


def test_a_run_that_is_not_there_is_said_on_resume(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "toy-1" / "checkpoints").mkdir(parents=True)
    resumed = dataclasses.replace(launch, out=tmp_path, resume=True)
    found = preflight(resumed)
    assert found.faults == ()
    (said,) = [line for line in found.warnings if "--resume" in line]
    assert said.startswith(f"--resume finds no run in {tmp_path}/toy, and a new one begins")
    assert "there are toy-1" in said
    (tmp_path / "toy").mkdir()
    assert not any("--resume" in line for line in preflight(resumed).warnings)


def test_after_a_run_it_knows_more(launch: Launch, tmp_path: Path) -> None:
    run = dataclasses.replace(launch, out=tmp_path)
    assert execute(run) is not None
    again = preflight(run)
    (fault,) = again.faults
    assert "holds a finished run" in str(fault)
    assert "--name toy-2" in str(fault)
    other = preflight(
        dataclasses.replace(run, recipe=dataclasses.replace(run.recipe, name="toy-2"))
    )
    assert other.faults == ()
    assert other.speed is not None
    assert f"s of speech a second as in {tmp_path}/toy" in str(other)
    assert preflight(dataclasses.replace(run, resume=True)).faults == ()
    (made,) = again.outlines
    assert made.exact
    dataset = Prepared(path=tmp_path / "toy/data")
    german = dataclasses.replace(run.recipe, name="x", language="de", data=(dataset,))
    (fault,) = preflight(dataclasses.replace(run, recipe=german)).faults
    assert isinstance(fault, Mendable)
    typed = ["xlt", "train", "de", str(dataset.path)]
    assert fault.mended(typed) == f"xlt train es {dataset.path}"
    shutil.rmtree(tmp_path / "toy/checkpoints")
    assert preflight(run).faults == (), "a dataset alone is used"


def test_many_passes_over_little_speech_are_warned_of(launch: Launch) -> None:
    training = dataclasses.replace(launch.recipe.training, steps=20_000)
    found = seen(launch, training=training)
    assert found.faults == ()
    assert any(
        "times over this speech" in text and "--training.steps 2" in text for text in found.warnings
    )
    assert not any("times over" in text for text in seen(launch).warnings)


def test_a_source_that_can_not_be_fetched_names_the_way_without_network(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr("xlt.models.hub_files.HfApi.model_info", unreachable)
    (fault,) = seen(launch, source="facebook/not-in-the-cache").faults
    assert "Check the name and the network" in str(fault)
    assert "--mini --no-compare starts from xlt:en-mini" in str(fault)
    small = dataclasses.replace(launch, mini=True)
    (fault,) = seen(small, source="facebook/not-in-the-cache").faults
    assert "--mini" not in str(fault)
