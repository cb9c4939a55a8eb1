"""Reading for a device: speed of a data loader's process, limits of the machine, a pinned batch."""

import resource
import time

import torch

from xlt.doctor.gpu_check.check import Bench, Check, Seen
from xlt.doctor.gpu_check.material import batches, clips, random_source
from xlt.system.cores import usable_cores
from xlt.system.shared_memory import READERS, free_bytes, needed_bytes
from xlt.training.dataloader import RankShare, steps_from

LEAST_S_PER_S = 300.0
"""Seconds of speech a second from one process: four of them feed what an H100 takes in."""
SHARED_BYTES = needed_bytes(READERS, 240.0)
"""Four processes with four batches of 240 s in float32 each."""
FILES = 1024


def rate(bench: Bench) -> Seen:
    """Seconds of speech that one process reads, decodes and turns into inputs in a second."""
    rates = {}
    for family in ("wav2vec2", "wav2vec2-bert"):
        source = batches(random_source(bench.folder / "reading" / family, family), clips())
        chosen, speech_s = tuple(range(len(source.split))), sum(source.split.durations_s)
        source.micro_batch(chosen, chosen, 0)
        started, rounds = time.perf_counter(), 10
        for epoch in range(rounds):
            source.micro_batch(chosen, chosen, epoch)
        rates[family] = rounds * speech_s / (time.perf_counter() - started)
    text = ", ".join(f"{family} {found:,.0f} s/s" for family, found in rates.items())
    return Seen(text=text, ok=rates["wav2vec2"] >= LEAST_S_PER_S)


def limits(bench: Bench) -> Seen:
    """Open files, shared memory, and a batch from a process of a data loader."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    shared = free_bytes()
    split = clips()
    source = batches(random_source(bench.folder / "limits"), split)
    _, _, (batch,) = next(steps_from(source, RankShare(), 0, 1, workers=1))
    pinned = batch.inputs["input_values"].is_pinned()
    memory = "none" if shared is None else f"{shared / 1e9:.1f} GB"
    text = f"{soft} (hard {hard}) files, {memory} of shared memory free"
    text += ", batch pinned" if pinned else ", batch read by another process"
    roomy = bench.device.type == "cpu" or (shared or 0) >= SHARED_BYTES
    return Seen(text=text, ok=hard >= FILES and roomy and pinned == bench.cuda)


def cores(bench: Bench) -> Seen:
    """Cores for the data loaders of each GPU."""
    count = usable_cores()
    if not bench.cuda:
        return Seen(text=f"{count}; on a CPU the model itself needs them")
    each = count / torch.cuda.device_count()
    return Seen(text=f"{each:.1f} for each GPU", ok=each >= 2)


CHECKS = (
    Check(
        name="reading",
        expected=f"at least {LEAST_S_PER_S:g} s of speech a second from one process",
        look=rate,
    ),
    Check(
        name="limits",
        expected=f"{FILES} open files allowed; {SHARED_BYTES / 1e9:.1f} GB of shared memory beside a "
        "GPU (docker run --ipc=host), and a pinned batch",
        look=limits,
    ),
    Check(name="cores", expected="two or more for each GPU", look=cores),
)
