"""Every module of xlt has a test file: its mirror in tests/, or one that says `Also tests: xlt/...`.

Packages' `__init__.py` are imported by every test of their room. Left out beside them are
xlt/language/data/**, values that tests/test_tokenizers.py and tests/language/ compare with the label
folders and the golden lines, and `__main__.py`.
"""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
ALSO = re.compile(r"\bAlso tests: ([\w/.]+\.py(?:,\s+[\w/.]+\.py)*)")
VALUES = "xlt/language/data/"
NOT_ALONE = {"__init__.py", "__main__.py"}


def also_tested(text: str) -> list[str]:
    """The modules that the docstring of a test file names."""
    docstring = ast.get_docstring(ast.parse(text)) or ""
    return [name for found in ALSO.findall(docstring) for name in re.split(r",\s+", found)]


def mirror(module: str) -> str:
    """xlt/audio/decode.py -> tests/audio/test_decode.py."""
    path = Path(module)
    return str(Path("tests", *path.parts[1:-1], f"test_{path.name}"))


def untested(modules: Iterable[str], files: dict[str, list[str]]) -> list[str]:
    """Those of the modules without a test file; `files`: test file -> modules that it also tests."""
    named = {name for names in files.values() for name in names}
    return [m for m in modules if mirror(m) not in files and m not in named]


def relative(folder: str, pattern: str) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / folder).rglob(pattern))]


FILES = {
    name: also_tested((ROOT / name).read_text("utf-8")) for name in relative("tests", "test_*.py")
}


def test_every_module_has_its_test():
    every = [m for m in relative("xlt", "*.py") if not m.startswith(VALUES)]
    missing = untested((m for m in every if Path(m).name not in NOT_ALONE), FILES)
    assert not missing, "no test file, and none says `Also tests: ` of:\n" + "\n".join(missing)


def test_also_tests_names_modules_that_exist():
    gone = [(file, m) for file, names in FILES.items() for m in names if not (ROOT / m).is_file()]
    assert not gone, f"these test files name modules that do not exist: {gone}"


def test_also_tests_names_only_modules_without_a_file_of_their_own():
    double = [(file, m) for file, names in FILES.items() for m in names if mirror(m) in FILES]
    assert not double, f"these modules have a test file of their own: {double}"


def test_the_guard_sees_what_is_untested():
    modules = ["xlt/audio/decode.py", "xlt/audio/trim.py", "xlt/audio/snr.py"]
    said = also_tested('"""Cuts.\n\nAlso tests: xlt/audio/trim.py,\nxlt/cli/app.py\n"""')
    assert said == ["xlt/audio/trim.py", "xlt/cli/app.py"]
    assert untested(modules, {"tests/audio/test_decode.py": said}) == ["xlt/audio/snr.py"]
