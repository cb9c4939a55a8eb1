"""Training loop on Accelerate: batches and noise from the step, one mean per global batch, whole checkpoints.

What is not here on purpose: Trainer (it multiplies the CTC loss by accumulation and world size),
accelerate's data loader and sampler (their order can't be resumed exactly), a saved scheduler or
random state (both are functions of the step).
"""

import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import nn
from transformers import PreTrainedModel

from xlt.models.cpu_attention import suit_device
from xlt.models.cpu_dropout import suit_dropout
from xlt.models.given_masks import GivenMasks, spec_augment
from xlt.system.shared_memory import free_bytes, shortage
from xlt.system.signals import Interrupted, Stop, catch_termination, interruptible
from xlt.training.checkpointer import Checkpointer
from xlt.training.control_group import gathered, totals
from xlt.training.dataloader import BatchSource, RankShare, steps_from
from xlt.training.device import readers
from xlt.training.diagnostics import Diagnostics
from xlt.training.display import ProgressDisplay, share_of_a_step
from xlt.training.loss_levels import loss_levels
from xlt.training.memory_probe import pieces_that_fit, save_activations
from xlt.training.optimizer import make_optimizer
from xlt.training.options import Training
from xlt.training.progress import Outcome, Progress
from xlt.training.run_plan import plan_of
from xlt.training.schedule import learning_rate
from xlt.training.step import TrainingStep
from xlt.training.training_account import TrainingAccount
from xlt.training.watchdog import watchdog

log = logging.getLogger(__name__)

Evaluate = Callable[[PreTrainedModel, int], dict[str, float]]
"""(model, step) -> figures; `dev_cer` decides which model is the best one."""


