"""Counts of a checkout's structure: rooms, imports, circles, sizes, docstrings, class names.

    python tests/structure.py [folder]

The folder is the root of a checkout that holds `xlt/` (default: this one), so that two commits can be
compared; nothing of it is imported. Imports inside functions count like those at the top.
"""

import ast
import re
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ORDER = (
    "system language audio corpora dataset scoring models recognition transfer training reports "
    "publication recipe doctor cli"
).split()
"""The rooms of xlt in import order: each imports only from those before it."""
QUESTION_WORDS = frozenset("what how where whether which who when".split())

Graph = Mapping[str, set[str]]


class Docstring(NamedTuple):
    """The docstring of a module, class or function, or of the value that stands above it."""

    path: Path
    line: int
    text: str
    of_value: bool


# ------------------------------------------------------------------- imports


def name_of(path: Path, root: Path) -> str:
    """root/xlt/audio/decode.py -> xlt.audio.decode; a package is named by its folder."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules(root: Path) -> dict[str, Path]:
    """Name -> file of every module of xlt."""
    return {name_of(path, root): path for path in sorted((root / "xlt").rglob("*.py"))}


def imported(text: str, module: str = "xlt", *, package: bool = False) -> Iterator[str]:
    """The names under xlt that a source text imports, also inside functions, relative ones made absolute."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")
            above = above[: len(above) - node.level + package] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if re.match(r"xlt\.(?!__)", name))


def imports(module: str, path: Path) -> list[str]:
    """The names under xlt that a module imports."""
    return list(imported(path.read_text("utf-8"), module, package=path.stem == "__init__"))


def import_graph(found: Mapping[str, Path]) -> dict[str, set[str]]:
    """Module -> the modules that it imports; `from xlt.audio import decode` is one of xlt.audio.decode."""
    graph = {}
    for module, path in found.items():
        named = {n if n in found else n.rpartition(".")[0] for n in imports(module, path)}
        graph[module] = {n for n in named if n in found and n != module}
    return graph


def merged(graph: Graph, depth: int) -> dict[str, set[str]]:
    """The graph between the names cut to `depth` parts, without arrows to oneself."""
    found: dict[str, set[str]] = defaultdict(set)
    for module, targets in graph.items():
        own = ".".join(module.split(".")[:depth])
        found[own] |= {".".join(target.split(".")[:depth]) for target in targets}
    return {name: targets - {name} for name, targets in found.items()}


def rooms(graph: Graph) -> dict[str, set[str]]:
    """The graph between the folders and loose modules right under xlt, without xlt itself."""
    outer = {"xlt", "xlt.__main__"}
    return {name: to - outer for name, to in merged(graph, 2).items() if name not in outer}


def within(graph: Graph, room: str) -> dict[str, set[str]]:
    """The part of the graph that lies inside one room."""
    own = {m for m in graph if m == room or m.startswith(f"{room}.")}
    return {module: graph[module] & own for module in own}


def circles(graph: Graph) -> list[list[str]]:
    """Groups of names that reach each other: the strongly connected parts of more than one name."""
    reach: dict[str, set[str]] = {}
    for name in graph:
        seen, waiting = set(), [name]
        while waiting:
            new = graph.get(waiting.pop(), set()) - seen
            seen |= new
            waiting += new
        reach[name] = seen
    groups = {frozenset(o for o in reach[n] if n in reach.get(o, ())) for n in graph}
    return sorted(sorted(group) for group in groups if len(group) > 1)


def floors(graph: Graph) -> int:
    """Names in the longest chain of imports; those of a circle stand on one floor."""
    circle_of = {name: group[0] for group in circles(graph) for name in group}
    flat: dict[str, set[str]] = defaultdict(set)
    for name, targets in graph.items():
        own = circle_of.get(name, name)
        flat[own] |= {circle_of.get(target, target) for target in targets} - {own}
    height: dict[str, int] = {}

    def high(name: str) -> int:
        if name not in height:
            height[name] = 1 + max((high(target) for target in flat[name]), default=0)
        return height[name]

    return max(map(high, list(flat)), default=0)


def arrows(graph: Graph) -> int:
    """Pairs of names of which one imports the other."""
    return sum(map(len, graph.values()))


