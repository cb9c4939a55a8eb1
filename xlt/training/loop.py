"""The Accelerate loop: batches and noise from the step, one mean per global batch, whole checkpoints.

What is not here on purpose: Trainer (it multiplies the CTC loss by accumulation and world size),
accelerate's data loader and sampler (their order can't be resumed exactly), a saved scheduler or
random state (both are functions of the step).
"""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from torch import Tensor
from tqdm import tqdm
from transformers import PreTrainedModel

from xlt.training.checkpoint import Checkpoint, newest, save
from xlt.training.feed import Feed, MicroBatch, Share, steps_from
from xlt.training.loss import ctc_losses
from xlt.training.optimizer import load_moments, make_optimizer, moments
from xlt.training.options import Training
from xlt.training.progress import Outcome, Progress, check_unchanged
from xlt.training.schedule import learning_rate, seed_noise
from xlt.training.signals import Stop, catch_termination

log = logging.getLogger(__name__)

LINE_EVERY = 50
"""Steps between lines of progress where there is no terminal."""

Evaluate = Callable[[PreTrainedModel, int], dict[str, float]]
"""(model, step) -> figures; `dev_cer` decides which model is the best one."""


class TrainingStopped(RuntimeError):
    """The run can't go on; the message says at which step, which clips, and what to do."""


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
    _progress: Progress = field(default_factory=Progress)
    _wrapped: PreTrainedModel | None = None
    _frozen_edge: frozenset[str] = frozenset()

    def run(self, *, resume: bool = False, allow_change: tuple[str, ...] = ()) -> Outcome:
        """Train to the last step, or go on from the newest whole checkpoint; load the best model.

        Raises:
            ValueError: if the folder has checkpoints and `resume` is not set, or settings differ.
            TrainingStopped: after more than `max_nonfinite` steps that were not finite.
            SystemExit: 143 after SIGTERM, once the checkpoint is written.
        """
        self.model.to(self.accelerator.device)
        optimizer = make_optimizer(
            self.model,
            self._ever_trainable(),
            weight_decay=self.options.weight_decay,
            beta2=self.options.beta2,
        )
        first = self._restore(optimizer, resume, allow_change)
        with catch_termination() as stop:
            self._go(optimizer, first, stop)
        self._load_best()
        return Outcome(
            curve=tuple(self._progress.curve),
            losses=tuple(self._progress.losses),
            best_step=self._progress.best_step,
            skipped=dict(gather_object(list(self._progress.skipped.items()))),
            wall_s=self._progress.wall_s,
        )

    def _go(self, optimizer: torch.optim.Optimizer, first: int, stop: Stop) -> None:
        share = Share(
            rank=self.accelerator.process_index,
            world=self.accelerator.num_processes,
            accumulation=self.options.accumulation,
        )
        options, progress = self.options, self._progress
        bar = tqdm(
            total=options.steps,
            initial=first,
            desc=self.label,
            unit="step",
            disable=None if self.accelerator.is_main_process else True,
        )
        started = time.monotonic() - progress.wall_s
        stream = steps_from(self.feed, share, first, options.steps, workers=options.workers)
        for step, epoch, micro_batches in stream:
            loss = self._step(optimizer, step, micro_batches)
            progress.losses.append(loss)
            progress.wall_s = time.monotonic() - started
            self._show(bar, step + 1, loss)
            done, last = step + 1, step + 1 == options.steps
            stopping = self._any(stop.requested)
            if (done % options.evaluate_every == 0 or last) and not stopping:
                self._score(done, epoch, bar)
                last = last or 0 < options.patience <= progress.since_best
            if done % options.checkpoint_every == 0 or last or stopping:
                self._save(optimizer, done)
            if stopping:
                log.warning("SIGTERM: saved at step %d; go on with --resume.", done)
                raise SystemExit(143)
            if last:
                break
        bar.close()

    def _show(self, bar: "tqdm[Any]", done: int, loss: float) -> None:
        """Move the bar; where there is no terminal for one, write a line now and then."""
        bar.update()
        bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
        if bar.disable and self.accelerator.is_main_process and done % LINE_EVERY == 0:
            print(self.label, self._progress.line(done, self.options.steps), flush=True)

    def _step(
        self, optimizer: torch.optim.Optimizer, step: int, micro_batches: list[MicroBatch]
    ) -> float:
        """One update; the loss is the mean over the utterances of the global batch."""
        self._set_frozen(step)
        model = self._wrapped
        assert model is not None
        model.train()
        seed_noise(self.options.seed, step, self.accelerator.process_index)
        rate = learning_rate(step, self.options.steps, self.options.schedule)
        for group in optimizer.param_groups:
            group["lr"] = rate
        mine: list[tuple[str, float]] = []
        total = torch.zeros((), device=self.accelerator.device)
        for k, batch in enumerate(micro_batches):
            with self._synchronised(model, last=k + 1 == len(micro_batches)):
                losses, loss = self._loss(model, batch.to(self.accelerator.device))
                self.accelerator.backward(loss * self.accelerator.num_processes)
            total += loss.detach()
            mine += zip(batch.ids, losses.detach().tolist(), strict=True)
            self._progress.skipped |= dict.fromkeys(batch.infeasible, "more labels than frames")
        norm = self.accelerator.clip_grad_norm_(self.model.parameters(), self.options.clip_norm)
        mean = float(self.accelerator.reduce(total, reduction="sum"))
        if torch.isfinite(torch.as_tensor(norm)) and mean == mean and abs(mean) != float("inf"):
            optimizer.step()
        else:
            self._not_finite(step, mine)
        optimizer.zero_grad(set_to_none=True)
        return mean

    def _loss(self, model: PreTrainedModel, batch: MicroBatch) -> tuple[Tensor, Tensor]:
        """Per-utterance losses (B,) and their weighted sum."""
        with self.accelerator.autocast():
            logits = model(**batch.inputs).logits
        losses = ctc_losses(
            logits,
            batch.frames,
            batch.labels,
            batch.label_lengths,
            blank=self.feed.labels.blank,
        )
        return losses, (losses * batch.weights).sum()

    def _synchronised(
        self, model: PreTrainedModel, *, last: bool
    ) -> contextlib.AbstractContextManager[None]:
        """Gradients are exchanged once, in the last backward pass of a step."""
        return contextlib.nullcontext() if last else self.accelerator.no_sync(model)

    def _not_finite(self, step: int, losses: list[tuple[str, float]]) -> None:
        """Leave the weights as they are, name the clips, and stop when it happens too often."""
        bad = [i for i, loss in losses if loss != loss or abs(loss) == float("inf")]
        suspects: list[str] = sorted(gather_object(bad)) or sorted(
            gather_object([i for i, _ in losses])
        )
        self._progress.nonfinite += 1
        self._progress.skipped |= dict.fromkeys(
            suspects, f"loss or gradient not finite, step {step}"
        )
        message = f"Step {step}: loss or gradient is not finite; clips: {', '.join(suspects)}."
        if self._progress.nonfinite > self.options.max_nonfinite:
            raise TrainingStopped(
                f"{message} That is {self._progress.nonfinite} such steps, {self.options.max_nonfinite} "
                "are allowed. Lower the learning rate, or take these clips out of the data."
            )
        log.warning("%s The step is skipped.", message)

    def _set_frozen(self, step: int) -> None:
        """Set which parameters learn; at an edge the model is wrapped again, as DDP demands."""
        learning = self.trainable(step)
        if learning == self._frozen_edge and self._wrapped is not None:
            return
        if self._wrapped is not None:
            self.model = self.accelerator.unwrap_model(self._wrapped, keep_fp32_wrapper=False)
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad_(name in learning)
        count = sum(p.numel() for p in self.model.parameters() if p.requires_grad)
        log.info("From step %d, %.2f M parameters learn.", step, count / 1e6)
        self._wrapped = self.accelerator.prepare_model(self.model)
        self._frozen_edge = learning

    def _ever_trainable(self) -> frozenset[str]:
        return self.trainable(0) | self.trainable(self.options.steps)

    def _score(self, done: int, epoch: int, bar: "tqdm[Any]") -> None:
        """Evaluate, append to the curve, keep the best model."""
        progress = self._progress
        self.model.eval()
        with torch.inference_mode(), self.accelerator.autocast():
            figures = self.evaluate(self.model, done)
        recent = progress.losses[-self.options.evaluate_every :]
        entry = {
            "step": done,
            "epoch": epoch,
            "loss": sum(recent) / len(recent),
            "lr": learning_rate(done - 1, self.options.steps, self.options.schedule),
            "wall_s": progress.wall_s,
            **figures,
        }
        progress.curve.append(entry)
        self.accelerator.log({f"{self.label}/{k}": v for k, v in entry.items()}, step=done)
        if self.accelerator.is_main_process:
            shown = "  ".join(f"{k} {100 * v:.1f} %" for k, v in figures.items())
            bar.write(f"{self.label} step {done}: loss {entry['loss']:.3f}  {shown}")
        progress.since_best += 1
        if figures["dev_cer"] < progress.best_cer:
            progress.best_cer, progress.best_step, progress.since_best = figures["dev_cer"], done, 0
            self._save_best(done)

    def _save_best(self, step: int) -> None:
        if self.accelerator.is_main_process:
            weights = {"model": dict(self._weights())}
            best = Checkpoint(
                step=step, tensors=weights, state={"fingerprint": dict(self.fingerprint)}
            )
            save(best, self.folder, keep=1, prefix="best")
        self.accelerator.wait_for_everyone()

    def _load_best(self) -> None:
        best = newest(self.folder, prefix="best")
        if best is not None:
            self.model.load_state_dict(dict(best.tensors["model"]))
        if self._wrapped is not None:
            self.model = self.accelerator.unwrap_model(self._wrapped, keep_fp32_wrapper=False)
        self.model.eval()

    def _weights(self) -> Iterator[tuple[str, Tensor]]:
        for name, tensor in self.model.state_dict().items():
            yield name, tensor.detach().cpu()

    def _save(self, optimizer: torch.optim.Optimizer, step: int) -> None:
        if self.accelerator.is_main_process:
            checkpoint = Checkpoint(
                step=step,
                tensors={
                    "model": dict(self._weights()),
                    "optimizer": moments(self.model, optimizer),
                },
                state={"fingerprint": dict(self.fingerprint), "progress": self._progress.to_dict()},
            )
            save(checkpoint, self.folder, keep=self.options.keep)
        self.accelerator.wait_for_everyone()

    def _restore(
        self, optimizer: torch.optim.Optimizer, resume: bool, allow_change: tuple[str, ...]
    ) -> int:
        """Load the newest whole checkpoint; the step to go on from."""
        checkpoint = newest(self.folder)
        if checkpoint is None:
            return 0
        if not resume:
            raise ValueError(
                f"{self.folder} holds a run at step {checkpoint.step}. Go on with it by --resume, or "
                "give another --out."
            )
        check_unchanged(checkpoint.state["fingerprint"], self.fingerprint, allow_change)
        self.model.load_state_dict(dict(checkpoint.tensors["model"]))
        load_moments(self.model, optimizer, checkpoint.tensors["optimizer"])
        self._progress = Progress(**checkpoint.state["progress"])
        if self.accelerator.is_main_process:
            log.warning("%s goes on at step %d.", self.label, checkpoint.step)
        stopped_early = 0 < self.options.patience <= self._progress.since_best
        return self.options.steps if stopped_early else checkpoint.step

    def _any(self, flag: bool) -> bool:
        """Whether the flag is set in any process."""
        raised = torch.tensor(float(flag), device=self.accelerator.device)
        return bool(self.accelerator.reduce(raised, reduction="sum") > 0)
