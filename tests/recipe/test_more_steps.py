"""A finished run of two processes that is asked for more steps. Run: pytest tests/recipe/test_more_steps.py.

Also tests: xlt/recipe/arms.py, xlt/recipe/data.py
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from checkpoints import write_checkpoint
from places import ROOT
from recordings import write_recordings

from xlt.reports.record import Record

pytestmark = pytest.mark.slow

RECIPE = """
from pathlib import Path

from xlt import Recipe, Training, run
from xlt.corpora.folder import Folder

RECIPE = Recipe(
    name="toy",
    language="es",
    source="source",
    data=(Folder(path=Path("mine")),),
    training=Training(batch_s=20.0, steps=2, evaluate_every=2, checkpoint_every=2),
)

if __name__ == "__main__":
    run(RECIPE)
"""
TORCHRUN = (
    *("-m", "torch.distributed.run", "--nproc_per_node", "2", "--rdzv_backend", "c10d"),
    *("--rdzv_endpoint", "127.0.0.1:0", "--local_addr", "127.0.0.1"),
)


def started(folder: Path, *flags: str) -> str:
    """What two processes print until they end; they must end well."""
    done = subprocess.run(
        [sys.executable, *TORCHRUN, "recipe.py", *flags],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout


def test_two_processes_train_the_further_steps_of_a_finished_run(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "source")
    write_recordings(tmp_path / "mine", clips=30)
    (tmp_path / "recipe.py").write_text(RECIPE, encoding="utf-8")
    started(tmp_path)
    run = tmp_path / "runs" / "toy"
    assert [point["step"] for point in Record.load(run / "record.json").curves["letters"]] == [2]
    again = [*("--training.steps", "4"), "--resume", *("--allow-change", "training.steps")]
    said = started(tmp_path, *again)
    record = Record.load(run / "record.json")
    assert [point["step"] for point in record.curves["letters"]] == [2, 4]
    assert record.recipe["training"]["steps"] == 4
    assert "1 of 1 models trained" in said
    steps = {path.name for path in (run / "checkpoints" / "letters").glob("step-*")}
    assert "step-00000004" in steps
