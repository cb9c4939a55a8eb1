"""Steps on a device: synchronisations, attention kernels, memory, resume, speed.

Floating-point operations and the speeds that are expected of known GPUs are estimates, made from
the published shape of XLS-R with 300 M parameters.
"""

import dataclasses
import os
import shutil
import time
import warnings
from pathlib import Path

import torch
from transformers import Wav2Vec2ForCTC

from xlt.doctor.gpu_check.check import Bench, Check, Seen, not_here
from xlt.doctor.gpu_check.material import (
    batches,
    clips,
    random_model,
    random_source,
    target,
    trainer,
    xls_r_config,
)
from xlt.training.checkpoint import BEST, STEP, name_of
from xlt.training.dataloader import MicroBatch, RankShare, steps_from
from xlt.training.loop import Trainer
from xlt.training.loss import batch_losses
from xlt.training.memory_meter import meter
from xlt.training.memory_probe import largest_batch, longest_batch
from xlt.training.optimizer import make_optimizer
from xlt.transfer.freezing import learn_only, trainable
from xlt.transfer.options import Transfer

GFLOP_PER_S = 103.0
"""Of a second of speech, forward and backward, with frozen convolutions: 4.9 for these, and 32.6
forward for 24 layers of 50 frames, three times for both directions."""
EXPECTED_S_PER_S = {
    "H200": (1_500, 2_400),
    "H100": (1_500, 2_100),
    "A100": (800, 1_100),
    "4090": (500, 800),
    "L4": (150, 250),
    "T4": (30, 50),
}
"""GPU -> seconds of speech a second that a step of 240 s should reach, lowest and highest."""
MOST_SYNCHRONISATIONS = 14
SPEECH_S, SPEED_STEPS = 240.0, 30


def synchronisations(bench: Bench) -> Seen:
    """Waits of the CPU for the GPU in one step, as CUDA's debug mode counts them."""
    if not bench.cuda:
        return not_here("CUDA counts them")
    toy = _toy(bench, "synchronisations")
    stepper, (first, second) = toy.training_step(), _micro_batches(toy, 2)
    optimizer = _optimizer(toy)
    stepper.take(optimizer, 0, first)
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            stepper.take(optimizer, 1, second)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    count = sum("synchroniz" in str(warning.message) for warning in caught)
    return Seen(text=str(count), ok=count <= MOST_SYNCHRONISATIONS)


def attention(bench: Bench) -> Seen:
    """Attention operators of one step of a wav2vec2 model."""
    source = random_source(bench.folder / "attention")
    model = random_model(source)
    model.to(bench.device).train()  # type: ignore[arg-type]
    batch = batches(source, clips()).micro_batch((0, 1, 2), (0, 1, 2), 0).to(bench.device)
    with torch.profiler.profile() as profile:
        batch_losses(
            model, batch, 0, autocast=torch.autocast(bench.device.type, dtype=torch.bfloat16)
        )
    names = {event.key for event in profile.key_averages()}
    fused = sorted(name for name in names if name.startswith("aten::_scaled_dot_product"))
    shown = ", ".join(name.removeprefix("aten::_scaled_dot_product_") for name in fused)
    if not bench.cuda:
        return Seen(text=f"{shown or 'none of torch'}; judged on a GPU only")
    return Seen(text=shown or "none", ok=bool(fused) and not any("math" in n for n in fused))


def probe(bench: Bench) -> Seen:
    """Memory that the probe foretells for a batch, against what the same batch takes again."""
    source = random_source(bench.folder / "probe")
    model = random_model(source)
    model.to(bench.device).train()  # type: ignore[arg-type]
    learn_only(model, trainable(model, Transfer(), 1))
    attempt = longest_batch(model, batches(source, clips()))
    gauge = meter(bench.device)
    fit = largest_batch(attempt, gauge, clip_s=3.0, ceiling_s=48.0)
    peak = gauge.peak(lambda: attempt(fit.batch_s))
    text = f"{fit.batch_s:.0f} s: foretold {fit.peak_bytes / 1e6:.0f} MB, taken {(peak or 0) / 1e6:.0f} MB"
    if not bench.cuda:
        return Seen(text=f"{text}; judged on a GPU only")
    return Seen(text=text, ok=peak is not None and peak <= 1.1 * fit.peak_bytes)


def out_of_memory(bench: Bench) -> Seen:
    """A step that is refused more than three clips at once: its gradient against the whole batch's."""
    toy = _toy(bench, "whole")
    whole = step_gradient(toy, _micro_batches(toy, 1)[0], 0)
    if bench.cuda:
        torch.cuda.empty_cache()
    tight = _toy(bench, "pieces")
    refused = tight.model.register_forward_pre_hook(_refuse_more_than(3), with_kwargs=True)
    pieces = step_gradient(tight, _micro_batches(tight, 1)[0], 0)
    refused.remove()
    apart = max(
        float((whole[name] - pieces[name]).abs().max() / (whole[name].abs().max() + 1e-12))
        for name in whole
        if whole[name].abs().max() > 1e-6
    )
    halvings = tight.progress.halvings
    return Seen(
        text=f"{halvings} halvings, gradient within {apart:.1e}",
        ok=halvings >= 1 and apart <= 1e-3,
    )


def resume(bench: Bench) -> Seen:
    """Weights after eight steps in one run, against a run that goes on from its fourth."""
    source = random_source(bench.folder / "resume")
    folder = bench.folder / "resume-checkpoints"
    shutil.rmtree(folder, ignore_errors=True)
    straight = trainer(source, folder, bench.device)
    straight.run()
    for later in (name_of(STEP, 8), name_of(BEST, 8)):  # as if it had been killed before them
        shutil.rmtree(folder / later)
    rest = trainer(source, folder, bench.device)
    rest.run(resume=True)
    end, again = (dict(t.model.named_parameters()) for t in (straight, rest))
    apart = max(float((end[n] - again[n]).detach().abs().max()) for n in end)
    scale = max(float(p.detach().abs().max()) for p in end.values())
    text = "the same to the bit" if apart == 0 else f"weights differ by {apart / scale:.1e}"
    return Seen(text=text, ok=apart <= (1e-4 * scale if bench.cuda else 0))


