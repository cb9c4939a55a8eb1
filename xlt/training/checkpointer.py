"""Checkpointer of a run: saves its state at a step, and restores it on resume."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor
from transformers import PreTrainedModel

from xlt.training.checkpoint import BEST, Checkpoint, name_of, newest, read, save, sweep
from xlt.training.control_group import gathered
from xlt.training.disk_space import check_space
from xlt.training.optimizer import load_moments, moments
from xlt.training.options import Training
from xlt.training.progress import Progress, check_resumable, check_steps
from xlt.training.watchdog import all_ranks

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpointer:
    """Checkpointer of one run; the main process writes, all processes read."""

    model: PreTrainedModel
    folder: Path
    fingerprint: Mapping[str, Any]
    accelerator: Accelerator
    options: Training
    label: str
    learning: frozenset[str]
    """Names of the parameters that learn at some step."""
    cut: bool
    """True if the other layers were run once, beforehand, and must equal those of the checkpoint."""

    def save(self, progress: Progress, optimizer: torch.optim.Optimizer, step: int) -> None:
        """A checkpoint of the state after `step` steps, beside the best model that it needs."""
        progress.saved = step
        write: Callable[[], object] = _nothing
        if self.accelerator.is_main_process:
            checkpoint = Checkpoint(
                step=step,
                tensors={
                    "model": dict(self._weights()),
                    "optimizer": moments(self.model, optimizer),
                },
                state={"fingerprint": dict(self.fingerprint), "progress": progress.to_dict()},
                needs=(name_of(BEST, progress.best_step),) if progress.best_step >= 0 else (),
            )
            write = partial(save, checkpoint, self.folder, keep=self.options.keep)
        all_ranks(self.accelerator, write, silent=True)

    def save_best(self, step: int) -> None:
        """The weights as they are, as the best ones so far."""
        write: Callable[[], object] = _nothing
        if self.accelerator.is_main_process:
            weights = {"model": dict(self._weights())}
            best = Checkpoint(
                step=step, tensors=weights, state={"fingerprint": dict(self.fingerprint)}
            )
            write = partial(save, best, self.folder, keep=None, prefix=BEST)
        all_ranks(self.accelerator, write, silent=True)

    def load_best(self, progress: Progress) -> None:
        """Put the best weights into the model, where there are any, for use."""
        if progress.best_step >= 0:
            best = read(self.folder / name_of(BEST, progress.best_step))
            self.model.load_state_dict(dict(best.tensors["model"]))
        self.model.eval()

    def restore(
        self, optimizer: torch.optim.Optimizer, resume: bool, allow_change: tuple[str, ...]
    ) -> Progress | None:
        """Load the newest whole checkpoint; what the run had come to, or None at its beginning.

        Raises:
            ValueError: if there are checkpoints and `resume` is not set, settings differ, or the
                processes see different folders.
            CheckpointError: if no checkpoint is whole, or the disk has no room for them.
        """
        checkpoint = newest(self.folder)
        if checkpoint is not None and not resume:
            raise ValueError(
                f"{self.folder} holds a run at step {checkpoint.step}. Go on with it by --resume, or "
                "start another run with --name."
            )
        if checkpoint is not None:
            check_resumable(checkpoint.state["fingerprint"], self.fingerprint, allow_change)
            check_steps(self.folder, checkpoint.step, self.options.steps)
        found = gathered(self.accelerator, [-1 if checkpoint is None else checkpoint.step])
        if len(set(found)) > 1:
            raise ValueError(
                f"The processes see different checkpoints in {self.folder}: those of steps {found}. "
                "Give an --out on a file system that all of them share."
            )
        if self.accelerator.is_main_process:
            sweep(self.folder)
            check_space(self.folder, self.model, self.learning, self.options)
        if checkpoint is None:
            return None
        self._check_frozen(checkpoint)
        self.model.load_state_dict(dict(checkpoint.tensors["model"]))
        load_moments(self.model, optimizer, checkpoint.tensors["optimizer"])
        progress = Progress(**checkpoint.state["progress"])
        progress.saved = checkpoint.step
        if checkpoint.lost:
            progress.forget_best()
        if self.accelerator.is_main_process:
            log.warning("%s goes on at step %d.", self.label, checkpoint.step)
        return progress

    def _check_frozen(self, checkpoint: Checkpoint) -> None:
        """Refuse cached activations of the source for frozen layers that have learned since."""
        if not self.cut:
            return
        stored = checkpoint.tensors["model"]
        moved = [
            name
            for name, tensor in self._weights()
            if name not in self.learning
            and not (name in stored and torch.equal(stored[name], tensor))
        ]
        if moved:
            raise ValueError(
                f"The frozen layers have learned in this run ({moved[0]} and {len(moved) - 1} "
                "others), so the stored activations are not theirs. Set freeze_below back, or start "
                "a new run from this one's model: --source and another --name."
            )

    def _weights(self) -> Iterator[tuple[str, Tensor]]:
        for name, tensor in self.model.state_dict().items():
            yield name, tensor.detach().cpu()


def _nothing() -> None:
    """The part of a process that does not write."""
