"""Memory, disk and time that a run takes, as far as they are known before it."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from xlt.recipe.options import Recipe
from xlt.reports.record import hardware
from xlt.system.memory import available_bytes
from xlt.training.device import has_accelerator
from xlt.training.disk_space import needed_bytes
from xlt.training.memory_probe import GRADIENT_BYTES, MOMENTS_BYTES
from xlt.transfer.freezing import trainable

GB, MB = 1e9, 1e6
FLAC_BYTES_PER_S = 20_000
"""Of 16 kHz speech, as shards hold it: about 20 kB."""
COPIES = 2
"""A preparation holds its recordings twice while it puts them into their places."""
RECORDS = 50
"""Newest runs that are asked for their speed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    """Speech a second that a finished run on this machine, from the same source, has trained on."""

    speech_s: float
    run: str


def size(amount: float) -> str:
    """An amount of bytes in MB, or in GB: 2 MB, 1.3 GB, 66 GB."""
    value, unit = (amount / GB, "GB") if amount >= GB else (max(1.0, amount / MB), "MB")
    return f"{value:.0f} {unit}" if value >= 10 or unit == "MB" else f"{value:.1f} {unit}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """Memory and disk of a run, and what is free."""

    memory_bytes: int
    """Of weights, gradients and moments, without the activations of a batch."""
    free_memory_bytes: int | None
    """None: on a device that does not say."""
    checkpoint_bytes: int
    """Of one arm, at most."""
    dataset_bytes: int
    """0 where it is there, or nobody knows the hours."""
    free_disk_bytes: int
    """Free, or taken by this run's checkpoints already."""
    folder: Path

    def faults(self) -> list[str]:
        """Sentences: more memory or disk than there is."""
        faults, free = [], self.free_memory_bytes
        if free is not None and self.memory_bytes > free:
            faults.append(
                f"Weights, gradients and moments take {size(self.memory_bytes)}, and "
                f"{size(free)} of memory are free. Train less of the model (--transfer.freeze-below "
                "N, --transfer.drop-layers N), or take a smaller --source."
            )
        wanted = self.checkpoint_bytes + self.dataset_bytes
        if wanted > self.free_disk_bytes:
            faults.append(
                f"Dataset and checkpoints take up to {size(wanted)}, and "
                f"{size(self.free_disk_bytes)} are free for {self.folder}. Make room, or give an --out "
                "on another disk."
            )
        return faults

    @property
    def memory(self) -> str:
        """Sentence on the memory."""
        free = self.free_memory_bytes
        there = "" if free is None else f"; {size(free)} are free"
        return (
            f"{size(self.memory_bytes)} for weights, gradients and moments, and the part of a batch "
            f"that fits beside them, which is tried before step 1{there}"
        )

    @property
    def disk(self) -> str:
        """Sentence on the disk."""
        data = f" and {size(self.dataset_bytes)} for the dataset" if self.dataset_bytes else ""
        return (
            f"up to {size(self.checkpoint_bytes)} of checkpoints for a model{data}; "
            f"{size(self.free_disk_bytes)} are free for {self.folder}"
        )


def needs_of(model: PreTrainedModel, recipe: Recipe, folder: Path, hours: float) -> Needs:
    """Needs of a run in a folder, by the shapes of its model; `hours` of speech are still to be prepared."""
    learning = trainable(model, recipe.transfer, recipe.transfer.head_only_steps)
    weights = sum(p.nbytes for p in model.parameters())
    learned = sum(p.numel() for n, p in model.named_parameters() if n in learning)
    there = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    present = sum(p.stat().st_size for p in folder.glob("checkpoints/**/*") if p.is_file())
    return Needs(
        memory_bytes=weights + learned * (GRADIENT_BYTES + MOMENTS_BYTES),
        free_memory_bytes=_free_memory(),
        checkpoint_bytes=needed_bytes(model, learning, recipe.training),
        dataset_bytes=round(hours * 3600 * FLAC_BYTES_PER_S * COPIES),
        free_disk_bytes=shutil.disk_usage(there).free + present,
        folder=folder,
    )


def _free_memory() -> int | None:
    if torch.cuda.is_available():
        return int(torch.cuda.mem_get_info()[0])
    return None if has_accelerator() else available_bytes()


def measured_speed(runs: Path, source_digest: str) -> Speed | None:
    """The speed of the newest finished run like this one; None if there is none."""
    here = hardware()
    for path, record in _records(runs):
        try:
            if record["source"]["sha256"] != source_digest or record["hardware"] != here:
                continue
            arm = record["chosen"]
            steps, batch_s = (
                record["curves"][arm][-1]["step"],
                record["recipe"]["training"]["batch_s"],
            )
            spent_s = record["timings_s"][arm]
        except (KeyError, IndexError, TypeError):
            continue
        if spent_s > 0:
            return Speed(speech_s=steps * batch_s / spent_s, run=str(path.parent))
    return None


def _records(runs: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Records of finished runs, the newest first."""
    found = sorted(runs.glob("*/record.json"), key=lambda p: p.stat().st_mtime, reverse=True)
    for path in found[:RECORDS]:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(content, dict):
            yield path, content
