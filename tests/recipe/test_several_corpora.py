"""Several corpora by flags, prepared into one dataset. Run: pytest tests/recipe/test_several_corpora.py.

Also tests: xlt/recipe/command.py
"""

from pathlib import Path

import pytest
from checkpoints import write_checkpoint
from recordings import write_recordings

from xlt.cli.data import prepare as xlt_prepare
from xlt.dataset.account import Account
from xlt.recipe.command import check
from xlt.recipe.launch import parse
from xlt.recipe.options import Recipe
from xlt.recipe.run import execute
from xlt.scoring.caveats import too_few


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two corpora, `one` and `two`, and a source."""
    place = tmp_path_factory.mktemp("several")
    write_recordings(place / "one", clips=30)
    write_recordings(place / "two", clips=20, seed=1)
    write_checkpoint(place / "source")
    return place


def prepared(place: Path, out: Path, language: str, *flags: str) -> Account:
    """The account of a run that is stopped after its preparation."""
    recipe = Recipe(name="toy", language=language, source=str(place / "source"), data=())
    launch = parse(recipe, ["--out", str(out), "--prepare-only", *flags])
    check(launch)
    execute(launch)
    return Account.load(out / "toy" / "data")


def folder(number: int, path: Path, *more: str) -> list[str]:
    return [f"data.{number}:folder", f"--data.{number}.path", str(path), *more]


def test_two_folders_are_one_dataset(place: Path, tmp_path: Path) -> None:
    flags = [*folder(0, place / "one"), *folder(1, place / "two")]
    account = prepared(place, tmp_path, "es", *flags)
    assert account.clips_in == 31 + 21
    assert set(account.corpora) == {"one", "two"}
    xlt_prepare("es", (place / "one", place / "two"), out=tmp_path / "both")
    assert Account.load(tmp_path / "both").digest == account.digest


def test_prepare_says_where_rejects_are_named_and_what_it_can_not_tell(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine"
    xlt_prepare("es", (place / "one",), out=out)
    said, account = capsys.readouterr().out.splitlines(), Account.load(out)
    rejected = out / "rejected.tsv"
    assert sum(account.rejected.values()) == len(rejected.read_text().splitlines()) - 1 == 2
    assert f"2 rejected clips are named in {rejected}, with the reason." in said
    (few,) = too_few(account.kept["test"])
    assert f"Test split: {few}" in said
    assert any("another text than is said shows only after training" in line for line in said)


def test_portuguese_of_portugal_goes_beside_that_of_brazil(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [*folder(0, place / "one", "--data.0.language", "pt-PT"), *folder(1, place / "two")]
    assert set(prepared(place, tmp_path, "pt", *flags).corpora) == {"one", "two"}
    assert "one is in pt-PT: written by the rules of pt." in capsys.readouterr().out


def test_a_prepared_dataset_joins_others(place: Path, tmp_path: Path) -> None:
    before = prepared(place, tmp_path / "before", "es", *folder(0, place / "one"))
    made = ["data.0:prepared", "--data.0.path", str(tmp_path / "before/toy/data")]
    account = prepared(place, tmp_path, "es", *made, *folder(1, place / "two"))
    assert account.clips_in == sum(before.kept.values()) + 21
    assert account.kept["test"] >= before.kept["test"]


def test_a_corpus_in_another_language_is_refused_before_anything_is_read(
    place: Path, tmp_path: Path
) -> None:
    flags = [*folder(0, place / "one"), *folder(1, tmp_path / "nowhere", "--data.1.language", "de")]
    with pytest.raises(ValueError, match="corpus nowhere is in 'de', but 'es' is being prepared"):
        prepared(place, tmp_path, "es", *flags)
