"""Room for checkpoints is asked for before the first step."""

import shutil
from pathlib import Path

import pytest
from torch import nn
from toys import toy_trainer

from xlt.system.exit_status import exit_code
from xlt.training import checkpoint
from xlt.training.checkpoint import CheckpointError
from xlt.training.disk_space import MARGIN, check_space, needed_bytes
from xlt.training.options import Training

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
        (2, 10, ALL, MARGIN * 2 * (3 + 1) * BYTES),  # the only one, and one after SIGTERM
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
    assert exit_code(caught.value) == 74
    assert not trainer.progress.losses


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


@pytest.mark.slow
@pytest.mark.parametrize("checkpoint_every", [4, 12])
def test_a_run_never_takes_more_than_it_asked_for(tmp_path: Path, checkpoint_every: int) -> None:
    """Every evaluation is the best one yet, and there are several between two checkpoints."""
    taken: list[int] = []
    trainer = toy_trainer(
        tmp_path, steps=12, evaluate_every=1, checkpoint_every=checkpoint_every, keep=2
    )
    write = checkpoint._write

    def measured(content: checkpoint.Checkpoint, folder: Path) -> None:
        write(content, folder)
        files = folder.parent.rglob("*.safetensors")
        taken.append(sum(map(_tensor_bytes, files)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint, "_write", measured)
        trainer.run()
    room = needed_bytes(trainer.model, trainer._ever_trainable(), trainer.options)
    assert len(taken) == 12 + 12 // checkpoint_every
    assert max(taken) <= room
    assert len(list(trainer.folder.glob("best-*"))) <= 2


def _tensor_bytes(file: Path) -> int:
    """Without the header, which is as large as the tensors of a toy."""
    content = file.read_bytes()
    return len(content) - 8 - int.from_bytes(content[:8], "little")
