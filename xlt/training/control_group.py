"""Control group: messages of a run's processes beside their gradients, over gloo on CPUs.

A group of its own beside that of the gradients (NCCL on GPUs): its tensors stay on the CPU, so that
no message waits in a GPU's stream, and a lost process is an error of the call that waits for it.
"""

from collections.abc import Sequence
from typing import TypeVar

import torch
from accelerate import Accelerator
from torch import distributed

Item = TypeVar("Item")

_made: list[tuple[object, distributed.ProcessGroup]] = []
"""The group of all processes, and the control group that belongs to it."""


def control_group(accelerator: Accelerator) -> distributed.ProcessGroup | None:
    """The control group of this run, made where all processes ask first; None for one process."""
    if accelerator.num_processes == 1:
        return None
    world = distributed.group.WORLD
    if not _made or _made[0][0] is not world:
        handler = accelerator.init_handler
        timeout = handler.timeout if handler is not None else None
        group = distributed.new_group(backend="gloo", timeout=timeout)
        assert isinstance(group, distributed.ProcessGroup)  # no process is left out of it
        _made[:] = [(world, group)]
    return _made[0][1]


def totals(accelerator: Accelerator, values: Sequence[float]) -> list[float]:
    """Sum of each value over the processes, which call this together; in float64.

    Raises:
        RuntimeError: of gloo, where another process is lost; see `training.watchdog`.
    """
    group = control_group(accelerator)
    summed = torch.tensor(values, dtype=torch.float64)
    if group is not None:
        distributed.all_reduce(summed, group=group)
    found: list[float] = summed.tolist()
    return found


def gathered(accelerator: Accelerator, items: Sequence[Item]) -> list[Item]:
    """Items of all processes, which call this together, in the order of their ranks.

    Raises:
        RuntimeError: of gloo, where another process is lost; see `training.watchdog`.
    """
    group = control_group(accelerator)
    if group is None:
        return list(items)
    lists: list[list[Item]] = [[] for _ in range(accelerator.num_processes)]
    distributed.all_gather_object(lists, list(items), group=group)
    return [item for part in lists for item in part]
