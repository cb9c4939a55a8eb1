"""Frames as the models themselves count them. Run: pytest tests/audio/test_frames.py."""

import numpy as np
import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.audio.frames import Geometry, feasible, geometry

TINY = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
    "vocab_size": 8,
}
CONVOLVED = {**TINY, "conv_dim": [4] * 7}
BERT = {**TINY, "feature_projection_input_dim": 160, "output_hidden_size": 16}
MODELS = {
    "wav2vec2": lambda: transformers.Wav2Vec2ForCTC(transformers.Wav2Vec2Config(**CONVOLVED)),
    "hubert": lambda: transformers.HubertForCTC(transformers.HubertConfig(**CONVOLVED)),
    "wavlm": lambda: transformers.WavLMForCTC(transformers.WavLMConfig(**CONVOLVED)),
    "adapter": lambda: transformers.Wav2Vec2ForCTC(
        transformers.Wav2Vec2Config(**CONVOLVED, add_adapter=True, num_adapter_layers=2)
    ),
    "other windows": lambda: transformers.Wav2Vec2ForCTC(
        transformers.Wav2Vec2Config(
            **{**TINY, "conv_dim": [4] * 3}, conv_kernel=[7, 4, 3], conv_stride=[4, 3, 2]
        )
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_frames_equal_the_models_own_for_every_length(name: str):
    model = MODELS[name]()
    theirs = model._get_feat_extract_output_lengths(torch.arange(20_001)).clamp(min=0)
    ours = geometry(model.config)
    assert [ours.frames(samples) for samples in range(20_001)] == theirs.tolist()
    assert geometry(model.config.to_dict()) == ours


@pytest.mark.parametrize("name", MODELS)
def test_frames_are_those_that_come_out(name: str):
    model = MODELS[name]().eval()
    ours = geometry(model.config)
    for samples in (1_500, 3_201, 16_000):
        with torch.no_grad():
            assert model(torch.randn(1, samples)).logits.shape[1] == ours.frames(samples)


@pytest.mark.parametrize("adapter", [{}, {"add_adapter": True, "num_adapter_layers": 2}])
def test_wav2vec2_bert_counts_from_samples(adapter: dict):
    model = transformers.Wav2Vec2BertForCTC(transformers.Wav2Vec2BertConfig(**BERT, **adapter))
    extractor = transformers.SeamlessM4TFeatureExtractor(feature_size=80)
    ours = geometry(model.config)
    for samples in (560, 879, 880, 16_000, 16_079, 16_080, 19_999):
        clips = [np.random.default_rng(0).normal(size=samples), np.zeros(20_080)]
        batch = extractor(clips, sampling_rate=16_000, return_tensors="pt")
        theirs = model._get_feat_extract_output_lengths(batch["attention_mask"].sum(-1))
        assert theirs.tolist() == [ours.frames(samples), ours.frames(20_080)]
    with torch.no_grad():
        assert model.eval()(**batch).logits.shape[1] == ours.frames(20_080)


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 6)), min_size=1, max_size=7))
def test_samples_is_the_fewest(windows: list[tuple[int, int]]):
    ours = Geometry(kernels=tuple(k for k, _ in windows), strides=tuple(s for _, s in windows))
    for frames in (1, 2, 3, 50):
        assert ours.frames(ours.samples(frames)) == frames
        assert ours.frames(ours.samples(frames) - 1) == frames - 1
    assert ours.samples(3) - ours.samples(2) == ours.hop


@given(st.integers(0, 500_000), st.sampled_from([0.9, 1.0, 1.1, 2.0]))
def test_frames_at_another_speed_are_those_of_fewer_or_more_samples(samples: int, speed: float):
    ours = geometry(transformers.Wav2Vec2Config())
    assert ours.frames(samples, speed) == ours.frames(int(samples / speed))


def test_known_numbers_of_wav2vec2():
    ours = geometry(transformers.Wav2Vec2Config())
    table = {0: 0, 399: 0, 400: 1, 719: 1, 720: 2, 16_000: 49, 160_000: 499}
    assert {samples: ours.frames(samples) for samples in table} == table
    assert (ours.hop, ours.samples(1), ours.samples(0)) == (320, 400, 0)


def test_an_unknown_configuration_is_named():
    with pytest.raises(ValueError, match=r"model type 'bert'.*conv_kernel"):
        geometry(transformers.BertConfig())
    with pytest.raises(ValueError, match="as many kernels as strides"):
        Geometry(kernels=(1, 2), strides=(1,))


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(st.integers(0, 12), st.lists(st.integers(1, 3), max_size=8))
def test_feasible_exactly_where_torchs_loss_is_finite(frames: int, ids: list[int]):
    loss = torch.nn.functional.ctc_loss(
        torch.zeros(max(frames, 1), 1, 4).log_softmax(-1),
        torch.tensor([ids], dtype=torch.long),
        torch.tensor([frames]),
        torch.tensor([len(ids)]),
        reduction="sum",
    )
    assert feasible(frames, ids) == bool(torch.isfinite(loss))
