"""A process that hangs ends by itself and says where; one that loses another says so.

Real pairs of processes are in tests/torture and test_torture_quick.py. Where a healthy process must
be quicker than a timeout, a busy machine gets a longer one: see `in_time`.
"""

import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from pairs import pair
from torch import nn, zeros

from xlt.training.watchdog import LostRank, all_ranks, watchdog

HANGS = """
import time
from types import SimpleNamespace
from xlt.training import watchdog as module
module.GRACE_S = 0.1
with module.watchdog(SimpleNamespace(num_processes=3, process_index=2), 0.4, lambda: 17):
    time.sleep(100)
"""
BUSY = """
import sys, time
from types import SimpleNamespace
from torch import nn, zeros
from xlt.training import watchdog as module
module.GRACE_S = 0.1
model = nn.Linear(2, 2)
TIMEOUT_S = float(sys.argv[1])
with module.watchdog(SimpleNamespace(num_processes=3, process_index=2), TIMEOUT_S, lambda: 17, model):
    for _ in range(20):
        model(zeros(1, 2))
        time.sleep(TIMEOUT_S / 8)
time.sleep(2 * TIMEOUT_S)
"""
ALL_RANKS = """
import sys, time
from datetime import timedelta
import torch
from accelerate import Accelerator
from accelerate.utils import InitProcessGroupKwargs
from xlt.training import watchdog as module
module.GRACE_S = 0.1
TIMEOUT_S = float(sys.argv[2])
group = InitProcessGroupKwargs(timeout=timedelta(seconds=TIMEOUT_S))
accelerator = Accelerator(cpu=True, kwargs_handlers=[group])
rank, model = accelerator.process_index, torch.nn.Linear(2, 2)

def write():
    time.sleep(3 * TIMEOUT_S)

def read():
    for _ in range(60):
        model(torch.zeros(1, 2))
        time.sleep(TIMEOUT_S / 20)
    return rank

def fail():
    raise ValueError("the disk is full")

def hang():
    time.sleep(100)

with module.watchdog(accelerator, TIMEOUT_S, lambda: 17, model):
    module.all_ranks(accelerator, write if rank == 0 else int, silent=True)
    begun_s = time.monotonic()
    for _ in range(10):
        module.all_ranks(accelerator, int, silent=True)
    quick_s = time.monotonic() - begun_s
    assert quick_s < TIMEOUT_S / 2, quick_s
    assert module.all_ranks(accelerator, read if rank == 1 else lambda: rank) == rank
    print("all went well", flush=True)
    last = {"fail": fail, "hang": hang}[sys.argv[1]]
    module.all_ranks(accelerator, last if rank == 1 else int)
"""
PAIR = SimpleNamespace(num_processes=2, process_index=1)


def in_time(attempt: Callable[[float], None]) -> None:
    """Make an attempt with a timeout of half a second; where the machine is slower, with more.

    What does not work at all fails with the longest one too.
    """
    for timeout_s in (0.5, 4.0):
        try:
            return attempt(timeout_s)
        except AssertionError:
            continue
    attempt(16.0)


def run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(call, capture_output=True, text=True)


@pytest.mark.slow
def test_one_that_hangs_ends_and_shows_where() -> None:
    done = run(HANGS)
    assert done.returncode == 1
    assert "process 2 of 3, at step 17, has done nothing for" in done.stderr
    assert '<string>", line 7 in <module>' in done.stderr


@pytest.mark.slow
def test_one_that_is_busy_goes_on() -> None:
    def attempt(timeout_s: float) -> None:
        done = run(BUSY, timeout_s)
        assert (done.returncode, done.stderr) == (0, "")

    in_time(attempt)


def test_a_lost_process_is_named() -> None:
    gloo = RuntimeError("[/x/gloo/transport/tcp/pair.cc:545] Read error: Connection reset by peer")
    with (
        pytest.raises(LostRank, match=r"process 1 of 2, at step 5: another.* 7 s .*--resume"),
        watchdog(PAIR, 7.0, lambda: 5),
    ):
        raise gloo


def test_any_other_error_gets_a_note() -> None:
    with (
        pytest.raises(ValueError, match="a clip is damaged") as caught,
        watchdog(PAIR, 7.0, lambda: 5),
    ):
        raise ValueError("a clip is damaged")
    assert caught.value.__notes__ == ["This is process 1 of 2, at step 5."]


def test_alone_nothing_changes() -> None:
    model, alone = nn.Linear(2, 2), SimpleNamespace(num_processes=1, process_index=0)
    with watchdog(alone, 7.0, int, model):
        model(zeros(1, 2))
        assert not model._forward_pre_hooks
    with pytest.raises(RuntimeError, match="^gloo/transport$"), watchdog(alone, 7.0, int, model):
        raise RuntimeError("gloo/transport")


@pytest.mark.slow
def test_what_takes_longer_than_the_timeout_ends_nobody_and_errors_are_told() -> None:
    def attempt(timeout_s: float) -> None:
        waiting, failing = pair(ALL_RANKS, "fail", timeout_s)
        assert "all went well" in waiting and "all went well" in failing, (waiting, failing)
        assert "ValueError: the disk is full\nThis is process 1 of 2, at step 17" in failing
        assert "LostRank: Another process could not do its part" in waiting

    in_time(attempt)


@pytest.mark.slow
def test_one_that_hangs_in_its_part_ends() -> None:
    def attempt(timeout_s: float) -> None:
        waiting, hanging = pair(ALL_RANKS, "hang", timeout_s)
        assert "all went well" in waiting, waiting
        said = f"process 1 of 2, at step 17, has done nothing for {timeout_s + 0.1:.0f} s and ends"
        assert said in hanging, hanging
        assert "LostRank: This is process 0 of 2, at step 17: another process ended" in waiting

    in_time(attempt)


def test_alone_a_part_is_done_at_once() -> None:
    alone = SimpleNamespace(num_processes=1, process_index=0)
    assert all_ranks(alone, lambda: 7, silent=True) == 7
    with pytest.raises(OSError, match="full"):
        all_ranks(alone, _full)


def _full() -> None:
    raise OSError("full")
