"""README.md: every Python block runs as it stands, every command is run or parsed, every link leads somewhere.

They run in a folder like a user's: recordings, texts and finished runs of the names that the page
uses, all tiny. Commands that take minutes are parsed by the real parser instead.
"""

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from checkpoints import write_checkpoint
from places import ROOT
from recordings import WORDS, write_recordings
from toys import NEUTRAL, QUIET

from xlt import cli
from xlt.corpora.folder import Folder
from xlt.recipe.launch import Launch, parse
from xlt.recipe.options import Recipe
from xlt.recipe.run import execute
from xlt.training.options import Training

pytestmark = pytest.mark.slow

PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = FENCED.findall(PAGE)
PYTHON = [code for name, code in BLOCKS if name == "python"]
OUTSIDE = FENCED.sub("", PAGE)
MOST_WORDS, MOST_COLUMNS = 1_200, 5
MAY_FAIL = ("xlt doctor",)
"""Verbs whose answer is about this machine."""
PARSED = {("xlt", "overfit"): ["--help"]}
"""Commands that are too slow for a test, and the flags that they get instead."""


def commands() -> list[str]:
    """Command lines of the blocks and of the table of verbs, in the page's order."""
    found = []
    for name, code in BLOCKS:
        lines = code.splitlines()
        if name == "console":
            found += [line[2:] for line in lines if line.startswith("$ ")]
        elif name == "sh":
            found += [line.partition(" #")[0].strip() for line in lines]
    found += re.findall(r"^\| `([^`]+)` \|", OUTSIDE, re.MULTILINE)
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder, after the demo."""
    folder = tmp_path_factory.mktemp("user")
    recordings = write_recordings(folder / "my-recordings")
    recipe = Recipe(
        name="es-mini",
        language="es",
        source=str(write_checkpoint(folder / "source")),
        data=(Folder(path=recordings, language="es"),),
        regularisation=QUIET,
        augmentation=NEUTRAL,
        training=Training(steps=2, batch_s=20.0, evaluate_every=2, checkpoint_every=2),
        licence="apache-2.0",
    )
    execute(Launch(recipe=recipe, out=folder / "runs"))
    shutil.copytree(folder / "runs/es-mini", folder / "runs/es-big")
    noise = np.random.default_rng(0).standard_normal(24_000)
    soundfile.write(folder / "talk.mp3", 0.1 * noise, 16_000)
    (folder / "corpus.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    (folder / "ref.tsv").write_text("id\ttext\nu1\tEl niño.\nu2\tLa luna.\n", encoding="utf-8")
    (folder / "hyp.tsv").write_text("id\ttext\nu1\tel nino\nu2\tla luna\n", encoding="utf-8")
    shutil.copytree(ROOT / "recipes", folder / "recipes")
    return folder


@pytest.fixture
def said(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], str]:
    """Run a verb of `xlt` in the user's folder; returns what it printed."""
    monkeypatch.chdir(place)

    def run(line: str) -> str:
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        status: int | str | None = 0
        try:
            cli.main()
        except SystemExit as leave:
            status = leave.code
        shown = capsys.readouterr()
        assert not status or line in MAY_FAIL, shown
        return shown.out

    return run


@pytest.mark.parametrize("code", PYTHON, ids=range(len(PYTHON)))
def test_python_runs_as_it_stands(code: str, place: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=place, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_python_of_the_page_is_found() -> None:
    assert len(PYTHON) >= 2
    assert "Recogniser" in PYTHON[-1]


@pytest.mark.parametrize("line", commands())
def test_every_command_is_one(line: str, place: Path, said: Callable[[str], str]) -> None:
    program, *rest = shlex.split(line)
    if program == "xlt":
        instead = PARSED.get((program, rest[0]))
        assert said(shlex.join([program, rest[0], *instead]) if instead else line)
    elif program == "accelerate" and rest[0] == "launch":
        recipe = runpy.run_path(str(place / rest[1]))["RECIPE"]
        assert parse(recipe, rest[2:]).recipe.language == recipe.language
    elif program == "make":
        verbs = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert rest[0] in verbs
    else:  # `test_wheel` installs the package; accelerate is no part of it
        assert [program, *rest] in (["pip", "install", "."], ["accelerate", "config"])


def test_a_verb_prints_what_the_page_shows(said: Callable[[str], str]) -> None:
    shown = [code.partition("\n") for name, code in BLOCKS if name == "console"]
    assert shown
    for line, _, output in shown:
        assert said(line.removeprefix("$ ")) == output


def test_links_lead_to_files() -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", OUTSIDE)
    assert targets
    local = [target for target in targets if not target.startswith("http")]
    assert [target for target in local if not (ROOT / target).is_file()] == []


def test_the_tree_of_the_page_is_that_of_the_package() -> None:
    (tree,) = [code for name, code in BLOCKS if name == "text" and "xlt/\n" in code]
    rooms = set(re.findall(r"^  ([a-z]+)/|(?<=/ )([a-z]+)/", tree, re.MULTILINE))
    shown = {name for pair in rooms for name in pair if name}
    assert shown == {path.parent.name for path in (ROOT / "xlt").glob("*/__init__.py")}


def test_the_page_is_short_and_its_tables_are_narrow() -> None:
    assert len(PAGE.split()) < MOST_WORDS
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert max(row.count("|") - 1 for row in rows) <= MOST_COLUMNS
