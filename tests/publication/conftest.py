"""One finished run for all tests of the room, and a copy of it for each."""

import shutil
from pathlib import Path

import pytest
from finished_run import write_run


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "es")


@pytest.fixture
def run(finished, tmp_path):
    return Path(shutil.copytree(finished, tmp_path / "runs/es"))
