"""AdamW over the parameters that ever learn, and its moments as plain named tensors."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


def make_optimizer(
    model: nn.Module, learning: frozenset[str], *, weight_decay: float, beta2: float
) -> torch.optim.Optimizer:
    """AdamW with weight decay on matrices only, parameters in the order of their names."""
    parameters = {n: p for n, p in sorted(model.named_parameters()) if n in learning}
    matrices = [p for p in parameters.values() if p.ndim > 1]
    vectors = [p for p in parameters.values() if p.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        [g for g in groups if g["params"]],
        lr=0.0,  # set at every step
        betas=(0.9, beta2),
        fused=True,
    )


def moments(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """`<parameter>/<moment>` -> tensor, for every parameter that has learned."""
    names = {id(p): n for n, p in model.named_parameters()}
    return {
        f"{names[id(p)]}/{key}": torch.as_tensor(value).detach().cpu()
        for p, state in optimizer.state.items()
        for key, value in state.items()
    }


def load_moments(
    model: nn.Module, optimizer: torch.optim.Optimizer, stored: Mapping[str, Tensor]
) -> None:
    """The inverse of `moments`."""
    parameters = dict(model.named_parameters())
    for key, tensor in stored.items():
        name, _, moment = key.rpartition("/")
        parameter = parameters[name]
        device = parameter.device if moment != "step" or optimizer.defaults["fused"] else "cpu"
        optimizer.state[parameter][moment] = tensor.to(device)
