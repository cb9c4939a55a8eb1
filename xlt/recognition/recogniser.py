"""Recogniser: a model with its labels, feature extractor and decoding, from audio to texts.

Legend: B utterances, S samples, T frames, V labels.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm
from transformers import FeatureExtractionMixin, PreTrainedModel

from xlt.audio.channels import Channel
from xlt.audio.decode import SAMPLE_RATE_HZ, Recording, read
from xlt.audio.frames import Geometry, geometry
from xlt.audio.limits import AudioRefused, Limits
from xlt.dataset.batches import by_length
from xlt.dataset.reader import Split
from xlt.language.labels import Labels
from xlt.models.cpu_attention import suit_device
from xlt.models.families import family_of
from xlt.models.inputs import with_mask
from xlt.models.location import Opening, check_model_folder, located_recogniser
from xlt.models.pretrained import Pretrained
from xlt.models.resolver import open_model
from xlt.models.safety import ModelRefused
from xlt.recognition.batch_inputs import ChosenClips, WindowInputs
from xlt.recognition.decoding.base import Decoding, true_logits
from xlt.recognition.decoding.greedy import Greedy
from xlt.recognition.read_ahead import read_ahead
from xlt.recognition.windows import Window, WindowJoiner, windows

GROUP = 8
"""Batches of files that are decoded before they are read."""
FILE_LIMITS = Limits(max_duration_s=6 * 3600.0, max_bytes=2_000_000_000)
"""Limits of a file to transcribe: far longer than a clip to train on."""
REPORT_S = 10.0
"""Time between two reports of progress where no terminal shows a bar."""
Samples = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class FileText:
    """Text of one file, or of one channel of it, or why there is none."""

    path: Path
    text: str
    duration_s: float
    """Length of what was read."""
    refused: str | None = None
    channel: str | None = None
    """Name of the channel, where they were asked for apart."""
    remarks: tuple[str, ...] = ()
    """Sentences on the recording: what of it is missing, channels that cancel each other or differ."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Texts of several clips, with counts over their frames."""

    texts: list[str]
    frames: int
    """Frames of all clips."""
    blanks: int
    """Frames in which the blank is the most probable label."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recogniser:
    """A CTC model that reads speech; it may be a live model in the middle of its training."""

    model: PreTrainedModel
    labels: Labels
    extractor: FeatureExtractionMixin
    decoding: Decoding = Greedy()

    @classmethod
    def load(
        cls,
        name: Path | str,
        device: str | torch.device | None = None,
        decoding: Decoding = Greedy(),
        *,
        revision: str | None = None,
        source_language: str | None = None,
        allow_pickle: bool = False,
    ) -> Self:
        """Open a model that a run, a folder, `xlt:en-mini` or a Hub id names.

        Further keywords are those of `Opening`. Its folder holds config.json, model.safetensors, vocab.json and the extractor's file.

        Raises:
            ModelRefused: if it or a file in it is missing, if it has no CTC head, or for what
                `open_pretrained` and `Pretrained.load` refuse.
        """
        opening = Opening(
            revision=revision, source_language=source_language, allow_pickle=allow_pickle
        )
        located_recogniser(str(name), opening)
        return cls.of(open_model(name, opening), device, decoding)

    @classmethod
    def of(
        cls,
        found: Pretrained,
        device: str | torch.device | None = None,
        decoding: Decoding = Greedy(),
    ) -> Self:
        """The recogniser of an opened model.

        Raises:
            ModelRefused: if it has no CTC head, no labels for it, or for what `Pretrained.load`
                refuses.
        """
        check_model_folder(found.folder)
        if found.labels is None:
            raise ModelRefused(
                " ".join(found.remarks)
                if found.head is not None
                else f"{found.name} has no CTC head, so it can't write: it is a bare encoder. Take a "
                "checkpoint that was trained to recognise speech, or train one from this source."
            )
        extractor, model = found.extractor(), found.load()
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        suit_device(torch.nn.Module.to(model, device).eval())
        return cls(model=model, labels=found.labels, extractor=extractor, decoding=decoding)

    @property
    def geometry(self) -> Geometry:
        """Samples to frames of this model."""
        return geometry(self.model.config)

    @property
    def device(self) -> torch.device:
        """Device of the model."""
        return self.model.device

    def transcribe(
        self, clips: Sequence[Samples], batch_s: float = 60.0, *, report: bool = False
    ) -> list[str]:
        """Texts of mono 16 kHz clips of (S,), in their order; a clip without a frame reads "".

        `report` shows progress also where no terminal is: a line now and then.
        """
        lengths = [len(clip) for clip in clips]
        return self._read(lengths, clips.__getitem__, batch_s, report).texts

    def transcribe_split(
        self,
        split: Split,
        batch_s: float = 60.0,
        indices: Sequence[int] | None = None,
    ) -> list[str]:
        """Texts of a prepared split, or of some of its clips; they are decoded as they are needed."""
        return self.read_split(split, batch_s, indices).texts

    def read_split(
        self,
        split: Split,
        batch_s: float = 60.0,
        indices: Sequence[int] | None = None,
        *,
        workers: int = 0,
    ) -> Reading:
        """The same, with counts of frames and blanks; `workers` processes may read clips ahead."""
        chosen = range(len(split)) if indices is None else indices
        lengths = [round(split.durations_s[i] * SAMPLE_RATE_HZ) for i in chosen]
        return self._read(lengths, ChosenClips(split, chosen), batch_s, workers=workers)

    def transcribe_files(
        self,
        paths: Iterable[Path | str],
        batch_s: float = 60.0,
        limits: Limits = FILE_LIMITS,
        channel: Channel = "mix",
    ) -> Iterator[FileText]:
        """Texts of files of any length and format that can be decoded; a bad file stops nothing.

        A file that is cut or damaged is read as far as it goes, with a remark. Of "apart" come as
        many texts as the file has channels. Files are read together, GROUP batches at a time, so
        that short ones fill batches.
        """
        waiting: list[FileText] = []
        clips: list[Samples] = []
        for path in map(Path, paths):
            try:
                recording = read(path, limits, channel=channel)
            except (AudioRefused, OSError) as error:
                waiting.append(FileText(path=path, text="", duration_s=0.0, refused=str(error)))
                continue
            remarks = _remarks(recording)
            for name, clip in recording.channels.items():
                waiting.append(
                    FileText(
                        path=path,
                        text="",
                        duration_s=len(clip) / SAMPLE_RATE_HZ,
                        channel=name if channel == "apart" else None,
                        remarks=remarks,
                    )
                )
                clips.append(clip)
                remarks = ()  # they are of the file: said once
            if sum(found.duration_s for found in waiting) >= GROUP * batch_s:
                yield from self._with_texts(waiting, clips, batch_s)
                waiting, clips = [], []
        yield from self._with_texts(waiting, clips, batch_s)

    def _with_texts(
        self, files: Sequence[FileText], clips: Sequence[Samples], batch_s: float
    ) -> Iterator[FileText]:
        """The files with the texts of those clips that could be decoded."""
        texts = iter(self.transcribe(clips, batch_s, report=True))
        for found in files:
            yield found if found.refused else replace(found, text=next(texts))

    def _read(
        self,
        lengths: Sequence[int],
        samples_of: Callable[[int], Samples],
        batch_s: float,
        report: bool = False,
        workers: int = 0,
    ) -> Reading:
        shape = self.geometry
        cut = [w for clip, samples in enumerate(lengths) for w in windows(clip, samples, shape)]
        joiner, texts, frames, blanks = WindowJoiner(cut), [""] * len(lengths), 0, 0
        was_training = self.model.training
        self.model.eval()
        try:
            batches = self._batches(cut, batch_s)
            inputs_of = WindowInputs(cut, samples_of, self.extractor, shape)
            made = read_ahead(inputs_of, batches, workers=workers, batch_s=batch_s)
            pause_s = 0.0 if sys.stderr.isatty() else REPORT_S
            for batch, inputs in tqdm(
                zip(batches, made, strict=True),
                total=len(batches),
                desc="transcribe",
                unit="batch",
                disable=False if report else None,
                leave=False,
                delay=pause_s,
                mininterval=max(pause_s, 0.1),
            ):
                for k, logits in zip(batch, self._logits(*inputs), strict=True):
                    whole = joiner.add(cut[k], logits)
                    if whole is not None:
                        texts[cut[k].clip] = self.decoding.text(whole, self.labels)
                        frames += len(whole)
                        blanks += int((whole.argmax(dim=-1) == self.labels.blank).sum())
        finally:
            if was_training:
                self.model.train()
        return Reading(texts=texts, frames=frames, blanks=blanks)

    def _logits(
        self, values: dict[str, Tensor], lengths: Tensor | None, frames: Tensor
    ) -> list[Tensor]:
        """Logits (T, V) of each clip, on the CPU."""
        inputs = with_mask({k: v.to(self.device) for k, v in values.items()}, lengths)
        with torch.inference_mode():
            logits = self.model(**inputs).logits
        return true_logits(logits.cpu(), frames, self.labels)

    def _batches(self, cut: Sequence[Window], batch_s: float) -> list[tuple[int, ...]]:
        """Longest first; models that hear the padding get batches of one length."""
        lengths = [window.stop - window.start for window in cut]
        if not family_of(self.model.config).hears_padding(self.model.config):
            return by_length([n / SAMPLE_RATE_HZ for n in lengths], batch_s)
        same: dict[int, list[int]] = {}
        for k, samples in enumerate(lengths):
            same.setdefault(samples, []).append(k)
        return [
            tuple(group[k] for k in batch)
            for samples, group in sorted(same.items(), reverse=True)
            for batch in by_length([samples / SAMPLE_RATE_HZ] * len(group), batch_s)
        ]


def _remarks(recording: Recording) -> tuple[str, ...]:
    """Sentences on what was read of a recording."""
    found = list(recording.remarks)
    if recording.cut is not None:
        found.insert(
            0, f"it can't be read to its end: {recording.cut}. What is there was transcribed."
        )
    if recording.cancels is not None:
        found.append(
            f"its channels cancel each other: {recording.cancels}. The louder one was read (--channel "
            "left or right names one)."
        )
    return tuple(found)
