"""Checkpointer: a run's state is restored as it was saved, or refused with a sentence."""

from pathlib import Path

import pytest
import torch
from checkpoints import write_checkpoint
from toys import toy_trainer

from xlt.language.labels import labels
from xlt.language.rules import get
from xlt.training.checkpointer import Checkpointer
from xlt.training.loop import Trainer
from xlt.training.optimizer import make_optimizer
from xlt.training.progress import Progress
from xlt.transfer import Transfer


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("toy") / "source")


def checkpointer(trainer: Trainer, *, cut: bool = False) -> Checkpointer:
    return Checkpointer(
        model=trainer.model,
        folder=trainer.folder,
        fingerprint=trainer.fingerprint,
        accelerator=trainer.accelerator,
        options=trainer.options,
        label="toy",
        learning=trainer.trainable(0),
        cut=cut,
    )


def optimizer(trainer: Trainer) -> torch.optim.Optimizer:
    return make_optimizer(trainer.model, trainer.trainable(0), weight_decay=0.0, beta2=0.98)


def move(trainer: Trainer, by: float) -> None:
    with torch.no_grad():
        for parameter in trainer.model.parameters():
            parameter += by


def test_weights_moments_and_progress_come_back(tmp_path: Path, source: Path) -> None:
    trainer = toy_trainer(tmp_path, source=source)
    adam = optimizer(trainer)
    sum(p.sum() for p in trainer.model.parameters()).backward()
    adam.step()
    saved = {n: t.clone() for n, t in trainer.model.state_dict().items()}
    progress = Progress(losses=[3.0, 2.0], skipped={"toy/1": "why"}, halvings=1)
    checkpointer(trainer).save(progress, adam, 2)
    again = toy_trainer(tmp_path, source=source)
    fresh = optimizer(again)
    found = checkpointer(again).restore(fresh, True, ())
    assert found == progress
    assert found is not None and found.saved == 2
    assert all(torch.equal(t, saved[n]) for n, t in again.model.state_dict().items())
    ours, theirs = (o.state_dict()["state"] for o in (fresh, adam))
    assert ours.keys() == theirs.keys() and len(ours) > 0
    for k, moments in theirs.items():
        assert all(torch.equal(ours[k][name], value) for name, value in moments.items())


def test_a_new_folder_has_nothing_to_restore(tmp_path: Path, source: Path) -> None:
    trainer = toy_trainer(tmp_path, source=source)
    trainer.folder.mkdir(parents=True)
    assert checkpointer(trainer).restore(optimizer(trainer), True, ()) is None


def test_the_best_weights_are_loaded_in_the_end(tmp_path: Path, source: Path) -> None:
    trainer = toy_trainer(tmp_path, source=source)
    keeping = checkpointer(trainer)
    best = {n: t.clone() for n, t in trainer.model.state_dict().items()}
    keeping.save_best(4)
    move(trainer, 1.0)
    keeping.load_best(Progress())
    assert not torch.equal(trainer.model.state_dict()["lm_head.bias"], best["lm_head.bias"])
    keeping.load_best(Progress(best_step=4))
    assert all(torch.equal(t, best[n]) for n, t in trainer.model.state_dict().items())


def test_frozen_layers_that_have_learned_refuse_cached_activations(
    tmp_path: Path, source: Path
) -> None:
    options = Transfer(freeze_below=1)
    trainer = toy_trainer(tmp_path, source=source, options=options)
    checkpointer(trainer).save(Progress(), optimizer(trainer), 2)
    same = toy_trainer(tmp_path, source=source, options=options)
    assert checkpointer(same, cut=True).restore(optimizer(same), True, ()) is not None
    move(trainer, 1.0)
    checkpointer(trainer).save(Progress(), optimizer(trainer), 4)
    other = toy_trainer(tmp_path, source=source, options=options)
    with pytest.raises(ValueError, match="frozen layers have learned in this run"):
        checkpointer(other, cut=True).restore(optimizer(other), True, ())


@pytest.mark.slow
def test_a_checkpoint_of_another_alphabet_is_refused_with_both(
    tmp_path: Path, source: Path
) -> None:
    alphabets = {code: " ".join(labels(get(code)).tokens) for code in ("es", "pt")}
    for code, resume in (("es", False), ("pt", True)):
        trainer = toy_trainer(tmp_path, source=source, steps=2, checkpoint_every=1)
        trainer.fingerprint = {"labels": alphabets[code]}
        if not resume:
            trainer.run()
    with pytest.raises(ValueError, match="other settings") as refused:
        trainer.run(resume=True)
    assert f"labels: {alphabets['es']!r} -> {alphabets['pt']!r}" in str(refused.value)
