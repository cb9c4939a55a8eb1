"""The habits of the code base, as far as a machine can see them: run `pytest tests/test_habits.py`."""

import ast
import dataclasses
import importlib.metadata
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from structure import (
    ORDER,
    circles,
    double_names,
    functions,
    import_graph,
    imported,
    imports,
    modules,
)

ROOT = Path(__file__).parent.parent
XLT = ROOT / "xlt"
RECIPES = sorted((ROOT / "recipes").glob("*.py"))
SOURCES = [*sorted(XLT.rglob("*.py")), *RECIPES]
NO_DRAWERS = {"utils", "util", "common", "helpers", "helper", "misc", "tools"}
MODULE_LINES, FUNCTION_LINES = 300, 60
MODULES = modules(ROOT)
GRAPH = import_graph(MODULES)


def too_late(module: str, names: list[str]) -> list[str]:
    """Those of the imported names whose place in ORDER comes after the module's own."""
    own = module.split(".")[1]
    allowed = ORDER[: ORDER.index(own) + 1]
    return [name for name in names if name.split(".")[1] not in allowed]


# ------------------------------------------------------------------- the way data goes


def test_every_module_has_a_place():
    places = {name.split(".")[1] for name in MODULES if "." in name}
    assert places - {"__main__"} == set(ORDER)


@pytest.mark.parametrize("module", [m for m in MODULES if m not in {"xlt", "xlt.__main__"}])
def test_imports_run_one_way(module):
    late = too_late(module, imports(module, MODULES[module]))
    assert not late, f"{module} imports {late}, which come after it in the pipeline {ORDER}"


def test_the_package_itself_imports_nothing_of_its_parts():
    code = "import sys, xlt; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert "xlt" in loaded, done.stderr
    assert not {name for name in loaded if name.startswith("xlt.")}, "they load when asked for"
    assert not {"numpy", "torch", "transformers", "tyro"} & loaded


def test_modules_make_no_circle():
    """Neither rooms nor the modules inside one: the graph is that of all modules."""
    assert not circles(GRAPH), f"these modules import each other: {circles(GRAPH)}"


def test_the_graph_holds_what_the_files_import():
    assert GRAPH["xlt.training.loop"] >= {"xlt.training.step", "xlt.training.options"}
    assert "xlt.language.labels" in GRAPH["xlt.training.loop"] | GRAPH["xlt.training.dataloader"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import numpy\nimport xlt.audio.trim as t", ["xlt.audio.trim"]),
        ("def f():\n    from xlt.training import loop", ["xlt.training.loop"]),
        ("from xlt import __version__, cli", ["xlt.cli"]),
        ("from .text import normalise", ["xlt.language.text.normalise"]),
        ("from ..audio import frames", ["xlt.audio.frames"]),
    ],
)
def test_imported_finds_every_way_to_import(text, expected):
    assert list(imported(text, "xlt.language.labels")) == expected


def test_too_late_tells_late_from_early():
    names = ["xlt.language.text", "xlt.audio.decode", "xlt.corpora.base"]
    assert too_late("xlt.audio.frames", names) == ["xlt.corpora.base"]


WITHOUT_TORCH = "language corpora dataset scoring reports publication cli".split()
"""Rooms that are imported in a second; a module of theirs that needs torch imports it where it is used."""


def test_rooms_without_torch_stay_without_it():
    rooms = tuple(f"xlt.{room}" for room in WITHOUT_TORCH)
    names = [n for n, path in MODULES.items() if n.startswith(rooms) and path.stem != "__main__"]
    names.remove(
        "xlt.scoring.evaluate_score.evaluate_score"
    )  # for evaluate, which opens it by path
    code = "\n".join(
        ["import importlib, sys", f"for name in {names}:", "    importlib.import_module(name)"]
        + ["    if 'torch' in sys.modules: sys.exit(f'{name} imports torch')"]
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# ------------------------------------------------------------------- sizes and names


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_and_functions_stay_small(path):
    lines = len(path.read_text().splitlines())
    assert lines <= MODULE_LINES, f"{path}: {lines} lines; take a part out of it"
    long = {name: n for name, n in functions(path) if n > FUNCTION_LINES}
    assert not long, f"{path}: functions of more than {FUNCTION_LINES} lines: {long}"


def test_one_class_name_has_one_meaning():
    """Public classes of modules; a private or nested one is never seen beside its namesake."""
    double = {
        name: [f"{path.relative_to(ROOT)}:{line}" for path, line in places]
        for name, places in double_names(MODULES.values()).items()
    }
    assert not double, f"these names have more than one class: {double}"


def test_no_drawers():
    names = {p: set(p.relative_to(ROOT).with_suffix("").parts) for p in SOURCES}
    assert not [p for p, parts in names.items() if parts & NO_DRAWERS], (
        "name a module by what is in it"
    )


# ------------------------------------------------------------------- libraries


def libraries() -> set[str]:
    """The distributions, by their names in pyproject.toml, whose modules xlt and the recipes import."""
    roots = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                roots |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                roots.add(str(node.module).partition(".")[0])
    owners = importlib.metadata.packages_distributions()
    found = {name for root in roots - set(sys.stdlib_module_names) for name in owners[root]}
    return {name.lower() for name in found} - {"xlt"}


def test_what_is_imported_is_declared_and_the_other_way_round():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["mini"]]
    assert libraries() == {re.split(r"[<>=!~ \[]", entry)[0].lower() for entry in asked}


