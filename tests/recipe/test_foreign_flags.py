"""Flags of other trainers: each is refused with a flag that a recipe has."""

import re

import pytest
from places import RECIPES

from xlt.recipe.foreign_flags import OURS, check_flags
from xlt.recipe.launch import parse
from xlt.recipe.recipe_file import read_recipe


@pytest.fixture(scope="module")
def flags() -> set[str]:
    """All flags that the help of a recipe lists."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("COLUMNS", "300")
        shown: list[str] = []
        patched.setattr("builtins.print", lambda *words, **_: shown.extend(map(str, words)))
        with pytest.raises(SystemExit):
            parse(read_recipe(RECIPES[0]), ["--help"])
    return set(re.findall(r"--[\w.-]+", " ".join(shown)))


@pytest.mark.parametrize("name", OURS)
def test_what_is_named_instead_is_there(name: str, flags: set[str]) -> None:
    assert f"--{name}" not in flags, "a recipe has this flag itself"
    named = set(re.findall(r"--[\w.-]+", OURS[name])) - {"--num_processes"}
    assert named <= flags, named - flags


def test_every_one_of_a_line_is_named() -> None:
    with pytest.raises(ValueError, match=r"--lr is --training\.schedule\.peak.*--epochs is --tra"):
        check_flags(["--lr", "1e-4", "--mini", "--epochs=3"])
    check_flags(["--training.schedule.peak", "1e-4", "es", "--mini", "lr"])
