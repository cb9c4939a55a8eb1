"""Wrong lines as people type them: each is answered with a line that works, which is then run.

Also tests: xlt/system/mending.py
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from checkpoints import write_checkpoint
from places import ROOT, SUPPORT
from recordings import write_recordings

from xlt.language import rules
from xlt.system.mending import Mendable, near_path, together, with_flag

pytestmark = pytest.mark.slow

PROGRAM = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
from xlt.cli import main

answers = []
for words in json.load(sys.stdin):
    sys.argv, said, code = ["xlt", *words], io.StringIO(), 0
    with redirect_stdout(said), redirect_stderr(said):
        try:
            main()
        except SystemExit as leave:
            code = leave.code or 0
    answers.append([code, said.getvalue()])
json.dump(answers, sys.__stdout__)
"""
"""Many command lines in one process: exit code and output of each."""


class Case(NamedTuple):
    """A wrong line, the line that its answer ends with, and words that the answer of that one holds."""

    typed: str
    tried: str
    then: str


SHORT = "--mini --no-compare --dry-run"
CASES = [
    # verbs
    Case(f"finetune es data/mine {SHORT}", f"train es data/mine {SHORT}", "target   Spanish"),
    Case(f"trian es data/mine {SHORT}", f"train es data/mine {SHORT}", "target   Spanish"),
    Case("eval", "evaluate runs/es/model data/mine", "is not there"),
    Case(f"train --mini es {SHORT}", "train es my-recordings --dry-run", "data     my-recordings"),
    # languages
    Case(f"train es data/pt {SHORT}", f"train pt data/pt {SHORT}", "target   Portuguese"),
    Case("transfer de xlt:en-mini", "transfer xlt:en-mini de", "accent fold"),
    Case(
        "train en my-recordings --dry-run",
        "train en my-recordings --dry-run --source facebook/wav2vec2-xls-r-300m",
        "target   English",
    ),
    Case(f"train languages/ti.py data/mine {SHORT}", f"train languages/it.py data/mine {SHORT}", "--source"),
    # paths
    Case(f"train es my-recordigns {SHORT}", f"train es my-recordings {SHORT}", "data     my-recordings"),
    Case(f"train es dat/mine {SHORT}", f"train es data/mine {SHORT}", "data     my-recordings"),
    Case("prepare es my-recordigns --out new", "prepare es my-recordings --out new", "kept: train"),
    Case("evaluate runs/es-mini data/mime", "evaluate runs/es-mini data/mine", "my-recordings/test: WER"),
    Case("evaluate runs/es-mini runs/es-mini", "evaluate runs/es-mini runs/es-mini/data", "/test: WER"),
    Case("prepare es data/mine --out new", "train es data/mine --dry-run", "data     my-recordings"),
    Case("verify es-mini", "verify runs/es-mini", "All files are what was written"),
    # models
    Case("evaluate es-mini data/mine", "evaluate runs/es-mini data/mine", "my-recordings/test: WER"),
    Case("evaluate runs/es-mnii data/mine", "evaluate runs/es-mini data/mine", "/test: WER"),
    Case("transfer xlt:en de", "transfer xlt:en-mini de", "accent fold"),
    Case("transfer sorce de", "transfer source de", "accent fold"),
    Case("publish es-mini --repo you/name --dry-run", "publish runs/es-mini --repo you/name --dry-run", "model.safetensors"),
    Case("publish runs/es-mini --repo name --dry-run", "publish runs/es-mini --repo you/name --dry-run", "model.safetensors"),
    # flags of a training
    Case(
        f"train es data/mine --learning-rate 1e-3 {SHORT}",
        f"train es data/mine --training.schedule.peak 1e-3 {SHORT}",
        "target   Spanish",
    ),
    Case(
        f"train es data/mine --lr=1e-3 --max-steps=50 {SHORT}",
        f"train es data/mine --training.schedule.peak=1e-3 --training.steps=50 {SHORT}",
        "steps    50 of 60 s",
    ),
    Case(
        "train es data/mine --mini --training.steps 20",
        "train es data/mine --mini --training.steps 20 --transfer.head-only-steps 2",
        "in the first 2 only the head learns",
    ),
    Case(
        "train es data/mine --name es-mini --mini",
        "train es data/mine --name es-mini-2 --mini",
        "run      runs/es-mini-2",
    ),
    Case(
        f"train es --language es_ES data.0:prepared --data.0.path data/mine {SHORT} --name es-new",
        "",
        "target   Spanish",
    ),
    Case(
        f"train es data.0:folder --data.0.path my-recordings {SHORT} --name es-new",
        "",
        "data     my-recordings",
    ),
    # other spellings of a language's code, which are understood
    Case(f"train es-ES data/mine {SHORT}", "", "target   Spanish"),
    Case(f"train pt_BR data/pt {SHORT}", "", "target   Portuguese"),
    Case("vocab ES --out tok", "", "tok/es: written"),
    # arguments that lack
    Case("prepare es my-recordings", "prepare es my-recordings --out data/mine", "kept: train"),
    Case("publish runs/es-mini", "publish runs/es --repo you/name --dry-run", "No record at"),
    Case("overfit", "overfit data/mine", ""),
]  # fmt: skip
ANSWERED_ELSEWHERE = {"overfit data/mine"}
"""Lines that take a minute: `overfit` has tests of its own."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder: recordings, datasets of two languages, a finished run, a checkpoint, a language file."""
    folder = tmp_path_factory.mktemp("user")
    write_recordings(folder / "my-recordings")
    write_checkpoint(folder / "source")
    (folder / "languages").mkdir()
    shutil.copy(SUPPORT / "languages/it.py", folder / "languages")
    flags = "--training.steps 2 --training.batch-s 20 --transfer.head-only-steps 1 --training.evaluate-every 2"
    made = answers(
        folder,
        "prepare es my-recordings --out data/mine",
        "prepare pt my-recordings --out data/pt",
        f"train es data/mine --source source --name es-mini {flags}",
    )
    assert [code for code, _ in made] == [0, 0, 0], made
    return folder


