"""Tiny random checkpoints: folders of every model family as `save_pretrained` writes them, and models."""

import json
from pathlib import Path

import torch
from transformers import (
    HubertConfig,
    HubertForCTC,
    PreTrainedModel,
    SeamlessM4TFeatureExtractor,
    Wav2Vec2BertConfig,
    Wav2Vec2BertForCTC,
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    Wav2Vec2ForPreTraining,
    Wav2Vec2Model,
    WavLMConfig,
    WavLMForCTC,
)

ENGLISH = "<pad> <s> </s> <unk> | E T A O N I H S R D L U M W C F G Y P B V K ' X J Q Z".split()[
    :29
]
"""An English vocabulary of 29 in the order of the published ones (they have 32)."""

SHAPE = {
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "conv_dim": (8, 8),
    "conv_kernel": (10, 8),
    "conv_stride": (10, 8),
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
    "feat_extract_norm": "layer",
    "do_stable_layer_norm": True,
}
"""Two convolutions with a hop of 80 samples, three layers of width 16."""

BERT_SHAPE = {
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "conv_depthwise_kernel_size": 3,
}


def tiny_model(family: str = "wav2vec2", vocab_size: int = 29) -> PreTrainedModel:
    """A random CTC model of a family."""
    torch.manual_seed(0)
    if family == "wav2vec2-bert":
        return Wav2Vec2BertForCTC(Wav2Vec2BertConfig(**BERT_SHAPE, vocab_size=vocab_size))
    config, model = {
        "wav2vec2": (Wav2Vec2Config, Wav2Vec2ForCTC),
        "hubert": (HubertConfig, HubertForCTC),
        "wavlm": (WavLMConfig, WavLMForCTC),
    }[family]
    return model(config(**SHAPE, vocab_size=vocab_size))


def write_checkpoint(
    folder: Path, family: str = "wav2vec2", tokens: list[str] | None = None
) -> Path:
    """A CTC checkpoint folder: config.json, model.safetensors, vocab.json, extractor."""
    tokens = tokens or ENGLISH
    model = tiny_model(family, len(tokens))
    model.config.pad_token_id = 0
    model.save_pretrained(folder)
    ids = {token: i for i, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(ids), encoding="utf-8")
    extractor = (
        SeamlessM4TFeatureExtractor()
        if family == "wav2vec2-bert"
        else Wav2Vec2FeatureExtractor(return_attention_mask=True)
    )
    extractor.save_pretrained(folder)
    return folder


def write_headless(folder: Path, *, pretraining: bool) -> Path:
    """A checkpoint without a CTC head: a bare encoder, or one as pretraining leaves it."""
    torch.manual_seed(0)
    config = Wav2Vec2Config(**SHAPE, codevector_dim=8, proj_codevector_dim=8)
    model = Wav2Vec2ForPreTraining(config) if pretraining else Wav2Vec2Model(config)
    model.save_pretrained(folder)
    return folder
