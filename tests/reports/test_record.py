import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants
from hypothesis import given, settings
from hypothesis import strategies as st
from places import GOLDEN

from xlt.dataset.account import Account
from xlt.reports.record import SCHEMA, Record, digests, hardware, versions
from xlt.scoring.errors import Score
from xlt.system.files import write_atomically
from xlt.system.redaction import REDACTED

RECORD = GOLDEN / "record.json"
CANARY = "hf_" + "CanaryThatMustNeverBeSeen0123456789"


def made(**fields):
    return Record(**{"name": "x", "language": "es", "recipe": {}} | fields)


def test_a_record_survives_the_disk(tmp_path):
    record = Record.load(RECORD)
    record.save(tmp_path / "deep/record.json")
    assert Record.load(tmp_path / "deep/record.json") == record
    assert (tmp_path / "deep/record.json").read_bytes() == RECORD.read_bytes()
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["record.json"]


def test_the_stored_record_is_made_of_what_the_other_parts_give():
    record = Record.load(RECORD)
    assert Account.from_dict(record.account).to_dict() == record.account
    for score in record.scores.values():
        assert Score.from_dict(score).to_dict().items() >= score.items()


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "é", "x y"]), inner),
)  # fmt: skip


@settings(max_examples=30)
@given(recipe=st.dictionaries(st.sampled_from("abc"), PLAIN))
def test_any_plain_recipe_survives_json(recipe):
    record = made(recipe=recipe)
    text = json.dumps(record.to_dict(), allow_nan=False)
    assert Record.from_dict(json.loads(text)) == record


def test_what_is_nearly_plain_becomes_plain():
    record = made(
        recipe={"path": Path("a/b"), "pair": (1, 2), "n": np.float32(0.5), "i": np.int64(3)}
    )
    assert record.recipe == {"path": "a/b", "pair": [1, 2], "n": 0.5, "i": 3}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float32("nan")])
def test_numbers_that_json_lacks_are_refused_by_place(value):
    with pytest.raises(ValueError, match=r"curves\.fresh\[1\]\.loss is (nan|inf)"):
        made(curves={"fresh": [{"step": 1, "loss": 2.0}, {"step": 2, "loss": value}]})


def test_objects_are_refused_by_place():
    with pytest.raises(ValueError, match=r"recipe\.model is a object"):
        made(recipe={"model": object()})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"schema": 1, "name": "x"', "not valid JSON"),
        ("", "not valid JSON"),
        ("[]", "no schema number"),
        ('{"name": "x"}', "no schema number"),
        (f'{{"schema": {SCHEMA + 1}}}', "Upgrade xlt"),
        ('{"schema": 1, "name": "x", "language": "es", "recipe": {}, "extra": 1}', "extra"),
        ('{"schema": 1, "name": "x"}', "language"),
    ],
)
def test_what_is_no_record_is_refused_with_a_sentence(tmp_path, text, message):
    path = tmp_path / "record.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        Record.load(path)
    assert str(path) in str(error.value)


def test_a_missing_record_is_named(tmp_path):
    with pytest.raises(ValueError, match="No record at .*record.json"):
        Record.load(tmp_path / "record.json")


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "record.json"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new" * 10_000 + "\ud800")
    assert path.read_text() == "old"


@pytest.mark.parametrize(
    "leak",
    [
        {"command": f"train --token {CANARY}"},
        {"command": "https://me:secretWord@example.org/x"},
        {"recipe": {"note": ["a", {CANARY: 1}]}},
        {"recipe": {"hub_token": "plainLookingSecret"}},
        {"samples": [{"id": "1", "reference": f"x{CANARY}y", "hypothesis": ""}]},
    ],
)
def test_what_looks_like_a_credential_is_not_kept(tmp_path, leak):
    made(**leak).save(tmp_path / "record.json")
    text = (tmp_path / "record.json").read_text()
    assert REDACTED in text
    assert not any(s in text for s in (CANARY, "secretWord", "plainLookingSecret"))


def test_credentials_of_the_process_are_not_kept(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "looks-like-nothing")
    assert made(command="a looks-like-nothing b").command == f"a {REDACTED} b"
    monkeypatch.delenv("HF_TOKEN")
    stored = Path(constants.HF_TOKEN_PATH)
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_text("stored-by-a-login")
    try:
        assert made(command="stored-by-a-login").command == REDACTED
    finally:
        stored.unlink()


def test_labels_and_ordinary_names_are_kept():
    rows = [{"token": "ñ", "sources": ["n"], "how": "accent fold"}]
    record = made(transfer={"letters": {"rows": rows}}, command="hf_hub_download sk- hf_mini")
    assert record.transfer["letters"]["rows"] == rows
    assert record.command == "hf_hub_download sk- hf_mini"


def test_digests_name_model_and_transcripts_by_path(tmp_path):
    for name in ("model/config.json", "transcripts/fresh.tsv", "data/train-0.parquet"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    found = digests(tmp_path)
    assert list(found) == ["model/config.json", "transcripts/fresh.tsv"]
    assert found["model/config.json"] == hashlib.sha256(b"model/config.json").hexdigest()


def test_versions_and_hardware_are_plain_data():
    record = made(versions=versions(), hardware=hardware())
    assert {"python", "torch", "transformers"} <= set(record.versions)
    assert record.hardware["cores"] >= 1
    assert json.dumps(record.to_dict(), allow_nan=False)
