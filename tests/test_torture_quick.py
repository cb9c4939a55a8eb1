"""A little of the torture in tests/torture: processes that are really killed, and go on to the bit.

The whole of it: `python tests/torture/run.py`. Children are forked from a process that pytest has not
touched, and that has imported everything.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parent
NAMES = "kills cached whole crashes matrix ranks data terminated disk full damaged lock".split()


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """Everything in one process: it imports once, for all tests of this module."""
    folder = tmp_path_factory.mktemp("torture")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(TESTS / "torture" / "quick.py"), str(folder)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "results.json").read_text())


@pytest.mark.parametrize("name", NAMES)
def test_it_survives(results: dict[str, dict[str, object]], name: str) -> None:
    found = results[name]
    assert found["count"], found
    assert not found["failures"], "\n".join(map(str, found["failures"]))[-6000:]


def test_every_part_is_looked_at(results: dict[str, dict[str, object]]) -> None:
    assert set(results) == set(NAMES)
