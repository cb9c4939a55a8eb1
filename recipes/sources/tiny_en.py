"""Whisper tiny.en as a teacher, and the student: its layers behind convolutions of Wav2Vec2.

The teacher is the encoder, read from the weights that CTranslate2 stores.

B utterances, S samples, T frames.
"""

import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import Wav2Vec2Config, Wav2Vec2Model, WhisperConfig, WhisperFeatureExtractor
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from xlt.audio.decode import SAMPLE_RATE_HZ

WINDOW, HOP = 400, 160  # samples: 25 ms each 10 ms
WIDTH, HEADS, FFN, LAYERS = 384, 6, 1_536, 4
BANDS, PHASES, CONSTANTS = 60, 4, 16  # the channels of the first convolution
CHANNELS = (BANDS * PHASES + CONSTANTS, 192, 192, 256)
KERNELS, STRIDES = (WINDOW, 1, 3, 3), (HOP, 1, 1, 2)
# The student pads nothing: its frame 0 sees five windows, and is centred on sample 2 * 160 + 200 =
# 520, frame k on 320 k + 520. Whisper pads: its frame 0 is centred on sample 0, frame k + 1 on
# 320 k + 320. If the teacher's audio starts 200 samples later, its frame k + 1 is the student's k.
SHIFT = 200
WAV2VEC2, WHISPER = 0, 1
PARTS = {  # CTranslate2's name -> (Wav2Vec2's, Whisper's in transformers)
    "self_attention/layer_norm": ("layer_norm", "self_attn_layer_norm"),
    "self_attention/linear_1": ("attention.out_proj", "self_attn.out_proj"),
    "ffn/layer_norm": ("final_layer_norm", "final_layer_norm"),
    "ffn/linear_0": ("feed_forward.intermediate_dense", "fc1"),
    "ffn/linear_1": ("feed_forward.output_dense", "fc2"),
}
DTYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)  # by CTranslate2's number


def read_ctranslate2(path: Path) -> dict[str, NDArray[Any]]:
    """The variables of a model.bin, by name.

    After a version, the model's name, a revision and the number of variables come, for each: name,
    rank, dimensions, number of the type, bytes, and the values, all little-endian. A text is its
    length with the closing zero (2 bytes), then its characters. Aliases follow; they are not read.

    Source: OpenNMT/CTranslate2, python/ctranslate2/specs/model_spec.py, `_serialize`.
    """
    data = path.read_bytes()
    at = 0

    def number(code: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from(f"<{code}", data, at)
        at += struct.calcsize(f"<{code}")
        return int(value)

    def text() -> str:
        nonlocal at
        length = number("H")
        at += length
        return data[at - length : at - 1].decode()

    number("I"), text(), number("I")  # version, model, revision
    variables = {}
    for _ in range(number("I")):
        name = text()
        shape = [number("I") for _ in range(number("B"))]
        dtype, size = DTYPES[number("B")], number("I")
        variables[name] = np.frombuffer(data, dtype, math.prod(shape), at).reshape(shape)
        at += size
    return variables


def encoder_weights(path: Path) -> dict[str, Tensor]:
    """Whisper's encoder: name without `encoder/` -> weights."""
    return {
        name.removeprefix("encoder/"): torch.from_numpy(values.astype(np.float32))
        for name, values in read_ctranslate2(path).items()
        if name.startswith("encoder/") and values.dtype == np.float16
    }


def layer(weights: dict[str, Tensor], number: int, style: int) -> dict[str, Tensor]:
    """One layer under the names of WAV2VEC2 or WHISPER."""
    prefix = f"layer_{number}"
    found = {}
    for part, names in PARTS.items():
        ends = ("gamma", "beta") if part.endswith("norm") else ("weight", "bias")
        for end, new in zip(ends, ("weight", "bias"), strict=True):
            found[f"{names[style]}.{new}"] = weights[f"{prefix}/{part}/{end}"]
    attention = ("attention", "self_attn")[style]
    for end in ("weight", "bias"):
        stacked = weights[f"{prefix}/self_attention/linear_0/{end}"]
        for which, piece in zip("qkv", stacked.chunk(3), strict=True):
            found[f"{attention}.{which}_proj.{end}"] = piece
    return found


class Teacher:
    """Whisper's encoder, for recordings of any length."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        config = WhisperConfig(
            d_model=WIDTH, encoder_layers=LAYERS, encoder_attention_heads=HEADS, encoder_ffn_dim=FFN
        )
        named = {
            "embed_positions.weight": weights["position_encodings/encodings"],
            "layer_norm.weight": weights["layer_norm/gamma"],
            "layer_norm.bias": weights["layer_norm/beta"],
        }
        named |= {
            f"{c}.{e}": weights[f"{c}/{e}"] for c in ("conv1", "conv2") for e in ("weight", "bias")
        }
        for n in range(LAYERS):
            named |= {f"layers.{n}.{name}": w for name, w in layer(weights, n, WHISPER).items()}
            del named[f"layers.{n}.self_attn.k_proj.bias"]  # zeros: Whisper's keys have no bias
        self.encoder: Any = WhisperEncoder(config).eval()
        self.encoder.load_state_dict(named)
        self.mel = torch.from_numpy(np.asarray(WhisperFeatureExtractor().mel_filters)).float()
        self.window = torch.hann_window(WINDOW)

    def log_mel(self, samples: Tensor) -> Tensor:
        """Whisper's spectrogram (B, 80, 2T) of samples (B, S)."""
        spectrum = torch.stft(samples, WINDOW, HOP, window=self.window, return_complex=True)
        power = spectrum[..., :-1].abs() ** 2
        log = torch.clamp(self.mel.T @ power, min=1e-10).log10()
        return (torch.maximum(log, log.amax((1, 2), keepdim=True) - 8) + 4) / 4

    @torch.no_grad()
    def states(self, samples: Tensor, depth: int) -> list[Tensor]:
        """Of samples (B, S): the stem and `depth` layers (B, T, WIDTH), the last layer's normed."""
        hidden = functional.gelu(self.encoder.conv1(self.log_mel(samples)))
        hidden = functional.gelu(self.encoder.conv2(hidden)).transpose(1, 2)
        states = [hidden.float()]  # before the positions, which the student has of its own kind
        hidden = hidden + self.encoder.embed_positions.weight[: hidden.shape[1]]
        for block in self.encoder.layers[:depth]:
            hidden = block(hidden, None)
            hidden = hidden[0] if isinstance(hidden, tuple) else hidden
            states.append(hidden.float())
        if depth:
            states[-1] = functional.layer_norm(states[-1], (WIDTH,))
        return states


def gabor_filters() -> Tensor:
    """(BANDS * PHASES, WINDOW): mel-spaced, 40 to 7,700 Hz, louder where speech is soft."""
    low, high = (2_595 * np.log10(1 + hz / 700) for hz in (40, 7_700))
    hz = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2_595) - 1)
    t = np.arange(WINDOW) - (WINDOW - 1) / 2
    filters = np.zeros((BANDS * PHASES, WINDOW), np.float32)
    for n in range(BANDS):
        deviation = min(80.0, SAMPLE_RATE_HZ / (2 * np.pi * (hz[n + 2] - hz[n]) / 2))
        envelope = np.exp(-0.5 * (t / deviation) ** 2)
        envelope *= np.sqrt(2 / (envelope**2).sum()) * np.sqrt(hz[n + 1] / 500)
        for turn in range(PHASES):
            phase = 2 * np.pi * (hz[n + 1] * t / SAMPLE_RATE_HZ + turn / PHASES)
            filters[PHASES * n + turn] = envelope * np.cos(phase)
    return torch.from_numpy(filters)


