"""Model folders that are accepted, and the sentences that refuse the others, as source and as recogniser."""

import json
import os
import pickle
import re
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from checkpoints import ENGLISH, write_checkpoint, write_headless
from safetensors.torch import load_file, save_file

from xlt.recognition.recogniser import Recogniser
from xlt.transfer import ModelRefused, load_source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_checkpoint(tmp_path / "source")


def change_config(folder: Path, **values: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def test_a_source_is_known(folder: Path) -> None:
    source = load_source(folder)
    assert source.family == "wav2vec2"
    assert source.layers == 3
    assert source.labels is not None
    assert source.labels.tokens == tuple(ENGLISH)
    assert source.head is not None
    assert source.head[0].shape == (29, 16)
    assert source.geometry.frames(16_000) == 200


HOSTILE: dict[str, tuple[dict[str, object], str]] = {
    "another family": (
        {"model_type": "data2vec-audio"},
        "'data2vec-audio' checkpoint.*wav2vec2, hubert, wavlm, wav2vec2-bert",
    ),
    "a model with a decoder": ({"model_type": "whisper"}, "writes with a decoder.*no CTC head"),
    "no family": ({"model_type": ["wav2vec2"]}, "Known families"),
    "auto_map": ({"auto_map": {"AutoModel": "evil.Model"}}, "run code from elsewhere"),
    "nested auto_map": ({"text_config": [{"auto_map": {}}]}, r"elsewhere \(auto_map\)"),
    "internal attention": ({"_attn_implementation_internal": "someone/kernel"}, "from elsewhere"),
    "kernel by attention": ({"attn_implementation": "someone/kernel"}, "from elsewhere"),
    "kernel by a table": ({"_attn_implementation": {"": "someone/kernel"}}, "from elsewhere"),
    "kernel of experts": ({"experts_implementation": "someone/kernel"}, "from elsewhere"),
    "kernels": ({"use_kernels": True}, r"elsewhere \(use_kernels\)"),
    "pipelines": ({"custom_pipelines": {"x": {"impl": "evil.Pipe"}}}, "from elsewhere"),
    "trust": ({"trust_remote_code": True}, r"elsewhere \(trust_remote_code\)"),
    "quantiser": ({"quantization_config": {"quant_method": "x"}}, "from elsewhere"),
    "class": ({"__class__": "evil"}, r"elsewhere \(__class__\)"),
    "init": ({"id2label": {"__init__": "evil"}}, r"elsewhere \(__init__\)"),
    "dtype": ({"dtype": "load"}, "dtype 'load'; known are float16"),
    "old dtype": ({"torch_dtype": "os"}, "dtype 'os'"),
    "layers": ({"num_hidden_layers": 10**9}, "num_hidden_layers '1000000000'; a whole number"),
    "layers in words": ({"num_hidden_layers": "three"}, "num_hidden_layers 'three'"),
    "heads": ({"hidden_size": -1}, "hidden_size '-1'"),
    "convolutions": ({"conv_dim": "wide"}, "does not describe a wav2vec2 model"),
}


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What asks for the network, although nothing keeps the libraries from it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    asked: list[str] = []
    REPORTS.append(asked)
    return asked


REPORTS: list[list[str]] = []


def report(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: host names that are looked up, and connections."""
    if REPORTS and event in ("socket.connect", "socket.getaddrinfo"):
        REPORTS[-1].append(event)


sys.addaudithook(report)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_configurations_are_refused_offline(
    folder: Path, network: list[str], name: str
) -> None:
    values, words = HOSTILE[name]
    change_config(folder, **values)
    with pytest.raises(ModelRefused, match=words):
        load_source(folder)
    assert network == []


def test_the_report_sees_the_network(network: list[str]) -> None:
    with socket.socket() as listening, socket.socket() as one:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        one.connect(listening.getsockname())
    assert network == ["socket.connect"]


NOT_JSON = ["", "[]", "{", "[" * 99_999, "\x80\x04N."]


@pytest.mark.parametrize("text", NOT_JSON)
def test_a_configuration_that_is_no_json_object_is_refused(folder: Path, text: str) -> None:
    (folder / "config.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(
        ModelRefused, match=r"config\.json (is not a JSON file|must hold a JSON object)"
    ):
        load_source(folder)


def test_what_no_model_knows_is_left_out(folder: Path) -> None:
    change_config(folder, payload="os.system", _name_or_path="/etc", apply_spec_augment=False)
    config = load_source(folder).config
    assert not hasattr(config, "payload")
    assert config.apply_spec_augment is False
    assert config.to_dict()["_name_or_path"] == ""


NEIGHBOURS: list[tuple[str, dict[str, object], str]] = [
    ("preprocessor_config.json", {"auto_map": {}}, "run code from elsewhere"),
    ("preprocessor_config.json", {"feature_extractor_type": "Evil"}, "extractor 'Evil'"),
    ("processor_config.json", {"feature_extractor": {"auto_map": {}}}, "from elsewhere"),
    (
        "adapter_config.json",
        {"base_model_name_or_path": "a/b"},
        "it is an adapter of PEFT.*merge_and_unload",
    ),
    ("model.safetensors.index.json", {"weight_map": {"x": "evil.bin"}}, "lists 'evil.bin'"),
    ("model.safetensors.index.json", {"weight_map": {"x": "../m.safetensors"}}, "lists '../"),
    ("model.safetensors.index.json", {}, "no weight_map"),
]


@pytest.mark.parametrize(("file", "content", "words"), NEIGHBOURS)
def test_hostile_neighbours_are_refused(
    folder: Path, network: list[str], file: str, content: dict[str, object], words: str
) -> None:
    (folder / file).write_text(json.dumps(content))
    with pytest.raises(ModelRefused, match=words):
        load_source(folder).extractor()
    assert network == []


@pytest.mark.parametrize("file", ["preprocessor_config.json", "processor_config.json"])
def test_an_extractor_is_read_from_either_file(folder: Path, file: str) -> None:
    stored = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").unlink()
    stored |= {"do_normalize": False, "payload": "x"}
    nested = {"feature_extractor": stored} if file.startswith("processor") else stored
    (folder / file).write_text(json.dumps(nested))
    extractor = load_source(folder).extractor()
    assert type(extractor).__name__ == "Wav2Vec2FeatureExtractor"
    assert extractor.do_normalize is False
    assert not hasattr(extractor, "payload")


@pytest.mark.parametrize("norm", ["layer", "group"])
def test_a_model_that_takes_a_mask_is_given_one(folder: Path, norm: str) -> None:
    change_config(folder, feat_extract_norm=norm, do_stable_layer_norm=norm == "layer")
    file = folder / "preprocessor_config.json"
    stored = json.loads(file.read_text())
    assert stored["return_attention_mask"] is True
    assert load_source(folder).remarks == ()
    file.write_text(json.dumps({**stored, "return_attention_mask": False}))
    source = load_source(folder)
    assert source.extractor().return_attention_mask is (norm == "layer")
    said = "asks for no attention mask"
    assert [said in remark for remark in source.remarks] == [True] * (norm == "layer")


class Canary:
    """Unpickled, it leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


OPENED = [
    *("config.json", "vocab.json", "tokenizer_config.json", "special_tokens_map.json"),
    *("preprocessor_config.json", "processor_config.json", "model.safetensors"),
    *("model.safetensors.index.json", "adapter_config.json", "added_tokens.json"),
]
LEFT_ALONE = [
    *("training_args.bin", "optimizer.pt", "scheduler.pt", "rng_state.pth", "pytorch_model.bin"),
    *("tokenizer.json", "model.pkl", "generation_config.json", "random_states_0.pkl"),
    *("flax_model.msgpack", "tf_model.h5", "model.npy", "adapter_model.bin"),
]


@pytest.mark.parametrize("file", OPENED)
def test_a_pickle_in_place_of_a_file_is_refused(folder: Path, tmp_path: Path, file: str) -> None:
    (folder / file).write_bytes(pickle.dumps(Canary(tmp_path / "ran")))
    with pytest.raises(ValueError, match="[A-Za-z]") as caught:
        load_source(folder).extractor()
    assert file in str(caught.value)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("file", LEFT_ALONE)
def test_pickles_beside_a_checkpoint_are_left_alone(
    folder: Path, tmp_path: Path, file: str
) -> None:
    (folder / file).write_bytes(pickle.dumps(Canary(tmp_path / "ran")))
    source = load_source(folder)
    assert source.extractor()
    assert source.load().config.model_type == "wav2vec2"
    assert not (tmp_path / "ran").exists()


def test_the_canary_runs_where_it_is_unpickled(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Canary(tmp_path / "ran")))
    assert (tmp_path / "ran").exists()


def test_pickled_weights_alone_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Canary(tmp_path / "ran")))
    with pytest.raises(
        ModelRefused, match="a pickle, which is not opened unasked.*xlt convert .*--allow-pickle"
    ):
        load_source(folder)
    assert not (tmp_path / "ran").exists()


