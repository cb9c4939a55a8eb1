"""Stand-ins of published checkpoints: their files, keys and settings, with tiny random weights.

Run as a script by torchrun, it takes two steps of one of them on two processes.
"""

import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from safetensors.torch import load_file, save_file
from toys import toy_trainer
from transformers import (
    HubertConfig,
    HubertForCTC,
    PreTrainedModel,
    Wav2Vec2BertConfig,
    Wav2Vec2BertModel,
    Wav2Vec2Config,
    Wav2Vec2ForCTC,
    Wav2Vec2ForPreTraining,
    WavLMConfig,
    WavLMModel,
)

from xlt.training.optimizer import make_optimizer
from xlt.transfer import Regularisation
from xlt.transfer.freezing import learn_only

ENGLISH = "<pad> <s> </s> <unk> | E T A O N I H S R D L U M W C F G Y P B V K ' X J Q Z".split()
"""The 32 labels of facebook's English models, upper case, in their order."""
LARGE = {
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "conv_dim": (8,) * 7,
    "conv_kernel": (10, 3, 3, 3, 3, 2, 2),
    "conv_stride": (5, 2, 2, 2, 2, 2, 2),
    "conv_bias": True,
    "num_feat_extract_layers": 7,
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
    "feat_extract_norm": "layer",
    "do_stable_layer_norm": True,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
"""The seven convolutions of the large models (a frame each 320 samples), and three narrow layers."""
EXTRACTOR = {
    "do_normalize": True,
    "feature_extractor_type": "Wav2Vec2FeatureExtractor",
    "feature_size": 1,
    "padding_side": "right",
    "padding_value": 0,
    "return_attention_mask": True,
    "sampling_rate": 16_000,
}
FILTERBANK = {
    "feature_extractor_type": "SeamlessM4TFeatureExtractor",
    "feature_size": 80,
    "num_mel_bins": 80,
    "padding_side": "right",
    "padding_value": 1,
    "sampling_rate": 16_000,
    "stride": 2,
}
TOKENIZER = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "word_delimiter_token": "|",
    "tokenizer_class": "Wav2Vec2CTCTokenizer",
}
MMS = {
    "deu": [*ENGLISH[:4], "|", *"enirstahdulcgmobwfkzvüäpöjßyxq"],
    "eng": [*ENGLISH[:4], "|", *"etaonihsrdlumwcfgypbvk'xjqz"],
    "fra": [*ENGLISH[:4], "|", *"etaonihsrdlumcfgpbvéèxjqzç"],
}
"""Labels of three of the 1,162 languages."""
OMNI = ["<s>", "<pad>", "</s>", "<unk>", "▁", *"eaionrtslcdumpgbvhfyjzqxkw", "|", *"áéíóúñüäöß'"]
"""Labels of a SentencePiece of characters, with the bar as one of the letters."""


def _table(tokens: list[str]) -> dict[str, int]:
    return {token: i for i, token in enumerate(tokens)}


def _lv60() -> PreTrainedModel:
    config = Wav2Vec2Config(**LARGE, vocab_size=32, ctc_loss_reduction="sum", layerdrop=0.1)
    return Wav2Vec2ForCTC(config)


def _xlsr(layers: int) -> PreTrainedModel:
    shape = {**LARGE, "num_hidden_layers": layers}
    return Wav2Vec2ForPreTraining(
        Wav2Vec2Config(
            **shape, codevector_dim=8, proj_codevector_dim=8, num_codevectors_per_group=4
        )
    )


def _bert() -> PreTrainedModel:
    config = Wav2Vec2BertConfig(
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=32,
        conv_depthwise_kernel_size=5,
        position_embeddings_type="relative_key",
        apply_spec_augment=False,
        layerdrop=0.1,
        vocab_size=None,
    )
    return Wav2Vec2BertModel(config)


def _mms() -> PreTrainedModel:
    return Wav2Vec2ForCTC(
        Wav2Vec2Config(**LARGE, vocab_size=len(MMS["eng"]), adapter_attn_dim=4, layerdrop=0.0)
    )


def _omni() -> PreTrainedModel:
    return Wav2Vec2ForCTC(Wav2Vec2Config(**LARGE, vocab_size=len(OMNI)))


