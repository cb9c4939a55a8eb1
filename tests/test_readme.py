"""README.md: every Python block runs as it stands, every command is run or parsed, every link leads somewhere.

They run in a folder like a user's: recordings, texts and finished runs of the names that the page
uses, all tiny. Commands that take minutes are parsed by the real parser instead.
"""

import io
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from checkpoints import write_checkpoint
from places import ROOT
from recordings import WORDS, write_recordings
from toys import NEUTRAL, QUIET

from xlt import cli
from xlt.corpora.base import Row
from xlt.corpora.espeak import Espeak
from xlt.corpora.folder import Folder
from xlt.recipe.launch import Launch, parse
from xlt.recipe.options import Recipe
from xlt.recipe.run import execute
from xlt.recipe.train_line import TrainLine, launch_of
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
SHORT = (
    "--training.steps 3 --training.batch-s 20 --transfer.head-only-steps 1 --training.evaluate-every 3"
).split()
"""Flags that make a training of minutes one of seconds."""
OWN = re.findall(
    r"^xlt [^#\n]*[^#\s]",
    PAGE.partition("## Your own recordings")[2].partition("## ")[0],
    re.MULTILINE,
)
"""The way of a user's own recordings, line by line."""


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
    recordings = write_recordings(folder / "noise")
    write_speech(folder / "my-recordings")
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
    samples, rate_hz = soundfile.read(folder / "my-recordings/0.wav")
    soundfile.write(folder / "talk.mp3", samples, rate_hz)
    (folder / "corpus.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    (folder / "ref.tsv").write_text("id\ttext\nu1\tEl niño.\nu2\tLa luna.\n", encoding="utf-8")
    (folder / "hyp.tsv").write_text("id\ttext\nu1\tel nino\nu2\tla luna\n", encoding="utf-8")
    shutil.copytree(ROOT / "recipes", folder / "recipes")
    return folder


def write_speech(folder: Path, clips: int = 40) -> None:
    """Sentences that eSpeak NG speaks, with a table: sounds that belong to their texts."""
    folder.mkdir()
    lines = ["file_name\ttext"]
    for k, row in enumerate(Espeak(language="es", limit=clips).rows()):
        assert isinstance(row, Row) and isinstance(row.audio, bytes)
        samples, rate_hz = soundfile.read(io.BytesIO(row.audio))
        soundfile.write(folder / f"{k}.wav", samples, rate_hz)
        lines.append(f"{k}.wav\t{row.transcript}")
    (folder / "metadata.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


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
    if line in OWN:
        assert program == "xlt"  # they run below, in their order
    elif rest[:1] == ["train"]:
        assert launch_of(TrainLine.of(rest[1:])).recipe.language == "es"
    elif program == "xlt":
        instead = PARSED.get((program, rest[0]))
        assert said(shlex.join([program, rest[0], *instead]) if instead else line)
    elif program == "accelerate" and rest[0] == "launch":
        recipe = runpy.run_path(str(place / rest[1]))["RECIPE"]
        assert parse(recipe, rest[2:]).recipe.language == recipe.language
    elif program == "make":
        verbs = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert rest[0] in verbs
    else:  # `test_wheel` installs the package; accelerate is no part of it
        assert [program, *rest] in (
            ["pip", "install", "."],
            ["pip", "install", ".[mini]"],
            ["accelerate", "config"],
        )


def test_own_recordings_go_all_the_way(said: Callable[[str], str], place: Path) -> None:
    prepare, look, train, evaluate, transcribe, publish = OWN
    assert "clips in                               40" in said(prepare)
    shown = said(look)
    assert "data     my-recordings (es): " in shown
    assert "refused" not in shown
    assert not (place / "runs/es-mine-mini").exists()
    assert "A recogniser of Spanish, made from xlt:en-mini" in said(
        shlex.join([*train.split(), *SHORT])
    )
    assert re.search(r"^\S+/test: WER ", said(evaluate), re.MULTILINE)
    assert said(transcribe).startswith("talk.mp3\t")
    assert "model.safetensors" in said(publish)


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
