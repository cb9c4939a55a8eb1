"""From logits to text, by true lengths only.

Legend: B utterances, T frames, V labels.
"""

from torch import Tensor

from xlt.language.labels import Labels, decode


def best_ids(logits: Tensor, frames: Tensor, labels: Labels) -> list[list[int]]:
    """The most probable label of every true frame of logits (B, T, V); padding is cut off first.

    Outputs beyond the labels (some published heads are larger than their vocabulary) never win.

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
    ids = logits[:, :, : len(labels.tokens)].argmax(dim=-1).cpu()
    return [row[:count].tolist() for row, count in zip(ids, frames.tolist(), strict=True)]


def greedy(logits: Tensor, frames: Tensor, labels: Labels) -> list[str]:
    """Texts of logits (B, T, V) with true lengths (B,): best label, repeats collapsed, no blanks."""
    return [decode(ids, labels) for ids in best_ids(logits, frames, labels)]
