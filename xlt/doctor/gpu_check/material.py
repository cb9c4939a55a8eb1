"""Material of the checks: random models of every family, speech-like sounds, batches and a trainer."""

import json
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from transformers import PreTrainedModel, Wav2Vec2Config

from xlt.audio.augment import Augmentation
from xlt.audio.decode import SAMPLE_RATE_HZ, encode_flac
from xlt.dataset.reader import Split
from xlt.language import rules
from xlt.language.labels import Labels, labels
from xlt.models.families import FAMILIES, Family
from xlt.models.source import Source, load_source
from xlt.training.dataloader import BatchSource
from xlt.training.loop import Trainer
from xlt.training.options import Training
from xlt.training.schedule import Schedule
from xlt.transfer.freezing import trainable
from xlt.transfer.options import Regularisation, Transfer
from xlt.transfer.surgery import transfer

TOKENS = ("<pad>", "<s>", "</s>", "<unk>", "|", *"ETAONIHSRDLUMWCFGYPBVK'XJQZ")
CONVOLUTIONS: dict[str, Any] = {
    "conv_dim": (32, 32, 32),
    "conv_kernel": (10, 8, 4),
    "conv_stride": (10, 8, 4),
    "num_feat_extract_layers": 3,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
    "feat_extract_norm": "layer",
    "do_stable_layer_norm": True,
}
"""50 frames a second, as the published models have them, in fewer convolutions."""
LAYERS: dict[str, Any] = {
    "hidden_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 128,
}
XLS_R_300M: dict[str, Any] = {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
    "feat_extract_norm": "layer",
    "do_stable_layer_norm": True,
    "conv_bias": True,
}
"""https://huggingface.co/facebook/wav2vec2-xls-r-300m/blob/main/config.json"""
QUIET = Regularisation(hidden_dropout=0.0, mask_time_prob=0.0)
UNCHANGED = Augmentation(speeds=(1.0,), gain_db=0.0)


def target() -> Labels:
    """Labels of the target language of all checks."""
    return labels(rules.get("es"))


def random_source(
    folder: Path, family: str = "wav2vec2", shape: dict[str, Any] | None = None
) -> Source:
    """A source of random weights, opened from a folder that is written first."""
    known: Family = FAMILIES[family]
    convolutions = {} if known.modules.convolutions is None else CONVOLUTIONS
    torch.manual_seed(0)
    make: Any = known.config
    config = make(**(shape or {**LAYERS, **convolutions}), vocab_size=len(TOKENS), pad_token_id=0)
    known.ctc(config).save_pretrained(folder)
    known.default_extractor(config).save_pretrained(folder)
    ids = {token: index for index, token in enumerate(TOKENS)}
    (folder / "vocab.json").write_text(json.dumps(ids), encoding="utf-8")
    return load_source(folder)


def random_model(source: Source, options: Regularisation = QUIET) -> PreTrainedModel:
    """The source with a head for the target language."""
    return transfer(source, target(), Transfer(), options)[0]


def xls_r_config() -> Wav2Vec2Config:
    """Configuration of the published XLS-R with 300 M parameters, with the target's head."""
    return Wav2Vec2Config(**XLS_R_300M, vocab_size=len(target().tokens), pad_token_id=0)


def sound(seconds: float, seed: int = 0) -> NDArray[np.float32]:
    """Samples (S,) of a buzz whose pitch, resonance and loudness change every tenth of a second."""
    chance, parts = np.random.default_rng(seed), []
    time_s = np.arange(SAMPLE_RATE_HZ // 10) / SAMPLE_RATE_HZ
    for _ in range(max(1, round(10 * seconds))):
        pitch_hz, centre_hz = chance.uniform(90, 250), chance.uniform(300, 2500)
        harmonics = pitch_hz * np.arange(1, 20)
        weights = np.exp(-(((harmonics - centre_hz) / 500) ** 2)) + 0.05
        parts.append(
            chance.uniform(0.02, 0.2) * weights @ np.sin(2 * np.pi * np.outer(harmonics, time_s))
        )
    noisy = np.concatenate(parts) + 0.003 * chance.standard_normal(len(parts) * len(time_s))
    return np.clip(noisy, -0.99, 0.99).astype(np.float32)


@cache
def clips(count: int = 8, shortest_s: float = 1.0, longest_s: float = 3.0) -> Split:
    """Clips of sounds whose durations differ, with random words as their texts."""
    chance = np.random.default_rng(0)
    durations_s = [round(float(d), 1) for d in np.linspace(shortest_s, longest_s, count)]
    texts = [
        " ".join("".join(chance.choice(list("aeiolnrst"), 4)) for _ in range(max(1, int(d))))
        for d in durations_s
    ]
    return Split(
        ids=[f"sound/{k}" for k in range(count)],
        texts=texts,
        durations_s=durations_s,
        speakers=[None] * count,
        recordings=[encode_flac(sound(d, k)) for k, d in enumerate(durations_s)],
    )


def batches(source: Source, split: Split, batch_s: float = 60.0) -> BatchSource:
    """Batches of clips as they are."""
    return BatchSource(
        split=split,
        labels=target(),
        geometry=source.geometry,
        extractor=source.extractor(),
        augmentation=UNCHANGED,
        batch_s=batch_s,
        seed=0,
    )


def trainer(source: Source, folder: Path, device: torch.device, **options: Any) -> Trainer:
    """A trainer of the source on eight clips, with checkpoints in a folder; precision fp32."""
    model = random_model(source)
    defaults: dict[str, Any] = {
        "steps": 8,
        "batch_s": 60.0,
        "evaluate_every": 100,
        "checkpoint_every": 4,
        "precision": "fp32",
        "probe_memory": False,
        "workers": 0,
        "schedule": Schedule(peak=1e-3, warmup=0.0),
    }
    training = Training(**{**defaults, **options})
    return Trainer(
        model=model,
        batch_source=batches(source, clips(), training.batch_s),
        options=training,
        trainable=partial(trainable, model, Transfer()),
        evaluate=lambda model, step: {"dev_cer": 1.0 / step},
        folder=folder,
        fingerprint={"data": "sounds"},
        accelerator=Accelerator(cpu=device.type == "cpu", mixed_precision="no"),
    )
