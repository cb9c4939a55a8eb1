"""The line after `xlt train`: its parts, the corpora at its paths, the name of its run."""

import json
from pathlib import Path

import pytest

from xlt.corpora.base import CorpusError
from xlt.corpora.common_voice import CommonVoice
from xlt.corpora.folder import Folder
from xlt.corpora.hub import Hub
from xlt.corpora.prepared import Prepared
from xlt.recipe.options import SMALL_SOURCE
from xlt.recipe.train_line import TrainLine, launch_of
from xlt.system.mending import Mendable


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with recordings, a prepared dataset, and a run with its data."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/metadata.csv").write_text("file_name,text\na.wav,hola\n")
    account = {"account": {"language": "es", "corpora": {"toy": 1}}}
    for folder in ("made", "runs/es/data"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "report.json").write_text(json.dumps(account))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def of(line: str) -> TrainLine:
    return TrainLine.of(line.split())


def test_paths_come_before_flags_or_behind_switches() -> None:
    line = of("es mine made --mini more --out there --no-compare last --resume")
    assert line.what == "es"
    assert line.data == (Path("mine"), Path("made"), Path("more"), Path("last"))
    assert line.flags == ("--mini", "--out", "there", "--no-compare", "--resume")
    assert of("es --mini data.0:folder --data.0.path mine").data == ()
    assert (line.value("--out"), line.value("--source")) == ("there", None)
    assert of("es --source=x").value("--source") == "x"


def test_paths_are_opened_by_what_they_hold() -> None:
    launch = launch_of(of("es mine made --out there"))
    assert launch.recipe.data == (
        Folder(path=Path("mine"), language="es"),
        Prepared(path=Path("made")),
    )
    assert launch.folder == Path("there/es-mine")
    assert launch_of(of("es runs/es")).recipe.data == (Prepared(path=Path("runs/es/data")),)


def test_a_dataset_on_the_hub() -> None:
    launch = launch_of(
        of("es ana/voces@v1 data.0:hub --data.0.config spanish --data.0.text-column frase")
    )
    named = Hub(
        name="ana/voces", revision="v1", config="spanish", text_column="frase", language="es"
    )
    assert launch.recipe.data == (named,)
    assert launch.recipe.name.startswith("es-voces")
    assert launch_of(of("es ana/voces --resume")).recipe.data == (
        Hub(name="ana/voces", language="es"),
    )


def test_named_data_stays_with_mini() -> None:
    launch = launch_of(of("de made --mini --language es --training.steps 30"))
    assert launch.recipe.data == (Prepared(path=Path("made")),)
    assert (launch.recipe.source, launch.recipe.training.steps) == (SMALL_SOURCE, 30)
    assert launch.recipe.language == "es"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("es mine", "es-mine"),
        ("es mine --mini", "es-mine-mini"),
        ("es mine/metadata.csv", "es-metadata"),
        ("es runs/es", "es-es"),
        ("es runs/es/data", "es-es"),
        ("es mine --name other", "other"),
        ("es", "es"),
    ],
)
def test_a_run_on_named_data_is_not_in_another_s_way(line: str, name: str) -> None:
    assert launch_of(of(line)).recipe.name == name


@pytest.mark.parametrize(
    ("typed", "mended"),
    [
        ("es mien --mini", "xlt train es mine --mini"),
        ("es run/es", "xlt train es runs/es"),
        ("es quite/some/where", "xlt train es my-recordings --dry-run"),
    ],
)
def test_a_wrong_path_is_answered_with_the_near_one(typed: str, mended: str) -> None:
    with pytest.raises(CorpusError, match="There is nothing at") as caught:
        launch_of(of(typed))
    assert caught.value.mended(["xlt", "train", *typed.split()]) == mended


def test_a_run_is_resumed_without_its_corpora() -> None:
    assert launch_of(of("es gone --resume")).recipe.data == (
        Folder(path=Path("gone"), language="es"),
    )
    (archive,) = launch_of(of("es cv-corpus-es.tar.gz --resume")).recipe.data
    assert isinstance(archive, CommonVoice)


def test_a_language_without_a_recipe_has_no_data_of_its_own() -> None:
    with pytest.raises(Mendable, match="no data is named") as caught:
        launch_of(of("en --source xlt:en-mini"))
    assert caught.value.line == "xlt train en my-recordings --source xlt:en-mini"
    assert launch_of(of("en mine --source xlt:en-mini")).recipe.name == "en-mine"


def test_a_line_begins_with_what_is_trained() -> None:
    for line in ("", "--mini es"):
        with pytest.raises(ValueError, match="name a language, or the file of a recipe, first"):
            of(line)
