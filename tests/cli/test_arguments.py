"""Help and wrong arguments of every verb and recipe are answered before a heavy library is imported.

Also tests: xlt/cli/app.py, xlt/cli/alphabets.py, xlt/cli/checks.py, xlt/cli/data.py, xlt/cli/models.py,
xlt/cli/train.py, xlt/cli/verify.py, xlt/cli/__init__.py, xlt/recipe/command.py
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

from xlt.cli.app import CODES
from xlt.cli.arguments import check_positive, check_writable, unreadable, with_folders
from xlt.dataset.account import Account
from xlt.language import rules

HEAVY = set(
    "torch torchaudio transformers accelerate datasets numba scipy pandas matplotlib".split()
)
"""Libraries that take a good part of a second and more to import."""
PROGRAM = """
import contextlib, io, json, sys
from xlt.cli import main

answers = []
for arguments in json.load(sys.stdin):
    sys.argv, said = ["xlt", *arguments], io.StringIO()
    out, err = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = said
    code, before = 0, set(sys.modules)
    try:
        main()
    except SystemExit as leave:
        code = leave.code
    sys.stdout, sys.stderr = out, err
    answers.append([code or 0, said.getvalue(), sorted(set(sys.modules) - before)])
json.dump(answers, sys.stdout)
"""
"""Many command lines in one process, each with the modules that it was the first to import."""
WRONG = {
    "vocab xx": "no language 'xx' here; there are de",
    "vocab nowhere.py": "there is no language file nowhere.py",
    "vocab es --out a-file": "a-file is a file; name a folder",
    "vocab es --text nowhere.txt --out tok": "nowhere.txt",
    "overfit nowhere": "nowhere is not a prepared dataset",
    "overfit nowhere.py": "there is no recipe file nowhere.py",
    "overfit nowhere --clips 0": "--clips is 0; it must be more than 0",
    "prepare xx a-folder --out made": "no language 'xx' here",
    "prepare es nowhere --out made": "There is no folder nowhere",
    "prepare es nowhere --out made --kind common-voice": "There is nothing at nowhere",
    "prepare es a-folder --out a-file": "a-file is a file; name a folder",
    "prepare es a-folder --out made --source xlt:no": "No checkpoint xlt:no comes with the package",
    "prepare es a-folder --out made --kind zip": "invalid choice",
    "prepare es a-folder --out made": "Write a table metadata.csv beside the recordings",
    "prepare es nowhere --out made --config spanish": "--config is an option of hub, but nowhere is read",
    "prepare es nowhere --out made --kind hub": "nowhere is not the id of a dataset on the Hub: owner/name",
    "prepare es nowhere --out made --kind folder --splits dev": "--splits is an option of common-voice and hub",
    "prepare es nowhere --out made --kind common-voice --splits dev, test": "['dev,'] not in train, dev",
    "prepare es --out made": "Try: xlt prepare es my-recordings --out made",
    "prepare es talk.mp3 --out made": "talk.mp3 is not a table",
    "prepare es a-folder --out made --max-rejected 2": "max_rejected is 2.0; it is a share: give 0 to 1",
    "transfer xlt:en-mini xx": "no language 'xx' here",
    "transfer nowhere es": "No checkpoint at nowhere: not a folder here, and not a Hub id",
    "transfer a-folder es": "a-folder has no config.json",
    "convert nowhere --out made": "No checkpoint at nowhere",
    "convert a-folder --out a-file": "a-file is a file; name a folder",
    "transcribe": "No file was named",
    "transcribe talk.mp3": "No finished run in runs/",
    "transcribe talk.mp3 --model nowhere": "the model folder nowhere is not there",
    "transcribe talk.mp3 --model a-folder": "a-folder has no config.json (a-folder/config.json)",
    "transcribe talk.mp3 --model a-file": "a-file is a file, and a model is a folder",
    "transcribe talk.mp3 --model owner/name@": "owner/name@ names no revision after @",
    "transcribe talk.mp3 --model owner/name@v1 --revision v2": "contradict each other",
    "evaluate xlt:no DATA": "No checkpoint xlt:no comes with the package",
    "transcribe a-folder --model MODEL": "a-folder: is a folder without a recording (.3gp",
    "transcribe talk.mp3 --model MODEL --channel middle": "invalid choice",
    "transcribe nowhere.mp3 --model MODEL": "nowhere.mp3: there is no such file",
    "transcribe talk.mp3 --model MODEL --batch-s 0": "--batch-s is 0; it must be more than 0",
    "evaluate MODEL nowhere": "nowhere is n",
    "evaluate nowhere DATA": "the model folder nowhere is not there",
    "evaluate MODEL DATA --split all --transcripts a-folder": "a-folder is a folder; name a file",
    "publish nowhere --repo you/name": "No record at nowhere/record.json",
    "publish nowhere --repo name": "'name' is n",
    "verify nowhere": "nowhere holds nothing with hashes",
    "verify a-folder": "a-folder holds nothing with hashes",
    "score nowhere.tsv": "There is no file nowhere.tsv",
    "score a.tsv --language xx": "no language 'xx' here",
    "score a.tsv --out report.pdf": "a score is written as .json or .html",
    "score a.tsv --out a-file/report.html": "a-file is a file, not a folder",
    "compare-scores a-folder nowhere": "a-folder is not the folder of a finished run",
    "compare-scores a.tsv b.tsv --language xx": "no language 'xx' here",
    "compare-scores a.tsv b.tsv --out a-folder": "a score is written as .json or .html",
    "runs nowhere": "There is no folder nowhere",
    "runs a-folder": "No run is in a-folder",
    "nonsense": "there is no verb 'nonsense'; there are",
    "finetune es a-folder": "Try: xlt train es a-folder",
    "train": "name a language, or the file of a recipe, first",
    "train --mini es": "name a language, or the file of a recipe, first",
    "train xx a-folder": "no language 'xx' here",
    "train en a-folder": "Try: xlt train en a-folder --source facebook/wav2vec2-xls-r-300m",
    "train nowhere.py a-folder": "there is no recipe file nowhere.py",
    "train es nowhere": "There is nothing at nowhere",
    "train es a-foldr": "Try: xlt train es a-folder",
    "train es a-folder": "Write a table metadata.csv beside the recordings",
    "train es DATA --learning-rate 1e-4": "--learning-rate is --training.schedule.peak RATE here",
    "train es DATA --nonsense": "Unrecognized options: --nonsense",
    "train de DATA --source xlt:en-mini": "xlt train es ",
    "score a.tsv --nonsense": "Unrecognized options: --nonsense",
}
"""Command line -> a part of its answer."""
VERBS = "train vocab doctor gpu-check overfit prepare transfer convert transcribe evaluate publish score compare-scores verify runs".split()


def _dataset(folder: Path) -> Path:
    """A folder with the account of a prepared dataset: enough for the checks that come first."""
    none = dict.fromkeys(("train", "dev", "test"), 0)
    account = Account(
        language="es",
        normaliser="xlt-2",
        corpora={"toy": 0},
        licences={"toy": "CC0-1.0"},
        clips_in=0,
        kept=none,
        hours=dict.fromkeys(none, 0.0),
        rejected={},
        speakers=none,
        unknown_speakers=0,
        shared_speakers=0,
        same_speaker=False,
        synthetic=False,
        digest="0" * 64,
    )
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps({"account": account.to_dict()}))
    return folder


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str, set[str]]]:
    """Exit code, output and heavy libraries of every command line."""
    place = tmp_path_factory.mktemp("place")
    (place / "a-file").touch()
    (place / "talk.mp3").touch()
    (place / "a-folder").mkdir()
    for name in ("a.tsv", "b.tsv"):
        (place / name).write_text("id\ttext\thypothesis\nu1\tluna\tluna\n")
    model = ROOT / "xlt/models/sources/en-mini"
    data = _dataset(place / "data")
    lines = [f"{verb} --help" for verb in VERBS] + ["--help", "--version", *WRONG]
    places = {"MODEL": str(model), "DATA": str(data)}
    asked = [[places.get(word, word) for word in line.split()] for line in lines]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        cwd=place,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return {
        line: (code, said, HEAVY & set(modules))
        for line, (code, said, modules) in zip(lines, found, strict=True)
    }


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_at_once(
    answers: dict[str, tuple[int, str, set[str]]], verb: str
) -> None:
    code, said, heavy = answers[f"{verb} --help"]
    assert (code, heavy) == (0, set())
    assert f"usage: xlt {verb}" in said


def test_help_lists_every_verb(answers: dict[str, tuple[int, str, set[str]]]) -> None:
    listed = answers["--help"][1]
    assert [verb for verb in VERBS if f"• {verb} " not in listed] == []
    assert listed.count("•") == len(VERBS), "VERBS above lacks a verb, which nothing here tests"


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_argument_is_answered_at_once(
    answers: dict[str, tuple[int, str, set[str]]], line: str
) -> None:
    code, said, heavy = answers[line]
    assert code != 0, said
    assert WRONG[line] in said
    assert heavy == set(), f"`xlt {line}` imports {heavy} before it says what is wrong"


def test_help_of_transcribe_shows_that_it_takes_several_files(
    answers: dict[str, tuple[int, str, set[str]]],
) -> None:
    said = answers["transcribe --help"][1]
    assert "FILE..." in said.splitlines()[0]
    assert "(default: )" not in said


def test_help_names_the_languages_of_the_table(
    answers: dict[str, tuple[int, str, set[str]]],
) -> None:
    assert CODES.split(", ") == list(rules.codes())
    for verb in "vocab prepare transfer score compare-scores".split():
        assert CODES in " ".join(answers[f"{verb} --help"][1].replace("│", " ").split()), verb


RECIPE = """
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print(*{"torch", "transformers", "datasets"} & set(sys.modules), file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--help"], "--training.schedule.peak"),
        (["--nonsense"], "Unrecognized options: --nonsense"),
        (["--language", "xx"], "no language 'xx' here"),
        (["--source", "nowhere"], "No checkpoint at nowhere"),
        (["--training.steps", "0"], "steps is 0; it must be more than 0"),
        (["--source", "xlt:en-mini"], "There is nothing at data/cv-corpus-es.tar.gz"),
    ],
)
def test_a_recipe_answers_at_once(flags: list[str], said: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RECIPE, str(ROOT / "recipes/es.py"), *flags],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
    )
    assert done.returncode == (0 if flags == ["--help"] else done.returncode or 1)
    assert said in done.stdout + done.stderr
    assert done.stderr.splitlines()[-1] == "", "a heavy library was imported first"


