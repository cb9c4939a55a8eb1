"""Training loop: one gradient however a batch is cut, bit-identical resume, bad clips named, SIGTERM."""

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from checkpoints import write_checkpoint
from places import SUPPORT
from safetensors.torch import load_file
from toys import one_step, poisoned, tight, toy_split, toy_trainer
from transformers import PreTrainedModel

from xlt.audio.augment import Augmentation
from xlt.training import memory_probe
from xlt.training.step import TrainingStopped
from xlt.transfer import Regularisation, Transfer


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("toy") / "source")


def same(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    for name in ours:
        torch.testing.assert_close(ours[name], theirs[name], rtol=1e-4, atol=1e-6, msg=name)


@pytest.mark.parametrize("accumulation", [2, 4, 8])
def test_accumulation_gives_the_gradient_of_the_whole_batch(
    tmp_path: Path, source: Path, accumulation: int
) -> None:
    loss, gradient = one_step(toy_trainer(tmp_path / "whole", source=source))
    cut_loss, cut_gradient = one_step(
        toy_trainer(tmp_path / "cut", source=source, accumulation=accumulation)
    )
    assert cut_loss == pytest.approx(loss, rel=1e-6)
    same(cut_gradient, gradient)


@pytest.mark.parametrize("accumulation", [2, 8])
def test_masks_are_those_of_the_clips_however_a_batch_is_cut(
    tmp_path: Path, source: Path, accumulation: int
) -> None:
    masks = Regularisation(
        hidden_dropout=0.0, mask_time_prob=0.3, mask_time_length=2, mask_feature_prob=0.1
    )
    whole = toy_trainer(tmp_path / "whole", source=source, regularisation=masks)
    loss, gradient = one_step(whole)
    unmasked, _ = one_step(toy_trainer(tmp_path / "unmasked", source=source))
    assert loss != pytest.approx(unmasked, rel=1e-6)
    cut = toy_trainer(
        tmp_path / "cut", source=source, regularisation=masks, accumulation=accumulation
    )
    cut_loss, cut_gradient = one_step(cut)
    assert cut_loss == pytest.approx(loss, rel=1e-6)
    for name, value in gradient.items():
        scale = float(value.abs().max())
        torch.testing.assert_close(cut_gradient[name], value, rtol=1e-4, atol=1e-5 * scale + 1e-6)


def test_more_pieces_than_clips_change_nothing(tmp_path: Path, source: Path) -> None:
    split = toy_split(3)
    loss, gradient = one_step(toy_trainer(tmp_path / "whole", source=source, split=split))
    cut = one_step(toy_trainer(tmp_path / "cut", source=source, split=split, accumulation=5))
    assert cut[0] == pytest.approx(loss, rel=1e-6)
    same(cut[1], gradient)


@pytest.mark.slow
@pytest.mark.parametrize(("accumulation", "most"), [(1, 8), (2, 8), (1, 1)])
def test_two_processes_give_the_gradient_of_one(
    tmp_path: Path, source: Path, accumulation: int, most: int
) -> None:
    """Also where the memory of one of them holds a single clip, and it does its four one by one."""
    loss, gradient = one_step(toy_trainer(tmp_path / "one", source=source))
    (tmp_path / "source").symlink_to(source)
    toys = SUPPORT / "toys.py"
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2"]
    any_port = ["--rdzv_backend", "c10d", "--rdzv_endpoint", "127.0.0.1:0"]
    where = [*any_port, "--local_addr", "127.0.0.1"]
    done = subprocess.run(
        [*torchrun, *where, str(toys), str(tmp_path), str(accumulation), str(most)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    two = load_file(tmp_path / "two.safetensors")
    assert float(two.pop("loss")) == pytest.approx(loss, rel=1e-6)
    same(two, gradient)


NOISY = {
    "augmentation": Augmentation(speeds=(0.9, 1.0, 1.1), noise_share=0.5),
    "regularisation": Regularisation(hidden_dropout=0.1, mask_time_prob=0.1, mask_time_length=2),
    "batch_s": 1.5,  # several batches an epoch
}


def ask_to_end_at(
    step: int, number: signal.Signals
) -> Callable[[PreTrainedModel, int], dict[str, float]]:
    """An evaluation during which somebody asks the run to end."""

    def evaluate(model: PreTrainedModel, done: int) -> dict[str, float]:
        if done == step:
            os.kill(os.getpid(), number)
        return {"dev_cer": 1 / done}

    return evaluate


@pytest.mark.slow
@pytest.mark.parametrize(
    "cell",
    [
        {"workers": 0},
        {"workers": 2, "accumulation": 2},
        {"workers": 0, "options": Transfer(head_only_steps=7)},
        {"workers": 0, "precision": "bf16"},
    ],
    ids=str,
)
@pytest.mark.parametrize(("stop", "number"), [(3, signal.SIGTERM), (6, signal.SIGINT)])
def test_a_stopped_run_goes_on_bit_identical(
    tmp_path: Path, source: Path, cell: dict[str, object], stop: int, number: signal.Signals
) -> None:
    settings = {**NOISY, **cell, "evaluate_every": 1}
    whole = toy_trainer(tmp_path / "whole", source=source, **settings)
    expected = whole.run()
    asked = ask_to_end_at(stop, number)
    half = toy_trainer(tmp_path / "half", source=source, evaluate=asked, **settings)
    with pytest.raises(SystemExit) as exit_:
        half.run()
    assert exit_.value.code == 128 + number
    rest = toy_trainer(tmp_path / "half", source=source, **settings)
    outcome = rest.run(resume=True)
    assert outcome.losses == expected.losses
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, rest.model.state_dict()[name]), name


@pytest.mark.slow
def test_a_run_is_not_overwritten(tmp_path: Path, source: Path) -> None:
    toy_trainer(tmp_path, source=source).run()
    with pytest.raises(ValueError, match="holds a run at step 10.*--resume"):
        toy_trainer(tmp_path, source=source).run()


@pytest.mark.slow
def test_it_learns_and_only_what_it_may(tmp_path: Path, source: Path) -> None:
    trainer = toy_trainer(tmp_path, source=source, steps=60, evaluate_every=60)
    before = {n: t.clone() for n, t in trainer.model.state_dict().items()}
    losses = trainer.run().losses
    assert losses[-1] < 0.7 * losses[0]
    moved = {n for n, t in trainer.model.state_dict().items() if not torch.equal(t, before[n])}
    assert "lm_head.weight" in moved
    assert not any("feature_extractor" in n for n in moved)


@pytest.mark.slow
def test_the_best_model_is_loaded_and_patience_ends_a_run(tmp_path: Path, source: Path) -> None:
    weights = {}

    def evaluate(model: PreTrainedModel, step: int) -> dict[str, float]:
        weights[step] = model.state_dict()["lm_head.bias"].clone()
        return {"dev_cer": {2: 0.5, 4: 0.2, 6: 0.3, 8: 0.2}.get(step, 0.9)}

    trainer = toy_trainer(
        tmp_path, source=source, steps=40, evaluate_every=2, patience=2, evaluate=evaluate
    )
    outcome = trainer.run()
    assert outcome.best_step == 4
    assert [point["step"] for point in outcome.curve] == [2, 4, 6, 8]
    assert torch.equal(trainer.model.state_dict()["lm_head.bias"], weights[4])
    assert not torch.equal(weights[4], weights[8])
    again = toy_trainer(tmp_path, source=source, steps=40, evaluate_every=2, patience=2)
    assert again.run(resume=True).best_step == 4


@pytest.mark.parametrize("workers", [0, 2])
def test_a_damaged_clip_speaks_for_itself(tmp_path: Path, source: Path, workers: int) -> None:
    split = toy_split()
    split.recordings[3] = split.recordings[3][:40]
    trainer = toy_trainer(tmp_path, source=source, split=split, workers=workers, batch_s=0.6)
    trainer.options = dataclasses.replace(trainer.options, probe_memory=False)
    with pytest.raises(ValueError, match=r"^clip toy/3 .*is damaged; delete.*again$") as said:
        trainer.run()
    assert "samples" in str(said.value.__cause__) or not workers  # the worker's traceback


@pytest.mark.slow
def test_a_poisoned_clip_is_named_and_spoils_nothing(tmp_path: Path, source: Path) -> None:
    trainer = toy_trainer(tmp_path, source=source, split=poisoned(), batch_s=0.6, steps=8)
    outcome = trainer.run()
    assert set(outcome.skipped) == {"toy/3"}
    assert "not finite" in outcome.skipped["toy/3"]
    assert all(t.isfinite().all() for t in trainer.model.state_dict().values())


@pytest.mark.slow
def test_a_step_that_runs_out_of_memory_is_done_in_halves(
    tmp_path: Path, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    loss, gradient = one_step(toy_trainer(tmp_path / "wide", source=source))
    trainer = toy_trainer(tmp_path / "tight", source=source)
    trainer.model.register_forward_pre_hook(tight(2), with_kwargs=True)
    tight_loss, tight_gradient = one_step(trainer)
    assert tight_loss == pytest.approx(loss, rel=1e-6)
    same(tight_gradient, gradient)
    assert "out of memory; done again in 4 pieces, with the same gradient" in caplog.text
    assert trainer.progress.halvings == 2


@pytest.mark.slow
def test_the_probe_cuts_batches_before_the_first_step(
    tmp_path: Path,
    source: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        memory_probe, "PLENTY", 0.0
    )  # this small memory is none that the meter sees
    trainer = toy_trainer(tmp_path, source=source, steps=2)
    trainer.model.register_forward_pre_hook(tight(3), with_kwargs=True)
    trainer.run()
    assert trainer.progress.accumulation == 3  # 8 clips
    assert trainer.progress.halvings == 0
    assert "cut into 3 pieces, with the same gradient" in capsys.readouterr().out


@pytest.mark.slow
def test_one_clip_that_does_not_fit_says_what_to_do(tmp_path: Path, source: Path) -> None:
    trainer = toy_trainer(tmp_path, source=source)
    trainer.model.register_forward_pre_hook(tight(0), with_kwargs=True)
    with pytest.raises(RuntimeError, match="One clip of .* drop_layers"):
        trainer.run()


@pytest.mark.slow
def test_a_run_says_once_what_its_figures_mean(
    tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def evaluate(model: PreTrainedModel, step: int) -> dict[str, float]:
        return {"dev_cer": 1.0, "dev_wer": 1.0, "dev_blank": 1.0, "dev_empty": 1.0}

    settings = {"evaluate_every": 2, "steps": 12, "evaluate": evaluate}
    toy_trainer(tmp_path, source=source, **settings).run()
    said = capsys.readouterr().out
    assert said.count("XLT-T01 at step 2: the model writes nothing but blanks yet") == 1


@pytest.mark.slow
def test_more_skipped_clips_than_allowed_stop_the_run(tmp_path: Path, source: Path) -> None:
    split = toy_split()
    split.texts[2] = split.texts[5] = "a" * 300
    with pytest.raises(ValueError, match=r"skipped 2 .*toy/2 .* toy/5 .*max_skip_fraction"):
        toy_trainer(tmp_path / "strict", source=source, split=split, steps=2).run()
    generous = toy_trainer(
        tmp_path / "generous", source=source, split=split, steps=2, max_skip_fraction=0.3
    )
    assert set(generous.run().skipped) == {"toy/2", "toy/5"}


@pytest.mark.slow
def test_a_clip_that_is_bad_by_itself_never_stops_a_run(tmp_path: Path, source: Path) -> None:
    settings = {"batch_s": 1.5, "steps": 12, "max_nonfinite": 1}
    trainer = toy_trainer(tmp_path, source=source, split=poisoned(), **settings)
    outcome = trainer.run()
    assert set(outcome.skipped) == {"toy/3"}
    assert trainer.progress.nonfinite == 0
    bad = [loss for loss in outcome.losses if loss != loss]
    assert len(bad) == 1, "its neighbours lose one step, and no more"
    assert all(point["loss"] == point["loss"] for point in outcome.curve)


@pytest.mark.slow
@pytest.mark.parametrize("accumulation", [8, 11])
def test_a_bad_clip_alone_in_its_piece_costs_one_step(
    tmp_path: Path, source: Path, accumulation: int
) -> None:
    """8 clips, one a piece; with more pieces than clips, the rest carry a clip without weight."""
    trainer = toy_trainer(
        tmp_path, source=source, split=poisoned(), accumulation=accumulation, steps=6
    )
    outcome = trainer.run()
    assert set(outcome.skipped) == {"toy/3"}
    assert [loss == loss for loss in outcome.losses] == [False] + 5 * [True]


@pytest.mark.slow
def test_too_many_bad_steps_stop_the_run(tmp_path: Path, source: Path) -> None:
    trainer = toy_trainer(tmp_path, source=source, max_nonfinite=2)
    trainer.model.lm_head.weight.register_hook(lambda gradient: gradient * float("nan"))
    with pytest.raises(TrainingStopped, match="toy/3.*3 such steps, 2 are allowed"):
        trainer.run()


@pytest.mark.slow
def test_an_infeasible_clip_is_named_and_does_not_count(tmp_path: Path, source: Path) -> None:
    split = toy_split()
    split.texts[2] = "a" * 300
    trainer = toy_trainer(tmp_path, source=source, split=split, steps=2)
    assert trainer.run().skipped == {"toy/2": "more labels than frames"}


def test_checkpoints_come_by_the_clock_too(tmp_path: Path, source: Path) -> None:
    by_time = toy_trainer(
        tmp_path, source=source, steps=6, evaluate_every=6, checkpoint_every=6,
        checkpoint_every_s=1e-9, keep=9,
    )  # fmt: skip
    by_time.run()
    found = sorted(p.name for p in by_time.folder.glob("step-*"))
    assert found == [f"step-{n:08d}" for n in range(1, 7)]
    rare = toy_trainer(
        tmp_path / "rare", source=source, steps=6, evaluate_every=6, checkpoint_every=1,
        checkpoint_every_s=1e9, keep=9,
    )  # fmt: skip
    rare.run()
    assert [p.name for p in rare.folder.glob("step-*")] == ["step-00000006"]
