"""Recipes by their file, by a language, and by a variety of one; what has none needs a source."""

from pathlib import Path

import pytest
from places import RECIPES, ROOT, SUPPORT

from xlt.language import rules
from xlt.recipe.recipe_file import published, read_recipe, recipe_for
from xlt.system.mending import Mendable
from xlt.transfer.options import Transfer


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.stem)
def test_a_language_is_its_file(path: Path) -> None:
    assert published()[path.stem] == path
    if path.stem in rules.codes():
        assert recipe_for(path.stem) == recipe_for(str(path)) == read_recipe(path)


def test_a_variety_takes_the_recipe_of_its_language() -> None:
    found, portuguese = recipe_for("pt-PT"), recipe_for("pt")
    assert (found.name, found.language) == ("pt-PT", "pt-PT")
    assert (found.transfer, found.training, found.source) == (
        portuguese.transfer,
        portuguese.training,
        portuguese.source,
    )


def test_a_language_without_a_recipe_starts_from_a_named_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "_REGISTERED", {})
    own = str(SUPPORT / "languages/it.py")
    with pytest.raises(Mendable, match="there is no recipe for 'it'") as caught:
        recipe_for(own)
    assert caught.value.flags == {"--source": "facebook/wav2vec2-xls-r-300m"}
    found = recipe_for(own, "xlt:en-mini")
    assert (found.name, found.language, found.source) == ("it", "it", "xlt:en-mini")
    assert found.transfer == Transfer()


def test_a_file_without_a_recipe_or_with_two_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    with pytest.raises(ValueError, match="there is no recipe file"):
        recipe_for(str(file))
    one = "Recipe(name='a', language='es', source='xlt:en-mini', data=())"
    file.write_text(f"from xlt import Recipe\nA = {one}\nB = {one}\n")
    with pytest.raises(ValueError, match="declares 2 recipes; one is needed"):
        recipe_for(str(file))
    file.write_text("x = 1\n")
    with pytest.raises(ValueError, match="declares 0 recipes"):
        read_recipe(file)


def test_away_from_a_clone_the_wheel_s_own_list_says_where_they_are(tmp_path: Path) -> None:
    """An editable install has none; `test_wheel` looks at an installed wheel."""
    assert not {*published(tmp_path).values()} & {*(ROOT / "xlt").iterdir()}
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes/it.py").touch()
    assert "it" not in published(tmp_path), "a folder of that name beside a package is not a clone"
