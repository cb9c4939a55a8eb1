"""A dry run of a run that is gone on with: other settings are refused as the run itself would."""

import dataclasses
import shutil
from pathlib import Path

import pytest
from checkpoints import ENGLISH, write_checkpoint
from recordings import write_recordings
from toys import NEUTRAL, QUIET

from xlt.corpora.folder import Folder
from xlt.recipe.launch import Launch
from xlt.recipe.options import Recipe
from xlt.recipe.preflight import preflight
from xlt.recipe.run import execute
from xlt.training.options import Training

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Launch:
    """A run of two steps that is asked to go on."""
    folder = tmp_path_factory.mktemp("resumable")
    recipe = Recipe(
        name="toy",
        language="es",
        source=str(write_checkpoint(folder / "source")),
        data=(Folder(path=write_recordings(folder / "mine", clips=30), language="es"),),
        regularisation=QUIET,
        augmentation=NEUTRAL,
        training=Training(steps=2, batch_s=20.0, evaluate_every=1, checkpoint_every=1),
    )
    execute(Launch(recipe=recipe, out=folder / "runs"))
    return Launch(recipe=recipe, out=folder / "runs", resume=True)


@pytest.fixture
def cut_off(finished: Launch, tmp_path: Path) -> Launch:
    """The same run, whose models count as unfinished."""
    copy = dataclasses.replace(finished, out=tmp_path)
    shutil.copytree(finished.folder, copy.folder)
    shutil.rmtree(copy.folder / "arms")
    return copy


def faults(launch: Launch, allow: tuple[str, ...] = (), **changes: object) -> list[str]:
    training = dataclasses.replace(launch.recipe.training, **changes)
    recipe = dataclasses.replace(launch.recipe, training=training)
    return [
        *map(str, preflight(dataclasses.replace(launch, recipe=recipe, allow_change=allow)).faults)
    ]


def test_the_same_settings_are_no_fault(finished: Launch, cut_off: Launch) -> None:
    assert faults(finished) == []
    assert faults(finished, keep=5) == []
    assert faults(cut_off) == []


def test_a_dry_run_refuses_what_the_run_would(
    finished: Launch, capsys: pytest.CaptureFixture[str]
) -> None:
    training = dataclasses.replace(finished.recipe.training, steps=4)
    recipe = dataclasses.replace(finished.recipe, training=training)
    with pytest.raises(ValueError, match="the run would not start"):
        execute(dataclasses.replace(finished, recipe=recipe, dry_run=True))
    said = capsys.readouterr().out
    assert "refused  This run was started with other settings:" in said
    assert "recipe.training.steps: 2 -> 4" in said
    assert "--allow-change training.steps\n" in said


def test_allowed_settings_are_no_fault(finished: Launch, cut_off: Launch) -> None:
    assert faults(finished, ("training.steps",), steps=4) == []
    assert faults(cut_off, ("training.weight_decay",), weight_decay=0.5) == []


def test_the_newest_checkpoint_tells_the_settings_of_an_unfinished_run(cut_off: Launch) -> None:
    (said,) = faults(cut_off, weight_decay=0.5)
    assert "recipe.training.weight_decay: 0.01 -> 0.5" in said
    assert said.endswith("--allow-change training.weight_decay")
    (said,) = faults(cut_off, ("training.steps",), steps=1)
    assert "holds a run at step 2, but 1 steps are asked for: give --training.steps 2" in said


def test_a_finished_model_and_a_change_that_it_would_not_see(finished: Launch) -> None:
    (said,) = faults(finished, ("training.weight_decay",), weight_decay=0.5)
    assert "Nothing would be trained with the new ones" in said


def test_another_source_is_a_fault(finished: Launch, tmp_path: Path) -> None:
    source = write_checkpoint(tmp_path / "source", tokens=[*ENGLISH, "ñ"])
    recipe = dataclasses.replace(finished.recipe, source=str(source))
    found = [*map(str, preflight(dataclasses.replace(finished, recipe=recipe)).faults)]
    assert any("\n  source: " in said for said in found)
