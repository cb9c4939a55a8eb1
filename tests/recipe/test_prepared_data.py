"""A run on a prepared dataset: linked, checked against recipe and source, never prepared again."""

import dataclasses
import shutil
from pathlib import Path

import pytest
from checkpoints import write_checkpoint
from recordings import write_recordings
from toys import NEUTRAL, QUIET

from xlt.audio.frames import Geometry
from xlt.corpora.folder import Folder
from xlt.corpora.prepared import Prepared
from xlt.dataset.account import Account
from xlt.dataset.options import Preparation
from xlt.dataset.prepare import prepare
from xlt.language import rules
from xlt.language.choices import Choices
from xlt.recipe import data
from xlt.recipe.command import check
from xlt.recipe.launch import Launch, parse
from xlt.recipe.options import Recipe
from xlt.recipe.prepared_data import check_fits, linked
from xlt.recipe.run import execute
from xlt.training.options import Training

GEOMETRY = Geometry(kernels=(400,), strides=(320,))
COARSE = Geometry(kernels=(4000,), strides=(3200,))
"""Five frames a second: too few for any sentence."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dataset `mine`, its recordings and a source."""
    place = tmp_path_factory.mktemp("prepared")
    corpus = Folder(path=write_recordings(place / "rec"), language="es")
    prepare((corpus,), rules.get("es"), GEOMETRY, 1.0, place / "mine")
    write_checkpoint(place / "source")
    return place


def recipe(place: Path, **changes: object) -> Recipe:
    usual = Recipe(
        name="toy",
        language="es",
        source=str(place / "source"),
        data=(Prepared(path=place / "mine"),),
        regularisation=QUIET,
        augmentation=NEUTRAL,
        training=Training(steps=2, batch_s=20.0, evaluate_every=2, checkpoint_every=2),
    )
    return dataclasses.replace(usual, **changes)


def test_flags_name_a_prepared_dataset(place: Path) -> None:
    corpus = Folder(path=place / "rec", language="es")
    flags = ["data.0:prepared", "--data.0.path", str(place / "mine")]
    for mini in ([], ["--mini"]):
        launch = parse(recipe(place, data=(corpus,)), [*mini, *flags])
        assert launch.recipe.data == (Prepared(path=place / "mine"),)


@pytest.mark.slow
def test_a_run_trains_on_it_as_it_is(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(data, "prepare", lambda *_: pytest.fail("it was prepared again"))
    before = {path: path.read_bytes() for path in (place / "mine").glob("*.*") if path.is_file()}
    launch = Launch(recipe=recipe(place), out=tmp_path)
    check(launch)
    record = execute(launch)
    assert record is not None
    account = Account.load(place / "mine")
    assert record.account["digest"] == account.digest
    assert record.account["training"]["letters"]["clips_in"] == account.kept["train"]
    assert (tmp_path / "toy/data").resolve() == (place / "mine").resolve()
    assert f"{place / 'mine'} is trained on as it is" in capsys.readouterr().out
    assert {
        path: path.read_bytes() for path in (place / "mine").glob("*.*") if path.is_file()
    } == before
    again = execute(dataclasses.replace(launch, resume=True))
    assert again is not None and again.scores == record.scores
    shutil.rmtree(tmp_path / "toy")
    assert (place / "mine/report.json").is_file()


def test_a_dataset_that_has_moved_is_linked_again(place: Path, tmp_path: Path) -> None:
    run = tmp_path / "data"
    linked(Prepared(path=place / "mine"), recipe(place), GEOMETRY, run)
    shutil.copytree(place / "mine", tmp_path / "elsewhere")
    linked(Prepared(path=tmp_path / "elsewhere"), recipe(place), GEOMETRY, run)
    assert run.resolve() == (tmp_path / "elsewhere").resolve()
    own = tmp_path / "own/data"
    shutil.copytree(place / "mine", own)
    linked(Prepared(path=place / "mine"), recipe(place), GEOMETRY, own)
    assert not own.is_symlink(), "the run has the same dataset already"


def test_a_run_on_another_dataset_is_not_touched(place: Path, tmp_path: Path) -> None:
    corpus = Folder(path=place / "rec", language="es")
    other = Preparation(seed=1)
    prepare((corpus,), rules.get("es"), GEOMETRY, 1.0, tmp_path / "data", other)
    with pytest.raises(ValueError, match="is another dataset than .*Choose another --name"):
        linked(Prepared(path=place / "mine"), recipe(place), GEOMETRY, tmp_path / "data")
    (tmp_path / "full").mkdir()
    with pytest.raises(ValueError, match="is not a prepared dataset"):
        linked(Prepared(path=place / "mine"), recipe(place), GEOMETRY, tmp_path / "full")


def test_too_few_frames_of_another_source_are_found_at_the_start(
    place: Path, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="of 3. training clips of .* are too short.*--source"):
        linked(Prepared(path=place / "mine"), recipe(place), COARSE, tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_a_few_clips_too_short_are_named(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patient = dataclasses.replace(recipe(place).training, max_skip_fraction=1.0)
    linked(
        Prepared(path=place / "mine"), recipe(place, training=patient), COARSE, tmp_path / "data"
    )
    assert "are too short for their transcripts" in (said := capsys.readouterr().out)
    assert "(rec/" in said and "they are skipped in training" in said


def test_another_language_or_way_of_writing_is_refused(place: Path) -> None:
    corpus = Prepared(path=place / "mine")
    check_fits(corpus, rules.get("es"))
    with pytest.raises(ValueError, match="prepared in 'es', but .* 'de'.*a dataset of this one"):
        check_fits(corpus, rules.get("de"))
    spelled = recipe(place, text=Choices(hyphens="join")).target_language
    with pytest.raises(ValueError, match="another way of writing .*the same --text flags"):
        check_fits(corpus, spelled)
    gone = recipe(place, data=(Prepared(path=place / "gone"),))
    with pytest.raises(ValueError, match="gone is not a prepared dataset.*xlt prepare"):
        check(Launch(recipe=gone))


def test_an_option_of_preparing_that_changes_nothing_is_said(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = recipe(place, preparation=Preparation(dev_share=0.2))
    linked(Prepared(path=place / "mine"), asked, GEOMETRY, tmp_path / "data")
    assert "--preparation.dev-share 0.2 changes nothing" in capsys.readouterr().out
