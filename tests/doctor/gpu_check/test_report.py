"""The checks on a CPU: each sees what it should, an error in one stops no other, a file holds all.

Also tests: xlt/doctor/gpu_check/material.py, xlt/doctor/gpu_check/check.py
"""

import json
from pathlib import Path

import pytest
import torch

from xlt.cli.checks import gpu_check
from xlt.doctor.gpu_check.check import Bench, Check
from xlt.doctor.gpu_check.report import CHECKS


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(device=torch.device("cpu"), folder=tmp_path)


def test_names_are_different() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_what_only_a_gpu_shows_is_left_out_on_a_cpu(bench: Bench) -> None:
    named = {check.name: check for check in CHECKS}
    for name in ("kernels", "synchronisations", "speed"):
        result = named[name].result(bench)
        assert result.ok is None
        assert "not on this machine" in result.seen


def test_a_file_holds_every_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gpu_check(tmp_path / "new" / "out.json", only=("ctc", "kernels"))
    content = json.loads((tmp_path / "new" / "out.json").read_text())
    assert [(c["name"], c["ok"]) for c in content["checks"]] == [("kernels", None), ("ctc", True)]
    assert content["facts"]["torch"] == torch.__version__
    assert "not as expected: none" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["out.json"]


def test_an_error_is_an_observation(bench: Bench) -> None:
    def look(bench: Bench) -> None:
        raise RuntimeError("no kernel image is available")

    result = Check(name="new", expected="", look=look).result(bench)
    assert result.ok is False
    assert result.seen.startswith("RuntimeError: no kernel image is available (test_report.py:")


def test_a_result_that_is_not_as_expected_is_the_exit_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xlt.doctor.gpu_check.numbers.LOSS_TOLERANCE", -1.0)
    with pytest.raises(SystemExit) as left:
        gpu_check(tmp_path / "out.json", only=("ctc",))
    assert left.value.code == 1


def test_a_name_that_no_check_has(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"No check speeed; there are kernels, ctc, "):
        gpu_check(tmp_path / "out.json", only=("speeed",))
