"""Options of training: numbers that make no run are refused with their name."""

import pytest

from xlt.training.options import Training


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 0),
        ("batch_s", -1.0),
        ("accumulation", 0),
        ("evaluate_every", 0),
        ("checkpoint_every", -5),
        ("keep", 0),
        ("timeout_s", 0.0),
    ],
)
def test_what_must_be_above_zero_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"^{name} is {value}; it must be more than 0\.$"):
        Training(**{name: value})
