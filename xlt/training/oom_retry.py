"""Retry of a step that ran out of memory, in halves: the same gradient, at the price of time.

B utterances, S samples, T frames. A clip's share in the loss stands in its weight, so a batch that
is cut in two by utterances has the same sum of weighted losses, and the same gradient. Masks belong
to the clips; dropout is drawn anew for the halves, as with any other accumulation.

With several processes gradients are exchanged in the last backward pass of a step, one such pass on
every process, however many pieces each has made of its share. So a process may start over alone as
long as its last forward pass has not ended. There DistributedDataParallel makes ready to exchange
whatever gradient comes next: a piece of another attempt would be sent as if it were the whole. So
memory that runs out after it, in the loss or the backward pass, stops the run with a sentence. It
goes on by --resume with more accumulation: the same gradient, with other draws of dropout.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import torch
from torch import Tensor

from xlt.training.dataloader import MicroBatch

Passed = TypeVar("Passed")
"""Result of a forward pass that its backward pass needs."""
Result = TypeVar("Result")


SIGNS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "alloc_failed",
    "unable to find an engine to execute this computation",  # cuDNN, with no room for a workspace
    "cublas_status_not_initialized",  # cuBLAS, with no room for its handle
)
"""Parts of the messages, in lower case, of libraries whose errors have no class of their own."""


class OutOfMemory(RuntimeError):
    """A batch that can't be cut any smaller; the message says what was tried and what to do."""


