"""Protocol of decodings, and the logits that they get.

B utterances, T frames, V labels.
"""

from typing import Protocol

from torch import Tensor

from xlt.language.labels import Labels


class Decoding(Protocol):
    """Search for the text of an utterance; scores and records carry its name."""

    @property
    def name(self) -> str:
        """Name and options, short enough for a table: `greedy`."""

    def text(self, logits: Tensor, labels: Labels) -> str:
        """Text of the logits (T, V) of one utterance of true length."""


def true_logits(logits: Tensor, frames: Tensor, labels: Labels) -> list[Tensor]:
    """Cut padding off the logits (B, T, V) of a batch: (T, V) for each utterance.

    Outputs beyond the labels (some published heads are larger than their vocabulary) are cut off
    too, so they never win.

    Args:
        logits: of padded utterances.
        frames: true T of each, (B,).
        labels: of the V outputs.

    Raises:
        ValueError: if an utterance claims more frames than there are.
    """
    utterances, present, outputs = logits.shape
    if outputs < len(labels.tokens):
        raise ValueError(
            f"logits of {outputs} outputs and {len(labels.tokens)} labels: the model and the "
            "vocabulary are not of one run; take vocab.json from the model's own folder"
        )
    if len(frames) != utterances or bool((frames > present).any()):
        raise ValueError(
            f"{frames.tolist()} true frames for logits of shape {tuple(logits.shape)}: "
            f"{utterances} counts up to {present} are needed"
        )
    known = logits[:, :, : len(labels.tokens)]
    return [row[:count] for row, count in zip(known, frames.tolist(), strict=True)]
