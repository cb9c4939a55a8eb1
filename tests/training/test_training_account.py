"""Clips in = trained + skipped + not reached, whatever happens. Run: pytest tests/training/test_training_account.py."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.dataset.batches import plan
from xlt.training.training_account import TrainingAccount

WHY = ("more labels than frames", "loss or gradient not finite, step 7", "decoding failed")


@given(
    st.integers(0, 500),
    st.integers(0, 500),
    st.dictionaries(st.text(max_size=5), st.sampled_from(WHY)),
)
def test_the_sum_always_holds(trained: int, rest: int, skipped: dict[str, str]):
    met = len(skipped) + trained
    taken = TrainingAccount(clips_in=met + rest, reached=met, skipped=skipped)
    stored = json.loads(json.dumps(taken.to_dict()))
    assert (stored["trained"], stored["not_reached"]) == (trained, rest)
    assert stored["clips_in"] == trained + sum(stored["skipped"].values()) + rest
    assert stored["named"] == skipped
    said = f"= trained {trained:,} + skipped {len(skipped):,} + not reached {rest:,}"
    assert said in str(taken)


@pytest.mark.parametrize(("steps", "trained"), [(1, 7), (2, 15), (4, 31), (9, 31)])
def test_what_no_step_has_reached_is_not_trained(steps: int, trained: int):
    taken = TrainingAccount.after(
        steps, [2.0] * 32, batch_s=16.0, seed=0, skipped={"c/1": "decoding failed"}
    )
    first = len(plan([2.0] * 32, 16.0, 0, 0)[0])
    assert (first, taken.trained, taken.not_reached) == (8, trained, 31 - trained)


def test_batches_that_were_changed_do_not_end_a_run():
    taken = TrainingAccount.after(
        1, [2.0] * 9, batch_s=2.0, seed=0, skipped=dict.fromkeys("abc", WHY[0])
    )
    assert (taken.trained, taken.not_reached) == (0, 6)


def test_more_skipped_than_there_are_is_a_mistake_of_ours():
    with pytest.raises(AssertionError, match="2 skipped, 1 reached of 1 clips"):
        TrainingAccount(clips_in=1, reached=1, skipped={"a": "x", "b": "x"})


def test_reasons_are_counted_without_their_steps():
    taken = TrainingAccount(
        clips_in=9, reached=9, skipped={"a": WHY[1], "b": WHY[1].replace("7", "8"), "c": WHY[0]}
    )
    assert taken.reasons() == {"loss or gradient not finite": 2, WHY[0]: 1}


@pytest.mark.parametrize(
    ("clips", "skipped", "refused"),
    [(40, 1, False), (40, 2, True), (1_000, 10, False), (1_000, 11, True)],
)
def test_more_than_a_share_stops_and_names_the_clips(clips: int, skipped: int, refused: bool):
    named = {f"c/{k}": WHY[0] for k in range(skipped)}
    taken = TrainingAccount(clips_in=clips, reached=clips, skipped=named)
    if not refused:
        taken.check(0.01)
        return
    with pytest.raises(ValueError, match=r"c/1 \(more labels.*Allowed are 1 % of the clips"):
        taken.check(0.01)
