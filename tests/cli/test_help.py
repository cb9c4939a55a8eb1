"""Help texts name what the tables hold: every language code, every corpus.

Also tests: xlt/cli/app.py, xlt/cli/data.py
"""

import os
import subprocess
import sys

import pytest
from places import RECIPES, ROOT

from xlt.corpora.builders import BUILDERS
from xlt.language import rules

PACKAGED = ("de", "de-CH", "en", "es", "pt", "pt-PT")


def shown(*command: str) -> str:
    """The words of a help page, as a wide terminal shows them."""
    done = subprocess.run(
        [sys.executable, *command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "400", "PYTHONPATH": str(ROOT)},
    )
    return " ".join(done.stdout.replace("│", " ").split())


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        *(
            ("-m", "xlt", verb)
            for verb in ("prepare", "transfer", "vocab", "score", "compare-scores")
        ),
        (str(RECIPES[0]),),
    ],
    ids=lambda command: command[-1].rsplit("/", 1)[-1],
)
def test_every_language_is_named(command):
    assert ", ".join(PACKAGED) in shown(*command)


def test_every_corpus_is_a_kind():
    assert f"{{auto,{','.join(BUILDERS)}}}" in shown("-m", "xlt", "prepare")


def test_no_help_text_has_the_codes_typed_by_hand():
    typed = [
        path for path in (ROOT / "xlt").rglob("*.py") if "de, de-CH" in path.read_text("utf-8")
    ]
    assert typed == []


def test_codes_are_those_that_get_knows():
    assert set(PACKAGED) <= set(rules.codes())
    assert all(rules.get(code).code == code for code in rules.codes())