def arrows_up(graph: Graph, order: Iterable[str]) -> list[tuple[str, str]]:
    """The arrows from a room to one that comes after it in the import order."""
    place = {f"xlt.{room}": k for k, room in enumerate(order)}
    ordered = [(a, b) for a, targets in graph.items() for b in targets if {a, b} <= place.keys()]
    return sorted((a, b) for a, b in ordered if place[b] > place[a])


def order_of(root: Path) -> list[str]:
    """The import order that a checkout's own tests state; empty if they state none."""
    for name in ("structure.py", "test_habits.py"):
        path = root / "tests" / name
        text = path.read_text("utf-8") if path.is_file() else ""
        if found := re.search(r"^ORDER = \(?([^)]*?)\)?\.split\(\)", text, re.M | re.S):
            return " ".join(re.findall(r'"([^"]*)"', found[1])).split()
    return []


# ------------------------------------------------------------------- sizes, docstrings, classes


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and lines of every function of a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def docstrings(path: Path) -> Iterator[Docstring]:
    """Every docstring of a file: the strings that stand alone as a statement."""
    tree = ast.parse(path.read_text("utf-8"))
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    proper = {id(node.body[0]) for node in ast.walk(tree) if isinstance(node, owners) and node.body}
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield Docstring(path, node.lineno, text.strip(), of_value=id(node) not in proper)


def opens_with_a_question(text: str) -> bool:
    """True if the first word is What, How, Where, Whether and their like."""
    first = re.match(r"\w+", text)
    return bool(first) and first[0].lower() in QUESTION_WORDS


def classes(paths: Iterable[Path]) -> dict[str, list[tuple[Path, int]]]:
    """Name -> places of the public classes at the top level of modules.

    A private class (`_Name`) or one inside a class or function has its meaning where it stands: no other
    module can take it for its namesake.
    """
    found: dict[str, list[tuple[Path, int]]] = defaultdict(list)
    for path in paths:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append((path, node.lineno))
    return found


def double_names(paths: Iterable[Path]) -> dict[str, list[tuple[Path, int]]]:
    """Those of the class names that name more than one class."""
    return {name: places for name, places in classes(paths).items() if len(places) > 1}


# ------------------------------------------------------------------- report


def sizes(numbers: list[int]) -> str:
    """Median, nine tenths and maximum."""
    ordered = sorted(numbers)
    ninth = ordered[min(len(ordered) - 1, round(0.9 * (len(ordered) - 1)))]
    return f"{statistics.median(ordered):g} / {ninth} / {ordered[-1]}"


def report(root: Path) -> Iterator[str]:
    """The lines that the script prints."""
    found = modules(root)
    graph, order = import_graph(found), order_of(root)
    top = rooms(graph)
    yield f"package: {len(top)} rooms, {arrows(top)} arrows, {floors(top)} floors"
    up = arrows_up(top, order)
    yield f"circles of rooms: {len(circles(top))} {circles(top) or ''}".rstrip()
    yield f"arrows back up: {len(up)} {up or ''}".rstrip()
    yield f"circles of modules: {len(circles(graph))} {circles(graph) or ''}".rstrip()
    for room in sorted(top):
        inside = within(graph, room)
        if len(inside) > 1:
            yield (
                f"  {room}: {len(inside)} modules, {arrows(inside)} arrows, {floors(inside)} floors, "
                f"{len(circles(inside))} circles"
            )
    paths = list(found.values())
    lengths = [len(path.read_text("utf-8").splitlines()) for path in paths]
    lines = [n for path in paths for _, n in functions(path)]
    yield f"modules: {len(paths)} of {sizes(lengths)} lines (median / p90 / max)"
    yield f"functions: {len(lines)} of {sizes(lines)} lines (median / p90 / max)"
    texts = [doc for path in paths for doc in docstrings(path)]
    for owner, of_value in (("modules, classes, functions", False), ("values", True)):
        every = [doc for doc in texts if doc.of_value == of_value]
        asking = sum(opens_with_a_question(doc.text) for doc in every)
        yield f"docstrings of {owner}: {len(every)}, {asking} open with What, How, Where, Whether, ..."
    double = double_names(paths)
    yield f"class names with two meanings: {len(double)}"
    for name, places in sorted(double.items()):
        yield f"  {name}: {', '.join(f'{p.relative_to(root)}:{line}' for p, line in places)}"


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parents[1]
    if not (folder / "xlt").is_dir():
        sys.exit(f"{folder} holds no folder xlt/: name the root of a checkout.")
    print(*report(folder.resolve()), sep="\n")
