"""Findings of a checkup: what is broken is named with what to do, and the checkup itself goes on.

Also tests: xlt/doctor/__main__.py, xlt/doctor/environment.py, xlt/doctor/finding.py,
xlt/doctor/libraries.py
"""

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

from xlt.cli.checks import doctor
from xlt.doctor import libraries
from xlt.doctor.environment import (
    _judged,
    cores,
    described,
    devices,
    files,
    shared_memory,
)
from xlt.doctor.finding import Finding, child
from xlt.doctor.libraries import builds, floors, holes, import_errors, modules_of, older, remedy


def states(findings: list[Finding]) -> dict[str, str]:
    return {finding.name: finding.state for finding in findings}


def test_it_loads_no_library() -> None:
    code = (
        "import sys; before = set(sys.modules); import xlt.doctor.checkup;"
        "print({m.partition('.')[0] for m in set(sys.modules) - before} - sys.stdlib_module_names)"
    )
    said, exit_code = child(code)
    assert (said.strip(), exit_code) == ("{'xlt'}", 0)


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that comes first where Python looks for modules, here and in children."""
    folder = tmp_path / "fakes"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


def package(folder: Path, name: str, code: str, version: str = "99.0") -> None:
    """A distribution with one module."""
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text(code)
    (folder / name / "version.py").write_text(f"__version__ = '{version}'\n")
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "top_level.txt").write_text(f"{name}\n")


@pytest.mark.slow
def test_a_broken_torch_is_named_and_nothing_else_stops(fakes: Path, tmp_path: Path) -> None:
    package(fakes, "torch", "raise OSError('libc10_cuda.so: cannot open shared object file')")
    done = subprocess.run(
        [sys.executable, "-m", "xlt.doctor", str(tmp_path / "runs")],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    (at,) = [n for n, line in enumerate(lines) if line.startswith("problem  torch ")]
    assert "OSError: libc10_cuda.so" in lines[at]
    assert "-> pip install --force-reinstall" in lines[at + 1]
    assert any(line.startswith("ok       file system") for line in lines)
    assert any("not looked at, since a library is broken" in line for line in lines)
    assert not (tmp_path / "runs").exists()


def test_every_way_in_which_an_import_can_end(fakes: Path) -> None:
    for name, code in {
        "sound": 'print(\'["noise", "on the way"\')',
        "absent_part": "import nowhere_at_all",
        "leaves": "raise SystemExit(0)",
        "crashes": "import os; os._exit(7)",
        "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "last": "",
    }.items():
        package(fakes, name, code)
    names = ["sound", "absent_part", "crashes", "leaves", "killed", "last"]
    errors = import_errors({name.upper(): name for name in names})
    assert errors == {
        "ABSENT_PART": "ModuleNotFoundError: No module named 'nowhere_at_all'",
        "CRASHES": "its import ended the process (exit code 7)",
        "LEAVES": "SystemExit: 0",
        "KILLED": "its import ended the process (exit code -9)",
    }


def test_missing_old_and_broken_libraries(fakes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(fakes, "shaky", "1 / 0", "3.1")
    package(fakes, "aged", "", "1.2")
    wanted = {"shaky": "3.0", "aged": "1.10", "gone-for-good": "2.0", "pytest": "8.0"}
    monkeypatch.setattr(libraries, "requirements", lambda: wanted)
    found = {finding.name: finding for finding in libraries.libraries()}
    assert states(list(found.values())) == {
        "gone-for-good": "problem",
        "aged": "problem",
        "shaky": "problem",
        "libraries": "ok",
    }
    assert found["gone-for-good"].do == "pip install 'gone-for-good>=2.0'"
    assert found["aged"].seen == "1.2 is below 1.10"
    assert "3.1 does not load: ZeroDivisionError" in found["shaky"].seen
    assert found["libraries"].seen == "1 of 4 are there and load"


def test_floors_are_read_from_requirements() -> None:
    declared = [
        "torch>=2.10",
        "huggingface_hub>=1.0",
        "filelock",
        "numpy >= 2.0 ; python_version > '3'",
        'pytest>=8; extra == "dev"',
    ]
    expected = {"torch": "2.10", "huggingface_hub": "1.0", "filelock": "", "numpy": "2.0"}
    assert floors(declared) == expected
    assert {"torch", "transformers"} <= set(libraries.requirements())


@pytest.mark.parametrize(
    ("version", "floor", "expected"),
    [
        ("2.9.1", "2.10", True),
        ("2.10.0+cu130", "2.10", False),
        ("2.10", "2.10.0", False),
        ("5.3.0rc1", "5.3", False),
        ("5", "5.0.1", True),
        ("1.0", "", False),
    ],
)
def test_versions_are_compared_by_number(version: str, floor: str, expected: bool) -> None:
    assert older(version, floor) is expected


def test_modules_of_distributions() -> None:
    found = modules_of(["pytest", "huggingface_hub", "markdown-it-py", "not-installed"])
    assert found == {
        "pytest": "pytest",
        "huggingface_hub": "huggingface_hub",
        "markdown-it-py": "markdown_it",
        "not-installed": "not_installed",
    }


def test_known_holes(fakes: Path) -> None:
    assert states(list(holes())) == {"holes": "ok"}
    package(fakes, "torch", "", "2.9.1+cpu")
    (found,) = holes()
    assert found.state == "problem"
    assert "torch 2.9.1+cpu" in found.seen and "CVE-2026-24747" in found.seen
    assert found.do == "pip install --upgrade 'torch>=2.10'"


@pytest.mark.parametrize(
    ("torch", "torchaudio", "state"),
    [
        ("2.10+cpu", "2.10+cpu", "ok"),
        ("2.10+cu130", "2.10+cu130", "ok"),
        ("2.10+cpu", "2.10+cu130", "problem"),
        ("2.10+cu130", "2.10", "warning"),
    ],
)
def test_builds(fakes: Path, torch: str, torchaudio: str, state: str) -> None:
    package(fakes, "torch", "", torch)
    package(fakes, "torchaudio", "", torchaudio)
    found = builds()
    assert found.state == state
    if state == "problem":
        assert found.do.endswith("torchaudio --index-url https://download.pytorch.org/whl/cpu")


def test_remedies_are_one_line() -> None:
    assert "soundfile" in remedy("soundfile", "OSError: sndfile library not found")
    assert remedy("librosa", "ImportError: x") == "pip install --force-reinstall librosa"


def test_a_good_folder_is_left_as_it_was(tmp_path: Path) -> None:
    found = files(tmp_path / "not" / "yet" / "there")
    assert found.state == "ok"
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = files(tmp_path / "file" / "runs")
    assert found.state == "problem"
    assert "can't make a folder" in found.seen and "--out" in found.do


def test_a_place_where_nothing_large_can_be_written(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    try:
        found = files(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert found.state == "problem"
    assert f"can't write and sync a file ({os.strerror(errno.EFBIG)})" in found.seen
    assert list(tmp_path.iterdir()) == []


def test_amounts_are_judged() -> None:
    states_ = [_judged("disk", n << 30, 20, 1 << 30, "free", "do") for n in (0, 1, 2)]
    assert [f.state for f in states_] == ["problem", "ok", "ok"]
    tight = _judged("disk", 5 << 30, 20 << 30, 1 << 30, "free", "make room")
    assert (tight.state, tight.seen, tight.do) == ("warning", "5.0 GiB free", "make room")
    assert str(tight).splitlines()[1].strip() == "-> make room"


def test_more_threads_than_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "999")
    found = cores()
    assert found.state == "warning" and found.do.startswith(("export OMP", "--training.threads"))


def test_shared_memory_is_compared_with_what_readers_hold() -> None:
    docker = shared_memory(64 << 20)
    assert docker.state == "warning" and "67 MB free" in docker.seen
    assert "246 MB" in docker.seen and "--shm-size" in docker.do
    assert shared_memory(1 << 30).state == shared_memory(None).state == "ok"


GOOD = {"bf16": True, "threads": 4, "device": None, "gpus": [], "gloo": ""}


def test_what_torch_says_is_described() -> None:
    assert states(list(described(GOOD))) == {"device": "ok", "bf16": "ok", "gloo": "ok"}
    gpu = {**GOOD, "device": "cuda:0", "gpus": [["A GPU", 60 << 30, 80 << 30]]}
    assert next(described(gpu)).seen == "A GPU (60 of 80 GiB free)"
    lonely = list(described({**GOOD, "gloo": "RuntimeError: Unable to resolve hostname"}))
    assert states(lonely)["gloo"] == "warning" and "GLOO_SOCKET_IFNAME" in lonely[-1].do
    assert "fp32" in list(described({**GOOD, "bf16": False}))[1].seen


@pytest.mark.slow
def test_torch_is_asked_in_a_child() -> None:
    found = list(devices())
    assert states(found)["device"] == "ok" and states(found)["gloo"] == "ok"


def test_the_verb_exits_with_1(fakes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in libraries.requirements():
        package(fakes, name, "", "0.0.1")
    with pytest.raises(SystemExit) as exit_:
        doctor(fakes / "runs")
    assert exit_.value.code == 1
    assert "0.0.1 is below" in capsys.readouterr().out
