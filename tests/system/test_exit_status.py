"""What a process leaves: a sentence, its notes, and a status that a job script can read."""

import errno

import pytest

from xlt.system.exit_status import in_a_sentence, leave, status
from xlt.training.checkpoint import CheckpointError


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_74_wherever_it_is_behind(number: int) -> None:
    assert status(OSError(number, "full")) == 74
    above = CheckpointError("the disk is full")
    above.__cause__ = OSError(number, "full")
    assert status(above) == 74


def test_anything_else_is_1() -> None:
    assert status(ValueError("no")) == 1
    assert status(OSError(errno.EIO, "broken")) == 1


def test_the_sentence_and_its_notes(capsys: pytest.CaptureFixture[str]) -> None:
    error = ValueError("the clip is damaged.")
    error.add_note("This is process 1 of 2, at step 7.")
    with pytest.raises(SystemExit) as end:
        leave(error)
    assert end.value.code == 1
    said = capsys.readouterr().err
    assert said == "xlt: the clip is damaged.\nThis is process 1 of 2, at step 7.\n"


def test_ctrl_c_is_a_sentence_and_130(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end, in_a_sentence():
        raise KeyboardInterrupt
    assert end.value.code == 130
    assert capsys.readouterr().err == "xlt: ended by Ctrl-C. What was saved is kept.\n"
