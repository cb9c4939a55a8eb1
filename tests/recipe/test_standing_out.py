"""Losses of single clips, and the one with a wrong transcript, by a model that has learned.

Also tests: xlt/training/clip_losses.py
"""

import dataclasses
import math
import re
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from checkpoints import write_checkpoint
from toys import toy_split, toy_trainer

from xlt.dataset.reader import Split
from xlt.recipe.standing_out import FEW, LEARNED, MOST, outliers, sample, standing_out, unchecked
from xlt.recognition.recogniser import Recogniser
from xlt.training.clip_losses import clip_losses
from xlt.training.schedule import Schedule


def relabelled(split: Split, place: int, text: str) -> Split:
    """The split with another transcript in one place."""
    texts = [text if i == place else old for i, old in enumerate(split.texts)]
    return dataclasses.replace(split, texts=texts)


def recogniser(folder: Path, steps: int) -> Recogniser:
    """A recogniser of two tones after some steps on eight clips."""
    torch.manual_seed(0)
    once = {"steps": steps, "evaluate_every": steps, "checkpoint_every": steps}
    trainer = toy_trainer(folder, schedule=Schedule(peak=1e-2), **once)
    trainer.run()
    source = trainer.batch_source
    return Recogniser(model=trainer.model, labels=source.labels, extractor=source.extractor)


def test_a_loss_is_what_transformers_has_for_the_clip_alone(tmp_path: Path) -> None:
    trainer = toy_trainer(tmp_path, source=write_checkpoint(tmp_path / "source"))
    model, source = trainer.model, trainer.batch_source
    split, was_training = source.split, model.training
    found = clip_losses(model, source.labels, source.extractor, split, [1, 4, 6])
    assert set(found) == {1, 4, 6} and model.training == was_training
    model.eval()
    for i, loss in found.items():
        alone = source.micro_batch((i,), (i,), 0)
        with torch.no_grad():
            theirs = model(**alone.inputs, labels=alone.labels[None]).loss
        assert loss == pytest.approx(float(theirs) / _per_label(model, alone), rel=1e-4)


def _per_label(model: torch.nn.Module, alone: object) -> float:
    """Divisor of transformers' loss: "mean" is over labels already, "sum" is not."""
    return 1.0 if model.config.ctc_loss_reduction == "mean" else float(alone.label_lengths.sum())


def test_a_clip_that_ctc_cannot_align_has_no_loss(tmp_path: Path) -> None:
    trainer = toy_trainer(tmp_path)
    source = trainer.batch_source
    split = relabelled(source.split, 2, "a" * 400)
    assert set(clip_losses(trainer.model, source.labels, source.extractor, split, [1, 2])) == {1}


def test_a_wrong_transcript_stands_out_of_a_trained_model(tmp_path: Path) -> None:
    clips = toy_split(24)
    found = standing_out(
        recogniser(tmp_path, 120),
        {"train": clips, "dev": relabelled(clips, 5, "ñandú")},
        Accelerator(cpu=True),
        timeout_s=600.0,
        step=120,
    )
    assert [one.kind for one in found.findings] == ["loss in dev"] and not found.unchecked
    (one,) = found.findings
    assert (one.clips, one.of) == (1, 24)
    assert one.examples[0].id == "toy/5"
    assert "'ñandú' is read '" in one.examples[0].seen


def test_a_model_that_has_learned_little_accuses_nobody_and_says_so(tmp_path: Path) -> None:
    split = {"dev": relabelled(toy_split(24), 5, "ñandú")}
    accelerator = Accelerator(cpu=True)
    untrained = recogniser(tmp_path, 1)
    found = standing_out(untrained, split, accelerator, timeout_s=600.0, step=1)
    assert found.findings == ()
    (said,) = found.unchecked
    median = re.search(r"^Transcripts of dev were not checked .* is ([\d.]+) nats a letter", said)
    assert median is not None and float(median[1]) > LEARNED
    assert said.endswith("Train longer: --training.steps.")


def test_a_split_of_a_few_clips_is_said_to_be_unchecked() -> None:
    said = unchecked("dev", FEW - 1, math.nan)
    assert said is not None and said.endswith(f"and there are {FEW - 1}.")
    assert unchecked("dev", FEW, LEARNED) is None


def test_few_clips_have_no_usual_loss() -> None:
    assert outliers(dict.fromkeys(range(FEW - 2), 0.1) | {99: 9.0})[0] == []
    assert outliers(dict.fromkeys(range(FEW), 0.1) | {99: 9.0})[0] == [99]


@pytest.mark.parametrize("clips", [0, 1, MOST - 1, MOST, MOST + 1, 10 * MOST + 7])
def test_a_sample_is_spread_over_the_split(clips: int) -> None:
    found = sample(clips)
    assert len(found) == len(set(found)) == min(clips, MOST)
    assert all(0 <= i < clips for i in found)
    if clips > MOST:
        assert found[-1] >= clips - 2 * clips / MOST
