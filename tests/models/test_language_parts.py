"""Checkpoints with an adapter, a head and labels for each language (MMS): which one is taken, and when none.

Also tests: xlt/models/licences.py
"""

import json
import shutil
from pathlib import Path

import pytest
import torch
from checkpoints import write_checkpoint
from finished_run import rewrite, write_run
from published import MMS, write_published
from safetensors.torch import load_file, save_file
from sounds import speechlike
from transformers import Wav2Vec2ForCTC

from xlt.language import rules
from xlt.language.labels import labels
from xlt.language.rules import iso_639_3
from xlt.models.inputs import model_inputs
from xlt.models.language_parts import adapter_names
from xlt.models.licences import forbids_commerce, stated_licence
from xlt.models.safety import ModelRefused
from xlt.recognition.recogniser import Recogniser
from xlt.reports.card import model_card
from xlt.reports.record import Record
from xlt.transfer import Transfer, load_source, transfer
from xlt.transfer.surgery import outlined

GERMAN = labels(rules.get("de"))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_published("facebook/mms-1b-all", tmp_path_factory.mktemp("mms") / "mms")


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "mms"))


@pytest.mark.slow
@pytest.mark.parametrize("asked", ["deu", "de"])
def test_the_language_that_is_asked_for_brings_labels_head_and_layers(
    published: Path, asked: str
) -> None:
    source = load_source(published, source_language=asked, target="de")
    adapter = load_file(published / "adapter.deu.safetensors")
    assert source.labels is not None
    assert source.head is not None
    assert source.labels.tokens == tuple(MMS["deu"])
    assert torch.equal(source.head[0], adapter["lm_head.weight"])
    model, report = transfer(source, GERMAN, Transfer(drop_layers=1))
    assert {row.how for row in report.rows} == {"blank", "delimiter", "unknown", "same letter"}
    weights = model.state_dict()
    layers = [name for name in weights if ".adapter_layer." in name]
    assert len(layers) == 2 * 6
    assert all(torch.equal(weights[name], adapter[name]) for name in layers)
    row = GERMAN.ids["ä"]
    assert torch.equal(
        weights["lm_head.weight"][row], adapter["lm_head.weight"][MMS["deu"].index("ä")]
    )


@pytest.mark.slow
def test_its_logits_are_those_of_transformers_with_the_adapter(published: Path) -> None:
    recogniser = Recogniser.load(published, "cpu", source_language="deu")
    assert recogniser.labels.tokens == tuple(MMS["deu"])
    theirs = Wav2Vec2ForCTC.from_pretrained(
        published, target_lang="deu", ignore_mismatched_sizes=True
    ).eval()
    inputs = model_inputs([speechlike()], recogniser.extractor)
    with torch.inference_mode():
        torch.testing.assert_close(recogniser.model(**inputs).logits, theirs(**inputs).logits)
    english = Recogniser.load(published, "cpu")
    assert english.labels.tokens == tuple(MMS["eng"])


@pytest.mark.slow
def test_no_language_starts_from_the_adapter_of_another_unasked(published: Path) -> None:
    said = "has an adapter and labels of deu.*would start from eng.*--source-language deu, or --source-language eng"
    for make in (transfer, outlined):
        with pytest.raises(ModelRefused, match=said):
            make(load_source(published, target="de"), GERMAN)
    with pytest.raises(ModelRefused, match="labels of 3 languages.*--source-language CODE"):
        transfer(load_source(published), GERMAN)
    with pytest.raises(ModelRefused, match="labels of 3 languages.*--source-language CODE"):
        transfer(load_source(published, target="pt"), labels(rules.get("pt")))
    source = load_source(published, target="de", source_language="eng")
    assert source.labels is not None
    assert source.labels.tokens == tuple(MMS["eng"])
    assert "ä<-a" in str(transfer(source, GERMAN)[1])
    english = load_source(published, target="en")
    assert transfer(english, labels(rules.get("en")))[1].remarks == ()
    assert load_source(published).digest == english.digest
    assert load_source(published, source_language="deu").digest != english.digest