def make_student(weights: dict[str, Tensor], depth: int) -> Wav2Vec2Model:
    """Wav2Vec2 with Whisper's layers; the rest is new.

    The last channels of the first convolution start as constants, 0.01 to 4 and their negatives.
    The layer norm behind it divides by the loudness of the frame: bands alone would sound the same
    loud and soft, but a constant beside them comes out small in a loud frame and large in a soft
    one, so the loudness can still be read.
    """
    config = Wav2Vec2Config(
        hidden_size=WIDTH,
        num_hidden_layers=depth,
        num_attention_heads=HEADS,
        intermediate_size=FFN,
        conv_dim=CHANNELS,
        conv_kernel=KERNELS,
        conv_stride=STRIDES,
        conv_bias=True,
        feat_extract_norm="layer",
        do_stable_layer_norm=True,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=32,
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
        model.encoder.layers[n].load_state_dict(layer(weights, n, WAV2VEC2))
    first: Any = model.feature_extractor.conv_layers[0].conv
    sizes = torch.from_numpy(np.geomspace(0.01, 4, CONSTANTS // 2))
    with torch.no_grad():
        first.weight.zero_()
        first.weight[:-CONSTANTS, 0] = gabor_filters()
        first.bias.zero_()
        first.bias[-CONSTANTS:] = torch.stack((sizes, -sizes), 1).flatten()
    return model


def student_states(student: Any, samples: Tensor, depth: int) -> list[Tensor]:
    """Of samples (B, S): the stem and `depth` layers (B, T, WIDTH); without layers, they don't run."""
    mean, deviation = samples.mean(1, keepdim=True), samples.std(1, keepdim=True)
    samples = (samples - mean) / (deviation + 1e-7)
    if depth:
        heard = student(samples, output_hidden_states=True)
        return [*heard.hidden_states[:depth], heard.last_hidden_state]
    stem = student.feature_projection(student.feature_extractor(samples).transpose(1, 2))[0]
    return [stem + student.encoder.pos_conv_embed(stem)]
