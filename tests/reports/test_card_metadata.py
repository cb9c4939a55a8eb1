"""Metadata that the Hub takes: languages, licences, the base model, the corpora."""

import pytest
from places import GOLDEN

from xlt.language import rules
from xlt.reports.card_metadata import base_model, datasets, faults, hub_language, metadata
from xlt.reports.record import Record


def golden(**fields):
    return Record.from_dict(Record.load(GOLDEN / "record.json").to_dict() | fields)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("es", ("es", None)),
        ("pt-PT", ("pt", "pt-PT")),
        ("de-CH", ("de", "de-CH")),
        ("es-AR", ("es", "es-AR")),
        ("es_AR", ("es", "es-AR")),
        ("gsw", ("gsw", None)),
        ("zh-Hant-TW", ("zh", "zh-Hant-TW")),
        ("klingon", (None, None)),
        ("x-own", (None, None)),
        ("", (None, None)),
    ],
)
def test_a_variety_is_its_language_and_a_longer_code(code, found):
    assert hub_language(code) == found


@pytest.mark.parametrize("code", [*rules.codes(), "es-AR", "gsw", "klingon"])
@pytest.mark.parametrize(
    "licence", ["CC-BY-4.0", "CC-BY-SA-2.0", "Own terms, v2 (draft)", "", "GPL-3.0-or-later"]
)
def test_the_metadata_of_every_language_has_no_fault(code, licence):
    data = metadata(golden(language=code, licence=licence), "you/x").to_dict()
    assert faults(data) == []
    assert ("license" in data) == bool(licence)


def test_a_variety_in_the_yaml():
    yaml = metadata(golden(language="pt-PT", licence="CC-BY-4.0")).to_yaml()
    assert "language: pt\n" in yaml
    assert "language_bcp47:\n- pt-PT\n" in yaml
    assert "license: cc-by-4.0\n" in yaml


def test_a_licence_that_the_hub_does_not_list_is_named():
    data = metadata(golden(licence="CC-BY-SA-2.0")).to_dict()
    assert (data["license"], data["license_name"]) == ("other", "cc-by-sa-2.0")
    assert data["license_link"] == "https://creativecommons.org/licenses/by-sa/2.0/"
    assert metadata(golden(licence="CC0"), licence="mit").license == "mit"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"language": "pt-PT"}, "language is 'pt-PT'"),
        ({"language": ["es", "Spanish"]}, "language is 'Spanish'"),
        ({"language_bcp47": ["pt PT"]}, "language_bcp47 has 'pt PT'"),
        ({"license": "CC-BY-4.0"}, "license is 'CC-BY-4.0', which is not on the Hub's list"),
        ({"license": "other", "license_name": "My Terms"}, "license_name is 'My Terms'"),
        ({"base_model": "runs/es/model"}, "base_model has 'runs/es/model'"),
        ({"datasets": ["me/my corpus"]}, "datasets has 'me/my corpus'"),
    ],
)
def test_a_fault_is_a_sentence(data, said):
    (found,) = faults(data)
    assert found.startswith(said)


def test_what_people_write_is_no_fault():
    assert faults({"license": "apache-2.0", "datasets": ["common_voice"], "thumbnail": 1}) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ({"id": "facebook/wav2vec2-large-960h-lv60-self"}, "facebook/wav2vec2-large-960h-lv60-self"),
        ({"id": "owner/model@refs/pr/5"}, "owner/model"),
        ({"id": "xlt:en-mini"}, None),
        ({"id": "runs/es", "local": True}, None),
        ({"id": "/home/me/model"}, None),
        ({"id": "runs/es/model"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_only_a_hub_id_is_a_base_model(source, found):
    assert base_model(source) == found
    data = metadata(golden(source=source))
    assert (data.base_model, data.base_model_relation) == (found, found and "finetune")


def test_corpora_of_the_hub_are_its_datasets():
    assert datasets({"corpora": {"owner/speech": 3, "asterisk-es": 5}}) == ["owner/speech"]
    assert metadata(golden(account={"corpora": {"owner/speech": 3}})).datasets == ["owner/speech"]
    assert metadata(golden()).datasets is None
