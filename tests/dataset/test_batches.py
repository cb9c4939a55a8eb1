"""Run: python -m pytest tests/dataset/test_batches.py"""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.dataset import batches

DURATIONS = st.lists(st.floats(0.05, 40.0), min_size=0, max_size=200)


def speech(clips: int) -> list[float]:
    """Durations like those of a corpus of read sentences: lognormal around 5 s, 1 s to 20 s."""
    seconds = np.random.default_rng(7).lognormal(np.log(5.0), 0.45, size=clips)
    return np.clip(seconds, 1.0, 20.0).tolist()


def padded_over_real(plan, durations_s) -> float:
    padded = sum(max(durations_s[i] for i in batch) * len(batch) for batch in plan)
    return padded / sum(durations_s)


@settings(deadline=None)
@given(DURATIONS, st.floats(0.5, 100.0), st.integers(0, 2**31), st.integers(0, 50))
def test_a_plan_holds_every_clip_once_within_the_limit(durations_s, batch_s, seed, epoch):
    plan = batches.plan(durations_s, batch_s, seed, epoch)
    assert sorted(i for batch in plan for i in batch) == list(range(len(durations_s)))
    for batch in plan:
        assert len(batch) == 1 or max(durations_s[i] for i in batch) * len(batch) <= batch_s
    assert plan == batches.plan(durations_s, batch_s, seed, epoch)


def test_epochs_and_seeds_give_other_batches_not_only_another_order():
    durations_s = speech(400)
    plans = [
        {frozenset(batch) for batch in batches.plan(durations_s, 60.0, seed, epoch)}
        for seed, epoch in [(0, 0), (0, 1), (1, 0), (1, 1)]
    ]
    for k, one in enumerate(plans):
        for other in plans[:k]:
            assert len(one & other) < 0.2 * len(one)


@pytest.mark.parametrize(("batch_s", "limit"), [(60.0, 1.04), (300.0, 1.04)])
def test_little_padding_on_a_normal_corpus(batch_s, limit):
    durations_s = speech(10_000)
    assert padded_over_real(batches.plan(durations_s, batch_s, 0, 3), durations_s) < limit


def test_little_padding_where_lengths_lie_far_apart():
    prompts = np.random.default_rng(1).lognormal(np.log(2.0), 1.0, size=366).clip(0.4, 28.0)
    greedy = list(batches.fill(np.argsort(-prompts).tolist(), prompts.tolist(), 60.0))
    plan = batches.plan(prompts.tolist(), 60.0, 0, 0)
    assert padded_over_real(plan, prompts) < 1.05 < padded_over_real(greedy, prompts)


@settings(deadline=None)
@given(st.lists(st.floats(0.5, 9.0), min_size=1, max_size=9), st.floats(0.1, 5.0))
def test_best_cuts_are_the_best(durations_s, cost_s):
    def total(cuts):
        padded = sum(max(durations_s[i] for i in cut) * len(cut) for cut in cuts)
        return padded + cost_s * len(cuts)

    count, ways = len(durations_s), []
    for mask in range(2 ** (count - 1)):
        ends = [k + 1 for k in range(count - 1) if mask >> k & 1]
        cuts = [tuple(range(a, b)) for a, b in zip([0, *ends], [*ends, count], strict=True)]
        if all(len(c) == 1 or max(durations_s[i] for i in c) * len(c) <= 12.0 for c in cuts):
            ways.append(total(cuts))
    found = batches.best_cuts(range(count), durations_s, 12.0, cost_s)
    assert total(found) == pytest.approx(min(ways))


def test_batches_are_nearly_full_and_not_sorted():
    durations_s = speech(10_000)
    plan = batches.plan(durations_s, 60.0, 0, 0)
    assert len(plan) < 1.15 * sum(durations_s) / 60.0
    lengths = [durations_s[batch[0]] for batch in plan]
    assert abs(np.corrcoef(lengths, range(len(lengths)))[0, 1]) < 0.2


@pytest.mark.slow
def test_a_million_clips_are_planned_in_time_that_grows_with_their_number():
    """8 times as many take about 8 times as long; what is quadratic would take 64 times."""

    def planned_s(clips: int) -> float:
        durations_s, start = speech(clips), time.process_time()
        assert sum(map(len, batches.plan(durations_s, 300.0, 0, 0))) == clips
        return time.process_time() - start

    assert planned_s(1_000_000) < 28 * min(planned_s(125_000) for _ in range(3))


def test_by_length_is_sorted_and_whole():
    assert batches.by_length([1.0, 3.0, 2.0, 9.0], 4.0) == [(3,), (1,), (2, 0)]


def test_cut_deals_out_and_together_the_parts_are_the_batch():
    assert batches.cut((4, 1, 7, 2, 9), 2) == [(4, 7, 9), (1, 2)]
    assert batches.cut((4,), 3) == [(4,), (), ()]
    with pytest.raises(ValueError, match="parts is 0"):
        batches.cut((4,), 0)


def test_clips_are_reached_batch_by_batch_and_all_of_them_in_an_epoch():
    durations_s = speech(200)
    first = batches.plan(durations_s, 60.0, 3, 0)
    found = [batches.reached(durations_s, 60.0, 3, steps) for steps in range(len(first) + 3)]
    assert found[:3] == [0, len(first[0]), len(first[0]) + len(first[1])]
    assert found[-4] < found[-3:][0] == found[-1] == 200


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_a_bad_duration_is_named(bad):
    with pytest.raises(ValueError, match="the duration of clip 1 is"):
        batches.plan([1.0, bad], 10.0, 0, 0)
    with pytest.raises(ValueError, match="batch_s is 0"):
        batches.plan([1.0], 0, 0, 0)
