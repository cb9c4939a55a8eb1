"""A failed process leaves a sentence, its notes, and an exit code that a job script can read."""

import errno

import pytest

from xlt.system.exit_status import errors_as_sentences, exit_code, exit_with_error
from xlt.training.checkpoint import CheckpointError


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_74_wherever_it_is_behind(number: int) -> None:
    assert exit_code(OSError(number, "full")) == 74
    above = CheckpointError("the disk is full")
    above.__cause__ = OSError(number, "full")
    assert exit_code(above) == 74


def test_anything_else_is_1() -> None:
    assert exit_code(ValueError("no")) == 1
    assert exit_code(OSError(errno.EIO, "broken")) == 1


def test_the_sentence_and_its_notes(capsys: pytest.CaptureFixture[str]) -> None:
    error = ValueError("the clip is damaged.")
    error.add_note("This is process 1 of 2, at step 7.")
    with pytest.raises(SystemExit) as end:
        exit_with_error(error)
    assert end.value.code == 1
    said = capsys.readouterr().err
    assert said == "xlt: the clip is damaged.\nThis is process 1 of 2, at step 7.\n"


def test_ctrl_c_is_a_sentence_and_130(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end, errors_as_sentences():
        raise KeyboardInterrupt
    assert end.value.code == 130
    assert capsys.readouterr().err == "xlt: ended by Ctrl-C. What was saved is kept.\n"
