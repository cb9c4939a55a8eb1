"""Exchange of gradients: their mean over the processes, in one place, in fp32 or bf16."""

import pytest
from pairs import pair

from xlt.training.exchange import ddp_settings

MEAN = """
import torch
from accelerate import Accelerator
from xlt.training.exchange import ddp_settings
for exchange in ("fp32", "bf16"):
    torch.manual_seed(0)
    accelerator = Accelerator(cpu=True, kwargs_handlers=[ddp_settings(exchange)])
    model, rank = torch.nn.Linear(64, 64), accelerator.process_index
    wrapped = accelerator.prepare_model(model)
    inputs = torch.randn(2, 3, 64)
    wrapped(inputs[rank]).square().sum().backward()
    ours = model.weight.grad.clone()
    model.zero_grad(set_to_none=True)
    (model(inputs.flatten(0, 1)).square().sum() / 2).backward()
    far = float((ours - model.weight.grad).abs().max() / model.weight.grad.abs().max())
    assert wrapped.gradient_as_bucket_view
    print(exchange, "exact" if far < 1e-6 else "rounded" if far < 1e-2 else far, flush=True)
accelerator.end_training()
"""


def test_layerdrop_may_leave_parameters_without_a_gradient() -> None:
    assert not ddp_settings("fp32").find_unused_parameters
    assert ddp_settings("fp32", layerdrop=0.1).find_unused_parameters


@pytest.mark.slow
def test_both_formats_give_the_mean() -> None:
    for said in pair(MEAN, fail=False):
        assert "fp32 exact" in said and "bf16 rounded" in said, said
