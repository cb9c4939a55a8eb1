"""Causes in the training: named from a record, before the details of its errors."""

from typing import Any

import pytest
from places import GOLDEN
from scored import split_of, texts_of

from xlt.reports.analysis import analyse
from xlt.reports.causes import causes
from xlt.reports.page import render
from xlt.reports.record import Record


def record(*points: tuple[int, float], **more: Any) -> dict[str, Any]:
    """A record whose chosen arm was evaluated at these steps with these CERs."""
    curve = [{"step": step, "dev_cer": cer, "loss": 1.0} for step, cer in points]
    curve[-1] |= more.pop("levels", {})
    training = {"steps": points[-1][0], "schedule": {"peak": 0.05}, **more.pop("training", {})}
    return {
        "chosen": "letters",
        "curves": {"letters": curve},
        "recipe": {"training": training, "transfer": more},
    }


def test_a_trained_model_has_none() -> None:
    assert causes(record((100, 0.3), (200, 0.2), (300, 0.195))) == []
    assert causes({}) == causes({"chosen": "a", "curves": {"a": []}}) == []
    assert causes(Record.load(GOLDEN / "record.json").to_dict()) == []


def test_a_model_that_was_still_learning_gets_more_steps() -> None:
    (one,) = causes(record((100, 0.6), (200, 0.4)))
    assert "fell from 60.0 % to 40.0 % in the last 100 of 200 steps" in one
    assert "--resume --training.steps 400 --allow-change training.steps" in one


def test_patience_and_a_low_rate_are_no_reason_for_more_steps() -> None:
    assert causes(record((100, 0.6), (200, 0.4), training={"steps": 500})) == []
    assert causes(record((100, 0.03), (200, 0.015))) == []


def test_only_the_head() -> None:
    (one,) = causes(record((10, 0.9), (20, 0.9), head_only_steps=20, weights="source"))
    assert one.startswith("Only the head was trained: all 20 steps")
    for other in ({"head_only_steps": 19}, {"freeze_below": "all"}, {"weights": "random"}):
        assert causes(record((10, 0.9), (20, 0.9), **{"head_only_steps": 20, **other})) == []


def test_a_rate_that_is_too_high_explains_everything() -> None:
    levels = {"loss_now": 19.9, "loss_lowest": 3.2}
    (first,) = causes(record((10, 0.99), (20, 0.9), levels=levels, head_only_steps=20))
    assert "the loss ended at 19.9 a letter, after 3.2 before" in first
    assert "The learning rate (0.05) is too high" in first


@pytest.mark.parametrize("errors", [False, True])
def test_causes_stand_above_the_details_of_a_page(errors: bool) -> None:
    content = Record.load(GOLDEN / "record.json").to_dict() | {
        name: value
        for name, value in record((10, 0.9), (20, 0.9), head_only_steps=20).items()
        if name == "curves"
    }
    content["recipe"] = {"training": {"steps": 20}, "transfer": {"head_only_steps": 20}}
    texts = texts_of(["uno dos"] * 9, ["uno" if errors else "uno dos"] * 9)
    page = render(content, analyse(split_of(texts)))
    at = page.index("Only the head was trained")
    assert page.index("What to mend first") < at
    assert not errors or at < page.index("are words that were left out")
