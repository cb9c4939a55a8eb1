"""Clips in = trained + skipped, whatever happens. Run: pytest tests/test_account.py."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.dataset.account import Taken

WHY = ("more labels than frames", "loss or gradient not finite, step 7", "decoding failed")


@given(st.integers(0, 500), st.dictionaries(st.text(max_size=5), st.sampled_from(WHY)))
def test_the_sum_always_holds(more: int, skipped: dict[str, str]):
    taken = Taken(clips_in=len(skipped) + more, skipped=skipped)
    stored = json.loads(json.dumps(taken.to_dict()))
    assert stored["clips_in"] == stored["trained"] + sum(stored["skipped"].values())
    assert stored["named"] == skipped
    assert f"= trained {taken.trained:,} + skipped {len(skipped):,}" in str(taken)


def test_more_skipped_than_there_are_is_a_mistake_of_ours():
    with pytest.raises(AssertionError, match="2 of 1 skipped"):
        Taken(clips_in=1, skipped={"a": "x", "b": "x"})


def test_reasons_are_counted_without_their_steps():
    taken = Taken(clips_in=9, skipped={"a": WHY[1], "b": WHY[1].replace("7", "8"), "c": WHY[0]})
    assert taken.reasons() == {"loss or gradient not finite": 2, WHY[0]: 1}


@pytest.mark.parametrize(
    ("clips", "skipped", "refused"),
    [(40, 1, False), (40, 2, True), (1_000, 10, False), (1_000, 11, True)],
)
def test_more_than_a_share_stops_and_names_the_clips(clips: int, skipped: int, refused: bool):
    taken = Taken(clips_in=clips, skipped={f"c/{k}": WHY[0] for k in range(skipped)})
    if not refused:
        taken.check(0.01)
        return
    with pytest.raises(ValueError, match=r"c/1 \(more labels.*Allowed are 1 % of the clips"):
        taken.check(0.01)
