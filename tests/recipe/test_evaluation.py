"""Evaluation: a fixed draw of a large dev split chooses the model, and the whole split has the last word."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest
from accelerate import Accelerator
from toys import LANGUAGE, toy_split, toy_trainer

from xlt.language.labels import labels
from xlt.recipe.arms import _with_best
from xlt.recipe.evaluation import dev_figures, evaluated_clips, transcribed, whole_dev
from xlt.recognition.recogniser import Recogniser
from xlt.scoring.errors import character_errors, total
from xlt.training.loop import Trainer
from xlt.training.options import Training
from xlt.training.progress import Outcome


def test_a_draw_is_always_the_same_and_all_where_there_are_few() -> None:
    assert (
        evaluated_clips(5, 0) == evaluated_clips(5, 5) == evaluated_clips(5, 9) == [0, 1, 2, 3, 4]
    )
    drawn = evaluated_clips(100, 30)
    assert drawn == evaluated_clips(100, 30) == sorted(set(drawn)) and len(drawn) == 30
    assert max(drawn) > 60 and min(drawn) < 40


@pytest.fixture(scope="module")
def trainer(tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    return toy_trainer(tmp_path_factory.mktemp("evaluated"))


def context(trainer: Trainer, **options: object) -> SimpleNamespace:
    return SimpleNamespace(
        accelerator=Accelerator(cpu=True),
        labels=labels(LANGUAGE),
        extractor=trainer.batch_source.extractor,
        dev=toy_split(12),
        recipe=SimpleNamespace(training=Training(steps=10, **options)),
    )


def rate_of(run: SimpleNamespace, trainer: Trainer, chosen: list[int]) -> float:
    recogniser = Recogniser(model=trainer.model, labels=run.labels, extractor=run.extractor)
    clips = [run.dev.samples(i) for i in chosen]
    texts = [recogniser.transcribe([clip])[0] for clip in clips]
    return total(character_errors([run.dev.texts[i] for i in chosen], texts)).rate


def test_a_small_split_is_read_whole_every_time(trainer: Trainer) -> None:
    run = context(trainer)
    figures = dev_figures(run, trainer.model, 5)
    assert set(figures) == {"dev_cer", "dev_wer", "dev_blank", "dev_empty"}
    assert figures["dev_cer"] == pytest.approx(rate_of(run, trainer, list(range(12))))
    assert whole_dev(run, trainer.model, 5) == {}


def test_of_a_large_one_a_draw_chooses_and_the_last_step_reads_all(trainer: Trainer) -> None:
    run = context(trainer, evaluate_clips=4)
    before, last = (dev_figures(run, trainer.model, step) for step in (5, 10))
    drawn = rate_of(run, trainer, evaluated_clips(12, 4))
    assert before["dev_cer"] == last["dev_cer"] == pytest.approx(drawn)
    assert before["dev_cer_low"] <= before["dev_cer"] <= before["dev_cer_high"]
    assert "dev_cer_all" not in before
    assert last["dev_cer_all"] == pytest.approx(rate_of(run, trainer, list(range(12))))


def test_the_best_model_is_scored_on_the_whole_split_in_the_end(trainer: Trainer) -> None:
    run = context(trainer, evaluate_clips=4)
    curve = ({"step": 5.0, "dev_cer": 0.2}, {"step": 10.0, "dev_cer": 0.3, "dev_cer_all": 0.4})
    outcome = Outcome(curve=curve, losses=(1.0,) * 10, best_step=5, skipped={}, wall_s=1.0)
    best, last = _with_best(run, trainer.model, outcome)
    assert best["dev_cer"] == 0.2 and last == curve[1]
    assert best["dev_cer_all"] == pytest.approx(rate_of(run, trainer, list(range(12))))
    known = dataclasses.replace(outcome, best_step=10)
    assert _with_best(run, trainer.model, known) == curve


def test_processes_read_ahead_for_an_evaluation_too(trainer: Trainer, tmp_path: Path) -> None:
    alone, ahead = context(trainer), context(trainer, workers=1)
    recogniser = Recogniser(model=trainer.model, labels=alone.labels, extractor=alone.extractor)
    texts = [transcribed(run, recogniser, run.dev, step=0) for run in (alone, ahead)]
    assert texts[0] == texts[1] and len(texts[0]) == 12
