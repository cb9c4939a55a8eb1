"""The Accelerate loop: batches and noise from the step, one mean per global batch, whole checkpoints.

What is not here on purpose: Trainer (it multiplies the CTC loss by accumulation and world size),
accelerate's data loader and sampler (their order can't be resumed exactly), a saved scheduler or
random state (both are functions of the step).
"""

import logging
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from torch import nn
from tqdm import tqdm
from transformers import PreTrainedModel

from xlt.models.cpu_attention import suit_device
from xlt.models.cpu_dropout import suit_dropout
from xlt.system.signals import Interrupted, Stop, catch_termination, interruptible
from xlt.training.checkpointer import Keeper
from xlt.training.dataloader import Feed, Share, steps_from
from xlt.training.device import readers
from xlt.training.diagnostics import Message, Watch, plan_of
from xlt.training.fit import pieces_that_fit
from xlt.training.optimizer import make_optimizer
from xlt.training.options import Training
from xlt.training.progress import Outcome, Progress
from xlt.training.schedule import learning_rate
from xlt.training.step import Update
from xlt.training.training_account import TrainingAccount
from xlt.training.watchdog import in_contact

log = logging.getLogger(__name__)

LINE_EVERY = 50
"""Steps between lines of progress where there is no terminal."""

SHOWN = ("dev_cer", "dev_wer")
"""Figures of an evaluation that a line of progress holds."""

Evaluate = Callable[[PreTrainedModel, int], dict[str, float]]
"""(model, step) -> figures; `dev_cer` decides which model is the best one."""


