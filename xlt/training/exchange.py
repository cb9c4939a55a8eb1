"""Exchange of gradients: the settings of DistributedDataParallel, which does it."""

from typing import Literal

from accelerate.utils import DDPCommunicationHookType, DistributedDataParallelKwargs

HOOKS = {"fp32": DDPCommunicationHookType.NO, "bf16": DDPCommunicationHookType.BF16}


def ddp_settings(
    exchange: Literal["fp32", "bf16"], *, layerdrop: float = 0.0
) -> DistributedDataParallelKwargs:
    """Settings for accelerate: gradients are views of what is exchanged, and stand there once.

    Args:
        exchange: Number format in which gradients are sent; see `Training.exchange`.
        layerdrop: Above 0, a step may leave out parameters that learn.
    """
    return DistributedDataParallelKwargs(
        find_unused_parameters=layerdrop > 0,
        gradient_as_bucket_view=True,
        comm_hook=HOOKS[exchange],
    )