def test_missing_encoder_weights_are_named(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    name = "wav2vec2.encoder.layers.1.attention.q_proj.weight"
    del tensors[name]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelRefused, match=name):
        load_source(folder).load()


def test_a_vocabulary_of_another_size_is_refused(folder: Path) -> None:
    (folder / "vocab.json").write_text(
        json.dumps({t: i for i, t in enumerate([*ENGLISH, "É", "Ñ"])})
    )
    with pytest.raises(ModelRefused, match="31 labels but the head writes 29"):
        load_source(folder)


def lose_a_weight(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    del tensors["wav2vec2.encoder.layers.1.attention.q_proj.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def grow_a_weight(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    name = "wav2vec2.encoder.layers.1.attention.q_proj.weight"
    tensors[name] = tensors[name].repeat(2, 1)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def shorten_the_weights(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def add_half_a_shard(folder: Path) -> None:
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model-00002-of-00002.safetensors").write_bytes(whole[: len(whole) // 2])


def only_pickled_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Canary(folder / "ran")))


def other_vocabulary(folder: Path) -> None:
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate([*ENGLISH, "É"])}))


def rename_weights(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "weights.safetensors")


def replace(file: str, content: bytes, folder: Path) -> None:
    (folder / file).write_bytes(content)


def pickle_over(file: str, folder: Path) -> None:
    (folder / file).write_bytes(pickle.dumps(Canary(folder / "ran")))


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    **{f"config: {k}": (partial(change_config, **v), words) for k, (v, words) in HOSTILE.items()},
    **{
        f"{file}: {k}": (partial(replace, file, json.dumps(content).encode()), words)
        for k, (file, content, words) in enumerate(NEIGHBOURS)
    },
    **{
        f"text {k}": (partial(replace, "config.json", text.encode("latin-1")), "config")
        for k, text in enumerate(NOT_JSON)
    },
    **{f"pickled {file}": (partial(pickle_over, file), re.escape(file)) for file in OPENED},
    "a weight is missing": (lose_a_weight, r"lacks 1 weights.*layers\.1\.attention\.q_proj"),
    "a weight of another shape": (grow_a_weight, r"lacks 1 weights.*layers\.1\.attention\.q_proj"),
    "short weights": (shorten_the_weights, r"model\.safetensors is damaged"),
    "half a shard": (add_half_a_shard, r"model-00002-of-00002\.safetensors is damaged"),
    "only pickled weights": (only_pickled_weights, "a pickle, which is not opened unasked"),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "safetensors weights"),
    "weights by another name": (rename_weights, r"model\.safetensors"),
    "other vocabulary": (other_vocabulary, "30 labels but the head writes 29"),
    "other size of the head": (
        partial(change_config, vocab_size=27),
        "vocab_size 27 but the head writes 29",
    ),
}
"""Name -> how a good folder is made bad, and the words by which everybody refuses it."""


