"""CTC loss: transformers' values, impossible utterances, devices without CTC, one function for all."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoints import write_checkpoint
from places import ROOT
from toys import one_step, toy_trainer

from xlt.training import loss as module
from xlt.training.loss import batch_losses, ctc_losses


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("toy") / "source")


def test_forward_and_loss_are_written_once() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "xlt").rglob("*.py")
        if re.search(r"\bctc_loss(es)?\(|\bCTCLoss\b", path.read_text(encoding="utf-8"))
    }
    checks = {"xlt/doctor/gpu_check/numbers.py"}  # it compares devices
    assert users - checks == {"xlt/training/loss.py"}


def test_a_batch_has_a_loss_for_each_utterance_and_their_weighted_sum(
    tmp_path: Path, source: Path
) -> None:
    trainer = toy_trainer(tmp_path, source=source)
    model, blank = trainer.model.eval(), trainer.batch_source.labels.blank
    (whole,) = trainer.batch_source.batches(0)
    batch = trainer.batch_source.micro_batch(whole, whole, 0)
    losses, total = batch_losses(model, batch, blank)
    logits = model(**batch.arguments()).logits
    own = ctc_losses(logits, batch.frames, batch.labels, batch.label_lengths, blank=blank)
    assert torch.equal(losses, own)
    assert float(total.detach()) == pytest.approx(float(own.detach().mean()), rel=1e-6)


def test_autocast_is_for_the_forward_pass_alone(tmp_path: Path, source: Path) -> None:
    trainer = toy_trainer(tmp_path, source=source)
    batch = trainer.batch_source.micro_batch((0,), (0,), 0)
    seen = []
    trainer.model.lm_head.register_forward_hook(lambda *call: seen.append(call[2].dtype))
    autocast = torch.autocast("cpu", dtype=torch.bfloat16)
    losses, _ = batch_losses(trainer.model.eval(), batch, 0, autocast=autocast)
    assert seen == [torch.bfloat16]
    assert losses.dtype == torch.float32


def test_the_loss_is_the_mean_of_transformers_losses(tmp_path: Path, source: Path) -> None:
    trainer = toy_trainer(tmp_path, source=source)
    split, batch_source = trainer.batch_source.split, trainer.batch_source
    trainer.model.eval()
    theirs = []
    for i in range(len(split)):
        batch = batch_source.micro_batch((i,), (i,), 0)
        with torch.no_grad():
            theirs.append(float(trainer.model(**batch.arguments(), labels=batch.labels[None]).loss))
    loss, _ = one_step(trainer)
    assert loss == pytest.approx(np.mean(theirs), rel=1e-5)


def test_impossible_utterances_have_no_loss_and_no_gradient() -> None:
    logits = torch.randn(2, 4, 5, requires_grad=True)
    losses = ctc_losses(
        logits, torch.tensor([4, 4]), torch.tensor([1, 2, 3, 3, 3]), torch.tensor([2, 3]), blank=0
    )
    assert losses[0] > 0
    assert losses[1] == 0  # c c c needs five frames
    losses.sum().backward()
    assert logits.grad is not None
    assert not logits.grad[1].any()


def test_a_device_without_ctc_gets_its_loss_and_gradient_from_the_cpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    homes = {"cpu": "cpu", "cuda:1": "cuda:1", "mps": "cpu", "xpu:0": "cpu"}
    assert {name: str(module.loss_device(torch.device(name))) for name in homes} == homes
    asked = []
    monkeypatch.setattr(
        module, "loss_device", lambda device: asked.append(device) or torch.device("cpu")
    )
    logits = torch.randn(1, 4, 5, requires_grad=True)
    found = ctc_losses(logits, torch.tensor([4]), torch.tensor([1, 2]), torch.tensor([2]), blank=0)
    found.sum().backward()
    assert asked == [found.device] == [logits.device]
    assert logits.grad is not None and logits.grad.any()
