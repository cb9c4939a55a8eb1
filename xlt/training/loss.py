"""CTC loss per utterance, and forward pass and loss of a micro-batch in one function.

B utterances, T frames, V labels, L label positions.
"""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn
from torch.nn import functional

from xlt.training.dataloader import MicroBatch


def batch_losses(
    model: nn.Module,
    batch: MicroBatch,
    blank: int,
    *,
    autocast: AbstractContextManager[object] | None = None,
) -> tuple[Tensor, Tensor]:
    """Forward pass and CTC loss of a micro-batch: per-utterance losses (B,) and their weighted sum.

    Args:
        model: Returns an output with `logits` (B, T, V) from `batch.arguments()`.
        batch: On the model's device.
        blank: id of the blank.
        autocast: Surrounds the forward pass alone; the loss is computed in float32.
    """
    with autocast or nullcontext():
        logits = model(**batch.arguments()).logits
    return losses_of(logits, batch, blank)


def losses_of(logits: Tensor, batch: MicroBatch, blank: int) -> tuple[Tensor, Tensor]:
    """Per-utterance losses (B,) of logits (B, T, V), and their sum by the batch's weights."""
    losses = ctc_losses(logits, batch.frames, batch.labels, batch.label_lengths, blank=blank)
    return losses, (losses * batch.weights).sum()


def ctc_losses(
    logits: Tensor, frames: Tensor, labels: Tensor, label_lengths: Tensor, *, blank: int
) -> Tensor:
    """Negative log-likelihood of each utterance over its number of labels; (B,), float32.

    The same value as transformers' `ctc_loss_reduction="mean"` has for a batch of one. An utterance
    with more labels than its frames allow has loss 0 and no gradient (`BatchSource` has named it); a NaN
    stays NaN. cuDNN's CTC is off, as in transformers. Other devices than CPU and CUDA lack CTC
    (Apple's MPS does): there the loss is computed on the CPU.

    Args:
        logits: (B, T, V), any float type.
        frames: (B,) true frames.
        labels: (sum of label_lengths,) ids, one utterance after the other.
        label_lengths: (B,) label positions.
        blank: id of the blank.
    """
    device = loss_device(logits.device)
    log_probs = functional.log_softmax(logits, dim=-1, dtype=torch.float32).transpose(0, 1)
    with torch.backends.cudnn.flags(enabled=False):
        losses = functional.ctc_loss(
            log_probs.to(device),
            labels.to(device),
            frames,
            label_lengths,
            blank=blank,
            reduction="none",
            zero_infinity=True,
        )
    return (losses / label_lengths.clamp(min=1).to(device)).to(logits.device)


def loss_device(device: torch.device) -> torch.device:
    """Device on which the CTC loss of logits on `device` is computed."""
    return device if device.type in ("cpu", "cuda") else torch.device("cpu")