def open_as_source(folder: Path) -> None:
    source = load_source(folder)
    source.extractor()
    source.load()


def open_as_recogniser(folder: Path) -> None:
    Recogniser.load(folder, device="cpu")


@pytest.mark.slow
@pytest.mark.parametrize("opened", [open_as_source, open_as_recogniser])
@pytest.mark.parametrize("name", BAD)
def test_source_and_recogniser_refuse_the_same(
    folder: Path, network: list[str], opened: Callable[[Path], None], name: str
) -> None:
    opened(folder)
    spoil, words = BAD[name]
    spoil(folder)
    with pytest.raises(ValueError, match=words):
        opened(folder)
    assert network == []
    assert not (folder / "ran").exists()


@pytest.mark.parametrize("pretraining", [False, True])
def test_a_recogniser_needs_a_head(tmp_path: Path, pretraining: bool) -> None:
    folder = write_checkpoint(tmp_path)
    write_headless(folder, pretraining=pretraining)
    assert load_source(folder).head is None
    with pytest.raises(ModelRefused, match="has no CTC head"):
        Recogniser.load(folder)


def test_a_recogniser_needs_a_stored_extractor(folder: Path) -> None:
    (folder / "preprocessor_config.json").unlink()
    assert load_source(folder).extractor().return_attention_mask
    with pytest.raises(ModelRefused, match=r"lacks preprocessor_config\.json"):
        Recogniser.load(folder)
