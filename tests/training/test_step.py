"""Training step: new weights from micro-batches, and none from values that are not finite."""

from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoints import write_checkpoint
from toys import one_step, poisoned, toy_trainer

from xlt.training.dataloader import RankShare
from xlt.training.step import TrainingStopped


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
