"""Resume of a run: settings that may differ, and its record of evaluations."""

import pytest

from xlt.training.progress import Progress, check_resumable

STORED = {"recipe.training.steps": 10, "recipe.language": "es", "data": "abc", "torch": "2.10"}


def test_what_differs_is_shown() -> None:
    with pytest.raises(ValueError, match=r"data: 'abc' -> 'xyz'\n  torch: '2.10' -> None\n"):
        check_resumable(STORED, {**STORED, "data": "xyz", "torch": None})


@pytest.mark.parametrize("key", ["recipe.training.steps", "training.steps"])
def test_a_change_is_allowed_by_either_name(key: str) -> None:
    now = {**STORED, "recipe.training.steps": 20}
    check_resumable(STORED, now, (key,))
    with pytest.raises(ValueError, match="data: 'abc' -> 'xyz'"):
        check_resumable(STORED, {**now, "data": "xyz"}, (key,))


def test_other_threads_go_on_with_a_word(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        check_resumable({**STORED, "threads": 2}, {**STORED, "threads": 4})
    assert caplog.text.count("not bit-identical to an uninterrupted one: threads: 2 -> 4.") == 1


def test_a_key_that_is_not_a_setting_is_refused() -> None:
    with pytest.raises(ValueError, match=r"training\.stebs: there is no such.*training\.steps"):
        check_resumable(STORED, STORED, ("training.stebs",))


def test_an_evaluation_is_made_once() -> None:
    progress = Progress(losses=[1.0] * 4)
    assert not progress.scored(4)
    progress.curve.append({"step": 4})
    assert progress.scored(4)
    assert not progress.scored(5)


def test_a_lost_best_model_is_chosen_again() -> None:
    progress = Progress(
        losses=[1.0] * 4, curve=[{"step": 2}, {"step": 4}], best_step=2, best_cer=0.1, since_best=1
    )
    progress.forget_best()
    assert (progress.best_step, progress.since_best) == (-1, 0)
    assert progress.best_cer == float("inf")
    assert progress.curve == [{"step": 2}]  # step 4 is scored again
