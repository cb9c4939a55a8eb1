"""Disk cache of hidden states below the first trained layer, in bf16.

A clip at one speed is one entry: T frames of D features in a flat file, found through a journal of
JSON lines [clip, speed, first byte, frames, CRC-32]. Entries are made in batches that depend on the
split alone, and a batch counts only when its lines are there: a build that was killed goes on with
the first batch that is missing, and the result is bit-identical.

T frames, D features.
"""

import errno
import hashlib
import json
import logging
import math
import os
import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import transformers
from accelerate import Accelerator
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm
from transformers import FeatureExtractionMixin, PreTrainedModel

from xlt.audio.augment import Augmentation, at_speed, drawn_speed
from xlt.audio.decode import SAMPLE_RATE_HZ
from xlt.audio.frames import Geometry
from xlt.dataset.batches import by_length
from xlt.dataset.reader import Split
from xlt.models.cpu_attention import suit_device
from xlt.models.families import family_of
from xlt.models.inputs import model_inputs
from xlt.training.watchdog import all_ranks
from xlt.transfer.frozen import frozen_layers, lower_output
from xlt.transfer.options import FrozenBelow

log = logging.getLogger(__name__)

BATCH_S = 60.0
"""Seconds of speech that go through the frozen layers at once."""
BYTES = 2
"""Size of a bf16 number."""
FOLDER = Path(".cache", "activations")
"""Folder of all caches of a dataset, inside its own; uploads leave it out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CachedClip:
    """Place of the frames of a clip at one speed in a file."""

    file: Path
    start: int
    """First byte."""
    frames: int
    crc: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureCache:
    """Cached hidden states of one split below one first trained layer."""

    folder: Path
    width: int
    """D."""
    augmentation: Augmentation
    seed: int
    entries: Mapping[tuple[str, float], CachedClip]
    """(clip id, speed) -> its place."""
    _maps: dict[Path, NDArray[np.uint16]] = field(default_factory=dict)

    def read(self, clip: str, epoch: int) -> Tensor:
        """Hidden states (T, D), bf16, that enter the first trained layer, at the speed of this epoch.

        Raises:
            ValueError: if the entry is not what was written.
        """
        speed = drawn_speed(self.augmentation, self.seed, epoch, clip)
        entry = self.entries[clip, speed]
        if entry.file not in self._maps:
            self._maps[entry.file] = np.memmap(entry.file, dtype=np.uint16, mode="r")
        start, count = entry.start // BYTES, entry.frames * self.width
        values = np.array(self._maps[entry.file][start : start + count])
        if len(values) != count or zlib.crc32(values.data) != entry.crc:
            raise ValueError(
                f"the stored activations of clip {clip} in {entry.file} are not what was written: "
                f"delete {self.folder} and go on with --resume; they are made again"
            )
        return torch.from_numpy(values).view(torch.bfloat16).reshape(entry.frames, self.width)


@dataclass(frozen=True, kw_only=True, slots=True)
class LowerLayers:
    """Frozen lower layers of a model, and the way from clips to their input."""

    model: PreTrainedModel
    """The model before training: up to the frozen layers it is the source."""
    below: FrozenBelow
    source: str
    """Digest of the source's weights."""
    geometry: Geometry
    extractor: FeatureExtractionMixin
    augmentation: Augmentation
    """Its speeds are kept, one entry each; no other noise can be."""

    @property
    def width(self) -> int:
        """D."""
        return int(self.model.config.hidden_size)

    def needed_bytes(self, split: Split) -> int:
        """Disk that the activations of a split take."""
        samples = (
            math.ceil(round(seconds * SAMPLE_RATE_HZ) / speed)
            for seconds in split.durations_s
            for speed in set(self.augmentation.speeds)
        )
        return sum(map(self.geometry.frames, samples)) * self.width * BYTES

    def key(self, data: str, precision: str) -> str:
        """Name of a cache: a digest of everything that decides its values, the device included."""
        layers = frozen_layers(self.model, self.below)
        facts = (self.source, layers, self.below == "all", data, precision)
        extractor = sorted(self.extractor.to_dict().items(), key=str)
        config = self.model.config
        shape = config.do_stable_layer_norm, config.layer_norm_eps, config._attn_implementation
        made_by = torch.__version__, transformers.__version__, self.model.device.type
        return hashlib.sha256(repr((facts, extractor, shape, made_by)).encode()).hexdigest()[:16]


