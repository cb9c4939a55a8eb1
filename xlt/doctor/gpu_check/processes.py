"""Several processes: the same gradient as one, ends without a hang, speed of the exchange, SIGTERM."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import load_file

from xlt.doctor.gpu_check.check import Bench, Check, Seen
from xlt.doctor.gpu_check.material import random_source, trainer
from xlt.doctor.gpu_check.steps import step_gradient
from xlt.training.dataloader import RankShare, steps_from

TIMEOUT_S = 20.0
"""Of the group: in 15 s more every process is gone, once one of them is lost."""
START_S = 120.0
"""Most that imports take."""


def same_gradient(bench: Bench) -> Seen:
    """Gradient of a step on two processes against one."""
    folder = _folder(bench, "same-gradient")
    alone = trainer(random_source(folder / "source"), folder, bench.device)
    alone.model.to(bench.device)  # type: ignore[arg-type]
    _, _, found = next(steps_from(alone.batch_source, RankShare(), 0, 1))
    expected = step_gradient(alone, found, 0)
    codes, said, _ = _pair(bench, "step", folder)
    if any(codes):
        return Seen(text=f"ended with {codes}: {_last(said)}", ok=False)
    group = load_file(folder / "group.safetensors")
    scale = max(float(g.abs().max()) for g in expected.values())
    apart = max(float((g.cpu() - group[n]).abs().max()) for n, g in expected.items()) / scale
    return Seen(text=f"{_backend(bench)}: gradients differ by {apart:.1e}", ok=apart <= 1e-4)


def ends(bench: Bench, task: str, sentence: str) -> Seen:
    """Time until both processes have ended after one is lost, and the sentence of one of them."""
    codes, said, taken_s = _pair(bench, task, _folder(bench, task))
    named = any(sentence in text for text in said)
    text = f"{_backend(bench)}: both gone after {taken_s:.0f} s, imports included; "
    text += "said so" if named else f"said {_last(said)}"
    return Seen(text=text, ok=named and all(codes) and taken_s <= TIMEOUT_S + 15 + START_S)


def lost(bench: Bench) -> Seen:
    """A process that is killed: the other one says so and ends."""
    return ends(bench, "lost", "another process ended, or did not answer")


def hung(bench: Bench) -> Seen:
    """A process that hangs: it says where, and both end."""
    return ends(bench, "hung", "has done nothing for")


def exchange(bench: Bench) -> Seen:
    """Gigabytes a second of the exchange of gradients, counted as on the bus."""
    folder = _folder(bench, "exchange")
    codes, said, _ = _pair(bench, "exchange", folder)
    if any(codes):
        return Seen(text=f"ended with {codes}: {_last(said)}", ok=False)
    bus = float((folder / "exchange").read_text())
    text = f"{_backend(bench)}: {bus:.1f} GB/s"
    if _backend(bench) != "nccl":
        return Seen(text=f"{text}; judged between GPUs only")
    return Seen(text=text, ok=bus >= 10)


def terminated(bench: Bench) -> Seen:
    """A run that gets SIGTERM in a step: its exit status, and its checkpoint."""
    folder = _folder(bench, "terminated")
    command = _command("terminated", folder, "cuda" if bench.cuda else "cpu")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        began_s = time.monotonic()
        while not any(
            (folder / "saved").glob("step-*")
        ):  # the first checkpoint: it is in its steps
            if run.poll() is not None or time.monotonic() - began_s > START_S:
                run.kill()
                return Seen(text=f"did not begin: {_last([run.communicate()[0]])}", ok=False)
            time.sleep(0.1)
        asked_s = time.monotonic()
        run.send_signal(signal.SIGTERM)
        said = run.communicate()[0]
    taken_s = time.monotonic() - asked_s
    saved = "go on with --resume" in said
    return Seen(
        text=f"status {run.returncode} after {taken_s:.1f} s, checkpoint {'written' if saved else 'missing'}",
        ok=run.returncode == 128 + signal.SIGTERM and saved and taken_s <= 30,
    )


def _folder(bench: Bench, name: str) -> Path:
    folder = bench.folder / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _backend(bench: Bench) -> str:
    """The way in which two processes exchange gradients here."""
    return "nccl" if bench.cuda and torch.cuda.device_count() > 1 else "gloo on the CPU"


def _command(task: str, folder: Path, device: str) -> list[str]:
    call = [sys.executable, "-m", "xlt.doctor.gpu_check.ranks", task, str(folder)]
    return [*call, device, str(TIMEOUT_S)]


def _pair(bench: Bench, task: str, folder: Path) -> tuple[list[int], list[str], float]:
    """Exit codes and output of two processes of one group, and seconds until both were gone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    known = {
        "WORLD_SIZE": "2",
        "LOCAL_WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port,
    }
    where = "cuda" if _backend(bench) == "nccl" else "cpu"
    began_s = time.monotonic()
    children = [
        subprocess.Popen(
            _command(task, folder, where),
            env={**os.environ, **known, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        said = [child.communicate(timeout=TIMEOUT_S + 15 + START_S)[0] for child in children]
    finally:
        for child in children:
            child.kill()
    return [child.wait() for child in children], said, time.monotonic() - began_s


def _last(said: list[str]) -> str:
    """The last line that a process wrote."""
    lines = [text.strip().splitlines()[-1] for text in said if text.strip()]
    return lines[-1][:300] if lines else "nothing"


CHECKS = (
    Check(
        name="two-processes",
        expected="the gradient of one process, within 1e-4",
        look=same_gradient,
    ),
    Check(
        name="lost-process",
        expected="the other one names it and ends, within the timeout and 15 s",
        look=lost,
    ),
    Check(
        name="hung-process",
        expected="it says where it stands, and both end within the timeout and 15 s",
        look=hung,
    ),
    Check(
        name="exchange",
        expected="at least 10 GB/s between GPUs (150 with NVLink); else larger batches",
        look=exchange,
    ),
    Check(
        name="sigterm",
        expected="status 143 within 30 s, with a checkpoint",
        look=terminated,
    ),
)
