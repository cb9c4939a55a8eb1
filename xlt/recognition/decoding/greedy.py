"""Greedy decoding: the most probable label of every frame (best path).

T frames, V labels.
"""

from dataclasses import dataclass

from torch import Tensor

from xlt.language.labels import Labels, decode


@dataclass(frozen=True, slots=True)
class Greedy:
    """Best path: repeats are collapsed, blanks dropped (Graves et al. 2006, section 3.2)."""

    @property
    def name(self) -> str:
        """`greedy`: there are no options."""
        return "greedy"

    def text(self, logits: Tensor, labels: Labels) -> str:
        """Text of logits (T, V)."""
        return decode(logits.argmax(dim=-1).tolist(), labels)
