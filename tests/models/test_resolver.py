"""Every way to name a model opens it as a source and as a recogniser; what is not opened is said.

Also tests: xlt/models/other_formats.py
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from checkpoints import ENGLISH, write_checkpoint
from finished_run import write_run
from sounds import speechlike, written

from xlt.cli.models import transcribe
from xlt.language import rules
from xlt.language.labels import labels
from xlt.models.location import EMBEDDED, hub_id, located, run_of
from xlt.models.other_formats import trainer_checkpoints
from xlt.models.resolver import open_model
from xlt.models.safety import ModelRefused
from xlt.recipe.options import SMALL_SOURCE, Recipe, mini
from xlt.recognition.recogniser import Recogniser
from xlt.transfer import load_source, transfer

LABEL_FILES = ("vocab.json", "preprocessor_config.json")


def a_run(place: Path) -> str:
    write_checkpoint(place / "runs/mine/model")
    (place / "runs/mine/record.json").write_text("{}")
    return str(place / "runs/mine")


def a_checkpoint(place: Path) -> str:
    """A checkpoint as transformers' Trainer leaves it: labels and extractor lie one folder above."""
    folder = write_checkpoint(place / "mine/checkpoint-120")
    for file in LABEL_FILES:
        shutil.move(folder / file, folder.parent / file)
    return str(folder)


def a_checkpoint_with_extractor(place: Path) -> str:
    folder = Path(a_checkpoint(place))
    shutil.copy(folder.parent / LABEL_FILES[1], folder / LABEL_FILES[1])
    return str(folder)


WAYS: dict[str, Callable[[Path], str]] = {
    "a model folder": lambda place: str(write_checkpoint(place / "mine")),
    "a run": a_run,
    "the model of a run": lambda place: f"{a_run(place)}/model",
    "a checkpoint of a Trainer": a_checkpoint,
    "one that holds its extractor": a_checkpoint_with_extractor,
    "the package": lambda place: "xlt:en-mini",
}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_every_name_opens_for_transfer_and_for_recognition(way: str, tmp_path: Path) -> None:
    name = WAYS[way](tmp_path)
    source = load_source(name)
    assert source.name == name
    assert source.labels is not None
    assert len(source.labels.tokens) == len(source.head[1])
    _, report = transfer(source, labels(rules.get("es")))
    assert {row.how for row in report.rows} >= {"blank", "accent fold"}
    recogniser = Recogniser.load(name, device="cpu")
    assert recogniser.labels == source.labels
    assert isinstance(recogniser.transcribe([np.zeros(16_000, np.float32)])[0], str)


def test_labels_of_the_folder_above_a_checkpoint_are_said(tmp_path: Path) -> None:
    found = open_model(a_checkpoint(tmp_path))
    assert found.labels is not None
    assert found.labels.tokens == tuple(ENGLISH)
    assert found.remarks == (
        f"The labels of {found.name} are those of {tmp_path / 'mine/vocab.json'}.",
    )
    assert "The labels of" in str(transfer(load_source(found.name), labels(rules.get("de")))[1])


def test_labels_above_any_other_folder_are_not_its_own(tmp_path: Path) -> None:
    shutil.copytree(a_checkpoint(tmp_path), tmp_path / "mine/copy")
    assert open_model(tmp_path / "mine/copy").labels is None


