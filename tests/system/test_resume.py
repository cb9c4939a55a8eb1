"""Resume policy: every option declares one, and one comparison refuses what may not differ."""

from dataclasses import dataclass, field
from typing import Literal

import pytest

from xlt.system.resume import (
    Fixed,
    Free,
    Inexact,
    Late,
    OnResume,
    check_unchanged,
    differences,
    known_keys,
    policies,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Inner:
    peak: Fixed[float] = 1.0
    keep: Free[int] = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Outer(Inner):
    seed: Late[int] = 0
    mode: Inexact[Literal["a", "b"] | None] = None
    inner: Inner = field(default_factory=Inner)


def test_policies_go_down_into_nested_and_inherited_options() -> None:
    assert policies(Outer, "recipe.") == {
        "recipe.peak": OnResume.FIXED,
        "recipe.keep": OnResume.FREE,
        "recipe.seed": OnResume.LATE,
        "recipe.mode": OnResume.INEXACT,
        "recipe.inner.peak": OnResume.FIXED,
        "recipe.inner.keep": OnResume.FREE,
    }


def test_an_option_without_a_policy_is_refused() -> None:
    @dataclass(frozen=True)
    class Silent(Inner):
        keep_best: int = 1

    with pytest.raises(TypeError, match=r"Silent\.keep_best does not say whether it may differ"):
        policies(Silent)


def test_missing_and_none_are_equal_and_shown_apart() -> None:
    assert differences({"a": None}, {}) == {}
    assert differences({"a": 1, "b": None}, {"b": "x"}) == {
        "a": "a: 1 -> not set",
        "b": "b: None -> 'x'",
    }


def test_all_that_differs_is_named_between_what_and_remedy() -> None:
    with pytest.raises(ValueError, match=r"^It was made otherwise:\n  a: 1 -> 2\n  b: 1 -> 3\nDo$"):
        check_unchanged(
            {"a": 1, "b": 1, "c": 1},
            {"a": 2, "b": 3, "c": 4},
            what="It was made otherwise",
            remedy="Do",
            allowed={"c"},
        )
    check_unchanged({"a": 1}, {"a": 2}, what="", remedy="", allowed={"a"})


def test_keys_may_leave_out_their_prefix() -> None:
    keys = {"recipe.data", "data", "recipe.steps"}
    assert known_keys(["data"], keys, "recipe.") == {"data", "recipe.data"}
    assert known_keys(["recipe.steps"], keys, "recipe.") == {"recipe.steps"}
    with pytest.raises(ValueError, match=r"--allow-change stebs: .*Is steps meant\?"):
        known_keys(["stebs"], keys, "recipe.")
