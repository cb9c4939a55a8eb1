"""Data loader: micro-batches of a prepared split, in an order and with noise that are functions.

B utterances, S samples, T frames, L label positions. The batch of a step, and all its samples,
follow from (seed, step) alone; processes and accumulation take slices of the same batch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import FeatureExtractionMixin

from xlt.audio.augment import Augmentation, augment
from xlt.audio.frames import Geometry, feasible
from xlt.audio.spec_augment import SpecAugment, clip_masks
from xlt.dataset.batches import cut, plan
from xlt.dataset.reader import Split
from xlt.language.labels import Labels, encode
from xlt.models.inputs import padded, with_mask
from xlt.recognition.read_ahead import read_ahead
from xlt.training.feature_cache import FeatureCache


@dataclass(frozen=True, kw_only=True, slots=True)
class MicroBatch:
    """Utterances that one process feeds to the model at once."""

    ids: tuple[str, ...]
    inputs: dict[str, Tensor]
    """Padded input of the model: input_values (B, S) or input_features (B, T, D); or of the layers
    above frozen ones: hidden (B, T, D)."""
    lengths: Tensor | None
    """(B,) positions of each row of `inputs` before its padding; None: the model takes no mask."""
    frames: Tensor
    """(B,) true frames of each utterance."""
    labels: Tensor
    """All label ids of the batch, one utterance after the other."""
    label_lengths: Tensor
    """(B,) label positions of each utterance."""
    weights: Tensor
    """(B,) share of each utterance in the loss: 1 / utterances of the global batch, or 0."""
    infeasible: tuple[str, ...]
    """Ids with more labels than frames allow: their weight is 0."""
    masks: dict[str, Tensor] = field(default_factory=dict)
    """Masks of SpecAugment: mask_time_indices (B, T before any adapter), mask_feature_indices (B, D)."""

    def arguments(self) -> dict[str, Tensor]:
        """Keyword arguments of the model: inputs, masks, and the attention mask, made where they are."""
        return {**with_mask(self.inputs, self.lengths), **self.masks}

    def pin_memory(self) -> "MicroBatch":
        """The same in page-locked memory, from which a GPU takes it while it computes.

        `DataLoader` calls this by its name.
        """
        return replace(
            self,
            inputs={k: v.pin_memory() for k, v in self.inputs.items()},
            masks={k: v.pin_memory() for k, v in self.masks.items()},
            lengths=None if self.lengths is None else self.lengths.pin_memory(),
            labels=self.labels.pin_memory(),
            weights=self.weights.pin_memory(),
        )

    def to(self, device: torch.device) -> "MicroBatch":
        """The same on a device; label lengths stay where CTC wants them."""
        return replace(
            self,
            inputs={k: v.to(device, non_blocking=True) for k, v in self.inputs.items()},
            masks={k: v.to(device, non_blocking=True) for k, v in self.masks.items()},
            lengths=None if self.lengths is None else self.lengths.to(device, non_blocking=True),
            labels=self.labels.to(device, non_blocking=True),
            weights=self.weights.to(device, non_blocking=True),
        )


MASKS = ("mask_time_indices", "mask_feature_indices")

Step = tuple[int, int, list[MicroBatch]]
"""Step, epoch, and the micro-batches of this process."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RankShare:
    """Part of every global batch that one process takes."""

    rank: int = 0
    world: int = 1
    accumulation: int = 1

    def of(self, batch: tuple[int, ...]) -> list[tuple[int, ...]]:
        """The micro-batches of this process; a padding one is empty."""
        parts = cut(batch, self.world * self.accumulation)
        return parts[self.rank :: self.world]


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchSource:
    """Source of batches: turns (seed, step) into micro-batches."""

    split: Split
    labels: Labels
    geometry: Geometry
    extractor: FeatureExtractionMixin
    augmentation: Augmentation
    batch_s: float
    seed: int
    features: FeatureCache | None = None
    """Cached hidden states below the trained layers; None: the model hears the clips themselves."""
    spec_augment: SpecAugment | None = None
    """Masks to draw for every clip; None: no masks are handed over."""

    def batches(self, epoch: int) -> tuple[tuple[int, ...], ...]:
        """The global batches of an epoch."""
        return plan(self.split.durations_s, self.batch_s, self.seed, epoch)

    def micro_batch(
        self, indices: tuple[int, ...], whole: tuple[int, ...], epoch: int
    ) -> MicroBatch:
        """Read, augment and pad the utterances of a slice of the global batch `whole`.

        An empty slice carries the first utterance of the batch with weight 0, so that every
        process takes part in every backward pass.
        """
        chosen = indices or whole[:1]
        label_ids = [encode(self.split.texts[i], self.labels) for i in chosen]
        inputs, lengths, frames, hidden_frames = self._inputs(chosen, epoch)
        fits = [feasible(t, ids) for t, ids in zip(frames, label_ids, strict=True)]
        share = 1.0 / len(whole) if indices else 0.0
        return MicroBatch(
            ids=tuple(self.split.ids[i] for i in chosen),
            inputs=inputs,
            lengths=lengths,
            masks=self._masks(chosen, hidden_frames, epoch),
            frames=torch.tensor(frames),
            labels=torch.tensor([label for ids in label_ids for label in ids], dtype=torch.long),
            label_lengths=torch.tensor([len(ids) for ids in label_ids]),
            weights=torch.tensor([share if fit else 0.0 for fit in fits]),
            infeasible=tuple(
                self.split.ids[i] for i, fit in zip(chosen, fits, strict=True) if not fit
            ),
        )

    def _inputs(
        self, chosen: tuple[int, ...], epoch: int
    ) -> tuple[dict[str, Tensor], Tensor | None, list[int], list[int]]:
        """Arguments of what is trained, the lengths of their rows, and frames of each clip.

        The frames are those of its logits, and those where masks fall.
        """
        ids = [self.split.ids[i] for i in chosen]
        if self.features is not None:
            rows = [self.features.read(clip, epoch) for clip in ids]
            frames = [len(row) for row in rows]
            return (
                {"hidden": pad_sequence(rows, batch_first=True)},
                torch.tensor(frames),
                frames,
                frames,
            )
        clips = [
            augment(self.split.samples(i), self.augmentation, self.seed, epoch, clip)
            for i, clip in zip(chosen, ids, strict=True)
        ]
        masked = self.geometry if self.spec_augment is None else self.spec_augment.geometry
        frames, hidden_frames = (
            [shape.frames(len(clip)) for clip in clips] for shape in (self.geometry, masked)
        )
        return *padded(clips, self.extractor), frames, hidden_frames

    def _masks(
        self, chosen: tuple[int, ...], frames: Sequence[int], epoch: int
    ) -> dict[str, Tensor]:
        """Masks of SpecAugment for the clips, by the names of the model's arguments."""
        if self.spec_augment is None:
            return {}
        drawn = [
            clip_masks(self.spec_augment, count, self.seed, epoch, self.split.ids[i])
            for i, count in zip(chosen, frames, strict=True)
        ]
        return {
            name: pad_sequence([torch.from_numpy(mask) for mask in masks], batch_first=True)
            for name, masks in zip(MASKS, zip(*drawn, strict=True), strict=True)
            if masks[0] is not None
        }


