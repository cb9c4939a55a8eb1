"""Reading ahead: a few processes make batches in an order, while the caller computes.

One set of processes serves any number of batches, such as all epochs of a training.
"""

import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch.utils.data import DataLoader, Dataset, get_worker_info

from xlt.system.shared_memory import PREFETCH, loader_failure

Item = TypeVar("Item")
Made = TypeVar("Made")


class ReadersLost(RuntimeError):
    """The processes that read ahead are gone; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class _WorkerError:
    """Error of a process that could not make a batch: the loader would bury its sentence."""

    sentence: str
    where: str
    """The process's traceback."""


@dataclass(frozen=True, slots=True)
class _Makes(Dataset[Made | _WorkerError], Generic[Item, Made]):
    """A function as a dataset whose indices are its arguments."""

    make: Callable[[Item], Made]

    def __getitem__(self, item: Item) -> Made | _WorkerError:
        try:
            return self.make(item)
        except (ValueError, OSError) as error:
            if get_worker_info() is None:
                raise
            return _WorkerError(str(error), traceback.format_exc())


def read_ahead(
    make: Callable[[Item], Made], items: Iterable[Item], *, workers: int, batch_s: float
) -> Iterator[Made]:
    """make(item) for every item, in order.

    Args:
        make: Runs in the processes that read ahead, or in this one where there are none.
        items: May be endless: they are asked for as they are needed.
        workers: Processes that read ahead; 0: none.
        batch_s: Seconds of speech in a batch, for messages.

    Raises:
        ValueError: of `make`, with its sentence; an OSError in another process is one, too.
        ReadersLost: where shared memory was too small for them.
    """
    loader = DataLoader(
        _Makes(make),
        batch_size=None,
        sampler=items,
        num_workers=workers,
        prefetch_factor=PREFETCH if workers else None,
        pin_memory=torch.cuda.is_available(),
        # A generator of its own: a loader draws its base seed from somewhere, and not from our noise.
        generator=torch.Generator().manual_seed(0),
    )
    stream = iter(loader)
    while True:
        try:
            found = next(stream)
        except StopIteration:
            return
        except RuntimeError as error:
            sentence = loader_failure(error, workers, batch_s)
            if sentence is None:
                raise
            raise ReadersLost(sentence) from error
        if isinstance(found, _WorkerError):
            raise ValueError(found.sentence) from RuntimeError(f"in a worker:\n{found.where}")
        yield found
