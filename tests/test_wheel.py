"""The wheel: built from the tree, installed elsewhere, every module imported there."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
IMPORT_ALL = """
import importlib, pathlib, pkgutil, sys
import xlt
home = pathlib.Path(xlt.__file__).parent
assert home == pathlib.Path(sys.argv[1]) / "xlt", home
names = [m.name for m in pkgutil.walk_packages(xlt.__path__, "xlt.") if m.name != "xlt.__main__"]
for name in names:
    importlib.import_module(name)
print(*names)
"""


def run(*arguments: object, cwd: Path, **environment: str) -> str:
    """Run a command of this environment's Python; its standard output, or a failure that shows everything."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what belongs to it: a build leaves its own folders behind."""
    tree, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("dist")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for name in ("xlt", "recipes", "notebooks", "tokenizers", "tests"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--quiet", "--wheel-dir", out]
    run("-m", "pip", "wheel", *options, ".", cwd=tree)
    return next(out.glob("xlt-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed wheel and nothing else."""
    target = tmp_path_factory.mktemp("site")
    options = ["--no-deps", "--no-index", "--no-compile", "--quiet", "--target", target]
    run("-m", "pip", "install", *options, wheel, cwd=target)
    return target


def test_wheel_holds_the_package_with_its_data_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {str(p.relative_to(ROOT)) for p in (ROOT / "xlt").rglob("*") if p.is_file()}
    package = {name for name in package if "__pycache__" not in name}
    packed = {name for name in names if not name.startswith("xlt-")}
    assert packed == package
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_every_module_imports_where_only_the_wheel_is(installed, tmp_path):
    said = run("-c", IMPORT_ALL, installed, cwd=tmp_path, PYTHONPATH=str(installed))
    assert "xlt.language.text" in said.split()


def test_the_command_explains_itself_there(installed, tmp_path):
    said = run("-m", "xlt", "--help", cwd=tmp_path, PYTHONPATH=str(installed))
    assert "transcribe" in said


def test_the_published_recipes_are_found_there(installed, tmp_path):
    said = run("-m", "xlt", "train", "es", "--help", cwd=tmp_path, PYTHONPATH=str(installed))
    assert "usage: xlt train es" in said
    program = (
        "from xlt.recipe.recipe_file import published; print(*published().values(), sep='\\n')"
    )
    found = run("-c", program, cwd=tmp_path, PYTHONPATH=str(installed)).split()
    assert {Path(path).stem for path in found} == {p.stem for p in (ROOT / "recipes").glob("*.py")}
    assert all(Path(path).is_relative_to(installed) for path in found)
