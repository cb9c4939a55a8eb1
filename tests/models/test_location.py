"""Checkpoints by name: the package's, folders, Hub ids; others are refused with what to give instead."""

from pathlib import Path

import pytest

from xlt.models.location import EMBEDDED, ModelRefused, check_model_folder, located


def test_a_checkpoint_of_the_package_and_a_folder_are_found() -> None:
    assert located("xlt:en-mini") == EMBEDDED / "en-mini"
    assert located(str(EMBEDDED / "en-mini")) == EMBEDDED / "en-mini"


def test_a_hub_id_is_left_to_be_downloaded() -> None:
    assert located("facebook/wav2vec2-base") is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("xlt:fr-mini", "There is: xlt:en-mini"),
        ("nowhere", "not a folder here, and not a Hub id"),
        ("runs/es/model", "No checkpoint at runs/es/model"),
        ("./facebook", "No checkpoint at ./facebook"),
        (str(EMBEDDED), "has no config.json"),
    ],
)
def test_other_names_are_refused(name: str, said: str) -> None:
    with pytest.raises(ModelRefused, match=said):
        located(name)


def test_a_recogniser_needs_four_files_or_what_may_stand_for_them(tmp_path: Path) -> None:
    check_model_folder(EMBEDDED / "en-mini")
    with pytest.raises(ValueError, match="nowhere is not there"):
        check_model_folder(tmp_path / "nowhere")
    (tmp_path / "config.json").touch()
    with pytest.raises(
        ValueError, match=r"lacks model\.safetensors, vocab\.json, preprocessor_config\.json: give"
    ):
        check_model_folder(tmp_path)
    (tmp_path / "vocab.json").touch()
    (tmp_path / "model.safetensors.index.json").touch()
    (tmp_path / "processor_config.json").touch()
    check_model_folder(tmp_path)
