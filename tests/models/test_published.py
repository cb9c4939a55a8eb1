"""Published checkpoints, as tiny stand-ins with their files, keys and settings: from opening to reuse."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from places import SUPPORT
from published import MMS, OMNI, PUBLISHED, language_of, steps, write_published
from sounds import speechlike
from transformers import pipeline

from xlt.language import rules
from xlt.language.labels import labels
from xlt.models.inputs import model_inputs
from xlt.recognition.recogniser import Recogniser
from xlt.training.model_folder import write_model
from xlt.transfer import load_source, transfer

HEADS = {
    "facebook/wav2vec2-large-960h-lv60-self": 32,
    "facebook/mms-1b-all": len(MMS["deu"]),
    "facebook/hubert-large-ls960-ft": 32,
    "omniASR-CTC-300M-v2": len(OMNI),
}
"""Labels of those that have a head."""


@pytest.fixture(scope="module", params=PUBLISHED)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_published(name, tmp_path_factory.mktemp("published") / name)


@pytest.mark.slow
def test_it_opens(name: str, folder: Path) -> None:
    source = load_source(folder, source_language=language_of(folder))
    assert source.layers == (5 if name.endswith("1b") else 3)
    assert (source.labels and len(source.labels.tokens)) == HEADS.get(name)
    assert source.extractor().return_attention_mask
    model = transfer(source, labels(rules.get("es")))[0].eval()
    second = model_inputs([np.zeros(16_000, np.float32)], source.extractor())
    assert model.config.num_hidden_layers == source.layers
    with torch.inference_mode():
        assert model(**second).logits.shape[1] == source.geometry.frames(16_000)


@pytest.mark.slow
@pytest.mark.parametrize("code", ["es", "de"])
def test_it_is_transferred_trained_and_reopened(
    name: str, folder: Path, code: str, tmp_path: Path
) -> None:
    source = load_source(folder, source_language=language_of(folder))
    language = rules.get(code)
    model, report = transfer(source, labels(language))
    kept = {row.how for row in report.rows} - {"fresh"}
    assert ({"blank", "delimiter"} <= kept) == (name in HEADS)
    write_model(model, source.extractor(), language, tmp_path / "model")
    recognise = pipeline("automatic-speech-recognition", model=str(tmp_path / "model"))
    tone = np.sin(np.arange(16_000) / 20).astype(np.float32)
    theirs = " ".join(recognise(tone)["text"].replace("[UNK]", "").split())
    assert theirs == Recogniser.load(tmp_path / "model", "cpu").transcribe([tone])[0]


@pytest.mark.slow
def test_every_parameter_that_learns_has_a_gradient(folder: Path, tmp_path: Path) -> None:
    assert steps(tmp_path, folder) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "several", ["facebook/w2v-bert-2.0", "facebook/mms-1b-all", "microsoft/wavlm-large"]
)
def test_two_processes_take_steps(several: str, tmp_path: Path) -> None:
    source = write_published(several, tmp_path / "source")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2"]
    any_port = ["--rdzv_backend", "c10d", "--rdzv_endpoint", "127.0.0.1:0"]
    script = [str(SUPPORT / "published.py"), str(tmp_path / "run"), str(source)]
    done = subprocess.run(
        [*torchrun, *any_port, "--local_addr", "127.0.0.1", *script],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.slow
def test_a_text_does_not_change_with_the_company_of_its_clip(tmp_path: Path) -> None:
    """omniASR stores an extractor that asks for no mask, of a model that takes one."""
    folder = write_published("omniASR-CTC-300M-v2", tmp_path / "omni")
    source = load_source(folder)
    assert "asks for no attention mask" in source.remarks[0]
    assert source.labels is not None
    assert source.labels.tokens == tuple(OMNI)
    assert source.labels.tokens[source.labels.delimiter or 0] == "▁"
    assert "|" in source.labels.letters
    recogniser = Recogniser.load(folder, "cpu")
    clips = [
        loudness * speechlike(seconds)
        for seconds, loudness in ((0.5, 1.0), (0.9, 0.3), (1.7, 0.1), (3.0, 2.0))
    ]
    alone = [recogniser.transcribe([clip])[0] for clip in clips]
    assert recogniser.transcribe(clips) == alone
    stored: Any = recogniser.extractor
    stored.return_attention_mask = False  # as it is published: the test can tell
    assert recogniser.transcribe(clips) != alone