Slice = tuple[tuple[int, ...], tuple[int, ...], int]
"""Clips of a micro-batch, those of its global batch, and the epoch."""


@dataclass(frozen=True, slots=True)
class _MicroBatches:
    """The micro-batch of a slice, made in whatever process asks for it."""

    batch_source: BatchSource

    def __call__(self, slice_: Slice) -> MicroBatch:
        """The micro-batch."""
        return self.batch_source.micro_batch(*slice_)


def steps_from(
    batch_source: BatchSource, share: RankShare, first: int, last: int, *, workers: int = 0
) -> Iterator[Step]:
    """(step, epoch, micro-batches) for the steps first ... last - 1, wherever a run stopped.

    The number of workers changes the speed and nothing else; the same ones read all epochs.
    """
    slices = (
        (part, whole, epoch)
        for _, epoch, whole in _global_batches(batch_source, first, last)
        for part in share.of(whole)
    )
    made = read_ahead(
        _MicroBatches(batch_source),
        slices,
        workers=workers,
        batch_s=batch_source.batch_s / (share.world * share.accumulation),
    )
    for step, epoch, _ in _global_batches(batch_source, first, last):
        yield step, epoch, [next(made) for _ in range(share.accumulation)]


def _global_batches(
    batch_source: BatchSource, first: int, last: int
) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """(step, epoch, clips) for the steps first ... last - 1."""
    start, epoch = 0, 0
    while start < last:
        batches = batch_source.batches(epoch)
        if not batches:
            raise ValueError("there is no clip to train on")
        for step, whole in enumerate(batches, start):
            if first <= step < last:
                yield step, epoch, whole
        start += len(batches)
        epoch += 1
