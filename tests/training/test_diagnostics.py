"""Diagnostics of a run: every classic failure is named, once, and identically after a resume.

Also tests: xlt/training/loss_levels.py, xlt/training/run_plan.py
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import NEUTRAL, toy_split, toy_trainer

from xlt.audio.augment import Augmentation
from xlt.training.diagnostics import Curve, Diagnostics, Message
from xlt.training.loss_levels import exploded, loss_levels
from xlt.training.run_plan import Plan, infeasible_clips, plan_of
from xlt.training.schedule import Schedule
from xlt.transfer import Transfer

PLAN = Plan(steps=1000, warmup_steps=100, head_only_steps=0, steps_per_epoch=50, clips=400)


def story(losses: list[float], curve: Curve, plan: Plan = PLAN) -> list[Message]:
    return list(Diagnostics(plan).story(losses, curve))


def codes(losses: list[float], curve: Curve, plan: Plan = PLAN) -> list[tuple[str, int]]:
    return [(message.code, message.step) for message in story(losses, curve, plan)]


def entry(step: int, cer: float, wer: float = 0.9, **figures: float) -> dict[str, float]:
    """An entry of the curve; the training loss falls with the steps unless it is given."""
    return {"step": step, "loss": 10 / step, "dev_cer": cer, "dev_wer": wer, **figures}


def blank(step: int) -> dict[str, float]:
    return entry(step, 1.0, 1.0, dev_blank=1.0, dev_empty=1.0)


FALLING = [3 / (1 + n / 100) for n in range(1000)]


def test_a_healthy_run_says_nothing() -> None:
    curve = [entry(n, 0.9 * 0.7 ** (n / 100), dev_blank=0.75) for n in range(100, 1001, 100)]
    assert codes(FALLING, curve) == []


def test_the_plateau_is_explained_and_then_advised_upon() -> None:
    assert PLAN.plateau_ends == 100 + 3 * 50
    found = story(FALLING, [blank(n) for n in range(50, 600, 50)])
    assert [(m.code, m.step, m.harmless) for m in found] == [
        ("XLT-T01", 50, True),
        ("XLT-T02", 300, False),
    ]
    assert "normal until about step 250 of 1000; there is nothing to do" in found[0].text
    for advice in ("xlt overfit", "--transfer.head-only-steps", "--training.batch-s", "warm-up"):
        assert advice in found[1].text


@pytest.mark.parametrize("figures", [{"dev_blank": 0.99}, {"dev_empty": 0.95}])
def test_either_figure_shows_a_plateau(figures: dict[str, float]) -> None:
    assert codes(FALLING, [entry(50, 1.0, 1.0, **figures)]) == [("XLT-T01", 50)]


def test_a_plateau_that_ends_in_time_is_only_explained() -> None:
    curve = [blank(100), blank(200), entry(300, 0.8), entry(400, 0.5)]
    assert codes(FALLING, curve) == [("XLT-T01", 100)]


@pytest.mark.parametrize(
    ("warmup", "head_only", "epoch", "steps", "ends"),
    [
        (24, 0, 20, 240, 84),  # three epochs after the warm-up
        (24, 60, 20, 240, 120),  # the head's own phase is longer than the warm-up
        (2000, 500, 60_000, 20_000, 4000),  # a large corpus: 2000 steps
        (10, 0, 1000, 100, 50),  # no more than half of the run
    ],
)
def test_how_long_a_plateau_is_normal(
    warmup: int, head_only: int, epoch: int, steps: int, ends: int
) -> None:
    plan = Plan(
        steps=steps,
        warmup_steps=warmup,
        head_only_steps=head_only,
        steps_per_epoch=epoch,
        clips=1,
    )
    assert plan.plateau_ends == ends


@pytest.mark.parametrize("after", [blank(300), entry(300, 0.99)], ids=["blank", "constant"])
def test_a_collapse_names_the_model_that_is_kept(after: dict[str, float]) -> None:
    found = story(FALLING, [entry(100, 0.6), entry(200, 0.2), after, {**after, "step": 400}])
    assert [(m.code, m.step) for m in found] == [("XLT-T03", 300)]
    assert "CER 20.0 % at step 200, whose model is kept" in found[0].text


def test_a_bad_evaluation_is_no_collapse() -> None:
    curve = [entry(100, 0.6), entry(200, 0.2), entry(300, 0.35), entry(400, 0.19)]
    assert codes(FALLING, curve) == []


def test_divergence_is_seen_between_evaluations() -> None:
    rising = [3.0] * 40 + [9.0] * 40
    (found,) = story(rising, [])
    assert (found.code, found.step) == ("XLT-T04", 51)  # eleven of twenty are above
    assert "after 3.00 at the start" in found.text


def test_falling_back_from_what_was_reached_is_divergence_too() -> None:
    assert codes([3.0] * 30 + [0.2] * 30 + [2.5] * 30, []) == [("XLT-T04", 70)]


@pytest.mark.parametrize(
    "losses",
    [
        [3.0] * 30 + [90.0] * 9 + [3.0] * 30,  # some odd batches
        [0.1] * 30 + [0.7] * 30,  # far above the start, and still far from guessing
        [3.0] * 30 + [float("nan")] * 30 + [3.0] * 30,
        [30.0] * 15 + [3.0] * 30 + [5.0] * 30,  # a fresh head's first losses
    ],
)
def test_what_is_no_divergence(losses: list[float]) -> None:
    assert codes(losses, []) == []


def test_infeasible_clips_are_counted_before_the_first_step() -> None:
    ids = tuple(f"clip {n}" for n in range(8))
    plan = Plan(
        steps=9, warmup_steps=1, head_only_steps=0, steps_per_epoch=3, clips=400, infeasible=ids
    )
    (found,) = Diagnostics(plan).start()
    assert (found.code, found.step) == ("XLT-T05", 0)
    assert "8 of 400 clips (2.0 %)" in found.text
    assert "clip 4, ..." in found.text and "clip 5" not in found.text
    assert Diagnostics.replayed(plan, [], []).start() == ()
    assert Diagnostics(PLAN).start() == ()


def test_words_stay_wrong_while_letters_are_right() -> None:
    curve = [entry(300, 0.5, 1.0), entry(400, 0.28, 1.0), entry(500, 0.2, 1.01)]
    assert codes(FALLING, curve) == [("XLT-T06", 400)]
    assert codes(FALLING, [entry(300, 0.5, 1.0), entry(400, 0.28, 0.85)]) == []


def test_letters_that_have_nothing_to_do_with_the_speech() -> None:
    curve = [entry(n, 0.95, 1.0, dev_blank=0.6, dev_empty=0.0) for n in range(100, 600, 100)]
    assert codes(FALLING, curve) == [("XLT-T07", 300)]


HOT = [3.2, 14.0, 31.2, 16.6, 12.9, 14.0, 180.5, 21.9, 21.3, 26.5]
HOT += [27.3, 27.7, 28.9, 19.5, 19.3, 349.3, 35.1, 17.1, 16.1, 14.6]
"""Losses of xlt:en-mini on Spanish prompts at a rate of 0.05, too few steps for a second window."""
SHORT = Plan(steps=20, warmup_steps=2, head_only_steps=0, steps_per_epoch=20, clips=400)


def test_a_rate_that_is_too_high_is_named_before_the_transcripts() -> None:
    late = {**entry(20, 0.98, 1.0, dev_blank=0.6), **loss_levels(HOT)}
    (found,) = story(HOT, [late], SHORT)
    assert (found.code, found.step) == ("XLT-T04", 20)
    assert "23.4 a letter in the last steps, after 3.2 before; dev CER is 98 %" in found.text
    assert "half of --training.schedule.peak" in found.text and "transcripts" not in found.text


def test_after_divergence_neither_blanks_nor_wrong_letters_are_explained_otherwise() -> None:
    rising = [3.0] * 40 + [9.0] * 460
    curve = [blank(300), entry(400, 0.95, 1.0), entry(500, 0.95, 1.0)]
    assert codes(rising, curve) == [("XLT-T04", 51)]


@pytest.mark.parametrize(
    "losses",
    [
        [57.1 - k / 1000 for k in range(20)],  # a rate that is too low
        [57.0, 50.0, 42.0, 30.0, 21.0, 14.0, 9.0, 6.5, 5.2, 4.5, 4.2, 4.1],  # a fresh head
        [3.2, 3.9, 3.8, 4.4, 3.7, 4.0, 11.5, 4.1, 3.4, 3.2, 2.8, 2.5],  # an odd batch
        [0.5] * 10 + [1.9] * 10,  # a phase's edge
        [3.0, 90.0, 90.0],
        [],
        [float("nan")] * 30,
    ],
)
def test_losses_that_did_not_explode(losses: list[float]) -> None:
    assert not exploded(loss_levels(losses))


def test_a_run_in_which_only_the_head_learns_says_so_before_step_1() -> None:
    plan = Plan(steps=20, warmup_steps=2, head_only_steps=20, steps_per_epoch=20, clips=400)
    found = story([3.0] * 20, [entry(20, 0.99, 1.0)], plan)
    assert [(m.code, m.step) for m in found] == [("XLT-T09", 0)]
    assert "all 20 steps are in its own phase" in found[0].text
    assert "--transfer.head-only-steps 2, or more --training.steps" in found[0].text
    assert Diagnostics(SHORT).start() == ()


@pytest.mark.parametrize(
    ("options", "head_only"),
    [
        (Transfer(head_only_steps=40), True),
        (Transfer(head_only_steps=100), True),
        (Transfer(head_only_steps=39), False),
        (Transfer(head_only_steps=100, freeze_below="all"), False),  # it was asked for
        (Transfer(head_only_steps=100, weights="random"), False),  # it has no such phase
    ],
)
def test_only_the_head_learns_where_its_phase_is_as_long_as_the_run(
    tmp_path: Path, options: Transfer, head_only: bool
) -> None:
    trainer = toy_trainer(tmp_path, steps=40, options=options)
    plan = plan_of(trainer.options, trainer.batch_source, trainer.trainable)
    assert plan.head_only == head_only


def test_learning_by_heart() -> None:
    rates = [0.5, 0.30, 0.31, 0.32, 0.33, 0.34]
    curve = [entry(100 * n, cer) for n, cer in enumerate(rates, start=1)]
    (found,) = story(FALLING, curve)
    assert (found.code, found.step) == ("XLT-T08", 500)
    assert "from 30.0 % (step 200) to 33.0 %" in found.text
    assert "The model of step 200 is kept" in found.text
    flat = [{**e, "loss": 0.1} for e in curve]
    assert codes(FALLING, flat) == [], "the training loss does not fall: something else is wrong"


def test_only_dev_cer_is_needed() -> None:
    curve = [{"step": n, "dev_cer": 1.0} for n in (100, 200, 300)]
    assert codes(FALLING, curve) == [("XLT-T07", 300)]


share = st.floats(0, 1)
figures = st.fixed_dictionaries(
    {"loss": st.floats(0, 9), "dev_cer": st.floats(0, 1.5), "dev_wer": st.floats(0, 1.5)},
    optional={"dev_blank": share, "dev_empty": share},
)


@given(
    st.lists(st.sampled_from([0.1, 1.0, 3.0, 8.0, float("nan")]), min_size=30, max_size=90),
    st.dictionaries(st.integers(1, 30), figures),
    st.integers(0, 90),
)
def test_a_resumed_run_says_the_rest_and_nothing_twice(
    losses: list[float], scores: dict[int, dict[str, float]], cut: int
) -> None:
    plan = Plan(
        steps=90, warmup_steps=9, head_only_steps=0, steps_per_epoch=4, clips=9, infeasible=("x",)
    )
    curve = [{"step": step, **scored} for step, scored in sorted(scores.items())]
    whole = story(losses, curve, plan)
    assert len({message.code for message in whole}) == len(whole)
    before = story(losses[:cut], [e for e in curve if e["step"] <= cut], plan)
    resumed = Diagnostics.replayed(plan, losses[:cut], [e for e in curve if e["step"] <= cut])
    rest = list(resumed.start())
    for step, loss in list(enumerate(losses, start=1))[cut:]:
        rest += resumed.note(step, loss)
        for scored in (e for e in curve if e["step"] == step):
            rest += resumed.scored(scored)
    assert before + rest == whole


def test_the_plan_of_a_run(tmp_path: Path) -> None:
    trainer = toy_trainer(
        tmp_path,
        steps=40,
        options=Transfer(head_only_steps=7),
        schedule=Schedule(warmup=0.2),
        batch_s=1.5,
    )
    plan = plan_of(trainer.options, trainer.batch_source, trainer.trainable)
    assert (plan.steps, plan.warmup_steps, plan.head_only_steps) == (40, 8, 7)
    assert plan.steps_per_epoch == len(trainer.batch_source.batches(0)) > 1
    assert (plan.clips, plan.infeasible) == (8, ())


@pytest.mark.parametrize(
    ("augmentation", "expected"),
    [(NEUTRAL, ()), (Augmentation(speeds=(1.0, 2.0), gain_db=0.0), ("toy/2",))],
    ids=["as recorded", "twice as fast"],
)
def test_infeasible_clips_by_speed(
    tmp_path: Path, augmentation: Augmentation, expected: tuple[str, ...]
) -> None:
    split = toy_split()
    split.texts[2] = "ab" * 30
    batch_source = toy_trainer(tmp_path, split=split, augmentation=augmentation).batch_source
    frames: Callable[[int], int] = batch_source.geometry.frames
    assert frames(len(split.samples(2)) // 2) < 60 <= frames(len(split.samples(2)))
    assert tuple(infeasible_clips(batch_source)) == expected
