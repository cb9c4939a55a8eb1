"""Recipes by name: a recipe file, or a language, which the published recipes are looked up by.

The published recipes are the files of recipes/. A clone has them beside the package; an installed
wheel puts them into share/xlt/recipes, where its own list of files finds them.
"""

import dataclasses
import re
import runpy
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from xlt.language.custom import named
from xlt.recipe.options import Recipe
from xlt.system.mending import Mendable, near_path

BESIDE = Path(__file__).resolve().parents[2]
"""Folder that holds the package: in a clone, recipes/ and pyproject.toml are there."""
INSTALLED = re.compile(r"share/xlt/recipes/\w+\.py$")


def read_recipe(path: Path) -> Recipe:
    """The recipe that a file declares. The file is Python and is executed.

    Raises:
        ValueError: there is no such file, or it declares none or several.
    """
    if not path.is_file():
        near = near_path(path)
        raise Mendable(
            f"there is no recipe file {path}", words={} if near is None else {str(path): str(near)}
        )
    found = [value for value in runpy.run_path(str(path)).values() if isinstance(value, Recipe)]
    if len(found) != 1:
        raise ValueError(
            f"{path} declares {len(found)} recipes; one is needed: RECIPE = Recipe(...)"
        )
    return found[0]


def published(beside: Path = BESIDE) -> dict[str, Path]:
    """Name -> file of every published recipe: es, pt, de, en_mini."""
    if (beside / "pyproject.toml").is_file():
        return {path.stem: path for path in sorted((beside / "recipes").glob("*.py"))}
    try:
        listed = [Path(str(file.locate())) for file in files("xlt") or []]
    except PackageNotFoundError:
        listed = []
    places = [path for path in listed if INSTALLED.search(path.as_posix())]
    # `pip install --target` notes another place than it puts them to.
    places += sorted((beside / "share/xlt/recipes").glob("*.py"))
    return {path.stem: path for path in places if path.is_file()}


def recipe_for(what: str, source: str | None = None) -> Recipe:
    """The recipe that a user named: by its file, or by a language, its code or its file.

    A language without a recipe of its own takes that of the language it is a variety of (pt-PT:
    pt), and one without any starts from `source`, with the package's defaults.

    Raises:
        ValueError: there is no such file or language, or nothing says what it starts from.
    """
    path = Path(what)
    if path.suffix == ".py" and _is_recipe(path):
        return read_recipe(path)
    code, known = named(what).code, published()
    for name in (code, code.split("-")[0]):
        if name in known:
            recipe = read_recipe(known[name])
            return recipe if name == code else dataclasses.replace(recipe, name=code, language=code)
    if source is None:
        raise Mendable(
            f"there is no recipe for {code!r} (there are {', '.join(known) or 'none'}), so name what it "
            "starts from: a Hub id, a run, a model folder, or xlt:en-mini.",
            flags={"--source": "facebook/wav2vec2-xls-r-300m"},
        )
    return Recipe(name=code, language=code, source=source, data=())


def _is_recipe(path: Path) -> bool:
    """True unless a file says that it is a language's: one holds `Recipe(`, the other `Language(`."""
    return (
        not path.is_file()
        or re.search(r"\bRecipe\(", path.read_text("utf-8", "replace")) is not None
    )