def test_amounts_are_more_than_zero() -> None:
    check_positive(peak=None, limit_s=0.5)
    with pytest.raises(ValueError, match="--limit-s is -1; it must be more than 0"):
        check_positive(limit_s=-1)
    with pytest.raises(ValueError, match="--peak is nan"):
        check_positive(peak=float("nan"))


def test_a_pipe_can_be_read_and_a_folder_can_not(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert unreadable([tmp_path / "pipe"]) == {}
    assert "is a folder" in unreadable([tmp_path])[tmp_path]


def test_a_folder_stands_for_the_recordings_below_it(tmp_path: Path) -> None:
    for name in ("b/2.WAV", "b/1.opus", "b/notes.txt", "a.mp3", "b/d.wav/3.flac"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    below = [tmp_path / "b" / name for name in ("1.opus", "2.WAV", "d.wav/3.flac")]
    assert with_folders([tmp_path / "b", tmp_path / "x.raw"]) == [*below, tmp_path / "x.raw"]
    assert with_folders([tmp_path, below[0]]) == [tmp_path / "a.mp3", *below]
    assert unreadable([tmp_path]) == {}


def test_a_file_in_a_folder_that_is_still_to_be_made_can_be_written(tmp_path: Path) -> None:
    check_writable([tmp_path / "new" / "file.json"])
