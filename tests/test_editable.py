"""An editable install works in the folder above the clone, whose own name is `xlt`.

There the clone passes for a namespace package; a regular package on a later path wins over that, an
import hook that comes after all paths does not.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from places import ROOT

import xlt

pytestmark = pytest.mark.slow

SCRIPT = """
import xlt
from xlt import get_language, normalise

assert {"Recogniser", "normalise"} <= set(dir(xlt))
print(xlt.__version__, xlt.__file__, normalise("¡Sí!", get_language("es")).text)
"""


def run(python: Path | str, *arguments: object, cwd: Path) -> str:
    """Run Python without this process's PYTHONPATH; its standard output."""
    done = subprocess.run(
        [python, *map(str, arguments)],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


@pytest.fixture(scope="module")
def above(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a clone that is named xlt, and an environment `venv` in which it is installed."""
    place = tmp_path_factory.mktemp("above")
    clone, target = place / "xlt", place / "target"
    clone.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, clone)
    for name in ("xlt", "tokenizers"):
        shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--quiet", "--target", target]
    run(sys.executable, "-m", "pip", "install", *options, "--editable", clone, cwd=place)
    run(sys.executable, "-m", "venv", "--without-pip", place / "venv", cwd=place)
    (site,) = (place / "venv").glob("lib/python*/site-packages")
    for file in [*target.glob("*.pth"), *target.glob("*.py")]:
        shutil.copy(file, site)
    libraries = sysconfig.get_path("purelib")  # a path alone: what hooks are in it stay unused
    (site / "z-libraries.pth").write_text(f"{libraries}\n")
    return place


def test_the_package_is_imported_and_not_the_clone(above: Path) -> None:
    python = above / "venv/bin/python"
    assert run(python, "-c", "import xlt; print(xlt.__version__)", cwd=above) == xlt.__version__
    assert run(python, "-m", "xlt", "--version", cwd=above) == f"xlt {xlt.__version__}"


def test_a_script_beside_the_clone_finds_the_public_names(above: Path) -> None:
    (above / "script.py").write_text(SCRIPT)
    found = run(above / "venv/bin/python", "script.py", cwd=above)
    assert found == f"{xlt.__version__} {above / 'xlt/xlt/__init__.py'} sí"
