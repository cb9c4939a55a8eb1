"""Progress bars of libraries stay out of the output of a run and of a verb."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from checkpoints import write_checkpoint
from recordings import write_recordings

FOREIGN = ("Loading weights", "Writing model shards", "Fetching", "Map:", "it/s]")
RECIPE = """
import sys
from pathlib import Path
from xlt.corpora.folder import Folder
from xlt.recipe.options import Recipe
from xlt import run
from xlt.training.options import Training

run(
    Recipe(
        name="toy",
        language="es",
        source="source",
        data=(Folder(path=Path("recordings"), language="es"),),
        training=Training(steps=2, batch_s=20.0, evaluate_every=2, checkpoint_every=2),
    )
)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bars")
    write_checkpoint(folder / "source")
    write_recordings(folder / "recordings")
    (folder / "toy.py").write_text(RECIPE)
    return folder


def output(place: Path, *arguments: str, **variables: str) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_DISABLE_PROGRESS_BARS")}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=place,
        env={**kept, **variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.mark.slow
def test_a_run_and_a_verb_show_no_bars_of_libraries(place: Path) -> None:
    trained = output(place, "toy.py")
    assert "model    runs/toy/model" in trained
    read = output(place, "-m", "xlt", "transcribe", "recordings/0.wav", "--model", "runs/toy/model")
    assert "recordings/0.wav" in read
    assert [bar for bar in FOREIGN if bar in trained + read] == []


@pytest.mark.slow
def test_who_asks_for_them_sees_them(place: Path) -> None:
    """The words of the bars are those that the libraries use today."""
    asked = {"HF_HUB_DISABLE_PROGRESS_BARS": "0"}
    read = output(
        place, "-m", "xlt", "transcribe", "recordings/0.wav", "--model", "source", **asked
    )
    assert "Loading weights" in read
