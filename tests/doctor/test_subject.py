"""Recipe files, runs and datasets that an overfitting check is asked about, and what is none of them."""

from pathlib import Path

import pytest
from places import ROOT

from xlt.doctor.subject import subject


def test_a_recipe_that_is_not_prepared_says_how_to_prepare_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="es.data is not a prepared dataset.*--prepare-only"):
        subject(ROOT / "recipes/es.py", out=tmp_path)


def test_a_file_that_is_not_a_recipe_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "empty.py"
    with pytest.raises(ValueError, match="there is no recipe file"):
        subject(file)
    file.write_text("x = 1\n")
    with pytest.raises(ValueError, match="declares 0 recipes"):
        subject(file)


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not a prepared dataset"):
        subject(tmp_path)
