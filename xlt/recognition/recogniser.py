"""A model, its labels and its feature extractor: clips, splits and files in, texts out.

Legend: B utterances, S samples, T frames.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm
from transformers import (
    AutoFeatureExtractor,
    AutoModelForCTC,
    FeatureExtractionMixin,
    PreTrainedModel,
)

from xlt.audio.decode import SAMPLE_RATE_HZ, AudioRefused, Limits, decode
from xlt.audio.frames import Geometry, geometry
from xlt.dataset.batches import by_length
from xlt.dataset.reader import Split
from xlt.language import labels as alphabet
from xlt.language.labels import Labels
from xlt.models import safety
from xlt.models.cpu_attention import suit_device
from xlt.models.inputs import model_inputs
from xlt.models.location import check_model_folder
from xlt.recognition.decoding.greedy import best_ids

WINDOW_S = 30.0
"""Longer clips are cut into windows of this length, more than any clip seen in training."""
OVERLAP_S = 5.0
"""Each side of a window that is heard, but not written, because its neighbour heard it better."""
GROUP = 8
"""Batches of files that are decoded before they are read."""
FILE_LIMITS = Limits(max_duration_s=6 * 3600.0, max_bytes=2_000_000_000)
"""What a file to transcribe may be: far longer than a clip to train on."""

Samples = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A stretch of one clip in samples, and which of its frames are written."""

    clip: int
    start: int
    stop: int
    first: int
    """First frame of the window that counts."""
    end: int
    """The frame after the last one that counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileText:
    """What was read in one file, or why nothing was."""

    path: Path
    text: str
    duration_s: float
    refused: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a model reads in several clips."""

    texts: list[str]
    frames: int
    """Frames of all clips."""
    blanks: int
    """Those of them in which the blank is the most probable label."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recogniser:
    """A CTC model that reads speech; it may be a live model in the middle of its training."""

    model: PreTrainedModel
    labels: Labels
    extractor: FeatureExtractionMixin

    @classmethod
    def load(cls, folder: Path | str, device: str | torch.device | None = None) -> Self:
        """Open a Hugging Face folder from disk: config.json, model.safetensors, vocab.json.

        Raises:
            ValueError: if the folder or a file in it is missing, or one asks for foreign code.
        """
        folder = Path(folder)
        check_model_folder(folder)
        safety.check_folder(folder)
        model = AutoModelForCTC.from_pretrained(
            folder,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            dtype=torch.float32,  # weights may be stored in half of it
        )
        extractor = AutoFeatureExtractor.from_pretrained(folder, local_files_only=True)
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        suit_device(model.to(device).eval())
        return cls(model=model, labels=alphabet.read_labels(folder), extractor=extractor)

    @property
    def geometry(self) -> Geometry:
        """Samples to frames of this model."""
        return geometry(self.model.config)

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.model.device

    def transcribe(self, clips: Sequence[Samples], batch_s: float = 60.0) -> list[str]:
        """Texts of mono 16 kHz clips of (S,), in their order; a clip without a frame reads ""."""
        return self._read([len(clip) for clip in clips], clips.__getitem__, batch_s).texts

    def transcribe_split(
        self, split: Split, batch_s: float = 60.0, indices: Sequence[int] | None = None
    ) -> list[str]:
        """Texts of a prepared split, or of some of its clips; they are decoded as they are needed."""
        return self.read_split(split, batch_s, indices).texts

    def read_split(
        self, split: Split, batch_s: float = 60.0, indices: Sequence[int] | None = None
    ) -> Reading:
        """The same, with counts of frames and blanks."""
        chosen = range(len(split)) if indices is None else indices
        lengths = [round(split.durations_s[i] * SAMPLE_RATE_HZ) for i in chosen]
        return self._read(lengths, lambda k: split.samples(chosen[k]), batch_s)

    def transcribe_files(
        self, paths: Iterable[Path | str], batch_s: float = 60.0, limits: Limits = FILE_LIMITS
    ) -> Iterator[FileText]:
        """Texts of files of any length and format that can be decoded; a bad file stops nothing.

        Files are read together, GROUP batches at a time, so that short ones fill batches.
        """
        waiting: list[FileText] = []
        clips: list[Samples] = []
        for path in map(Path, paths):
            try:
                clip = decode(path, limits)
            except (AudioRefused, OSError) as error:
                waiting.append(FileText(path=path, text="", duration_s=0.0, refused=str(error)))
                continue
            waiting.append(FileText(path=path, text="", duration_s=len(clip) / SAMPLE_RATE_HZ))
            clips.append(clip)
            if sum(found.duration_s for found in waiting) >= GROUP * batch_s:
                yield from self._with_texts(waiting, clips, batch_s)
                waiting, clips = [], []
        yield from self._with_texts(waiting, clips, batch_s)

    def _with_texts(
        self, files: Sequence[FileText], clips: Sequence[Samples], batch_s: float
    ) -> Iterator[FileText]:
        """The files with the texts of those clips that could be decoded."""
        texts = iter(self.transcribe(clips, batch_s))
        for found in files:
            yield found if found.refused else replace(found, text=next(texts))

    def _read(
        self, lengths: Sequence[int], read: Callable[[int], Samples], batch_s: float
    ) -> Reading:
        shape = self.geometry
        cut = [w for clip, samples in enumerate(lengths) for w in windows(clip, samples, shape)]
        ids: list[list[int]] = [[] for _ in cut]
        was_training = self.model.training
        self.model.eval()
        try:
            batches = self._batches(cut, batch_s)
            for batch in tqdm(batches, desc="transcribe", unit="batch", disable=None, leave=False):
                clips = [read(cut[k].clip)[cut[k].start : cut[k].stop] for k in batch]
                for k, row in zip(batch, self._ids(clips, shape), strict=True):
                    ids[k] = row[cut[k].first : cut[k].end]
        finally:
            if was_training:
                self.model.train()
        return Reading(
            texts=_joined(cut, ids, len(lengths), self.labels),
            frames=sum(map(len, ids)),
            blanks=sum(row.count(self.labels.blank) for row in ids),
        )

    def _ids(self, clips: Sequence[Samples], shape: Geometry) -> list[list[int]]:
        frames = torch.tensor([shape.frames(len(clip)) for clip in clips])
        inputs = {k: v.to(self.device) for k, v in model_inputs(clips, self.extractor).items()}
        with torch.inference_mode():
            logits = self.model(**inputs).logits
        return best_ids(logits, frames, self.labels)

    def _batches(self, cut: Sequence[Window], batch_s: float) -> list[tuple[int, ...]]:
        """Longest first. Group-norm models hear the padding, so theirs hold one length only."""
        lengths = [window.stop - window.start for window in cut]
        if getattr(self.model.config, "feat_extract_norm", "layer") != "group":
            return by_length([n / SAMPLE_RATE_HZ for n in lengths], batch_s)
        same: dict[int, list[int]] = {}
        for k, samples in enumerate(lengths):
            same.setdefault(samples, []).append(k)
        return [
            tuple(group[k] for k in batch)
            for samples, group in sorted(same.items(), reverse=True)
            for batch in by_length([samples / SAMPLE_RATE_HZ] * len(group), batch_s)
        ]


def windows(clip: int, samples: int, shape: Geometry) -> list[Window]:
    """Cut a clip into overlapping windows whose written frames are each of its frames once."""
    if shape.frames(samples) < 1:
        return []
    overlap = round(OVERLAP_S * SAMPLE_RATE_HZ) // shape.hop
    step = round(WINDOW_S * SAMPLE_RATE_HZ) // shape.hop - 2 * overlap
    longest = (step + 2 * overlap) * shape.hop
    cut, start, first = [], 0, 0
    while samples - start * shape.hop > longest:
        stop, end = start * shape.hop + longest, first + step + (0 if start else overlap)
        cut.append(Window(clip=clip, start=start * shape.hop, stop=stop, first=first, end=end))
        start, first = start + end - overlap, overlap
    frames = shape.frames(samples - start * shape.hop)
    cut.append(Window(clip=clip, start=start * shape.hop, stop=samples, first=first, end=frames))
    return cut


def _joined(
    cut: Sequence[Window], ids: Sequence[list[int]], clips: int, labels: Labels
) -> list[str]:
    whole: list[list[int]] = [[] for _ in range(clips)]
    for window, row in zip(cut, ids, strict=True):
        whole[window.clip] += row
    return [alphabet.decode(row, labels) for row in whole]