def is_out_of_memory(error: BaseException) -> bool:
    """True if an error says that memory ran out: on a GPU, in the CPU's allocator, or in Python."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    message = str(error).lower()
    return isinstance(error, RuntimeError) and any(sign in message for sign in SIGNS)


def split(batch: MicroBatch) -> tuple[MicroBatch, MicroBatch]:
    """The first and the second half of the utterances, each padded to its own longest clip.

    Without an attention mask the padding stays: such models (group norm) hear it.

    Raises:
        ValueError: if there is one utterance only.
    """
    utterances = len(batch.ids)
    if utterances < 2:
        raise ValueError(f"a batch of {utterances} utterance can't be split by utterances")
    middle = (utterances + 1) // 2
    return _part(batch, 0, middle), _part(batch, middle, utterances)


def without(batch: MicroBatch, ids: frozenset[str]) -> MicroBatch:
    """The batch without some utterances; itself where none is in it.

    Where nothing would be left, one of them stays with silence in its place and no weight, so that
    every process takes part in every backward pass: what is not finite would not vanish by a weight
    of 0.
    """
    rows = [k for k, clip in enumerate(batch.ids) if clip not in ids]
    if len(rows) == len(batch.ids):
        return batch
    return _rows(batch, rows) if rows else _silent(_rows(batch, [0]))


def _silent(batch: MicroBatch) -> MicroBatch:
    """The same shapes with nothing in them."""
    inputs = {name: torch.zeros_like(tensor) for name, tensor in batch.inputs.items()}
    return replace(batch, inputs=inputs, weights=torch.zeros_like(batch.weights))


def _part(batch: MicroBatch, start: int, stop: int) -> MicroBatch:
    """Utterances start ... stop - 1."""
    return _rows(batch, list(range(start, stop)))


def _rows(batch: MicroBatch, rows: Sequence[int]) -> MicroBatch:
    """Some of the utterances, in the given order."""
    labels = torch.split(batch.labels, batch.label_lengths.tolist())
    ids = tuple(batch.ids[k] for k in rows)
    chosen = torch.tensor(rows)
    lengths = None if batch.lengths is None else batch.lengths[chosen]
    return MicroBatch(
        ids=ids,
        inputs=_trimmed({name: tensor[chosen] for name, tensor in batch.inputs.items()}, lengths),
        masks={name: mask[chosen] for name, mask in batch.masks.items()},
        lengths=lengths,
        frames=batch.frames[chosen],
        labels=torch.cat([labels[k] for k in rows]),
        label_lengths=batch.label_lengths[chosen],
        weights=batch.weights[chosen],
        infeasible=tuple(i for i in ids if i in batch.infeasible),
    )


def _trimmed(inputs: dict[str, Tensor], lengths: Tensor | None) -> dict[str, Tensor]:
    """Inputs of (B, S) or (B, T, D) without the columns that are padding in every row."""
    if lengths is None:
        return inputs
    longest = int(lengths.max())
    return {name: tensor[:, :longest] for name, tensor in inputs.items()}


def halved(batches: Sequence[MicroBatch]) -> list[MicroBatch]:
    """Every batch in two, in order; one of a single utterance stays.

    Raises:
        OutOfMemory: if every batch is a single utterance already.
    """
    if all(len(batch.ids) < 2 for batch in batches):
        names = ", ".join(i for batch in batches for i in batch.ids)
        raise OutOfMemory(
            f"Out of memory with one clip at a time ({names}). Prepare the data with a lower longest "
            "duration, train fewer layers (freeze_below, drop_layers), or take a smaller source, and "
            "start again with another --out."
        )
    return [
        part for batch in batches for part in (split(batch) if len(batch.ids) > 1 else (batch,))
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempted(Generic[Result]):
    """The pieces of a step that went through, and what came out of each."""

    pieces: tuple[MicroBatch, ...]
    results: tuple[Result, ...]
    halvings: int
    """Times that the micro-batches were cut in two; the next step begins there."""


def in_pieces(
    batches: Sequence[MicroBatch],
    forward: Callable[[MicroBatch, bool], Passed],
    backward: Callable[[Passed, bool], Result],
    start_over: Callable[[], None],
    *,
    halvings: int = 0,
    alone: bool = True,
) -> Attempted[Result]:
    """Forward and backward of every micro-batch, in halves of halves where memory asks for it.

    Args:
        batches: The micro-batches of this process in this step.
        forward: (piece, whether it is the last one) -> what the model makes of it, and no more: with
            several processes the last one ends with the exchange made ready.
        backward: (that, whether it is the last one) -> what the step needs of it. It computes the loss
            and adds to the gradients; with several processes the last one exchanges them.
        start_over: Drops the gradients so far and seeds the noise of the step again.
        halvings: How often to cut before the first try, from the step before.
        alone: One process: even the last backward pass may be tried again.

    Raises:
        OutOfMemory: if it can't be cut any more, or other processes have a part of the last pass.
    """
    pieces = list(batches)
    for _ in range(halvings):
        if any(len(piece.ids) > 1 for piece in pieces):
            pieces = halved(pieces)
    while True:
        results, spent = _through(pieces, forward, backward, alone)
        if not spent:
            return Attempted(pieces=tuple(pieces), results=tuple(results), halvings=halvings)
        results.clear()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()  # pieces of another size need other blocks
        pieces = halved(pieces)
        halvings += 1
        start_over()


def _through(
    pieces: Sequence[MicroBatch],
    forward: Callable[[MicroBatch, bool], Passed],
    backward: Callable[[Passed, bool], Result],
    alone: bool,
) -> tuple[list[Result], bool]:
    """The results so far, and whether memory ran out. The error goes, and its tensors with it."""
    results: list[Result] = []
    for k, piece in enumerate(pieces):
        last, exchanging = k + 1 == len(pieces), False
        try:
            passed = forward(piece, last)
            exchanging = last and not alone
            results.append(backward(passed, last))
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if exchanging:
                raise OutOfMemory(
                    "Out of memory in the loss or the backward pass that exchanges gradients (clips "
                    f"{', '.join(piece.ids)}). Go on with --resume, twice the --training.accumulation, and "
                    "--allow-change recipe.training.accumulation: the same gradient, with other draws of dropout."
                ) from error
            return results, True
        del passed  # the graph of this piece, before the next one is made
    return results, False
