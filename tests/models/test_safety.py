"""Configurations from strangers: read where they are harmless, refused where they ask for code."""

import json
from pathlib import Path

import pytest
from checkpoints import write_checkpoint

from xlt.models.safety import MAX_BYTES, ForeignRefused, check_folder, known, settings
from xlt.recognition.recogniser import Recogniser


def written(folder: Path, text: str, name: str = "config.json") -> Path:
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize(
    "content",
    [
        {"attn_implementation": "sdpa", "_attn_implementation_autoset": True},
        {"attn_implementation": None, "dtype": "bfloat16", "torch_dtype": None},
        {"hidden_size": 1_024, "num_hidden_layers": 24, "vocab_size": None},
        {"conv_kernel": [10, 3], "id2label": {"0": "auto_map"}, "tdnn_kernel": [5]},
    ],
)
def test_what_published_configurations_say_is_read(tmp_path: Path, content: dict[str, object]):
    assert settings(written(tmp_path, json.dumps(content))) == content


def test_a_huge_file_is_not_read(tmp_path: Path):
    with pytest.raises(ForeignRefused, match=f"up to {MAX_BYTES} are read"):
        settings(written(tmp_path, '{"a": "' + "x" * MAX_BYTES + '"}'))


def test_only_what_a_class_knows_is_kept():
    content = {"a": 1, "b": 2, "_name_or_path": "x"}
    assert known(content, {"a": 0, "_name_or_path": ""}) == {"a": 1}


def test_a_folder_of_good_files_passes(tmp_path: Path):
    folder = write_checkpoint(tmp_path / "source")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors"}}
    written(folder, json.dumps(index), "model.safetensors.index.json")
    check_folder(folder)


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json"])
def test_a_recogniser_opens_no_hostile_folder(tmp_path: Path, name: str):
    folder = write_checkpoint(tmp_path / "source")
    content = json.loads((folder / name).read_text())
    written(folder, json.dumps({**content, "auto_map": {"AutoModelForCTC": "evil.Model"}}), name)
    with pytest.raises(ForeignRefused, match=rf"{name} asks transformers to run code"):
        Recogniser.load(folder)
