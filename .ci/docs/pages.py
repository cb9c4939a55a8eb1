"""Pages of the documentation site: the repository's own pages, and one of docstrings for each room.

Links from one page to another stay as they are, since a page keeps its path; links to other files
of the repository become files of the site. `make docs` runs this before mkdocs.
"""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "README.md": "xlt",
    "xlt/corpora/README.md": "Corpora and your own recordings",
    "xlt/language/README.md": "Text and languages",
    "xlt/scoring/README.md": "Scores",
    "recipes/README.md": "Recipes and results",
    "recipes/OWN.md": "A recipe of your own",
    "recipes/sources/README.md": "The small English source",
    "xlt/models/sources/en-mini/README.md": "Model card of xlt:en-mini",
    "tokenizers/README.md": "Tokenizers",
    "tests/torture/RESULTS.md": "What a run survives",
    "tests/benchmarks/RESULTS.md": "Benchmarks",
    "tests/benchmarks/NOTES.md": "Notes on the benchmarks",
    "tests/benchmarks/FROZEN.md": "Frozen layers",
    "CHANGELOG.md": "Changes",
}
"""Page -> its title in the navigation."""
ROOMS = "system language audio corpora dataset scoring models recognition transfer training reports publication recipe doctor".split()
"""Rooms in the order in which data goes through them."""
LINK = re.compile(r"\]\(([^)#\s]+)")
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def modules(room: str) -> Iterator[str]:
    """Modules of a room that define something public; scripts and packages' __init__ are left out."""
    for path in sorted((ROOT / "xlt" / room).rglob("*.py")):
        names = path.relative_to(ROOT).with_suffix("").parts
        packages = [path.parent, *path.parent.parents]
        inside = packages[: packages.index(ROOT / "xlt")]
        whole = all((package / "__init__.py").is_file() for package in inside)
        if names[-1].startswith("__") or not whole:
            continue
        body = ast.parse(path.read_text(encoding="utf-8")).body
        defined = [n.name for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        if any(not name.startswith("_") for name in defined):
            yield ".".join(names)


def write(folder: Path) -> list[str]:
    """Write every page below a folder; the navigation, as lines of YAML."""
    navigation = []
    for name, title in PAGES.items():
        text = FRONT_MATTER.sub("", (ROOT / name).read_text(encoding="utf-8"))
        page = folder / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
        navigation.append(f"  - {title}: {name}")
        for target in LINK.findall(text):
            file = (ROOT / name).parent / target
            if "://" not in target and file.is_file() and file.suffix != ".md":
                (page.parent / target).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, page.parent / target)
    overview = ast.get_docstring(ast.parse((ROOT / "xlt/__init__.py").read_text(encoding="utf-8")))
    (folder / "python").mkdir(exist_ok=True)
    (folder / "python/index.md").write_text(
        f"# Python\n\n```text\n{overview}\n```\n", encoding="utf-8"
    )
    navigation += ["  - Python:", "      - python/index.md"]
    for room in ROOMS:
        head = ast.get_docstring(ast.parse((ROOT / f"xlt/{room}/__init__.py").read_text()))
        text = "".join(f"\n::: {module}\n" for module in modules(room))
        page = folder / "python" / f"{room}.md"
        page.write_text(f"# xlt.{room}\n\n{head}\n{text}", encoding="utf-8")
        navigation.append(f"      - xlt.{room}: python/{room}.md")
    return navigation


if __name__ == "__main__":
    out = ROOT / ".cache/docs"
    shutil.rmtree(out, ignore_errors=True)
    lines = write(out / "pages")
    config = [
        "INHERIT: ../../.ci/docs/mkdocs.yml",
        "docs_dir: pages",
        "site_dir: site",
        "nav:",
        *lines,
    ]
    (out / "mkdocs.yml").write_text("\n".join(config) + "\n", encoding="utf-8")
