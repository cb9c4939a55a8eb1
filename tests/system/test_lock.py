"""One run at a time in a folder: the second is told who holds it, a dead one holds nothing."""

import json
import os
import re
import signal
import socket
import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from xlt.system.lock import LOCK, held

FORK = get_context("fork")


def test_the_second_is_told_who_holds_it(tmp_path: Path) -> None:
    here = rf"process {os.getpid()} on {re.escape(socket.gethostname())} since \d{{4}}-\d\d-\d\dT"
    with held(tmp_path / "run"):
        begun_s = time.monotonic()
        with pytest.raises(ValueError, match=here), held(tmp_path / "run"):
            pytest.fail("two held it")
        assert time.monotonic() - begun_s < 1
        assert json.loads((tmp_path / "run" / LOCK).read_text())["pid"] == os.getpid()
    with held(tmp_path / "run"):
        pass


def test_an_error_lets_go(tmp_path: Path) -> None:
    with pytest.raises(KeyError), held(tmp_path):
        raise KeyError
    assert (tmp_path / LOCK).read_text() == ""
    with held(tmp_path):
        pass


def _hold(folder: Path, ready: Path) -> None:
    with held(folder):
        worker = FORK.Process(target=time.sleep, args=(30,))  # as a data loader's
        worker.start()
        ready.write_text(str(worker.pid))
        time.sleep(30)


def test_a_killed_run_holds_nothing_though_its_worker_lives(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ready = tmp_path / "ready"
    run = FORK.Process(target=_hold, args=(tmp_path / "run", ready))
    run.start()
    while not ready.exists() or not ready.read_text():
        time.sleep(0.01)
    worker = int(ready.read_text())
    try:
        with pytest.raises(ValueError, match=f"process {run.pid} on"), held(tmp_path / "run"):
            pass
        assert run.pid is not None
        os.kill(run.pid, signal.SIGKILL)
        run.join()
        with held(tmp_path / "run"):
            os.kill(worker, 0)  # it is still there
        assert f"did not end: process {run.pid} on" in caplog.text
    finally:
        os.kill(worker, signal.SIGKILL)


def test_a_folder_that_can_not_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ValueError, match="can't be written.*another --out"),
        held(tmp_path / "file"),
    ):
        pass
