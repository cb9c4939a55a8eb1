"""The CTC loss, utterance by utterance."""

import torch
from torch import Tensor
from torch.nn import functional


def ctc_losses(
    logits: Tensor, frames: Tensor, labels: Tensor, label_lengths: Tensor, *, blank: int
) -> Tensor:
    """Negative log-likelihood of each utterance over its number of labels; (B,), float32.

    The same value as transformers' `ctc_loss_reduction="mean"` has for a batch of one. An utterance
    with more labels than its frames allow has loss 0 and no gradient (the feed has named it); a NaN
    stays NaN. cuDNN's CTC is off, as in transformers. Other devices than CPU and CUDA lack CTC
    (Apple's MPS does): there the loss is computed on the CPU.

    Args:
        logits: (B, T, V), any float type.
        frames: (B,) true frames.
        labels: (sum of label_lengths,) ids, one utterance after the other.
        label_lengths: (B,) label positions.
        blank: id of the blank.
    """
    device = at_home(logits.device)
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


def at_home(device: torch.device) -> torch.device:
    """Where the CTC loss of logits on a device is computed."""
    return device if device.type in ("cpu", "cuda") else torch.device("cpu")
