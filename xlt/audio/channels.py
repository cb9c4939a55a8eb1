"""Channels of a recording: their mean, one of them or each apart, and what their mean would hide.

The mean of a signal and its inverse is silence, and the mean of a telephone call is two people who
talk at once: both are measured while the blocks of a recording are read.

S samples, C channels.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Channel = Literal["mix", "left", "right", "apart"]
"""Mean of all channels, the first, the second, or each on its own."""

PIECE_S = 0.1
CANCELLED = 0.2
"""Energy of the mean, times C, over the mean energy of the channels: 1 for C signals that have
nothing in common, C for equal ones, 0 for a signal and its inverse."""
HEARD = 1e-4
"""Energy of a piece that is not a pause, as a share of the loudest one's: -40 dB."""
LOUDER = 30.0
"""Energy of a channel that speaks alone, over that of the other: 15 dB."""
TURN = 0.1
"""Share of the pieces that are not pauses in which each of two speakers is alone at least."""


def names(channels: int) -> tuple[str, ...]:
    """The names of C channels."""
    if channels == 1:
        return ("mono",)
    return ("left", "right") if channels == 2 else tuple(str(k + 1) for k in range(channels))


def pick(block: NDArray[np.float32], channel: Channel | int) -> NDArray[np.float32]:
    """The wanted samples (S, 1), or (S, C) for "apart", of a block (S, C).

    A number is that of a channel. Of one channel there is no other: it is left and right.
    """
    if channel == "apart":
        return block
    if channel == "mix":
        with np.errstate(over="ignore", invalid="ignore"):
            mean: NDArray[np.float32] = block.mean(axis=1, dtype=np.float32, keepdims=True)
        return mean
    at = channel if isinstance(channel, int) else min(int(channel == "right"), block.shape[1] - 1)
    return block[:, at : at + 1].copy()


class Balance:
    """Energies of the channels and of their mean, in pieces of 0.1 s or of a block, if that is shorter."""

    def __init__(self, rate_hz: int) -> None:
        self._piece = max(1, round(PIECE_S * rate_hz))
        self._energies: list[NDArray[np.float64]] = []  # (pieces, C + 1): the mean is the last

    def add(self, block: NDArray[np.float32]) -> None:
        """Measure a block (S, C); of one channel there is nothing to measure."""
        if block.shape[1] < 2 or not len(block):
            return
        with np.errstate(over="ignore", invalid="ignore"):
            wide = block.astype(np.float64)
            wide -= wide.mean(axis=0)  # a constant offset is not a sound
            both = np.column_stack([wide, wide.mean(axis=1)])
            self._energies.append(
                np.add.reduceat(both**2, np.arange(0, len(both), self._piece), axis=0)
            )

    def loudest(self) -> int:
        """Number of the channel with the most energy."""
        return int(np.argmax(np.concatenate(self._energies)[:, :-1].sum(axis=0)))

    def cancels(self) -> str | None:
        """A sentence on channels whose mean is next to nothing; None if it is not."""
        if not self._energies:
            return None
        *channels, mixed = np.concatenate(self._energies).sum(axis=0)
        average = float(np.mean(channels))
        if not average > 0 or not mixed * len(channels) < CANCELLED * average:
            return None
        return f"their mean has {mixed / average:.1%} of their energy, so one is the other inverted"

    def takes_turns(self) -> str | None:
        """A sentence on two channels that are loud at different times; None if they are not."""
        if not self._energies or self._energies[0].shape[1] != 3:
            return None
        left, right, _ = np.concatenate(self._energies).T
        louder = np.maximum(left, right)
        heard = (louder > HEARD * louder.max()) & (louder > 0)
        if not heard.any():
            return None
        alone = [float(np.mean((a > LOUDER * b)[heard])) for a, b in ((left, right), (right, left))]
        if min(alone) < TURN:
            return None
        return (
            f"its two channels differ: of the time with sound, {alone[0]:.0%} is in the left one alone and "
            f"{alone[1]:.0%} in the right one, as of two speakers on a telephone (xlt transcribe --channel "
            "apart reads each on its own)"
        )


def columns(blocks: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """The channels (S,) of blocks (S, C) one after the other."""
    return [np.ascontiguousarray(column) for column in np.concatenate(blocks).T]