def test_who_transcribes_is_told_whose_labels_are_taken(published: Path) -> None:
    remark = load_source(published).remarks[0]
    assert "labels of 3 languages; those of eng are taken: --source-language" in remark
    assert load_source(published, source_language="fra").remarks == ()


def test_what_is_not_there_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="labels of 3 languages, but not of dea. Near it: deu"):
        load_source(folder, source_language="dea")
    with pytest.raises(ModelRefused, match="not of ../../x"):
        load_source(folder, source_language="../../x")
    (folder / "adapter.deu.safetensors").unlink()
    with pytest.raises(
        ModelRefused, match="its adapter, adapter.deu.safetensors, is not there beside adapter.eng"
    ):
        load_source(folder, source_language="deu")
    (folder / "adapter.eng.safetensors").unlink()
    assert load_source(folder, source_language="eng").part.adapter is None  # in the weights
    single = write_checkpoint(tmp_path / "single")
    with pytest.raises(
        ModelRefused, match="labels of one language, or none: leave the source lang"
    ):
        load_source(single, source_language="deu")


def test_an_adapter_of_another_model_is_refused(folder: Path) -> None:
    file = folder / "adapter.deu.safetensors"
    whole = load_file(file)
    layers = {k: t for k, t in whole.items() if not k.startswith("lm_head")}
    save_file(layers, file)
    with pytest.raises(ModelRefused, match="holds no head"):
        load_source(folder, source_language="deu")
    name = next(iter(layers))
    save_file({**whole, name: torch.cat([whole[name]] * 2)}, file)
    with pytest.raises(ModelRefused, match="is not an adapter of this model"):
        load_source(folder, source_language="deu").load()
    file.write_bytes(b"damaged")
    with pytest.raises(ModelRefused, match="is damaged, or not safetensors"):
        load_source(folder, source_language="deu")


def test_a_model_fine_tuned_in_one_language_needs_no_word(folder: Path) -> None:
    """As transformers writes it: one language in vocab.json, its adapter beside the weights."""
    (folder / "vocab.json").write_text(
        json.dumps({"deu": {token: i for i, token in enumerate(MMS["eng"])}})
    )
    (folder / "tokenizer_config.json").write_text(json.dumps({"target_lang": "deu"}))
    source = load_source(folder, target="pt")
    assert transfer(source, labels(rules.get("pt")))[1].remarks == ()


def test_codes_in_three_letters() -> None:
    expected = {"de": "deu", "de-CH": "deu", "es": "spa", "pt-PT": "por", "en": "eng", "ita": "ita"}
    assert {code: iso_639_3(code) for code in expected} == expected
    assert iso_639_3("it") is None
    assert adapter_names("de") == ("adapter.de.safetensors", "adapter.deu.safetensors")
    assert adapter_names(None) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\nlicense: cc-by-nc-4.0\n---\n# X", "cc-by-nc-4.0"),
        ('---\ntags:\n- a\nlicense: "Apache-2.0"\n---\n', "apache-2.0"),
        ("---\ntags: []\n---\nlicense: mit\n", ""),
        ("# X\nlicense: mit\n", ""),
        ("", ""),
    ],
)
def test_the_licence_is_the_one_in_the_head_of_the_card(
    tmp_path: Path, text: str, expected: str
) -> None:
    assert stated_licence(tmp_path) == ""
    (tmp_path / "README.md").write_text(text)
    assert stated_licence(tmp_path) == expected
    assert forbids_commerce(expected) is expected.startswith("cc-by-nc")


def test_a_licence_that_forbids_commerce_is_on_the_card(published: Path, tmp_path: Path) -> None:
    assert load_source(published).licence == "cc-by-nc-4.0"
    run = write_run(tmp_path / "runs/de")
    for licence, said in (("cc-by-nc-4.0", True), ("apache-2.0", False)):
        rewrite(run, source={"id": "facebook/mms-1b-all", "licence": licence})
        text = model_card(Record.load(run / "record.json"))
        assert ("not for commercial use" in text) is said
