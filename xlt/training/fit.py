"""Before step 1: does the recipe's batch fit into memory, and if not, in how many pieces does it?"""

from collections.abc import Callable

from accelerate import Accelerator
from accelerate.utils import gather_object
from torch import nn
from transformers import PreTrainedModel

from xlt.training.dataloader import Feed
from xlt.training.memory_probe import (
    largest_batch,
    later_bytes,
    longest_batch,
    meter,
    pieces_needed,
)
from xlt.training.options import Training
from xlt.transfer.freezing import learn_only

PLENTY = 0.5
"""On a CPU a pass takes long and memory does not fragment: half of it free is enough to go by the
estimate, which is never too low."""


def pieces_that_fit(
    model: PreTrainedModel,
    trained: nn.Module,
    trainable: Callable[[int], frozenset[str]],
    feed: Feed,
    options: Training,
    accelerator: Accelerator,
) -> int:
    """The least accumulation, from the recipe's own, with which every process has enough memory.

    Real forward and backward passes on the longest clips; the model is left as it was. Processes on
    one CPU share its memory.

    Raises:
        OutOfMemory: if one clip alone does not fit.
    """
    world, cpu = accelerator.num_processes, accelerator.device.type == "cpu"
    learn_only(model, trainable(options.steps))
    trained.train()
    gauge = meter(accelerator.device)
    others = gauge.available() * (world - 1) // world if cpu else 0
    with accelerator.autocast():
        fit = largest_batch(
            longest_batch(trained, feed),
            gauge,
            clip_s=max(feed.split.durations_s),
            ceiling_s=options.batch_s / (world * options.accumulation),
            reserve_bytes=later_bytes(model, world) + others,
            plenty=PLENTY if cpu else 0.0,
        )
    least = options.accumulation
    if fit.limited:
        least = max(least, pieces_needed(feed, world, fit.batch_s))
    agreed: int = max(gather_object([least]))
    if accelerator.is_main_process and agreed > options.accumulation:
        print(f"{fit}. Batches are cut into {agreed} pieces, with the same gradient.", flush=True)
    return agreed