# ------------------------------------------------------------------- recipes


def declaration(text: str) -> ast.Call:
    """The one call of Recipe in the text of a recipe file."""
    calls = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Recipe"
    ]
    assert len(calls) == 1, f"a recipe file makes exactly one Recipe, this one {len(calls)}"
    return calls[0]


def choices(call: ast.Call, prefix: str = "") -> dict[str, str]:
    """Dotted field -> source text of what a declaration sets it to, nested declarations included."""
    found = {}
    for keyword in call.keywords:
        value, name = keyword.value, f"{prefix}{keyword.arg}"
        if isinstance(value, ast.Call) and value.keywords and not value.args:
            found |= choices(value, f"{name}.")
        else:
            found[name] = ast.unparse(value)
    return found


def shared(texts: list[str]) -> list[str]:
    """The fields that every one of the recipe texts sets alike."""
    first, *rest = [choices(declaration(text)) for text in texts]
    return [k for k, v in first.items() if all(other.get(k) == v for other in rest)]


def restated(call: ast.Call, names: dict[str, object]) -> list[str]:
    """The keywords of a declaration, and of those nested in it, whose value is the field's default already."""
    made = names.get(getattr(call.func, "id", ""))
    found = [
        n for k in call.keywords if isinstance(k.value, ast.Call) for n in restated(k.value, names)
    ]
    if not (isinstance(made, type) and dataclasses.is_dataclass(made)):
        return found
    fields = {field.name: field for field in dataclasses.fields(made)}
    for keyword in call.keywords:
        field = fields[str(keyword.arg)]
        factory = field.default_factory
        default = field.default if factory is dataclasses.MISSING else factory()
        value = eval(compile(ast.Expression(keyword.value), "<recipe>", "eval"), dict(names))
        if default is not dataclasses.MISSING and value == default:
            found.append(f"{made.__name__}.{field.name}")
    return found


def test_what_all_recipes_set_alike_is_a_default():
    assert len(RECIPES) >= 3
    same = shared([path.read_text() for path in RECIPES])
    assert not same, f"every recipe sets {same} alike: make it the default where the option lives"


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.stem)
def test_no_recipe_restates_a_default(path):
    spec = importlib.util.spec_from_file_location(f"recipe_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(
        module
    )  # declares, and runs nothing: `run` is under `if __name__ == ...`
    same = restated(declaration(path.read_text()), vars(module))
    assert not same, f"{path} sets {same} to what is the default already: leave it out"


def test_the_guards_see_copies_and_restatements():
    copies = [f"Recipe(name='{n}', schedule=Schedule(peak=1e-3, steps={n}))" for n in (1, 2, 3)]
    assert shared(copies) == ["schedule.peak"]

    @dataclasses.dataclass
    class Schedule:
        peak: float = 1e-3
        steps: int = 5

    names = {
        "Schedule": Schedule,
        "Recipe": dataclasses.make_dataclass("Recipe", ["name", "schedule"]),
    }
    assert restated(declaration(copies[0]), names) == ["Schedule.peak"]


# ------------------------------------------------------------------- the README

FENCED = re.compile(r"^ *```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    pages = [ROOT / "README.md", ROOT / "recipes/README.md"]
    text = "\n".join(page.read_text() for page in pages if page.exists())
    return [code for name, code in FENCED.findall(text) if name == language]


@pytest.mark.parametrize("code", blocks("python"))
def test_python_in_the_readme_names_what_exists(code):
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("xlt"):
            module = importlib.import_module(node.module or "")
            missing = [alias.name for alias in node.names if not hasattr(module, alias.name)]
            assert not missing, f"the README imports {missing} from {node.module}"


def test_verbs_in_the_readme_are_in_the_makefile():
    verbs = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    said = set(
        re.findall(r"(?:^|`) *make ([a-z-]+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    )
    assert {"demo", "test"} <= said <= verbs