def answers(folder: Path, *lines: str) -> list[tuple[int, str]]:
    """Exit code and output of lines, without their colours and frames."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps([line.split() for line in lines]),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return [(code, said) for code, said in json.loads(done.stdout.splitlines()[-1])]


@pytest.fixture(scope="module")
def found(place: Path) -> dict[str, tuple[int, str]]:
    """The answers to all wrong lines, then to all lines that these end with."""
    typed = [case.typed for case in CASES]
    tried = [without_training(case.tried) for case in CASES if case.tried]
    tried = [line for line in dict.fromkeys(tried) if line not in ANSWERED_ELSEWHERE]
    return dict(zip([*typed, *tried], answers(place, *typed, *tried), strict=True))


def without_training(line: str) -> str:
    """A line that would train, with the flag that lets it stop before."""
    return line if not line.startswith("train ") or "--dry-run" in line else f"{line} --dry-run"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.typed)
def test_a_wrong_line_is_answered_with_one_that_works(
    case: Case, found: dict[str, tuple[int, str]]
) -> None:
    code, said = found[case.typed]
    if not case.tried:
        assert (code, case.then in said) == (0, True), said
        return
    assert code != 0
    offered = re.search(r"(?:Try|For example): xlt (.*)\s*\Z", said)
    assert offered is not None, said
    assert offered[1].strip() == case.tried
    if case.tried in ANSWERED_ELSEWHERE:
        return
    _, then = found[without_training(case.tried)]
    assert case.then in then
    assert said.splitlines()[0] not in then


def test_a_folder_without_a_table_says_which_table_opens_it(place: Path, tmp_path: Path) -> None:
    (tmp_path / "wavs").mkdir()
    for k in range(20):
        shutil.copy(place / f"my-recordings/{k}.wav", tmp_path / "wavs")
    ((code, said),) = answers(tmp_path, "prepare es wavs --out data/mine")
    assert code != 0
    header = re.search(r"the header (\S+) and lines such", said)
    assert header is not None
    rows = [f'{k}.wav,"la casa {"roja" * (k % 3)}"' for k in range(20)]
    (tmp_path / "wavs/metadata.csv").write_text("\n".join([header[1], *rows]) + "\n")
    ((code, said),) = answers(tmp_path, "train es wavs --mini --dry-run")
    assert (code, "data     wavs (es): 20 clips" in said) == (0, True), said


def test_a_missing_extra_is_named_with_the_line_that_gets_it(tmp_path: Path) -> None:
    program = PROGRAM.replace("answers = []", "sys.modules['espeakng_loader'] = None\nanswers = []")
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps([["train", "de", "--mini", "--dry-run"]]),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )
    ((code, said),) = json.loads(done.stdout.splitlines()[-1])
    assert code != 0
    assert "pip install espeakng-loader" in said


@pytest.mark.parametrize(
    ("typed", "mended"),
    [
        ("xlt train es a --name b", "xlt train es a --name c"),
        ("xlt train es a --name=b", "xlt train es a --name=c"),
        ("xlt train es a", "xlt train es a --name c"),
        (
            "xlt train es data.0:folder --data.0.path a",
            "xlt train es --name c data.0:folder --data.0.path a",
        ),
    ],
)
def test_a_flag_is_set_or_replaced(typed: str, mended: str) -> None:
    assert " ".join(with_flag(typed.split(), "--name", "c")) == mended


def test_a_line_that_was_not_typed_is_not_mended() -> None:
    error = Mendable("no", words={"es-ES": "es"})
    assert error.mended(["python", "mine.py"]) == ""
    assert error.mended(["xlt", "a b", "--language=es-ES"]) == "xlt 'a b' --language=es"


def test_a_code_that_is_nearly_one_is_mended_in_a_flag() -> None:
    with pytest.raises(Mendable, match="no language 'pt_BR' here; did you mean pt") as caught:
        rules.get("pt_BR")
    typed = ["python", "recipes/es.py", "--language=pt_BR"]
    assert caught.value.mended(typed) == "python recipes/es.py --language=pt"


def test_the_last_of_two_words_is_the_wrong_one() -> None:
    error = Mendable("no", words={"a": "a/data"}, flags={"--n": "2"})
    assert error.mended(["xlt", "evaluate", "a", "a"]) == "xlt evaluate a a/data --n 2"
    both = together([error, ValueError("worse"), Mendable("", words={"b": "c"}, line="x")])
    assert str(both) == "no\nworse\n"
    assert both.mended(["xlt", "a", "b"]) == "xlt a/data c --n 2"
    assert together([Mendable("no", line="x")], "stop").mended(["xlt"]) == "x"


def test_near_paths_are_there(tmp_path: Path) -> None:
    (tmp_path / "data/mine").mkdir(parents=True)
    assert near_path(tmp_path / "data/mien") == tmp_path / "data/mine"
    assert near_path(tmp_path / "dta/mine") == tmp_path / "data/mine"
    assert near_path(tmp_path / "data/elsewhere") is None


@pytest.mark.parametrize("language", ["es", "languages/it.py"])
def test_the_next_line_after_prepare_works_on_little_speech(place: Path, language: str) -> None:
    out = f"data/next-{Path(language).stem}"
    ((code, said),) = answers(place, f"prepare {language} my-recordings --out {out}")
    assert code == 0, said
    line = next(line for line in said.splitlines() if line.startswith("  xlt train "))
    small = "--mini --no-compare --dry-run"
    flags = small if language == "es" else f"--source xlt:en-mini {small}"
    assert line == f"  xlt train {language} {out} {flags}"
    ((code, said),) = answers(place, line.removeprefix("  xlt "))
    assert code == 0, said
    assert "source   xlt:en-mini" in said


def test_recordings_that_are_to_be_scored_are_prepared_first(place: Path) -> None:
    ((code, said),) = answers(place, "evaluate runs/es-mini my-recordings")
    assert code == 1, said
    prepare = "xlt prepare es my-recordings --out data/my-recordings"
    then = "xlt evaluate runs/es-mini data/my-recordings"
    assert f"Make it: {prepare}, then: {then}" in " ".join(said.split())
    for line in (prepare, then):
        ((code, said),) = answers(place, line.removeprefix("xlt "))
        assert code == 0, said
