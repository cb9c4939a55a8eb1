"""Options of a transfer: amounts that make no sense are refused where they are set."""

import pytest

from xlt.transfer.options import Regularisation, Transfer


@pytest.mark.parametrize("name", ["drop_layers", "freeze_below", "head_only_steps"])
def test_counts_are_not_negative(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is -1; it counts, so 0 or more"):
        Transfer(**{name: -1})


def test_all_layers_may_be_frozen() -> None:
    assert Transfer(freeze_below="all").freeze_below == "all"


def test_probabilities_are_below_one_and_lengths_are_not() -> None:
    assert Regularisation(mask_time_length=20).mask_time_length == 20
    with pytest.raises(ValueError, match="layerdrop is 1.0; it is a probability"):
        Regularisation(layerdrop=1.0)
