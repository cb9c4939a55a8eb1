"""The learning rate by hand, and noise that follows from the step."""

import math
import random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xlt.training.schedule import Schedule, learning_rate, noise_seed, seed_noise

TEN_FORTY = Schedule(peak=1.0, warmup=0.1, hold=0.4, final=0.05)


@pytest.mark.parametrize(
    ("step", "rate"),
    [
        (0, 0.1),
        (4, 0.5),
        (9, 1.0),
        (10, 1.0),
        (49, 1.0),
        (50, 1.0),
        (75, math.sqrt(0.05)),
        (100, 0.05),
    ],
)
def test_three_stages_of_a_hundred_steps(step: int, rate: float) -> None:
    assert learning_rate(step, 100, TEN_FORTY) == pytest.approx(rate)


@given(st.integers(1, 3000), st.floats(0, 0.5), st.floats(0, 0.5))
def test_the_rate_is_positive_and_never_above_the_peak(
    steps: int, warmup: float, hold: float
) -> None:
    schedule = Schedule(peak=2.0, warmup=warmup, hold=hold)
    rates = [learning_rate(s, steps, schedule) for s in range(steps)]
    assert all(0 < rate <= 2.0 for rate in rates)
    top = rates.index(max(rates))
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)


@pytest.mark.parametrize(
    "wrong", [{"peak": 0.0}, {"final": 0.0}, {"warmup": 0.7, "hold": 0.4}, {"warmup": -0.1}]
)
def test_impossible_schedules_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"peak|shares"):
        Schedule(**wrong)


def test_noise_is_a_function_of_seed_step_and_rank() -> None:
    def draw(*key: int) -> tuple[float, float, float]:
        seed_noise(*key)
        return float(torch.rand(())), float(np.random.rand()), random.random()

    assert draw(1, 2, 0) == draw(1, 2, 0)
    others = {draw(*key) for key in [(1, 2, 0), (2, 2, 0), (1, 3, 0), (1, 2, 1)]}
    assert len(others) == 4
    assert 0 <= noise_seed(1, 2, 3) < 2**63
