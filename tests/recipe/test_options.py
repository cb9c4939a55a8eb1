"""Recipes as values: the changes of --mini and --smoke, and flags that reach the fields.

Also tests: xlt/recipe/launch.py
"""

import importlib.util
from pathlib import Path

import pytest
from places import RECIPES

from xlt.corpora.asterisk import Asterisk
from xlt.corpora.common_voice import CommonVoice
from xlt.corpora.espeak import Espeak
from xlt.corpora.folder import Folder
from xlt.corpora.prepared import Prepared
from xlt.recipe.launch import parse
from xlt.recipe.options import SMALL_SOURCE, Recipe, mini
from xlt.transfer.options import Regularisation


def recipe(name: str) -> Recipe:
    path = next(p for p in RECIPES if p.stem == name)
    spec = importlib.util.spec_from_file_location(f"recipe_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.RECIPE
    assert isinstance(found, Recipe)
    return found


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.stem)
def test_a_recipe_is_named_as_its_file_and_says_why(path: Path) -> None:
    found = recipe(path.stem)
    assert found.name.replace("-", "_") == path.stem
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""')
    assert len(text.split('"""')[1].split()) > 30


def test_mini_is_the_same_recipe_on_a_small_source(tmp_path: Path) -> None:
    whole = recipe("es")
    small = mini(whole, tmp_path)
    assert small.source == SMALL_SOURCE
    assert small.data == (Asterisk(language="es"),)
    assert small.compare
    assert small.name == "es-mini"
    assert small.regularisation == Regularisation() != whole.regularisation, "for its own width"
    assert small.augmentation == whole.augmentation
    assert small.transfer.head == whole.transfer.head


@pytest.mark.parametrize("code", ["de", "pt"])
def test_other_languages_speak_by_machine(tmp_path: Path, code: str) -> None:
    (corpus,) = mini(recipe(code), tmp_path).data
    assert isinstance(corpus, Espeak)
    assert corpus.synthetic


def test_the_chain_takes_the_small_spanish_model_when_it_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mini(recipe("pt"), tmp_path).source == SMALL_SOURCE
    assert "recipes/es.py --mini first" in capsys.readouterr().out
    model = tmp_path / "es-mini" / "model"
    model.mkdir(parents=True)
    assert mini(recipe("pt"), tmp_path).source == model.as_posix()


def test_flags_are_the_fields_over_mini(tmp_path: Path) -> None:
    arguments = ["--mini", "--out", str(tmp_path), "--training.schedule.peak", "3e-4"]
    launch = parse(recipe("es"), [*arguments, "--transfer.drop-layers", "1", "--no-compare"])
    assert launch.recipe.training.schedule.peak == 3e-4
    assert launch.recipe.transfer.drop_layers == 1
    assert not launch.recipe.compare
    assert launch.recipe.source == SMALL_SOURCE
    assert launch.folder == tmp_path / "es-mini"


def test_smoke_is_smaller_still() -> None:
    launch = parse(recipe("de"), ["--smoke"])
    assert launch.recipe.training.steps <= 10
    assert launch.recipe.data[0].synthetic


def test_a_smoke_run_is_in_nobodys_way(tmp_path: Path) -> None:
    arguments = [f"--out={tmp_path}"]
    assert parse(recipe("es"), ["--smoke", *arguments]).folder == tmp_path / "es-smoke"
    assert parse(recipe("es"), ["--mini", *arguments]).folder == tmp_path / "es-mini"
    small = tmp_path / "es-smoke" / "model"
    small.mkdir(parents=True)
    assert parse(recipe("pt"), ["--smoke", *arguments]).recipe.source == small.as_posix()


def test_flags_before_the_recipe_s_own_are_read_as_tyro_reads_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert parse(recipe("es"), ["--mini", "--no-mini"]).recipe.name == "es"
    assert parse(recipe("es"), ["--mini", "--name", "smoke"]).recipe.name == "smoke"
    for wrong in (["--mini=yes"], ["--out"], ["--mini", "--out"]):
        with pytest.raises(SystemExit):
            parse(recipe("es"), wrong)
        assert "recipes/" not in capsys.readouterr().out


def test_wrong_values_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(recipe("es"), ["--training.steps", "many"])
    with pytest.raises((SystemExit, ValueError)):
        parse(recipe("es"), ["--training.steps", "0"])


def test_flags_name_several_corpora_of_any_kind() -> None:
    flags = "data.0:folder --data.0.path A data.1:prepared --data.1.path B data.2:common-voice"
    launch = parse(
        recipe("es"), f"--name both {flags} --data.2.path C --data.2.splits other".split()
    )
    assert launch.recipe.data == (
        Folder(path=Path("A"), language="es"),
        Prepared(path=Path("B")),
        CommonVoice(path=Path("C"), language="es", splits=("other",)),
    )
    assert launch.recipe.name == "both"


def test_a_further_corpus_is_beside_those_of_the_recipe() -> None:
    whole = recipe("es")
    (more,) = parse(whole, "data.1:folder --data.1.path B".split()).recipe.data[1:]
    assert parse(whole, "data.1:folder --data.1.path B".split()).recipe.data[:1] == whole.data
    assert more == Folder(path=Path("B"), language="es")
    small = parse(whole, "--mini data.1:folder --data.1.path B".split()).recipe
    assert small.data == (Asterisk(language="es"), more)


def test_a_corpus_is_in_the_language_of_the_recipe() -> None:
    flags = "--language pt data.0:folder --data.0.path A data.1:folder --data.1.path B".split()
    launch = parse(recipe("es"), [*flags, "--data.1.language", "pt-PT"])
    assert [corpus.language for corpus in launch.recipe.data] == ["pt", "pt-PT"]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("data.2:folder --data.2.path A", r"data\.2: is given, but no data\.1: before it"),
        (
            "--data.1.path A",
            r"--data\.1\.path comes without the kind .* data\.1:folder --data\.1\.path",
        ),
    ],
)
def test_a_gap_between_corpora_is_refused(flags: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(recipe("es"), flags.split())


def test_what_a_further_corpus_lacks_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(recipe("es"), ["data.1:folder"])
    assert "--data.1.path" in capsys.readouterr().err


def test_flags_of_corpora_come_last_wherever_they_are_typed(tmp_path: Path) -> None:
    typed = "data.0:folder --data.0.path mine --mini data.1:folder --data.1.path more --training.steps 30"
    launch = parse(recipe("es"), [*typed.split(), "--out", str(tmp_path)])
    assert [str(corpus.path) for corpus in launch.recipe.data] == ["mine", "more"]
    assert (launch.recipe.training.steps, launch.folder) == (30, tmp_path / "es-mini")
