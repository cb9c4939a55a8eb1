"""Room for checkpoints is asked for before the first step."""

import shutil
from pathlib import Path

import pytest
from torch import nn
from toys import toy_trainer

from xlt.training.checkpoint import CheckpointError
from xlt.training.options import Training
from xlt.training.space import LEAST, MARGIN, check_space, needed_bytes
from xlt.training.status import status

MODEL = nn.Linear(1000, 100)  # 400,400 bytes
ALL = frozenset({"weight", "bias"})
BYTES = 400_400


@pytest.mark.parametrize(
    ("keep", "steps", "learning", "expected"),
    [
        (
            2,
            100,
            ALL,
            MARGIN * 3 * (3 + 1) * BYTES,
        ),  # two kept and the next, each with a best model
        (1, 100, ALL, MARGIN * 2 * (3 + 1) * BYTES),
        (2, 100, frozenset(), MARGIN * 3 * (1 + 1) * BYTES),
        (2, 10, ALL, LEAST * 3 * BYTES),  # the only one
    ],
)
def test_most_that_is_there_at_once(
    keep: int, steps: int, learning: frozenset[str], expected: float
) -> None:
    options = Training(steps=steps, checkpoint_every=10, keep=keep)
    assert needed_bytes(MODEL, learning, options) == pytest.approx(expected, abs=1)


def test_a_run_that_does_not_fit_takes_no_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = toy_trainer(tmp_path)
    room = shutil.disk_usage(tmp_path)._replace(free=100_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: room)
    with pytest.raises(CheckpointError, match=r"need \d MB, and the disk of .* has 0 MB") as caught:
        trainer.run()
    assert status(caught.value) == 74
    assert not trainer._progress.losses


def test_what_is_there_already_counts_as_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = Training(steps=10, checkpoint_every=10)
    needed = needed_bytes(MODEL, ALL, options)
    room = shutil.disk_usage(tmp_path)._replace(free=needed - 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: room)
    with pytest.raises(CheckpointError):
        check_space(tmp_path, MODEL, ALL, options)
    (tmp_path / "old").write_bytes(bytes(1000))
    check_space(tmp_path, MODEL, ALL, options)
    check_space(tmp_path / "not" / "there" / "..", MODEL, frozenset(), Training(steps=1))