def speed(bench: Bench) -> Seen:
    """Seconds of speech a second in steps of 240 s with XLS-R's shape, in bf16 where it is."""
    if not bench.cuda:
        return not_here("a step of 240 s with 300 M parameters takes a GPU")
    with torch.device(bench.device):
        model = Wav2Vec2ForCTC(xls_r_config()).train()
    model.freeze_feature_encoder()
    names = frozenset(n for n, p in model.named_parameters() if p.requires_grad)
    optimizer = make_optimizer(model, names, weight_decay=0.0, beta2=0.98)
    batch = _speech(bench, SPEECH_S)
    precision = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    for step in range(SPEED_STEPS + 5):
        if step == 5:
            torch.cuda.synchronize()
            started = time.perf_counter()
        _, loss = batch_losses(model, batch, 0, autocast=torch.autocast("cuda", dtype=precision))
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    torch.cuda.synchronize()
    rate = SPEED_STEPS * SPEECH_S / (time.perf_counter() - started)
    name = torch.cuda.get_device_name(bench.device)
    bounds = next((b for part, b in EXPECTED_S_PER_S.items() if part in name), None)
    text = f"{rate:,.0f} s of speech a second, {rate * GFLOP_PER_S / 1e3:.0f} TFLOP/s on {name}"
    return Seen(text=text, ok=None if bounds is None else rate >= bounds[0])


def _speech(bench: Bench, seconds: float) -> MicroBatch:
    """Clips of 10 s of noise with 100 letters each, as a batch on the device."""
    count = int(seconds / 10)
    frames = 499  # of 160,000 samples with the published convolutions
    return MicroBatch(
        ids=tuple(map(str, range(count))),
        inputs={"input_values": torch.randn(count, 160_000)},
        lengths=torch.full((count,), 160_000),
        frames=torch.full((count,), frames),
        labels=torch.randint(5, len(target().tokens), (count * 100,)),
        label_lengths=torch.full((count,), 100),
        weights=torch.full((count,), 1 / count),
        infeasible=(),
    ).to(bench.device)


def _toy(bench: Bench, name: str) -> Trainer:
    folder = bench.folder / name
    shutil.rmtree(folder, ignore_errors=True)
    toy = trainer(random_source(folder / "source"), folder / "checkpoints", bench.device)
    toy.model.to(bench.device)  # type: ignore[arg-type]
    return toy


def _optimizer(toy: Trainer) -> torch.optim.Optimizer:
    return make_optimizer(toy.model, toy.trainable(0), weight_decay=0.0, beta2=0.98)


def _micro_batches(toy: Trainer, steps: int) -> list[list[MicroBatch]]:
    return [found for _, _, found in steps_from(toy.batch_source, RankShare(), 0, steps)]


def step_gradient(toy: Trainer, found: list[MicroBatch], step: int) -> dict[str, torch.Tensor]:
    """Gradient of one step by name, read off plain descent with a rate of 1."""
    toy.options = dataclasses.replace(
        toy.options,
        clip_norm=1e9,
        schedule=dataclasses.replace(toy.options.schedule, peak=1.0),
    )
    before = {n: p.detach().clone() for n, p in toy.model.named_parameters()}
    plain = torch.optim.SGD(toy.model.parameters(), lr=1.0)
    toy.training_step().take(plain, step, found)
    return {n: before[n] - p.detach() for n, p in toy.model.named_parameters()}


def _refuse_more_than(most: int):  # type: ignore[no-untyped-def]
    """A forward hook that runs out of memory where a batch has more utterances."""

    def refuse(module: object, args: object, inputs: dict[str, torch.Tensor]) -> None:
        if len(inputs["input_values"]) > most:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    return refuse


def checkpoint(bench: Bench) -> Seen:
    """Time to write and sync 256 MB, and what a checkpoint of 300 M parameters would take."""
    path, block = Path(bench.folder) / "block", bytes(1 << 20)
    started = time.perf_counter()
    with path.open("wb") as file:
        for _ in range(256):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    taken_s = time.perf_counter() - started
    path.unlink()
    whole_s = taken_s * 3.8e9 / (256 << 20)
    return Seen(text=f"{whole_s:.0f} s for 3.8 GB in {bench.folder}", ok=whole_s <= 30)


CHECKS = (
    Check(
        name="synchronisations",
        expected=f"at most {MOST_SYNCHRONISATIONS} in a step",
        look=synchronisations,
    ),
    Check(
        name="attention",
        expected="a fused kernel (flash, efficient or cudnn), never math",
        look=attention,
    ),
    Check(name="probe", expected="a batch takes at most 10 % more than the probe said", look=probe),
    Check(
        name="out-of-memory",
        expected="a batch that does not fit is cut, with the same gradient within 1e-3",
        look=out_of_memory,
    ),
    Check(
        name="resume",
        expected="4 + 4 steps are 8 steps: to the bit on a CPU, within 1e-4 on a GPU",
        look=resume,
    ),
    Check(
        name="speed",
        expected="H100 1,500-2,100 s/s, A100 800-1,100, 4090 500-800, L4 150-250 (estimates)",
        look=speed,
    ),
    Check(
        name="checkpoint",
        expected="at most 30 s for 3.8 GB; else make checkpoints less often",
        look=checkpoint,
    ),
)
