"""Check for disk space before step 1: room for all checkpoints of the run."""

import errno
import math
import os
import shutil
from pathlib import Path

from torch import nn

from xlt.training.checkpoint import CheckpointError
from xlt.training.options import Training

MARGIN = 1.05
"""Headers, JSON and blocks of the file system, beside the tensors."""


def check_space(
    folder: Path, model: nn.Module, learning: frozenset[str], options: Training
) -> None:
    """Refuse to start a run whose checkpoints would not fit; files in the folder count as room.

    Raises:
        CheckpointError: with the room that is needed, and that there is.
    """
    needed, free = needed_bytes(model, learning, options), _free_bytes(folder)
    present = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    if needed > free + present:
        raise CheckpointError(
            f"The checkpoints of this run need {needed / 1e6:.0f} MB, and the disk of {folder} has "
            f"{(free + present) / 1e6:.0f} MB for them. Free space, or give an --out on another disk."
        ) from OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def needed_bytes(model: nn.Module, learning: frozenset[str], options: Training) -> int:
    """Most that the checkpoints of a run take at once: those kept, the next one, the best models.

    A checkpoint is the model with two moments for each parameter that learns, and may need a best
    model of its own. The most is there while the next checkpoint is written, beside the newest best
    model; a best model that is written when there is one already takes less than that. One more
    than are planned: SIGTERM may ask for it.
    """
    weights: int = sum(t.nbytes for t in model.state_dict().values())
    moments = 2 * sum(p.nbytes for n, p in model.named_parameters() if n in learning)
    checkpoint = weights + moments
    planned = math.ceil(options.steps / options.checkpoint_every)
    made = options.keep if options.checkpoint_every_s else min(options.keep, planned)
    made += 1
    return math.ceil(MARGIN * made * (checkpoint + weights))


def _free_bytes(folder: Path) -> int:
    there = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    return shutil.disk_usage(there).free
