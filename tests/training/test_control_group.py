"""Control group: sums and lists over the processes of a run, beside the group of its gradients."""

from types import SimpleNamespace

import pytest
from pairs import pair

from xlt.training.control_group import control_group, gathered, totals

TWO = """
from datetime import timedelta
from accelerate import Accelerator
from accelerate.utils import InitProcessGroupKwargs
from torch import distributed
from xlt.training.control_group import control_group, gathered, totals
group = InitProcessGroupKwargs(timeout=timedelta(seconds=77))
accelerator = Accelerator(cpu=True, kwargs_handlers=[group])
rank = accelerator.process_index
assert totals(accelerator, [rank + 1, 0.1, rank == 1]) == [3.0, 0.2, 1.0]
assert gathered(accelerator, [("a", rank)] * rank) == [("a", 1)]
assert gathered(accelerator, [rank, 7]) == [0, 7, 1, 7]
own = control_group(accelerator)
assert own is control_group(accelerator) and own is not distributed.group.WORLD
assert distributed.get_backend(own) == "gloo"
assert own._get_backend(accelerator.device).options._timeout == timedelta(seconds=77)
print("agreed", flush=True)
if rank == 0:
    accelerator.end_training()
    raise SystemExit(3)
totals(accelerator, [1.0])
"""


def test_alone_nothing_is_sent() -> None:
    alone = SimpleNamespace(num_processes=1)
    assert control_group(alone) is None
    assert totals(alone, [True, 0.25]) == [1.0, 0.25]
    assert gathered(alone, ["a", "b"]) == ["a", "b"]


@pytest.mark.slow
def test_two_processes_agree_and_the_loss_of_one_is_an_error() -> None:
    first, second = pair(TWO)
    assert "agreed" in first and "agreed" in second
    assert "RuntimeError" in second and "gloo/transport" in second
