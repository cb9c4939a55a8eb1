"""The options of a training run, beside the loop that reads them."""

from dataclasses import dataclass, field
from typing import Literal

from xlt.system.resume import Fixed, Free
from xlt.training.schedule import Schedule


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """Length, batch size, learning rate, checkpoints, and limits of a training run."""

    steps: Fixed[int] = 20_000
    """Optimizer steps."""
    batch_s: Fixed[float] = 240.0
    """Seconds of (padded) speech in a global batch, whatever the number of processes."""
    accumulation: Fixed[int] = 1
    """Pieces that each process cuts its part of a batch into, to fit in memory: the same gradient,
    with other draws of dropout."""
    probe_memory: Fixed[bool] = True
    """Try the longest clips before step 1, and cut batches into more pieces where they do not fit."""
    checkpointing: Free[bool] = False
    """Keep the output of every encoder layer alone, and compute the rest of it again in the backward
    pass: about a tenth of the memory for a third more time, and the same gradient. The memory probe
    turns it on where one clip does not fit without."""
    schedule: Schedule = field(default_factory=Schedule)
    weight_decay: Fixed[float] = 0.01
    beta2: Fixed[float] = 0.98
    """AdamW's second decay rate; the first is 0.9."""
    clip_norm: Fixed[float] = 1.0
    """Largest gradient norm."""
    evaluate_every: Fixed[int] = 500
    """Steps between scores on the dev split."""
    evaluate_clips: Fixed[int] = 1000
    """Dev clips that are scored for the choice of the best model, always the same draw, whose CER
    comes with its interval; the last and the best model are scored on all. 0: all, every time."""
    patience: Fixed[int] = 0
    """Evaluations without a better dev CER before the run ends; 0: never."""
    checkpoint_every: Fixed[int] = 500
    """Steps between checkpoints."""
    checkpoint_every_s: Free[float] = 0.0
    """Seconds between checkpoints, by the clock of the first process; 0: by steps, as above."""
    keep: Free[int] = 2
    """Checkpoints kept, besides the best model."""
    precision: Fixed[Literal["auto", "fp32", "bf16"]] = "auto"
    """bf16: autocast; auto: bf16 where the device has it."""
    exchange: Fixed[Literal["fp32", "bf16"]] = "fp32"
    """Number format in which processes exchange gradients. bf16: half of the bytes, for GPUs without
    a fast link between them; sums are rounded to 8 bits."""
    workers: Free[int | None] = None
    """Processes that read clips ahead; None: none on a CPU, whose cores the model needs, and up to 4
    beside a GPU. Changes the speed and nothing else."""
    threads: Free[int] = 0
    """CPU threads of a run in one process; 0: all cores. With several, OMP_NUM_THREADS decides."""
    cache_gb: Fixed[float] = 50.0
    """Disk that the activations below frozen layers (transfer.freeze_below) may take, in GB; 0: the
    frozen layers are run again in every step, with masks and all augmentation on their input."""
    timeout_s: Free[float] = 300.0
    """Seconds that a process waits for the others before it says so and ends."""
    max_nonfinite: Fixed[int] = 5
    """Steps with a loss or gradient that is not finite (skipped, clips named) before the run stops."""
    max_skip_fraction: Fixed[float] = 0.01
    """Share of the training clips that may teach nothing (infeasible, or with a loss that is not
    finite) before the run stops; one is always allowed."""
    seed: Fixed[int] = 0

    def __post_init__(self) -> None:
        for name in (
            "steps",
            "batch_s",
            "accumulation",
            "evaluate_every",
            "checkpoint_every",
            "keep",
            "timeout_s",
        ):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be more than 0.")