@dataclass(slots=True)
class Trainer:
    """One run: a model, its feed, and a folder for checkpoints."""

    model: PreTrainedModel
    feed: Feed
    options: Training
    trainable: Callable[[int], frozenset[str]]
    """step -> names of the parameters that learn."""
    evaluate: Evaluate
    folder: Path
    fingerprint: Mapping[str, Any]
    """What must be equal on resume: recipe, data, labels, source, versions."""
    accelerator: Accelerator
    label: str = "training"
    trained: nn.Module | None = None
    """The part of the model that the feed's batches go through; None: all of it."""
    _progress: Progress = field(default_factory=Progress)
    _watch: Watch | None = None

    def run(self, *, resume: bool = False, allow_change: tuple[str, ...] = ()) -> Outcome:
        """Train to the last step, or go on from the newest whole checkpoint; load the best model.

        Raises:
            ValueError: if the folder has checkpoints and `resume` is not set, or settings differ.
            CheckpointError: if no checkpoint is whole, or the disk has no room for them.
            TrainingStopped: after more than `max_nonfinite` steps that were not finite.
            LostContact: if another process of the run ended or hangs.
            SystemExit: 143 after SIGTERM, 130 after Ctrl-C, once the checkpoint is written.
        """
        suit_device(self.model.to(self.accelerator.device))
        if self.accelerator.device.type == "cpu":
            suit_dropout(self.model)
        optimizer = make_optimizer(
            self.model,
            self._ever_trainable(),
            weight_decay=self.options.weight_decay,
            beta2=self.options.beta2,
        )
        keeper = self._keeper()
        restored = keeper.restore(optimizer, resume, allow_change)
        if restored is not None:
            self._progress = restored
        first = self._progress.saved
        update = self.update()
        with (
            catch_termination() as stop,
            in_contact(
                self.accelerator,
                self.options.timeout_s,
                lambda: len(self._progress.losses),
                self.model,
                update.trained,
            ),
        ):
            self._fit_memory()
            self._go(update, optimizer, first, stop)
        update.unwrap()
        keeper.load_best(self._progress)
        return Outcome(
            curve=tuple(self._progress.curve),
            losses=tuple(self._progress.losses),
            best_step=self._progress.best_step,
            skipped=dict(gather_object(list(self._progress.skipped.items()))),
            wall_s=self._progress.wall_s,
        )

    def update(self) -> Update:
        """What takes a step, from the progress so far."""
        return Update(
            model=self.model,
            trained=self.trained or self.model,
            trainable=self.trainable,
            options=self.options,
            accelerator=self.accelerator,
            blank=self.feed.labels.blank,
            progress=self._progress,
        )

    def _go(self, update: Update, optimizer: torch.optim.Optimizer, first: int, stop: Stop) -> None:
        options, progress = self.options, self._progress
        share = Share(
            rank=self.accelerator.process_index,
            world=self.accelerator.num_processes,
            accumulation=progress.accumulation,
        )
        plan = plan_of(options, self.feed, self.trainable)
        self._watch = watch = Watch.replayed(plan, progress.losses, progress.curve)
        if not first:
            self._say(Watch(plan).start())
        bar = tqdm(
            total=options.steps,
            initial=first,
            desc=self.label,
            unit="step",
            disable=None if self.accelerator.is_main_process else True,
        )
        started = time.monotonic() - progress.wall_s
        over = self._end_of_step(optimizer, first, stop, bar) if first else False
        workers = readers(options.workers, self.accelerator.device)
        stream = steps_from(self.feed, share, first, options.steps, workers=workers)
        for step, epoch, micro_batches in () if over else stream:
            loss = update.step(optimizer, step, micro_batches)
            progress.losses.append(loss)
            progress.epoch = epoch
            progress.wall_s = time.monotonic() - started
            self._show(bar, step + 1, loss)
            self._say(watch.note(step + 1, loss))
            if self._end_of_step(optimizer, step + 1, stop, bar):
                break
        bar.close()
        if self._any(stop.requested):
            raise SystemExit(stop.status)

    def _end_of_step(
        self, optimizer: torch.optim.Optimizer, done: int, stop: Stop, bar: "tqdm[Any]"
    ) -> bool:
        """Evaluate and save where that is due and not done yet; whether the run is over."""
        options, progress = self.options, self._progress
        stopping, last = self._any(stop.requested), done == options.steps
        if (done % options.evaluate_every == 0 or last) and not progress.scored(done):
            stopping = stopping or not self._score(done, stop, bar)
        last = last or 0 < options.patience <= progress.since_best
        saved = progress.saved == done  # a checkpoint that the run goes on from stays as it is
        if not saved and (done % options.checkpoint_every == 0 or last or stopping):
            self._save(optimizer, done)
        if stopping:
            log.warning("%s: saved at step %d; go on with --resume.", stop.by.name, done)
            raise SystemExit(stop.status)
        return last

    def _show(self, bar: "tqdm[Any]", done: int, loss: float) -> None:
        """Move the bar; where there is no terminal for one, write a line now and then."""
        bar.update()
        bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
        if bar.disable and self.accelerator.is_main_process and done % LINE_EVERY == 0:
            print(self.label, self._progress.line(done, self.options.steps), flush=True)

    def _say(self, messages: Iterable[Message]) -> None:
        """What the run's figures say about it, once."""
        for message in messages if self.accelerator.is_main_process else ():
            if message.harmless:
                tqdm.write(f"{self.label} {message}")
            else:
                log.warning("%s %s", self.label, message)

    def _fit_memory(self) -> None:
        """Find out in how many pieces a batch fits; a run that goes on keeps what it began with."""
        progress, options = self._progress, self.options
        if not progress.accumulation and options.probe_memory:
            progress.accumulation = pieces_that_fit(
                self.model,
                self.trained or self.model,
                self.trainable,
                self.feed,
                options,
                self.accelerator,
            )
        progress.accumulation = max(progress.accumulation, options.accumulation)

    def _ever_trainable(self) -> frozenset[str]:
        return self.trainable(0) | self.trainable(self.options.steps)

    def _score(self, done: int, stop: Stop, bar: "tqdm[Any]") -> bool:
        """Evaluate, append to the curve, keep the best model; False where SIGTERM cut it short."""
        progress = self._progress
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
            **figures,
        }
        progress.curve.append(entry)
        self.accelerator.log({f"{self.label}/{k}": v for k, v in entry.items()}, step=done)
        if self.accelerator.is_main_process:
            shown = "  ".join(f"{k} {100 * figures[k]:.1f} %" for k in SHOWN if k in figures)
            bar.write(f"{self.label} step {done}: loss {entry['loss']:.3f}  {shown}")
        assert self._watch is not None
        self._say(self._watch.scored(entry))
        progress.since_best += 1
        if figures["dev_cer"] < progress.best_cer:
            progress.best_cer, progress.best_step, progress.since_best = figures["dev_cer"], done, 0
            self._keeper().save_best(done)
        return True

    def _save(self, optimizer: torch.optim.Optimizer, done: int) -> None:
        """A checkpoint; too many clips that teach nothing end the run after it."""
        progress = self._progress
        progress.skipped = dict(gather_object(list(progress.skipped.items())))
        progress.halvings = max(gather_object([progress.halvings]))
        self._keeper().save(progress, optimizer, done)
        if progress.skipped:
            taken = TrainingAccount.after(
                done,
                self.feed.split.durations_s,
                batch_s=self.feed.batch_s,
                seed=self.feed.seed,
                skipped=progress.skipped,
            )
            taken.check(self.options.max_skip_fraction)

    def _keeper(self) -> Keeper:
        return Keeper(
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
        """Whether the flag is set in any process."""
        raised = torch.tensor(float(flag), device=self.accelerator.device)
        return bool(self.accelerator.reduce(raised, reduction="sum") > 0)