def _hubert() -> PreTrainedModel:
    return HubertForCTC(HubertConfig(**LARGE, vocab_size=32))


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Model, and the JSON files that are published beside it."""

    model: Callable[[], PreTrainedModel]
    files: dict[str, object]
    lacks: tuple[str, ...] = ()
    """Ends of the names of weights that the published file does not have."""


SUPERVISED = {"vocab": _table(ENGLISH), "preprocessor_config": EXTRACTOR}
PUBLISHED = {
    "facebook/wav2vec2-large-960h-lv60-self": Checkpoint(
        model=_lv60,
        files=SUPERVISED | {"tokenizer_config": TOKENIZER, "special_tokens_map": TOKENIZER},
        lacks=("masked_spec_embed",),
    ),
    "facebook/wav2vec2-xls-r-300m": Checkpoint(
        model=lambda: _xlsr(3), files={"preprocessor_config": EXTRACTOR}
    ),
    "facebook/wav2vec2-xls-r-1b": Checkpoint(
        model=lambda: _xlsr(5), files={"preprocessor_config": EXTRACTOR}
    ),
    "facebook/w2v-bert-2.0": Checkpoint(model=_bert, files={"preprocessor_config": FILTERBANK}),
    "facebook/mms-1b-all": Checkpoint(
        model=_mms,
        files={
            "vocab": {language: _table(tokens) for language, tokens in MMS.items()},
            "tokenizer_config": {**TOKENIZER, "target_lang": "eng"},
            "preprocessor_config": EXTRACTOR,
        },
    ),
    "microsoft/wavlm-large": Checkpoint(
        model=lambda: WavLMModel(WavLMConfig(**LARGE)), files={"preprocessor_config": EXTRACTOR}
    ),
    "facebook/hubert-large-ls960-ft": Checkpoint(
        model=_hubert, files=SUPERVISED | {"tokenizer_config": TOKENIZER}
    ),
    "omniASR-CTC-300M-v2": Checkpoint(
        model=_omni,
        files={
            "vocab": _table(OMNI),
            "preprocessor_config": EXTRACTOR | {"return_attention_mask": False},
        },
    ),
}
"""Name of a published checkpoint -> its stand-in."""


def write_published(name: str, folder: Path) -> Path:
    """Write the stand-in of a published checkpoint; MMS with the adapters of all its languages."""
    checkpoint = PUBLISHED[name]
    torch.manual_seed(0)
    model = checkpoint.model()
    model.save_pretrained(folder)
    for stem, content in checkpoint.files.items():
        (folder / f"{stem}.json").write_text(json.dumps(content), encoding="utf-8")
    file = folder / "model.safetensors"
    tensors = {
        _old_name(key): tensor
        for key, tensor in load_file(file).items()
        if not key.endswith(checkpoint.lacks or ("\0",))
    }
    save_file(tensors, file, metadata={"format": "pt"})
    if "mms" in name:
        for language, tokens in MMS.items():
            write_adapter(folder, language, len(tokens), tensors)
        license_of_mms = "---\nlicense: cc-by-nc-4.0\ntags:\n- mms\n---\n# MMS\n"
        (folder / "README.md").write_text(license_of_mms, encoding="utf-8")
    return folder


def write_adapter(folder: Path, language: str, rows: int, tensors: dict[str, torch.Tensor]) -> None:
    """An adapter of MMS: layers of a language, and its head; that of English is in the weights, too."""
    own = {k: t for k, t in tensors.items() if "adapter_layer" in k or k.startswith("lm_head")}
    if language != "eng":
        own = {k: torch.randn_like(t) for k, t in own.items()}
        own["lm_head.weight"], own["lm_head.bias"] = torch.randn(rows, 16), torch.randn(rows)
    save_file(own, folder / f"adapter.{language}.safetensors", metadata={"format": "pt"})


def _old_name(key: str) -> str:
    """The names that torch gave a weight norm when these checkpoints were made."""
    for new, old in (("original0", "weight_g"), ("original1", "weight_v")):
        key = key.replace(f"parametrizations.weight.{new}", old)
    return key


def language_of(source: Path) -> str | None:
    """Language to start from, where a stand-in has several."""
    return "deu" if (source / "adapter.deu.safetensors").is_file() else None


def steps(folder: Path, source: Path, count: int = 2) -> list[str]:
    """Take steps with masks and dropouts on; the parameters that learn and met a step without a gradient."""
    trainer = toy_trainer(
        folder,
        source=source,
        source_language=language_of(source),
        regularisation=Regularisation(),
    )
    learning = trainer.trainable(0)
    learn_only(trainer.model, learning)
    reached: set[str] = set()
    for name, parameter in trainer.model.named_parameters():
        if name in learning:
            parameter.register_hook(lambda _, name=name: reached.add(name))
    optimizer = make_optimizer(trainer.model, learning, weight_decay=0.0, beta2=0.98)
    step, (whole, *_) = trainer.training_step(), trainer.batch_source.batches(0)
    rank, world = trainer.accelerator.process_index, trainer.accelerator.num_processes
    missed: set[str] = set()
    for k in range(count):
        reached.clear()
        batch = trainer.batch_source.micro_batch(whole[rank::world], whole, k)
        assert math.isfinite(step.take(optimizer, k, [batch]))
        missed |= learning - reached
    return sorted(missed)


if __name__ == "__main__":
    unreached = steps(Path(sys.argv[1]), Path(sys.argv[2]))
    assert not unreached, unreached
    assert Accelerator().num_processes == 2
    Accelerator().end_training()  # gloo's threads may abort a process that leaves them running
