"""Names that `xlt` and `xlt.transfer` offer are there, typed, and imported only when they are asked for.

Also tests: xlt/__init__.py, xlt/__main__.py, xlt/transfer/__init__.py
"""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

import xlt
import xlt.transfer
from xlt import transfer
from xlt.transfer import surgery


def typed(package: Path) -> dict[str, str]:
    """Name -> module of the imports that a type checker sees."""
    (block,) = [node for node in ast.parse(package.read_text()).body if isinstance(node, ast.If)]
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@pytest.mark.parametrize("module", [xlt, xlt.transfer], ids=lambda m: m.__name__)
def test_every_public_name_is_what_a_type_checker_sees(module: object) -> None:
    seen = typed(Path(module.__file__))
    assert sorted(seen) == sorted(module.__all__) == module.__all__
    for name, place in seen.items():
        home, _, there = place.rpartition(".")
        found, expected = getattr(module, name), getattr(importlib.import_module(home), there)
        assert found is expected or (name == "transfer" and found is xlt.transfer), name
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        module.nonsense  # noqa: B018


@pytest.mark.slow
def test_transfer_is_the_same_before_and_after_its_package_is_imported() -> None:
    code = "from xlt import transfer as a; import xlt.transfer.surgery; from xlt import transfer as b; assert a is b"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.slow
def test_the_package_transfer_is_called_as_the_function() -> None:
    assert inspect.signature(transfer) == inspect.signature(surgery.transfer)
    source = xlt.load_source("xlt:en-mini")
    target = xlt.labels(xlt.get_language("pt"))
    _, report = transfer(source, target, xlt.Transfer(drop_layers=1), seed=3)
    assert report == surgery.transfer(source, target, xlt.Transfer(drop_layers=1), seed=3)[1]


@pytest.mark.slow
def test_help_shows_the_public_names() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pydoc", "xlt"], cwd=ROOT, capture_output=True, text=True
    )
    overview, _, rest = done.stdout.partition("PACKAGE CONTENTS")
    assert [name for name in xlt.__all__ if name not in overview] == []
    assert "class Recogniser" in rest and "load_source(name" in rest


def test_completion_knows_the_names() -> None:
    assert set(xlt.__all__) <= set(dir(xlt))


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "xlt", "--version"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout == f"xlt {xlt.__version__}\n"
