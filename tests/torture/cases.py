"""The tiny run that every torture damages, with all parts of a real one, and its results as hashes.

A model of three layers of width 16 on half-second clips, real shards, real evaluation through the
recogniser, checkpoints every few steps. One step takes some milliseconds.
"""

import dataclasses
import gc
import hashlib
import json
import os
import socket
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import InitProcessGroupKwargs
from transformers import PreTrainedModel

sys.path += [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "support")]
from checkpoints import write_checkpoint
from torture.forks import Child, fork
from toys import LANGUAGE, NEUTRAL, QUIET, TEN, toy_split

from xlt.audio.augment import Augmentation
from xlt.language.labels import labels
from xlt.recipe import arms, evaluation
from xlt.system.exit_status import exit_with_error
from xlt.training.loop import Evaluate, Trainer
from xlt.training.options import Training
from xlt.transfer import Regularisation, Transfer, load_source, trainable, transfer

NOISE = Augmentation(speeds=(0.9, 1.0, 1.1), noise_share=0.5)
MASKED = Regularisation(hidden_dropout=0.1, mask_time_prob=0.1, mask_time_length=2)
SPEEDS = Augmentation(speeds=(0.9, 1.0, 1.1), gain_db=0.0)
"""All that can vary where activations are stored."""
CLIPS, CLIPS_A_BATCH = 16, 4
STEPS_AN_EPOCH = CLIPS // CLIPS_A_BATCH
TIMEOUT_S = 4.0
"""How long the toy's processes wait for each other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One way to run the toy."""

    steps: int = 24
    evaluate_every: int = 5
    checkpoint_every: int = 3
    keep: int = 2
    workers: int = 0
    accumulation: int = 1
    augmentation: bool = True
    masks: bool = True
    """Dropout and time masks, whose noise is each process's own."""
    precision: str = "fp32"
    head_only_steps: int = 6
    freeze_below: int = 0
    """Lowest layers that are run once and kept on disk (the cached mode); 0: none."""
    processes: int = 1
    patience: int = 0


def prepare_source(folder: Path) -> Path:
    """The checkpoint that every run of a torture starts from; called before anything is forked."""
    source = write_checkpoint(folder / "source")
    gc.collect()
    gc.freeze()  # or a collection in a child would copy all that is imported
    return source


def toy(case: Case, folder: Path, source: Path, evaluate: Evaluate | None = None) -> Trainer:
    """The trainer of a case, made from its files as a restarted process makes it."""
    known = load_source(source)
    target = labels(LANGUAGE)
    options = Transfer(head_only_steps=case.head_only_steps, freeze_below=case.freeze_below)
    model, _ = transfer(known, target, options, MASKED if case.masks else QUIET)
    extractor = known.extractor()
    split = toy_split(CLIPS)
    training = Training(
        steps=case.steps,
        batch_s=CLIPS_A_BATCH * max(split.durations_s) + 0.01,
        evaluate_every=case.evaluate_every,
        checkpoint_every=case.checkpoint_every,
        keep=case.keep,
        workers=case.workers,
        accumulation=case.accumulation,
        patience=case.patience,
        schedule=TEN,
        timeout_s=TIMEOUT_S,
    )
    accelerator = Accelerator(
        cpu=True,
        mixed_precision="bf16" if case.precision == "bf16" else "no",
        kwargs_handlers=[InitProcessGroupKwargs(timeout=timedelta(seconds=TIMEOUT_S))],
    )
    noise = (SPEEDS if case.freeze_below else NOISE) if case.augmentation else NEUTRAL
    bench = types.SimpleNamespace(
        accelerator=accelerator,
        labels=target,
        extractor=extractor,
        source=known,
        train=split,
        dev=toy_split(4),
        folder=folder,
        fingerprint={"data": "toy"},
        recipe=types.SimpleNamespace(training=training, augmentation=noise),
    )
    features, top = arms.cached_features(bench, model, options)
    return Trainer(
        model=model,
        trained=top,
        batch_source=arms.batch_source_of(bench, features),
        options=training,
        trainable=partial(trainable, model, options),
        evaluate=evaluate or partial(judge, bench),
        folder=folder / "checkpoints",
        fingerprint={"data": "toy", **plain(case)},
        accelerator=accelerator,
    )


def judge(bench: Any, model: PreTrainedModel, step: int) -> dict[str, float]:
    """The figures of a real evaluation, but for the CER, which the bits of the weights decide.

    So the best model changes often, and one wrong bit shows in the curve.
    """
    figures = evaluation.dev_figures(bench, model, step)
    return {**figures, "dev_cer": int(digest(model.state_dict())[:8], 16) / 16**8}


def plain(case: Case) -> dict[str, Any]:
    """The settings of a case that decide its result."""
    settings = dataclasses.asdict(case)
    return {k: v for k, v in settings.items() if k not in ("workers", "processes", "keep")}


def come_to(trainer: Trainer) -> dict[str, Any]:
    """Run or go on, and say what it came to: all that must be the same after any accident."""
    outcome = trainer.run(resume=True)
    return {
        "weights": digest(trainer.model.state_dict()),
        "losses": list(outcome.losses),
        "curve": [{k: v for k, v in p.items() if k != "wall_s"} for p in outcome.curve],
        "best_step": outcome.best_step,
        "skipped": dict(outcome.skipped),
    }


def digest(weights: dict[str, torch.Tensor]) -> str:
    """SHA-256 over every name and every bit."""
    found = hashlib.sha256()
    for name, tensor in sorted(weights.items()):
        found.update(name.encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()


def run_and_note(
    case: Case, folder: Path, source: Path, *, before: Callable[[Trainer], None] | None = None
) -> None:
    """In a child: run or go on, and write what it came to beside the checkpoints."""
    torch.set_num_threads(1)
    trainer = toy(case, folder, source)
    if before is not None:
        before(trainer)
    try:
        outcome = come_to(trainer)
    except (ValueError, OSError, RuntimeError) as error:
        exit_with_error(error)
    rank = os.environ.get("RANK", "0")
    (folder / f"outcome-{rank}.json").write_text(json.dumps(outcome))


def outcome(folder: Path, rank: int = 0) -> dict[str, Any]:
    """What a finished run came to."""
    found: dict[str, Any] = json.loads((folder / f"outcome-{rank}.json").read_text())
    return found


def start(case: Case, folder: Path, source: Path, **options: Any) -> Child:
    """The run of one process in a child."""
    return fork(lambda: run_and_note(case, folder, source, **options), folder / "log.txt")


def start_all(
    case: Case, folder: Path, source: Path, work: Callable[[], None] | None = None
) -> list[Child]:
    """The processes of a run that has several, joined by gloo on the loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    work = work or partial(run_and_note, case, folder, source)
    return [
        fork(work, folder / f"log-{rank}.txt", environment(rank, case.processes, port))
        for rank in range(case.processes)
    ]


def environment(rank: int, world: int, port: int) -> dict[str, str]:
    """What a launcher tells a process of itself and the others."""
    return {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(world),
        "LOCAL_WORLD_SIZE": str(world),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "ACCELERATE_USE_CPU": "1",
        "OMP_NUM_THREADS": "1",
    }


def uninterrupted(case: Case, folder: Path, source: Path) -> dict[str, Any]:
    """What a case comes to when nothing happens to it."""
    children = (
        [start(case, folder, source)] if case.processes == 1 else start_all(case, folder, source)
    )
    for child in children:
        assert child.wait() == 0, child.text()
    return outcome(folder)


def differences(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """Names of what came out otherwise."""
    return [key for key in expected if found[key] != expected[key]]