def build(
    frozen: LowerLayers,
    split: Split,
    folder: Path,
    *,
    data: str,
    cache_gb: float,
    seed: int,
    accelerator: Accelerator,
) -> FeatureCache:
    """Run the frozen layers over every clip and speed that is not cached yet.

    Args:
        frozen: The layers; their model moves to the accelerator's device.
        split: The clips.
        folder: Folder of all caches of this dataset.
        data: Digest of the dataset.
        cache_gb: Disk that `folder` may take, in GB.
        seed: Of the run; it decides the speed of a clip in an epoch.
        accelerator: Its processes share the work.

    Raises:
        ValueError: if the activations would take more than `cache_gb`, or than is free.
    """
    suit_device(frozen.model.to(accelerator.device).eval())
    own = folder / frozen.key(data, accelerator.mixed_precision)
    needed = frozen.needed_bytes(split)
    first = accelerator.is_main_process
    all_ranks(
        accelerator, lambda: _make_room(own, needed, cache_gb) if first else None, silent=True
    )
    known = read_journals(own)
    share = list(_batches(frozen, split))[accelerator.process_index :: accelerator.num_processes]
    missing = [
        (speed, batch)
        for speed, batch in share
        if not all((split.ids[i], speed) in known for i in batch)
    ]

    def work() -> None:
        if missing:
            _fill(own / f"rank{accelerator.process_index}", frozen, split, missing, accelerator)

    try:
        all_ranks(accelerator, work)
    except OSError as error:
        raise ValueError(
            f"could not write the hidden states of the frozen layers, {needed / 1e9:.3g} GB in all, to {own}: "
            f"{error}; make room or mend the disk, and go on with --resume: what is there is kept"
        ) from error
    return FeatureCache(
        folder=own,
        width=frozen.width,
        augmentation=frozen.augmentation,
        seed=seed,
        entries=read_journals(own),
    )


def _batches(frozen: LowerLayers, split: Split) -> Iterator[tuple[float, tuple[int, ...]]]:
    """(speed, clips) of all batches; models with group norm hear padding, so they get single clips."""
    alone = family_of(frozen.model.config).hears_padding(frozen.model.config)
    for speed in sorted(set(frozen.augmentation.speeds)):
        if alone:
            yield from ((speed, (i,)) for i in range(len(split)))
        else:
            yield from ((speed, batch) for batch in by_length(split.durations_s, BATCH_S))


def _make_room(own: Path, needed: int, cache_gb: float) -> None:
    """Delete other caches of this dataset, oldest first, until `own` fits."""
    if needed > cache_gb * 1e9:
        raise ValueError(
            f"the hidden states of the frozen layers take {needed / 1e9:.1f} GB, and training.cache_gb is "
            f"{cache_gb:g}: raise it, take fewer augmentation.speeds, or set it to 0 to run the "
            "frozen layers again in every step"
        )
    own.mkdir(parents=True, exist_ok=True)
    folders = (p for p in own.parent.iterdir() if p.is_dir() and p != own)
    others = sorted(folders, key=lambda p: p.stat().st_mtime)
    sizes = {p: sum(f.stat().st_size for f in p.iterdir()) for p in (own, *others)}
    for other in others:
        if needed + sum(sizes[p] for p in others if p.exists()) <= cache_gb * 1e9:
            break
        log.warning("Deleted the activations in %s, for room.", other)
        shutil.rmtree(other)
    missing, free = needed - sizes[own], shutil.disk_usage(own).free
    if missing > free:
        raise ValueError(
            f"the hidden states of the frozen layers need {missing / 1e9:.1f} GB more in {own}, and "
            f"{free / 1e9:.1f} GB are free: make room, or take fewer augmentation.speeds"
        ) from OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _fill(
    stem: Path,
    frozen: LowerLayers,
    split: Split,
    missing: Sequence[tuple[float, tuple[int, ...]]],
    accelerator: Accelerator,
) -> None:
    """Append entries to the files of this process: values first, synced, then their lines."""
    shown = None if accelerator.is_main_process else True
    journal_file = stem.with_suffix(".jsonl")
    _drop_half_an_entry(stem, frozen.width)
    with stem.with_suffix(".bin").open("ab") as values, journal_file.open("ab") as journal:
        for speed, batch in tqdm(missing, desc="frozen layers", unit="batch", disable=shown):
            clips = [at_speed(split.samples(i), speed) for i in batch]
            inputs = model_inputs(clips, frozen.extractor, accelerator.device)
            with torch.inference_mode(), accelerator.autocast():
                hidden = lower_output(frozen.model, frozen.below, inputs).to(torch.bfloat16).cpu()
            lines = []
            for row, clip, i in zip(hidden, clips, batch, strict=True):
                frames = frozen.geometry.frames(len(clip))
                entry = row[:frames].contiguous().view(torch.int16).numpy().tobytes()
                fields = (split.ids[i], speed, values.tell(), frames, zlib.crc32(entry))
                lines.append(json.dumps(fields) + "\n")
                values.write(entry)
            values.flush()
            os.fsync(values.fileno())
            journal.write("".join(lines).encode())
            journal.flush()


def _drop_half_an_entry(stem: Path, width: int) -> None:
    """Cut off what a killed process did not finish to write: half a line, values without one."""
    journal, values = stem.with_suffix(".jsonl"), stem.with_suffix(".bin")
    if journal.exists():
        os.truncate(journal, journal.read_bytes().rfind(b"\n") + 1)
    if values.exists():
        own = (e for e in read_journals(stem.parent).values() if e.file == values)
        end = max((e.start + e.frames * width * BYTES for e in own), default=0)
        os.truncate(values, min(end, values.stat().st_size))


def read_journals(folder: Path) -> dict[tuple[str, float], CachedClip]:
    """(clip id, speed) -> its entry, from the whole lines of every process's journal."""
    entries = {}
    for journal in sorted(folder.glob("*.jsonl")):
        for line in journal.read_bytes().split(b"\n")[:-1]:
            clip, speed, start, frames, crc = json.loads(line)
            values = journal.with_suffix(".bin")
            entries[clip, speed] = CachedClip(file=values, start=start, frames=frames, crc=crc)
    return entries
