"""Training step: new weights from micro-batches, and none from values that are not finite."""

from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoints import write_checkpoint
from pairs import pair
from places import SUPPORT
from safetensors.torch import load_file
from toys import one_step, poisoned, toy_trainer

from xlt.training.dataloader import RankShare
from xlt.training.step import TrainingStopped

TIGHT_LOSS = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import torch
from safetensors.torch import save_file
from toys import one_step, toy_trainer
where, most, accumulation = Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
toy = toy_trainer(
    where, source=where / "source", steps=3, accumulation=accumulation, probe_memory=False
)
enough = torch.nn.functional.ctc_loss

def ctc_loss(log_probs, *arguments, **options):
    if toy.accelerator.process_index == 1 and log_probs.shape[1] > most:
        raise torch.OutOfMemoryError("CUDA out of memory.")
    return enough(log_probs, *arguments, **options)

torch.nn.functional.ctc_loss = ctc_loss
if accumulation == 1:
    toy.run()
else:
    loss, gradient = one_step(toy)
    if toy.accelerator.is_main_process:
        save_file({**gradient, "loss": torch.tensor(loss)}, where / "two.safetensors")
toy.accelerator.end_training()
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("toy") / "source")


def weights(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def test_a_step_moves_what_learns_at_the_rate_of_the_schedule(tmp_path: Path, source: Path) -> None:
    trainer = toy_trainer(tmp_path, source=source)
    (whole,) = trainer.batch_source.batches(0)
    batch = trainer.batch_source.micro_batch(whole, whole, 0)
    before = weights(trainer.model)
    optimizer = torch.optim.SGD(trainer.model.parameters(), lr=7.0)
    loss = trainer.training_step().take(optimizer, 0, [batch])
    assert np.isfinite(loss) and loss > 0
    assert optimizer.param_groups[0]["lr"] == pytest.approx(3e-3)  # the first of one step's warm-up
    moved = {n for n, t in trainer.model.state_dict().items() if not torch.equal(t, before[n])}
    assert moved and moved <= trainer.trainable(0)
    assert all(parameter.grad is None for parameter in trainer.model.parameters())


def test_a_loss_that_is_not_finite_leaves_the_weights_and_names_the_clip(
    tmp_path: Path, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trainer = toy_trainer(tmp_path, source=source, split=poisoned())
    before = weights(trainer.model)
    loss, _ = one_step(trainer)
    assert not np.isfinite(loss)
    assert all(torch.equal(t, before[n]) for n, t in trainer.model.state_dict().items())
    assert trainer.progress.skipped == {"toy/3": "loss not finite, step 0"}
    assert "clips: toy/3. The step is skipped." in caplog.text


def test_a_gradient_that_is_not_finite_counts_and_stops_in_the_end(
    tmp_path: Path, source: Path
) -> None:
    trainer = toy_trainer(tmp_path, source=source, max_nonfinite=1)
    trainer.model.lm_head.weight.register_hook(lambda gradient: gradient * float("nan"))
    one_step(trainer)
    assert (trainer.progress.nonfinite, trainer.progress.skipped) == (1, {})
    with pytest.raises(TrainingStopped, match="That is 2 such steps, 1 are allowed"):
        one_step(trainer)


def test_a_bad_clip_without_weight_costs_nothing_once_it_is_known(
    tmp_path: Path, source: Path
) -> None:
    """More processes than clips: the last ones carry the first clip of the batch, which is bad."""
    trainer = toy_trainer(tmp_path, source=source, split=poisoned())
    whole = (3, 0, 1)
    for rank in range(5):
        (indices,) = RankShare(rank=rank, world=5).of(whole)
        batch = trainer.batch_source.micro_batch(indices, whole, 0)
        trainer.progress.skipped = {"toy/3": "loss not finite, step 0"}
        optimizer = torch.optim.SGD(trainer.model.parameters(), lr=1.0)
        loss = trainer.training_step().take(optimizer, 0, [batch])
        assert np.isfinite(loss), rank
        assert (loss == 0) == (indices in ((), (3,)))
    assert trainer.progress.nonfinite == 0


@pytest.mark.slow
def test_memory_that_runs_out_in_the_loss_ends_every_process(tmp_path: Path, source: Path) -> None:
    """After the forward pass of DistributedDataParallel no piece may be tried again."""
    (tmp_path / "source").symlink_to(source)
    waiting, tight = pair(TIGHT_LOSS, SUPPORT, tmp_path, 2, 1)
    assert "OutOfMemory: Out of memory in the loss or the backward pass" in tight
    assert "--allow-change recipe.training.accumulation" in tight
    assert "LostRank: This is process 0 of 2, at step 0: another process ended" in waiting


@pytest.mark.slow
def test_before_the_last_piece_it_costs_nothing_but_time(tmp_path: Path, source: Path) -> None:
    """The piece whose loss has no room is cut; the last one fits, and is the only one exchanged."""
    loss, gradient = one_step(toy_trainer(tmp_path / "one", source=source))
    (tmp_path / "source").symlink_to(source)
    split = toy_trainer(tmp_path / "one", source=source).batch_source
    assert len(split.batches(0)[0]) == 8  # 4 clips a process, in pieces of 2
    pair(TIGHT_LOSS, SUPPORT, tmp_path, 1, 2, fail=False)
    two = load_file(tmp_path / "two.safetensors")
    assert float(two.pop("loss")) == pytest.approx(loss, rel=1e-6)
    for name in gradient:
        torch.testing.assert_close(two[name], gradient[name], rtol=1e-4, atol=1e-6, msg=name)


def test_a_step_knows_that_the_run_is_to_end(tmp_path: Path, source: Path) -> None:
    trainer = toy_trainer(tmp_path, source=source)
    batch = trainer.batch_source.micro_batch((0,), (0,), 0)
    optimizer = torch.optim.SGD(trainer.model.parameters(), lr=1.0)
    step = trainer.training_step()
    step.take(optimizer, 0, [batch])
    assert not step.stopping
    step.asked_to_stop = lambda: True
    step.take(optimizer, 1, [batch])
    assert step.stopping
