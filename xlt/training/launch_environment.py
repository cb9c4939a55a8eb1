"""Environment of a launch: what a launcher has asked for that xlt does not do, from its variables alone."""

import os
from collections.abc import Mapping

UNTRIED = {
    "ACCELERATE_USE_FSDP": "FSDP",
    "ACCELERATE_USE_DEEPSPEED": "DeepSpeed",
    "ACCELERATE_USE_MEGATRON_LM": "Megatron-LM",
    "ACCELERATE_USE_PARALLELISM_CONFIG": "a parallelism configuration",
}
"""Variable of accelerate -> what it switches on."""
PLAIN = "accelerate launch --multi_gpu --num_processes N"
"""Beginning of the line that does without; its flags win over the file of `accelerate config`."""


def refused_launcher(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Sentences on what a launcher has set up and xlt does not do; nothing if all is well."""
    found = [what for name, what in UNTRIED.items() if _is_set(environment.get(name))]
    sentences = [
        f"xlt trains with plain data parallelism, and accelerate is set up for {what}. Start it with "
        f"{PLAIN} -m xlt train … (flags win over the config file), or answer no to {what} in "
        "`accelerate config`."
        for what in found
    ]
    return [*sentences, *_bare_srun(environment)]


def ignored_settings(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Sentences on settings of a launcher that change nothing here."""
    sentences = []
    precision = environment.get("ACCELERATE_MIXED_PRECISION", "no")
    if precision not in ("no", ""):
        sentences.append(
            f"accelerate's --mixed_precision {precision} changes nothing: --training.precision decides "
            "(auto takes bf16 where the device has it)."
        )
    dynamo = environment.get("ACCELERATE_DYNAMO_BACKEND", "no").lower()
    if dynamo not in ("no", ""):
        sentences.append(
            f"accelerate's --dynamo_backend {dynamo} compiles the first phase of a run at most, and has "
            "not been tried: take --dynamo_backend no."
        )
    return sentences


def _is_set(value: str | None) -> bool:
    return (value or "").strip().lower() in ("1", "true", "yes", "y", "t", "on")


def _bare_srun(environment: Mapping[str, str]) -> list[str]:
    """Copies that srun has started without a launcher: each would take itself for the first process."""
    copies = environment.get("SLURM_STEP_NUM_TASKS", "1")
    if not copies.isdigit() or int(copies) < 2 or "RANK" in environment:
        return []
    return [
        f"srun has started {copies} copies of this command, and each would be a run of its own. Start "
        "one torchrun on each node instead: srun --ntasks-per-node 1 torchrun --nnodes "
        "$SLURM_JOB_NUM_NODES --nproc_per_node GPUS --rdzv_backend c10d --rdzv_endpoint "
        "$(hostname):29500 -m xlt train …"
    ]
