"""Resume of a run: settings that may differ, and its record of evaluations."""

import pytest

from xlt.training.progress import Progress, check_resumable, trains_on

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


def test_the_refusal_names_the_flag_that_allows_all_changes() -> None:
    now = {**STORED, "recipe.training.steps": 20, "torch": "2.11", "data": "xyz"}
    with pytest.raises(ValueError, match=r"--allow-change torch data training\.steps$"):
        check_resumable(STORED, now, ("torch",))
    check_resumable(STORED, now, ("torch", "data", "training.steps"))


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


FINISHED = {"recipe.training.steps": 4, "recipe.training.clip_norm": 1.0, "xlt": "1", "threads": 2}
MORE = {**FINISHED, "recipe.training.steps": 8}


def test_a_finished_model_is_trained_on_for_more_steps_that_are_allowed():
    assert trains_on(FINISHED, MORE, ("training.steps",), 4, "letters")
    assert not trains_on(FINISHED, FINISHED, (), 4, "letters")
    assert not trains_on(FINISHED, {**FINISHED, "xlt": "2", "threads": 4}, ("xlt",), 4, "letters")
    with pytest.raises(ValueError, match=r"recipe\.training\.steps: 4 -> 8"):
        trains_on(FINISHED, MORE, (), 4, "letters")


@pytest.mark.parametrize(
    ("change", "done", "said"),
    [
        ({"training.steps": 2}, 4, "finished, after 4 steps with other settings"),
        ({"training.clip_norm": 2.0}, 4, r"clip_norm: 1\.0 -> 2\.0\nNothing would be trained"),
        ({"training.steps": 8}, 3, "ended early, at step 3 of 4, as its patience was used up"),
    ],
)
def test_a_change_that_a_finished_model_would_not_see_is_refused(change, done, said):
    now = {**FINISHED, **{f"recipe.{key}": value for key, value in change.items()}}
    with pytest.raises(ValueError, match=said):
        trains_on(FINISHED, now, tuple(change), done, "letters")


def test_a_corpus_may_be_spelled_otherwise_as_its_dataset_says_what_it_is():
    stored = {"recipe.data": "mine", "data": "abc"}
    check_resumable(stored, {**stored, "recipe.data": "/home/me/mine"})
    with pytest.raises(ValueError, match="data: 'abc' -> 'xyz'"):
        check_resumable(stored, {"recipe.data": "mine", "data": "xyz"})