@pytest.mark.parametrize("letters", [20, 25, 28, 35])
def test_labels_above_that_do_not_fit_the_head_are_left_alone(tmp_path: Path, letters: int) -> None:
    name = a_checkpoint(tmp_path)
    tokens = [*ENGLISH, *"ÁÉÍÓÚÜ"][:letters]
    (tmp_path / "mine/vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}))
    found = open_model(name)
    if letters == 28:  # a tokenizer adds up to two rows
        assert found.labels is not None
        assert found.labels.tokens[:28] == tuple(tokens)
        return
    assert found.labels is None
    said = found.remarks[0]
    assert said.startswith(f"{name} has a head of 29 labels, but no vocab.json that says")
    assert f"vocab.json has {letters}: it is of another training" in said
    _, report = transfer(load_source(name), labels(rules.get("de")))
    assert {row.how for row in report.rows} == {"fresh"}
    assert said in str(report)
    with pytest.raises(ModelRefused, match="a head of 29 labels, but no vocab.json that says"):
        Recogniser.load(name)


def test_a_head_without_labels_is_said(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "mine")
    (folder / "vocab.json").unlink()
    assert "has a head of 29 labels, but no vocab.json" in load_source(folder).remarks[0]
    with pytest.raises(ModelRefused, match="a head of 29 labels, but no vocab.json"):
        Recogniser.load(folder)


def a_peft_adapter(place: Path, base: str = "facebook/wav2vec2-base") -> Path:
    (place / "lora").mkdir()
    content = {"peft_type": "LORA", "base_model_name_or_path": base}
    (place / "lora/adapter_config.json").write_text(json.dumps(content))
    (place / "lora/adapter_model.safetensors").write_bytes(b"")
    return place / "lora"


def files(*names: str) -> Callable[[Path], Path]:
    def write(place: Path) -> Path:
        for name in names:
            (place / "other" / name).parent.mkdir(parents=True, exist_ok=True)
            (place / "other" / name).write_text("{}")
        return place / "other"

    return write


def whisper(place: Path) -> Path:
    folder = files("config.json", "model.safetensors", "vocab.json")(place)
    (folder / "config.json").write_text('{"model_type": "whisper"}')
    return folder


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "an adapter of PEFT": (a_peft_adapter, r"from_pretrained\('facebook/wav2vec2-base'\), '.*/lora'"),
    "a folder of NeMo": (files("parakeet.nemo"), "holds parakeet.nemo, a NeMo archive"),
    "a NeMo archive": (lambda p: files("m.nemo")(p) / "m.nemo", "is a NeMo archive.*such as facebook/"),
    "a folder of fairseq": (files("dict.ltr.txt", "xlsr.pt"), "holds xlsr.pt, a pickle, as fairseq"),
    "a file of Whisper": (lambda p: files("tiny.pt")(p) / "tiny.pt", "a pickle, as fairseq, Whisper"),
    "a folder of Whisper": (whisper, "writes with a decoder, and has no CTC head"),
    "one weight file": (
        lambda p: files("model.safetensors")(p) / "model.safetensors",
        "is one file of a model: give the folder .*other",
    ),
    "a Trainer's folder": (files("checkpoint-9/config.json", "checkpoint-10/config.json"), "checkpoint-10"),
    "a run without a model": (files("checkpoints/letters/x", "arms/letters.json"), "no model yet.*--resume"),
    "an empty folder": (files("notes.txt"), "is not a model folder. Give a run"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_opened_is_said_with_what_to_do(kind: str, tmp_path: Path) -> None:
    make, said = REFUSED[kind]
    path = make(tmp_path)
    for opened in (load_source, Recogniser.load):
        with pytest.raises(ModelRefused, match=said):
            opened(path)


def test_names_in_an_adapter_do_not_reach_the_line_to_run(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused) as refused:
        located(str(a_peft_adapter(tmp_path, "a'); import os; os.system('true")))
    assert "os.system" not in str(refused.value)
    assert "from_pretrained('BASE')" in str(refused.value)


def test_checkpoints_are_in_the_order_of_their_steps(tmp_path: Path) -> None:
    for step in (9, 120, 30):
        files(f"checkpoint-{step}/config.json")(tmp_path)
    files("checkpoint-best/config.json", "checkpoint-200/trainer_state.json")(tmp_path)
    found = trainer_checkpoints(tmp_path / "other")
    assert [p.name for p in found] == ["checkpoint-9", "checkpoint-30", "checkpoint-120"]


def test_a_hub_id_may_name_its_revision() -> None:
    for name, revision, expected in [
        ("facebook/wav2vec2-base", None, None),
        ("facebook/wav2vec2-base", "refs/pr/5", "refs/pr/5"),
        ("facebook/wav2vec2-base@refs/pr/5", None, "refs/pr/5"),
        ("facebook/wav2vec2-base@main", "main", "main"),
    ]:
        found = hub_id(name, revision)
        assert (found.repo, found.revision) == ("facebook/wav2vec2-base", expected)
    with pytest.raises(ModelRefused, match="names no revision after @"):
        hub_id("facebook/wav2vec2-base@../x")
    with pytest.raises(ModelRefused, match="contradict each other"):
        hub_id("facebook/wav2vec2-base@main", "refs/pr/5")


def test_a_model_stands_for_its_run(tmp_path: Path) -> None:
    run = write_run(tmp_path / "runs/es")
    assert run_of(run / "model") == run_of(run) == run
    assert run_of(EMBEDDED / "en-mini") == EMBEDDED / "en-mini"


def test_the_verb_transcribes_with_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(EMBEDDED / "en-mini", tmp_path / "runs/mine/model")
    (tmp_path / "runs/mine/record.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    Path("hum.wav").write_bytes(written(speechlike()))
    for name in (None, "runs/mine", "runs/mine/model", "xlt:en-mini"):
        transcribe((Path("hum.wav"),), name)
        out = capsys.readouterr()
        assert out.out.startswith("hum.wav\t")
        assert f"model {name or 'runs/mine'}" in out.err


def test_a_chain_of_small_runs_follows_a_run_or_its_model(tmp_path: Path) -> None:
    for source in (tmp_path / "es", tmp_path / "es/model"):
        recipe = Recipe(name="pt", language="pt", source=str(source), data=())
        assert mini(recipe, tmp_path).source == SMALL_SOURCE
        (tmp_path / "es-mini/model").mkdir(parents=True)
        assert mini(recipe, tmp_path).source == str(tmp_path / "es-mini/model")
        shutil.rmtree(tmp_path / "es-mini")
