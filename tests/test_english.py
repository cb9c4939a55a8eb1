"""English of the package as far as a machine sees it: docstrings open with what a thing is, and `is not a`."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from structure import docstrings, opens_with_a_question

ROOT = Path(__file__).parent.parent
SOURCES = [*sorted((ROOT / "xlt").rglob("*.py")), *sorted((ROOT / "recipes").rglob("*.py"))]
REAL = (
    "longer more less fewer other better worse faster slower larger smaller shorter further later"
)
"""`it is no longer`, `is no more than`: comparisons after which `no` is right."""
IS_NO = re.compile(rf"\b(there )?(?:is|are) no (?!(?:{REAL.replace(' ', '|')})\b)[a-z]\w*", re.I)
"""`is no JSON file`; with group 1, `there is no room`, it is English as it should be."""


def asking(path: Path, *, of_value: bool) -> list[str]:
    """file:line and first words of the docstrings that open with What, How, Where, Whether, ..."""
    return [
        f"{path.relative_to(ROOT)}:{doc.line}: {doc.text.splitlines()[0][:60]}"
        for doc in docstrings(path)
        if doc.of_value == of_value and opens_with_a_question(doc.text)
    ]


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every string of a source, docstrings included; an f-string is one text."""
    tree = ast.parse(source)
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            kept = [p.value if isinstance(p, ast.Constant) else "{}" for p in node.values]
            yield node.lineno, "".join(map(str, kept))
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts
        ):
            yield node.lineno, node.value


def is_no(source: str) -> list[tuple[int, str]]:
    """Line and words of what is said to be no something."""
    return [
        (line + text[: found.start()].count("\n"), found[0])
        for line, text in texts(source)
        for found in IS_NO.finditer(text)
        if not found[1]
    ]


def test_docstrings_say_what_a_thing_is():
    faults = [line for path in SOURCES for line in asking(path, of_value=False)]
    assert not faults, "open these docstrings with a noun phrase or a verb:\n" + "\n".join(faults)


def test_docstrings_of_values_say_what_a_value_is():
    faults = [line for path in SOURCES for line in asking(path, of_value=True)]
    assert not faults, "open these docstrings with a noun phrase:\n" + "\n".join(faults)


def test_nothing_is_no_something():
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {words}"
        for path in SOURCES
        for line, words in is_no(path.read_text("utf-8"))
    ]
    assert not faults, "write `is not a ...`:\n" + "\n".join(faults)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("What it holds.", True),
        ("whether it ends.", True),
        ("How: by hand.", True),
        ("Whatever is given.", False),
        ("Shards of a split.", False),
        ("`what` of a table.", False),
    ],
)
def test_the_guard_knows_a_question(tmp_path, text, fault):
    path = tmp_path / "a.py"
    path.write_text(f'"""{text}"""\n\nx = 1\n"""{text}"""\n')
    found = [(doc.of_value, opens_with_a_question(doc.text)) for doc in docstrings(path)]
    assert found == [(False, fault), (True, fault)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('f"{path} is no JSON file"', ["is no JSON"]),
        ('"The labels are no list."', ["are no list"]),
        ('"there is no room"', []),
        ('"it is no longer there, is no more than 3, is not a file"', []),
        ("is_no = 3  # a comment is no string", []),
    ],
)
def test_the_guard_knows_is_no(source, expected):
    assert [words for _, words in is_no(source)] == expected
