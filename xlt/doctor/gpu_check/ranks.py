"""Work of one process of a group, for the checks of several: python -m xlt.doctor.gpu_check.ranks TASK FOLDER DEVICE TIMEOUT_S."""

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import InitProcessGroupKwargs, gather_object
from safetensors.torch import save_file

from xlt.doctor.gpu_check.material import random_source, trainer
from xlt.doctor.gpu_check.steps import step_gradient
from xlt.models.source import load_source
from xlt.system.signals import catch_termination
from xlt.training.dataloader import RankShare, steps_from
from xlt.training.watchdog import watchdog

MEGABYTES = 64
"""Of the exchange whose speed is measured on CPUs; on GPUs it is 1.24 GB, as 300 M parameters have."""


def step(folder: Path, cpu: bool) -> None:
    """One step on this process's share; the first process stores loss and gradient."""
    accelerator = _accelerator(cpu)
    toy = trainer(load_source(folder / "source"), folder, accelerator.device)
    toy.model.to(accelerator.device)
    share = RankShare(rank=accelerator.process_index, world=accelerator.num_processes)
    _, _, found = next(steps_from(toy.batch_source, share, 0, 1))
    gradient = step_gradient(toy, found, 0)
    if accelerator.is_main_process:
        save_file(
            {n: g.cpu().contiguous() for n, g in gradient.items()}, folder / "group.safetensors"
        )
    accelerator.end_training()


def lost(folder: Path, cpu: bool) -> None:
    """One process is killed between two exchanges; the other waits for it."""
    _part(cpu, lambda: os.kill(os.getpid(), signal.SIGKILL))


def hung(folder: Path, cpu: bool) -> None:
    """One process hangs between two exchanges; the other waits for it."""
    _part(cpu, lambda: time.sleep(10 * float(sys.argv[4])))


def _part(cpu: bool, last: Callable[[], None]) -> None:
    accelerator = _accelerator(cpu)
    with watchdog(accelerator, float(sys.argv[4]), lambda: 3):
        gather_object([0])
        if accelerator.process_index == 1:
            last()
        accelerator.reduce(torch.zeros(1, device=accelerator.device)).cpu()


def exchange(folder: Path, cpu: bool) -> None:
    """Seconds of an all-reduce, the best of three; the first process writes gigabytes a second."""
    accelerator = _accelerator(cpu)
    count = (MEGABYTES << 18) if cpu else 310_000_000
    numbers, best_s = torch.ones(count, device=accelerator.device), float("inf")
    for _ in range(4):
        _wait(accelerator)
        started = time.perf_counter()
        accelerator.reduce(numbers, reduction="sum")
        _wait(accelerator)
        best_s = min(best_s, time.perf_counter() - started)
    world = accelerator.num_processes
    if accelerator.is_main_process:
        bus = 4 * count * 2 * (world - 1) / world / best_s / 1e9
        (folder / "exchange").write_text(f"{bus:.2f}")
    accelerator.end_training()


def terminated(folder: Path, cpu: bool) -> None:
    """A run of many steps that is asked to end, and saves first."""
    device = torch.device("cpu") if cpu else torch.device("cuda")
    (folder / "up").write_text("")
    with catch_termination():
        trainer(random_source(folder / "source"), folder / "saved", device, steps=100_000).run()


def _accelerator(cpu: bool) -> Accelerator:
    group = InitProcessGroupKwargs(timeout=timedelta(seconds=float(sys.argv[4])))
    return Accelerator(cpu=cpu, mixed_precision="no", kwargs_handlers=[group])


def _wait(accelerator: Accelerator) -> None:
    if accelerator.device.type == "cuda":
        torch.cuda.synchronize()
    accelerator.wait_for_everyone()


TASKS = {task.__name__: task for task in (step, lost, hung, exchange, terminated)}

if __name__ == "__main__":
    TASKS[sys.argv[1]](Path(sys.argv[2]), sys.argv[3] == "cpu")
