"""SIGTERM, Ctrl-C: a flag, an end in the middle of an evaluation, and what a launcher sends twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from torch import nn, zeros

from xlt.system import signals
from xlt.system.signals import Interrupted, catch_termination, interruptible

ASKED = [signal.SIGTERM, signal.SIGINT]


def terminate(number: signal.Signals = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", ASKED)
def test_a_flag_and_the_handler_of_before(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with catch_termination() as stop:
        stop.check()
        terminate(number)
        assert stop.requested
        assert stop.by == number
        with pytest.raises(Interrupted):
            stop.check()
    assert signal.getsignal(number) is before


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_an_interruption_that_nobody_catches_is_a_status(
    number: signal.Signals, status: int
) -> None:
    def run() -> None:
        with catch_termination() as stop:
            terminate(number)
            stop.check()

    with pytest.raises(SystemExit) as end:
        run()
    assert end.value.code == status


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


@pytest.mark.parametrize("number", ASKED)
def test_a_second_request_ends_at_once(number: signal.Signals) -> None:
    code = (
        "import os, signal, time\n"
        "from xlt.system import signals\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a background job ignores it
        "signals.ECHO_S = 0.05\n"
        "with signals.catch_termination() as stop:\n"
        f"    os.kill(os.getpid(), {number:d}); time.sleep(0.1)\n"
        "    print('still here', flush=True)\n"
        f"    os.kill(os.getpid(), {number:d}); time.sleep(300)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == -number
    assert done.stdout == "still here\n"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_a_run_ends_with_the_launcher_that_started_it(tmp_path: Path) -> None:
    note = tmp_path / "note"
    run = (
        "import pathlib, time\n"
        "from xlt.system.signals import catch_termination, end_with_launcher\n"
        "end_with_launcher()\n"
        f"note = pathlib.Path({str(note)!r})\n"
        "with catch_termination() as stop:\n"
        "    note.write_text('up')\n"
        "    while not stop.requested: time.sleep(0.01)\n"
        "note.write_text('saved')\n"
    )
    launcher = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {run!r}])"
    environment = {**os.environ, signals.LAUNCHED: "no"}
    with subprocess.Popen([sys.executable, "-c", launcher], env=environment) as started:
        wait_for(note, "up")
        started.terminate()
    wait_for(note, "saved")


def wait_for(note: Path, text: str) -> None:
    """Until another process has written so."""
    while not (note.is_file() and note.read_text() == text):
        time.sleep(0.05)
