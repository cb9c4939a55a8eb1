"""Texts of clips, splits, files and long recordings, in any company and by any decoding.

Also tests: xlt/models/inputs.py
"""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from toys import toy_split
from transformers import (
    SeamlessM4TFeatureExtractor,
    Wav2Vec2BertConfig,
    Wav2Vec2BertForCTC,
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
)

from xlt.audio.decode import encode_flac
from xlt.audio.frames import Geometry, geometry
from xlt.dataset.reader import Split, open_split
from xlt.dataset.shards import ShardWriter
from xlt.language.labels import Labels, decode, labels
from xlt.language.rules import get
from xlt.language.tokenizer import write_tokenizer
from xlt.models.inputs import model_inputs
from xlt.recognition import recogniser as recognising
from xlt.recognition import windows as windowing
from xlt.recognition.batch_inputs import batch_inputs
from xlt.recognition.recogniser import Recogniser
from xlt.recognition.windows import windows

RATE_HZ = 16_000
SPANISH = get("es")
LABELS = labels(SPANISH)
SHAPE = Geometry(kernels=(10, 3, 3, 3, 3, 2, 2), strides=(5, 2, 2, 2, 2, 2, 2))
TINY = {
    "vocab_size": len(LABELS.tokens),
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "pad_token_id": 0,
}


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    samples = np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))
    return (0.1 * samples).astype(np.float32)


