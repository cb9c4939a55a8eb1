"""One training step: forward, backward, a guard against values that are not finite, optimizer.

B utterances.
"""

import contextlib
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from transformers import PreTrainedModel

from xlt.training.control_group import gathered, totals
from xlt.training.dataloader import MicroBatch
from xlt.training.loss import losses_of
from xlt.training.oom_retry import Attempted, in_pieces, without
from xlt.training.options import Training
from xlt.training.progress import Progress
from xlt.training.schedule import learning_rate, seed_noise
from xlt.transfer.freezing import learn_only

log = logging.getLogger(__name__)

NOT_FINITE = "loss not finite"
"""Reason for which a clip is left out of all further steps."""


class TrainingStopped(RuntimeError):
    """The run can't go on; the message says at which step, which clips, and what to do."""


@dataclass(slots=True)
class TrainingStep:
    """The step that turns micro-batches into new weights; holds the wrapped model."""

    model: PreTrainedModel
    trained: nn.Module
    """Module that takes the micro-batches: the model, or its part above the frozen layers."""
    trainable: Callable[[int], frozenset[str]]
    """step -> names of the model's parameters that learn."""
    options: Training
    accelerator: Accelerator
    blank: int
    progress: Progress
    asked_to_stop: Callable[[], bool] = bool
    """Returns True once this process was asked to end the run."""
    stopping: bool = False
    """True if any process had been asked to when the last step was taken."""
    _wrapped: nn.Module | None = None
    _learning: frozenset[str] = field(default=frozenset())

    def take(
        self, optimizer: torch.optim.Optimizer, step: int, micro_batches: Sequence[MicroBatch]
    ) -> float:
        """Update the weights; returns the mean loss over the utterances of the global batch."""
        model = self._ready(step)
        seed_noise(self.options.seed, step, self.accelerator.process_index)
        rate = learning_rate(step, self.options.steps, self.options.schedule)
        for group in optimizer.param_groups:
            group["lr"] = rate
        bad = frozenset(i for i, why in self.progress.skipped.items() if why.startswith(NOT_FINITE))
        done = self._backward(model, step, [without(batch, bad) for batch in micro_batches])
        for batch in done.pieces:
            self.progress.skipped |= dict.fromkeys(batch.infeasible, "more labels than frames")
        norm = self.accelerator.clip_grad_norm_(self.model.parameters(), self.options.clip_norm)
        # While a GPU still computes: a process that is gone ends this one here, not in its stream.
        (asked,) = totals(self.accelerator, [self.asked_to_stop()])
        self.stopping = asked > 0
        *losses, own, norm_value = _read_back(done.results, norm)
        (mean,) = totals(self.accelerator, [own])
        if math.isfinite(norm_value) and math.isfinite(mean):
            optimizer.step()
        else:
            clips = [clip for batch in done.pieces for clip in batch.ids]
            self._not_finite(step, list(zip(clips, losses, strict=True)))
        optimizer.zero_grad(set_to_none=True)
        return mean

    def _backward(
        self, model: nn.Module, step: int, micro_batches: Sequence[MicroBatch]
    ) -> Attempted[tuple[Tensor, Tensor]]:
        """Gradients of all micro-batches, in smaller pieces where memory runs out."""

        def forward(piece: MicroBatch, last: bool) -> tuple[Tensor, MicroBatch]:
            moved = piece.to(self.accelerator.device)
            with self._synchronised(model, last=last), self.accelerator.autocast():
                return model(**moved.arguments()).logits, moved

        def backward(passed: tuple[Tensor, MicroBatch], last: bool) -> tuple[Tensor, Tensor]:
            losses, loss = losses_of(*passed, self.blank)
            with self._synchronised(model, last=last):
                self.accelerator.backward(loss * self.accelerator.num_processes)
            return losses.detach(), loss.detach()

        def start_over() -> None:
            self.model.zero_grad(set_to_none=True)
            seed_noise(self.options.seed, step, self.accelerator.process_index)

        progress, alone = self.progress, self.accelerator.num_processes == 1
        done = in_pieces(
            micro_batches, forward, backward, start_over, halvings=progress.halvings, alone=alone
        )
        if done.halvings > progress.halvings:
            log.warning(
                "Step %d: out of memory; done again in %d pieces, with the same gradient.",
                step,
                len(done.pieces),
            )
            progress.halvings = done.halvings
        return done

    def unwrap(self) -> None:
        """Take the wrapping of the last step off."""
        if self._wrapped is not None:
            self.accelerator.unwrap_model(self._wrapped, keep_fp32_wrapper=False)
            self._wrapped = None

    def _ready(self, step: int) -> nn.Module:
        """The wrapped model in training mode; wrapped again where what learns changes (DDP)."""
        learning = self.trainable(step)
        if learning != self._learning or self._wrapped is None:
            self.unwrap()
            learn_only(self.model, learning)
            count = sum(p.numel() for p in self.model.parameters() if p.requires_grad)
            log.info("From step %d, %.2f M parameters learn.", step, count / 1e6)
            self._wrapped = self.accelerator.prepare_model(self.trained)
            self._learning = learning
        assert self._wrapped is not None
        return self._wrapped.train()

    def _synchronised(
        self, model: nn.Module, *, last: bool
    ) -> contextlib.AbstractContextManager[None]:
        """Gradients are exchanged once, in the last backward pass of a step."""
        return contextlib.nullcontext() if last else self.accelerator.no_sync(model)

    def _not_finite(self, step: int, losses: list[tuple[str, float]]) -> None:
        """Leave the weights as they are, name the clips, and stop when it happens too often."""
        bad = [i for i, loss in losses if not math.isfinite(loss)]
        known = sorted(gathered(self.accelerator, bad))
        suspects = known or sorted(gathered(self.accelerator, [i for i, _ in losses]))
        self.progress.nonfinite += not known  # a clip that is bad by itself is left out from now on
        self.progress.skipped |= dict.fromkeys(known, f"{NOT_FINITE}, step {step}")
        message = f"Step {step}: loss or gradient is not finite; clips: {', '.join(suspects)}."
        if self.progress.nonfinite > self.options.max_nonfinite:
            raise TrainingStopped(
                f"{message} That is {self.progress.nonfinite} such steps, {self.options.max_nonfinite} "
                "are allowed. Lower the learning rate, or take these clips out of the data."
            )
        log.warning("%s The step is skipped.", message)


def _read_back(results: Sequence[tuple[Tensor, Tensor]], norm: Tensor) -> list[float]:
    """Losses of all utterances, their weighted sum, and the gradient's norm: one copy off a GPU."""
    losses = torch.cat([losses for losses, _ in results])
    total = torch.stack([loss for _, loss in results]).sum()
    read: list[float] = torch.cat([losses, torch.stack([total, norm.float()])]).tolist()
    return read
