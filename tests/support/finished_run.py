"""Folder of a finished run, small and whole, as publication takes it."""

import json

import torch
from places import GOLDEN
from transformers import (
    Wav2Vec2Config,
    Wav2Vec2CTCTokenizer,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    Wav2Vec2Processor,
)

from xlt.reports.record import Record, digests


def write_model(folder):
    """A random Wav2Vec2ForCTC of a few kilobytes with its processor, as a run leaves it."""
    torch.manual_seed(0)
    folder.mkdir(parents=True)
    tokens = ["[PAD]", "|", "[UNK]", *"aeiou"]
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}))
    tokenizer = Wav2Vec2CTCTokenizer(
        folder / "vocab.json", bos_token=None, eos_token=None, unk_token="[UNK]", pad_token="[PAD]"
    )
    extractor = Wav2Vec2FeatureExtractor(return_attention_mask=True, do_normalize=True)
    Wav2Vec2Processor(feature_extractor=extractor, tokenizer=tokenizer).save_pretrained(folder)
    extractor.save_pretrained(folder)
    config = Wav2Vec2Config(
        vocab_size=len(tokens), pad_token_id=0, hidden_size=16, num_hidden_layers=1,
        num_attention_heads=2, intermediate_size=16, conv_dim=(8, 8), conv_kernel=(10, 3),
        conv_stride=(5, 64), num_feat_extract_layers=2, num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
    )  # fmt: skip
    Wav2Vec2ForCTC(config).save_pretrained(folder)


def write_run(run):
    """A run with a model, transcripts, and the record of tests/golden."""
    write_model(run / "model")
    (run / "transcripts").mkdir()
    (run / "transcripts/letters.tsv").write_text("id\treference\thypothesis\n1\tsí\tsi\n")
    data = Record.load(GOLDEN / "record.json").to_dict() | {"files": digests(run)}
    Record.from_dict(data).save(run / "record.json")
    return run


def rewrite(run, **fields):
    """Change fields of the run's record."""
    data = Record.load(run / "record.json").to_dict() | fields
    Record.from_dict(data).save(run / "record.json")


def contents(folder):
    """Path in a folder -> bytes, of every file."""
    files = [p for p in folder.rglob("*") if p.is_file()]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}
