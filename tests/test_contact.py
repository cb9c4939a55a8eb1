"""A process that hangs ends by itself and says where; one that loses another says so.

Real pairs of processes are in tests/torture and test_torture_quick.py.
"""

import subprocess
import sys
from types import SimpleNamespace

import pytest
from torch import nn, zeros

from xlt.training.contact import LostContact, in_contact

HANGS = """
import time
from types import SimpleNamespace
from xlt.training import contact
contact.GRACE_S = 0.1
with contact.in_contact(SimpleNamespace(num_processes=3, process_index=2), 0.4, lambda: 17):
    time.sleep(100)
"""
BUSY = """
import time
from types import SimpleNamespace
from torch import nn, zeros
from xlt.training import contact
contact.GRACE_S = 0.1
model = nn.Linear(2, 2)
with contact.in_contact(SimpleNamespace(num_processes=3, process_index=2), 0.4, lambda: 17, model):
    for _ in range(20):
        model(zeros(1, 2))
        time.sleep(0.05)
time.sleep(1)
"""
PAIR = SimpleNamespace(num_processes=2, process_index=1)


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=150)


def test_one_that_hangs_ends_and_shows_where() -> None:
    done = run(HANGS)
    assert done.returncode == 1
    assert "process 2 of 3, at step 17, has done nothing for" in done.stderr
    assert '<string>", line 7 in <module>' in done.stderr


def test_one_that_is_busy_goes_on() -> None:
    done = run(BUSY)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_lost_process_is_named() -> None:
    gloo = RuntimeError("[/x/gloo/transport/tcp/pair.cc:545] Read error: Connection reset by peer")
    with (
        pytest.raises(LostContact, match=r"process 1 of 2, at step 5: another.* 7 s .*--resume"),
        in_contact(PAIR, 7.0, lambda: 5),
    ):
        raise gloo


def test_any_other_error_gets_a_note() -> None:
    with (
        pytest.raises(ValueError, match="a clip is damaged") as caught,
        in_contact(PAIR, 7.0, lambda: 5),
    ):
        raise ValueError("a clip is damaged")
    assert caught.value.__notes__ == ["This is process 1 of 2, at step 5."]


def test_alone_nothing_changes() -> None:
    model, alone = nn.Linear(2, 2), SimpleNamespace(num_processes=1, process_index=0)
    with in_contact(alone, 7.0, int, model):
        model(zeros(1, 2))
        assert not model._forward_pre_hooks
    with pytest.raises(RuntimeError, match="^gloo/transport$"), in_contact(alone, 7.0, int, model):
        raise RuntimeError("gloo/transport")
