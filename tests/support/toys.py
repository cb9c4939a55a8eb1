"""A toy run: a `Split` of "sentences" sung in two tones, and a `Trainer` of a tiny model on it.

Run as a script by torchrun, it takes one step on two processes and stores what came out.
"""

import dataclasses
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from checkpoints import write_checkpoint
from numpy.typing import NDArray
from safetensors.torch import save_file
from transformers import PreTrainedModel

from xlt.audio.augment import Augmentation
from xlt.audio.decode import SAMPLE_RATE_HZ, encode_flac
from xlt.dataset.reader import Split
from xlt.language import rules
from xlt.language.labels import labels
from xlt.training.dataloader import BatchSource, RankShare, steps_from
from xlt.training.loop import Trainer
from xlt.training.options import Training
from xlt.training.schedule import Schedule
from xlt.transfer import Regularisation, Transfer, load_source, trainable, transfer

LANGUAGE = rules.get("es")
QUIET = Regularisation(hidden_dropout=0.0, mask_time_prob=0.0)
NEUTRAL = Augmentation(speeds=(1.0,), gain_db=0.0)
TEN = Schedule(peak=3e-3)


def toy_split(clips: int = 8) -> Split:
    """Clips of about half a second: `a` is a low tone, `o` a high one."""
    noise = np.random.default_rng(0)
    texts = ["".join(noise.choice(["a", "o", " "], size=5)).strip() or "a" for _ in range(clips)]
    texts = [" ".join(text.split()) for text in texts]
    recordings = [_sing(text, 0.08 + 0.01 * (k % 3)) for k, text in enumerate(texts)]
    return Split(
        ids=[f"toy/{k}" for k in range(clips)],
        texts=texts,
        durations_s=[len(r) / SAMPLE_RATE_HZ for r in recordings],
        speakers=[None] * clips,
        recordings=[encode_flac(recording) for recording in recordings],
    )


def _sing(text: str, letter_s: float) -> np.ndarray:
    time_s = np.arange(int(letter_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tones = [np.sin(2 * np.pi * {"a": 300, "o": 1200, " ": 0}[c] * time_s) for c in text]
    return (0.5 * np.concatenate(tones)).astype(np.float32)


class Poisoned(Split):
    """A split with one clip of NaN."""

    def samples(self, i: int) -> NDArray[np.float32]:
        samples = Split.samples(self, i)
        return samples * np.float32("nan") if i == 3 else samples


def poisoned() -> Split:
    """The toy split with NaN in its fourth clip."""
    good = toy_split()
    return Poisoned(**{name: getattr(good, name) for name in Split.__dataclass_fields__})


def toy_trainer(
    folder: Path,
    *,
    split: Split | None = None,
    source: Path | None = None,
    source_language: str | None = None,
    options: Transfer = Transfer(),  # noqa: B008 (frozen)
    regularisation: Regularisation = QUIET,
    augmentation: Augmentation = NEUTRAL,
    evaluate: Callable[[PreTrainedModel, int], dict[str, float]] | None = None,
    **training: object,
) -> Trainer:
    """A trainer of a tiny model on the toy split; further keywords go to `Training`."""
    known = load_source(
        source or write_checkpoint(folder / "source"), source_language=source_language
    )
    target = labels(LANGUAGE)
    model, _ = transfer(known, target, options, regularisation)
    defaults = Training(
        steps=10, batch_s=60.0, evaluate_every=5, checkpoint_every=5, schedule=TEN, precision="fp32"
    )
    return Trainer(
        model=model,
        batch_source=BatchSource(
            split=split or toy_split(),
            labels=target,
            geometry=known.geometry,
            extractor=known.extractor(),
            augmentation=augmentation,
            batch_s=training.get("batch_s", 60.0),
            seed=training.get("seed", 0),
        ),
        options=dataclasses.replace(defaults, **training),
        trainable=partial(trainable, model, options),
        evaluate=evaluate or (lambda model, step: {"dev_cer": 1 / step}),
        folder=folder / "checkpoints",
        fingerprint={"data": "toy"},
        accelerator=Accelerator(
            cpu=True, mixed_precision="bf16" if training.get("precision") == "bf16" else "no"
        ),
    )


def tight(
    most: int,
) -> Callable[[torch.nn.Module, tuple[object, ...], dict[str, torch.Tensor]], None]:
    """A forward hook that runs out of memory on batches of more than `most` utterances."""

    def refuse(module: torch.nn.Module, args: object, inputs: dict[str, torch.Tensor]) -> None:
        if len(inputs["input_values"]) > most:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    return refuse


def one_step(trainer: Trainer) -> tuple[float, dict[str, torch.Tensor]]:
    """Loss and gradient of the first global batch, the gradient read off a plain SGD step."""
    trainer.options = dataclasses.replace(
        trainer.options, clip_norm=1e9, schedule=Schedule(peak=1.0, warmup=0.0)
    )
    before = {n: p.detach().clone() for n, p in trainer.model.named_parameters()}
    optimizer = torch.optim.SGD(trainer.model.parameters(), lr=1.0)
    share = RankShare(
        rank=trainer.accelerator.process_index,
        world=trainer.accelerator.num_processes,
        accumulation=trainer.options.accumulation,
    )
    _, _, micro_batches = next(steps_from(trainer.batch_source, share, 0, 1))
    loss = trainer.training_step().take(optimizer, 0, micro_batches)
    return loss, {n: before[n] - p.detach() for n, p in trainer.model.named_parameters()}


if __name__ == "__main__":
    where, accumulation, most = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    toy = toy_trainer(where, source=where / "source", accumulation=accumulation)
    if not toy.accelerator.is_main_process:
        toy.model.register_forward_pre_hook(tight(most), with_kwargs=True)
    value, gradient = one_step(toy)
    assert toy.accelerator.num_processes == 2
    if toy.accelerator.is_main_process:
        save_file({**gradient, "loss": torch.tensor(value)}, where / "two.safetensors")
    toy.accelerator.end_training()  # gloo's threads may abort a process that leaves them running
