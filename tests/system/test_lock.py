"""One process at a time in a folder: the second learns who holds it, a dead one holds nothing."""

import errno
import json
import os
import re
import signal
import socket
import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from xlt.dataset.journal import open_journal
from xlt.system.exit_status import DISK_FULL, exit_code
from xlt.system.lock import LOCK, held, holder

FORK = get_context("fork")


def test_the_second_learns_who_holds_it(tmp_path: Path) -> None:
    here = rf"process {os.getpid()} on {re.escape(socket.gethostname())} since \d{{4}}-\d\d-\d\dT"
    with held(tmp_path / "run"):
        with pytest.raises(ValueError, match=here), held(tmp_path / "run"):
            pytest.fail("two held it")
        assert json.loads((tmp_path / "run" / LOCK).read_text())["pid"] == os.getpid()
    with held(tmp_path / "run"):
        pass


def test_the_holder_is_known_without_taking_the_lock(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    with held(tmp_path):
        assert holder(tmp_path) == f"process {os.getpid()} on {socket.gethostname()}"
    assert holder(tmp_path) is None
    child = FORK.Process(target=os._exit, args=(0,))
    child.start()
    child.join()
    for host, seen in ((socket.gethostname(), None), ("elsewhere", "elsewhere")):
        (tmp_path / LOCK).write_text(json.dumps({"pid": child.pid, "host": host, "since": "now"}))
        found = holder(tmp_path)
        assert found is None if seen is None else str(found).endswith(seen)


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


def test_runs_and_preparations_hold_a_folder_by_the_same_lock(tmp_path: Path) -> None:
    here = rf"process {os.getpid()} on {re.escape(socket.gethostname())} since \d{{4}}-\d\d-\d\dT"
    with open_journal(tmp_path / "work", {}):
        with (
            pytest.raises(ValueError, match=f"Another run works in .*: {here}"),
            held(tmp_path / "work"),
        ):
            pass
        with (
            pytest.raises(
                ValueError, match=rf"Another preparation works in .*: {here}.*another output"
            ),
            open_journal(tmp_path / "work", {}),
        ):
            pass
    with held(tmp_path / "work"):
        pass


@pytest.mark.parametrize("call", ["open", "pwrite"])
def test_a_full_disk_is_said_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, full)
    with (
        pytest.raises(OSError, match=r"the disk of .*run is full.*was done before is kept") as said,
        held(tmp_path / "run"),
    ):
        pass
    assert exit_code(said.value) == DISK_FULL


def test_a_folder_that_can_not_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ValueError, match="can't be written.*another --out"),
        held(tmp_path / "file"),
    ):
        pass