def wav2vec2(norm: str = "layer") -> Recogniser:
    """A random model whose best labels change often, so that equal texts mean equal logits."""
    torch.manual_seed(0)
    config = Wav2Vec2Config(
        **TINY,
        feat_extract_norm=norm,
        do_stable_layer_norm=norm == "layer",
        conv_dim=(16,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        initializer_range=0.5,
    )
    extractor = Wav2Vec2FeatureExtractor(return_attention_mask=norm == "layer")
    return Recogniser(model=Wav2Vec2ForCTC(config).eval(), labels=LABELS, extractor=extractor)


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return wav2vec2()


@pytest.fixture(scope="module")
def folder(recogniser, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    recogniser.model.save_pretrained(folder)
    recogniser.extractor.save_pretrained(folder)
    write_tokenizer(SPANISH, folder)
    return folder


CLIPS = [noise(s, k) for k, s in enumerate([0.8, 2.1, 0.5, 1.4, 3.0, 0.03, 1.1, 2.6])]


def test_a_batch_of_one_reads_as_a_batch_of_eight(recogniser):
    together = recogniser.transcribe(CLIPS)
    assert together == [recogniser.transcribe([clip])[0] for clip in CLIPS]
    assert together == recogniser.transcribe(CLIPS[::-1], batch_s=4.0)[::-1]
    assert len(set(together)) == len(CLIPS)


def test_texts_are_those_of_the_plain_model(recogniser):
    for clip, text in zip(CLIPS, recogniser.transcribe(CLIPS), strict=True):
        inputs = recogniser.extractor(clip, sampling_rate=RATE_HZ, return_tensors="pt")
        with torch.no_grad():
            ids = recogniser.model(inputs.input_values).logits[0].argmax(-1)
        assert text == decode(ids.tolist(), LABELS)


def test_group_norm_models_hear_no_padding_either():
    recogniser = wav2vec2("group")
    assert "attention_mask" not in model_inputs(CLIPS[:2], recogniser.extractor)
    clips = [*CLIPS, noise(0.8, 9)]
    together = recogniser.transcribe(clips)
    assert together == [recogniser.transcribe([clip])[0] for clip in clips]
    assert len(set(together)) == len(clips)


def test_wav2vec2_bert_goes_the_same_way():
    torch.manual_seed(0)
    config = Wav2Vec2BertConfig(**TINY, feature_projection_input_dim=160, initializer_range=0.5)
    recogniser = Recogniser(
        model=Wav2Vec2BertForCTC(config).eval(),
        labels=LABELS,
        extractor=SeamlessM4TFeatureExtractor(),
    )
    clips = [noise(s, k) for k, s in enumerate([0.5, 1.3, 0.81])]
    inputs = model_inputs(clips, recogniser.extractor)
    frames = [geometry(config).frames(len(clip)) for clip in clips]
    assert inputs["attention_mask"].sum(-1).tolist() == frames
    together = recogniser.transcribe(clips)
    assert together == [recogniser.transcribe([clip])[0] for clip in clips]
    assert len(set(together)) == 3


@pytest.mark.parametrize("norm", ["layer", "group"])
def test_each_clip_is_normalised_by_itself(norm):
    extractor = Wav2Vec2FeatureExtractor(return_attention_mask=norm == "layer")
    loud_and_short, long = noise(0.5) * 9 + 3, noise(1.0, 1)
    inputs = model_inputs([loud_and_short, long], extractor)
    row = inputs["input_values"][0]
    assert row[:8000].mean().abs() < 1e-4
    assert row[:8000].std() == pytest.approx(1, abs=1e-3)
    assert (row[8000:] == 0).all()
    if norm == "layer":
        assert inputs["attention_mask"].sum(-1).tolist() == [8000, 16000]


def test_empty_and_tiny_clips_read_as_nothing(recogniser):
    clips = [np.zeros(0, np.float32), np.zeros(399, np.float32), noise(0.5)]
    assert recogniser.transcribe(clips)[:2] == ["", ""]
    assert recogniser.transcribe([]) == []


def test_a_live_model_goes_on_training(recogniser):
    recogniser.model.train()
    torch.manual_seed(1)
    first = recogniser.transcribe(CLIPS)
    assert first == recogniser.transcribe(CLIPS)
    assert recogniser.model.training
    recogniser.model.eval()


def test_a_folder_opens_offline_and_reads_the_same(recogniser, folder, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    opened = Recogniser.load(folder, device="cpu")
    assert opened.labels == LABELS
    assert opened.transcribe(CLIPS) == recogniser.transcribe(CLIPS)
    assert opened.geometry == SHAPE


def test_a_folder_that_is_no_model_is_named(folder, tmp_path):
    with pytest.raises(ValueError, match=r"the model folder .*nowhere is not there"):
        Recogniser.load(tmp_path / "nowhere")
    shutil.copytree(folder, tmp_path / "half")
    (tmp_path / "half" / "model.safetensors").unlink()
    with pytest.raises(ValueError, match=r"lacks model\.safetensors"):
        Recogniser.load(tmp_path / "half")


def logits(recogniser, clip):
    return recogniser._logits(*batch_inputs([clip], recogniser.extractor, recogniser.geometry))[0]


@pytest.mark.parametrize("norm", ["layer", "group"])
def test_processes_that_read_ahead_change_nothing(norm):
    recogniser, split = wav2vec2(norm), toy_split(5)
    alone = recogniser.read_split(split, 1.0, [4, 0, 2])
    assert recogniser.read_split(split, 1.0, [4, 0, 2], workers=1) == alone


def test_a_long_clip_reads_nearly_as_in_one_piece(recogniser, monkeypatch):
    """Windows hear less of the clip than the whole model; inside they must agree all the same."""
    monkeypatch.setattr(windowing, "WINDOW_S", 3.0)
    monkeypatch.setattr(windowing, "OVERLAP_S", 1.0)
    long = noise(8.0, 5)
    shape = recogniser.geometry
    cut = windows(0, len(long), shape)
    assert len(cut) == 6
    joined = [
        label
        for window in cut
        for label in logits(recogniser, long[window.start : window.stop])
        .argmax(-1)[window.first : window.end]
        .tolist()
    ]
    whole = logits(recogniser, long).argmax(-1).tolist()
    assert len(joined) == len(whole)
    assert np.mean(np.array(joined) == np.array(whole)) > 0.5
    assert recogniser.transcribe([long]) == [decode(joined, LABELS)]


@dataclasses.dataclass(frozen=True)
class Shapes:
    """Not a search: it writes the shape of the logits that it gets."""

    name: str = "shapes"

    def text(self, logits: torch.Tensor, labels: Labels) -> str:
        assert labels == LABELS
        return f"{tuple(logits.shape)}"


def test_a_decoding_gets_whole_clips_of_true_length(recogniser, folder, monkeypatch):
    monkeypatch.setattr(windowing, "WINDOW_S", 3.0)
    monkeypatch.setattr(windowing, "OVERLAP_S", 1.0)
    opened = Recogniser.load(folder, device="cpu", decoding=Shapes())
    assert (opened.decoding.name, recogniser.decoding.name) == ("shapes", "greedy")
    clips = [noise(8.0, 5), *CLIPS, np.zeros(9, np.float32)]
    expected = [f"{SHAPE.frames(len(clip)), len(LABELS.tokens)}" for clip in clips[:-1]]
    assert opened.transcribe(clips) == [*expected, ""]


def test_frames_and_blanks_are_counted(recogniser, tmp_path):
    often = Labels(tokens=LABELS.tokens, blank=LABELS.ids["á"], delimiter=1, unknown=2)
    recogniser = dataclasses.replace(recogniser, labels=often)
    split = written_split(tmp_path)
    found = recogniser.read_split(split)
    ids = [logits(recogniser, split.samples(k)).argmax(-1) for k in range(len(split))]
    assert found.frames == sum(map(len, ids))
    assert found.blanks == sum(int((row == often.blank).sum()) for row in ids)
    assert 0 < found.blanks < found.frames


def test_files_are_read_and_a_bad_one_stops_nothing(recogniser, tmp_path):
    soundfile.write(tmp_path / "good.wav", CLIPS[0], RATE_HZ, subtype="FLOAT")
    (tmp_path / "bad.wav").write_bytes(b"no sound at all")
    names = ["bad.wav", "missing.wav", "good.wav"]
    bad, missing, good = recogniser.transcribe_files(tmp_path / name for name in names)
    assert "can't be read as audio" in bad.refused
    assert "missing.wav" in missing.refused
    assert (good.path.name, good.refused) == ("good.wav", None)
    assert good.duration_s == 0.8
    assert good.text == recogniser.transcribe([CLIPS[0]])[0]


def test_a_cut_file_is_read_as_far_as_it_goes_with_a_remark(recogniser, tmp_path):
    soundfile.write(tmp_path / "whole.wav", noise(1.0), RATE_HZ, subtype="FLOAT")
    whole = (tmp_path / "whole.wav").read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: -4 * RATE_HZ // 2])
    (found,) = recogniser.transcribe_files([tmp_path / "cut.wav"])
    assert (found.refused, found.duration_s) == (None, 0.5)
    assert found.text == recogniser.transcribe([noise(1.0)[: RATE_HZ // 2]])[0]
    (said,) = found.remarks
    assert said.startswith("it can't be read to its end: 0.50 of 1.00 s are there; ")
    assert said.endswith("What is there was transcribed.")


def test_channels_are_read_apart_and_what_a_mean_hides_is_said(recogniser, tmp_path):
    left, right = noise(1.0), noise(1.0, seed=1)
    call, inverted = tmp_path / "call.wav", tmp_path / "inverted.wav"
    soundfile.write(call, np.stack([left, right], axis=1), RATE_HZ, subtype="FLOAT")
    soundfile.write(inverted, np.stack([0.9 * left, -left], axis=1), RATE_HZ, subtype="FLOAT")
    texts = recogniser.transcribe([left, right, (left + right) / 2, -left])
    both = list(recogniser.transcribe_files([call], channel="apart"))
    assert [(found.channel, found.text) for found in both] == [
        ("left", texts[0]),
        ("right", texts[1]),
    ]
    (one,) = recogniser.transcribe_files([call], channel="right")
    assert (one.channel, one.text) == (None, texts[1])
    mixed, loudest = recogniser.transcribe_files([call, inverted])
    assert (mixed.text, mixed.remarks) == (texts[2], ())
    assert loudest.text == texts[3]
    (said,) = loudest.remarks
    assert "its channels cancel each other" in said and "--channel left or right" in said


@pytest.mark.parametrize("report", [False, True])
def test_progress_is_reported_without_a_terminal_where_it_is_asked_for(
    recogniser, monkeypatch, capsys, report
):
    monkeypatch.setattr(recognising, "REPORT_S", 0.0)
    recogniser.transcribe([CLIPS[0]] * 3, batch_s=0.1, report=report)
    assert ("transcribe" in capsys.readouterr().err) == report


def written_split(tmp_path: Path) -> Split:
    """CLIPS as a prepared split."""
    writer = ShardWriter(tmp_path / "dev-00000.parquet")
    for k, clip in enumerate(CLIPS):
        fields = dict.fromkeys(("text", "transcript", "corpus", "language", "licence"), "x")
        audio = {"bytes": encode_flac(clip), "path": f"{k}.flac"}
        more = {"id": str(k), "speaker": None, "duration": len(clip) / RATE_HZ}
        writer.write(fields | more | {"audio": audio})
    writer.close()
    return open_split(tmp_path, "dev")


def test_a_split_is_read_in_its_order(recogniser, tmp_path):
    split = written_split(tmp_path)
    expected = recogniser.transcribe([split.samples(k) for k in range(len(split))])
    assert recogniser.transcribe_split(split) == expected
    assert recogniser.transcribe_split(split, indices=[4, 1]) == [expected[4], expected[1]]


def test_files_read_together_come_back_in_their_order(recogniser, tmp_path):
    names = [f"{k}.wav" for k in range(7)]
    for k, name in enumerate(names):
        tone = 0.3 * np.sin(np.arange(4000 + 900 * (k * 3 % 7)) * (0.1 + 0.05 * k))
        soundfile.write(tmp_path / name, tone, 16_000)
    (tmp_path / "3.wav").write_bytes(b"no sound")
    together = list(recogniser.transcribe_files([tmp_path / n for n in names], batch_s=0.1))
    alone = [next(recogniser.transcribe_files([tmp_path / n])) for n in names]
    assert together == alone
    assert [found.refused is not None for found in together] == [k == 3 for k in range(7)]