@dataclass(slots=True)
class Trainer:
    """Trainer of one run: a model, its batches, and a folder for checkpoints."""

    model: PreTrainedModel
    batch_source: BatchSource
    options: Training
    trainable: Callable[[int], frozenset[str]]
    """step -> names of the parameters that learn."""
    evaluate: Evaluate
    folder: Path
    fingerprint: Mapping[str, Any]
    """Settings and facts that must be equal on resume, see `training.progress`."""
    accelerator: Accelerator
    label: str = "training"
    trained: nn.Module | None = None
    """The part of the model that the batches go through; None: all of it."""
    progress: Progress = field(default_factory=Progress)
    """Progress of the run so far."""
    _saved_s: float = field(default_factory=time.monotonic)
    """Time of the last checkpoint, or of the beginning."""
    _whole: nn.Module = field(init=False)
    """The whole model, with masks as arguments."""
    _diagnostics: Diagnostics | None = None
    _display: ProgressDisplay = field(init=False)
    _checkpointer: Checkpointer | None = None

    def __post_init__(self) -> None:
        masks = spec_augment(self.model.config)
        self.batch_source = replace(self.batch_source, spec_augment=masks)
        self._whole = GivenMasks(self.model)

    def run(self, *, resume: bool = False, allow_change: tuple[str, ...] = ()) -> Outcome:
        """Train to the last step, or go on from the newest whole checkpoint; load the best model.

        Raises:
            ValueError: if the folder has checkpoints and `resume` is not set, or settings differ.
            CheckpointError: if no checkpoint is whole, or the disk has no room for them.
            TrainingStopped: after more than `max_nonfinite` steps that were not finite.
            LostRank: if another process of the run ended or hangs.
            SystemExit: 143 after SIGTERM, 130 after Ctrl-C, once the checkpoint is written.
        """
        self._display = ProgressDisplay(
            label=self.label, steps=self.options.steps, main=self.accelerator.is_main_process
        )
        suit_device(self.model.to(self.accelerator.device))
        if self.accelerator.device.type == "cpu":
            suit_dropout(self.model)
        optimizer = make_optimizer(
            self.model,
            self._ever_trainable(),
            weight_decay=self.options.weight_decay,
            beta2=self.options.beta2,
        )
        self._checkpointer = checkpointer = self._make_checkpointer()
        restored = checkpointer.restore(optimizer, resume, allow_change)
        if restored is not None:
            self.progress = restored
        first = self.progress.saved
        training_step = self.training_step()
        with (
            catch_termination() as stop,
            watchdog(
                self.accelerator,
                self.options.timeout_s,
                lambda: len(self.progress.losses),
                self.model,
                training_step.trained,
            ),
        ):
            self._fit_memory()
            self._go(training_step, optimizer, first, stop)
        training_step.unwrap()
        checkpointer.load_best(self.progress)
        return Outcome(
            curve=tuple(self.progress.curve),
            losses=tuple(self.progress.losses),
            best_step=self.progress.best_step,
            skipped=dict(gathered(self.accelerator, list(self.progress.skipped.items()))),
            wall_s=self.progress.wall_s,
        )

    def training_step(self) -> TrainingStep:
        """The step of this run, from the progress so far."""
        return TrainingStep(
            model=self.model,
            trained=self.trained or self._whole,
            trainable=self.trainable,
            options=self.options,
            accelerator=self.accelerator,
            blank=self.batch_source.labels.blank,
            progress=self.progress,
        )

    def _go(
        self, training_step: TrainingStep, optimizer: torch.optim.Optimizer, first: int, stop: Stop
    ) -> None:
        options, progress = self.options, self.progress
        share = RankShare(
            rank=self.accelerator.process_index,
            world=self.accelerator.num_processes,
            accumulation=progress.accumulation,
        )
        plan = plan_of(options, self.batch_source, self.trainable)
        self._diagnostics = diagnostics = Diagnostics.replayed(
            plan, progress.losses, progress.curve
        )
        if not first:
            self._display.messages(Diagnostics(plan).start())
            self._display.note(
                share_of_a_step(options.batch_s, share.world, self.accelerator.device.type)
            )
        self._display.open(first)
        started = time.monotonic() - progress.wall_s
        training_step.asked_to_stop = lambda: stop.requested
        over = False
        if first:
            over = self._end_of_step(optimizer, first, stop, self._any(stop.requested))
        workers = readers(options.workers, self.accelerator.device)
        piece_s = options.batch_s / (share.world * share.accumulation)
        if lacking := shortage(workers, piece_s, free_bytes()):
            log.warning("%s", lacking)
        stream = steps_from(self.batch_source, share, first, options.steps, workers=workers)
        for step, epoch, micro_batches in () if over else stream:
            loss = training_step.take(optimizer, step, micro_batches)
            progress.losses.append(loss)
            progress.epoch = epoch
            progress.wall_s = time.monotonic() - started
            self._display.step(step + 1, progress)
            self._display.messages(diagnostics.note(step + 1, loss))
            if self._end_of_step(optimizer, step + 1, stop, training_step.stopping):
                break
        self._display.close()
        if self._any(stop.requested):
            raise SystemExit(stop.status)

    def _end_of_step(
        self,
        optimizer: torch.optim.Optimizer,
        done: int,
        stop: Stop,
        stopping: bool,
    ) -> bool:
        """Evaluate and save where that is due and not done yet; True if the run is over."""
        options, progress = self.options, self.progress
        last = done == options.steps
        if (done % options.evaluate_every == 0 or last) and not progress.scored(done):
            stopping = stopping or not self._score(done, stop)
        last = last or 0 < options.patience <= progress.since_best
        saved = progress.saved == done  # a checkpoint that the run goes on from stays as it is
        if not saved and (self._due(done) or last or stopping):
            self._save(optimizer, done)
        if stopping:
            log.warning("%s: saved at step %d; go on with --resume.", stop.by.name, done)
            raise SystemExit(stop.status)
        return last

    def _due(self, done: int) -> bool:
        """True if a checkpoint is due by the steps, or by the clock of the first process."""
        if not self.options.checkpoint_every_s:
            return done % self.options.checkpoint_every == 0
        late = time.monotonic() - self._saved_s >= self.options.checkpoint_every_s
        return self._any(late and self.accelerator.is_main_process)

    def _fit_memory(self) -> None:
        """Set the number of pieces in which a batch fits; a resumed run keeps what it began with."""
        progress, options = self.progress, self.options
        if options.checkpointing or progress.checkpointing:
            save_activations(self.model)
        if not progress.accumulation and options.probe_memory:
            progress.accumulation, progress.checkpointing = pieces_that_fit(
                self.model,
                self.trained or self._whole,
                self.trainable,
                self.batch_source,
                options,
                self.accelerator,
            )
        progress.accumulation = max(progress.accumulation, options.accumulation)

    def _ever_trainable(self) -> frozenset[str]:
        return self.trainable(0) | self.trainable(self.options.steps)

    def _score(self, done: int, stop: Stop) -> bool:
        """Evaluate, append to the curve, keep the best model; False where SIGTERM cut it short."""
        progress = self.progress
        self.model.eval()
        try:
            with (
                interruptible(self.model, stop),
                torch.inference_mode(),
                self.accelerator.autocast(),
            ):
                figures = self.evaluate(self.model, done)
        except Interrupted:
            return False
        recent = [x for x in progress.losses[-self.options.evaluate_every :] if math.isfinite(x)]
        entry = {
            "step": done,
            "epoch": progress.epoch,
            "loss": sum(recent) / len(recent) if recent else progress.loss(),
            "lr": learning_rate(done - 1, self.options.steps, self.options.schedule),
            "wall_s": progress.wall_s,
            **loss_levels(progress.losses),
            **figures,
        }
        progress.curve.append(entry)
        self.accelerator.log({f"{self.label}/{k}": v for k, v in entry.items()}, step=done)
        self._display.evaluation(done, entry["loss"], figures)
        assert self._diagnostics is not None
        self._display.messages(self._diagnostics.scored(entry))
        progress.since_best += 1
        if figures["dev_cer"] < progress.best_cer:
            progress.best_cer, progress.best_step, progress.since_best = figures["dev_cer"], done, 0
            assert self._checkpointer is not None
            self._checkpointer.save_best(done)
        return True

    def _save(self, optimizer: torch.optim.Optimizer, done: int) -> None:
        """A checkpoint; too many clips that teach nothing end the run after it."""
        progress = self.progress
        progress.skipped = dict(gathered(self.accelerator, list(progress.skipped.items())))
        progress.halvings = max(gathered(self.accelerator, [progress.halvings]))
        assert self._checkpointer is not None
        self._checkpointer.save(progress, optimizer, done)
        self._saved_s = time.monotonic()
        if progress.skipped:
            taken = TrainingAccount.after(
                done,
                self.batch_source.split.durations_s,
                batch_s=self.batch_source.batch_s,
                seed=self.batch_source.seed,
                skipped=progress.skipped,
            )
            taken.check(self.options.max_skip_fraction)

    def _make_checkpointer(self) -> Checkpointer:
        return Checkpointer(
            model=self.model,
            folder=self.folder,
            fingerprint=self.fingerprint,
            accelerator=self.accelerator,
            options=self.options,
            label=self.label,
            learning=self._ever_trainable(),
            cut=self.trained is not None,
        )

    def _any(self, flag: bool) -> bool:
        """True if the flag is set in any process."""
        return totals(self.accelerator, [flag])[0] > 0
