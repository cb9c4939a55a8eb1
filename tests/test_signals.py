"""SIGTERM: a flag, an end in the middle of an evaluation, and what a launcher sends twice."""

import os
import signal
import subprocess
import sys
import time

import pytest
from torch import nn, zeros

from xlt.training import signals
from xlt.training.signals import Interrupted, catch_termination, interruptible


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_a_flag_and_the_handler_of_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with catch_termination() as stop:
        stop.check()
        terminate()
        assert stop.requested
        with pytest.raises(Interrupted):
            stop.check()
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_interruption_that_nobody_catches_is_status_143() -> None:
    with pytest.raises(SystemExit) as end, catch_termination():
        raise Interrupted
    assert end.value.code == 143


def test_a_model_is_used_no_more() -> None:
    model = nn.Linear(2, 2)
    with catch_termination() as stop:
        with interruptible(model, stop):
            model(zeros(1, 2))
            terminate()
            with pytest.raises(Interrupted):
                model(zeros(1, 2))
        model(zeros(1, 2))


def test_the_echo_of_a_launcher_is_the_same_request() -> None:
    with catch_termination() as stop:
        terminate()
        terminate()
        assert stop.requested


def test_a_second_request_ends_at_once() -> None:
    code = (
        "import os, signal, time\n"
        "from xlt.training import signals\n"
        "signals.ECHO_S = 0.05\n"
        "with signals.catch_termination() as stop:\n"
        "    os.kill(os.getpid(), signal.SIGTERM); time.sleep(0.1)\n"
        "    print('still here', flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)\n"
    )
    begun_s = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == -signal.SIGTERM
    assert done.stdout == "still here\n"
    assert time.monotonic() - begun_s < 100
    assert signals.ECHO_S >= 1
