"""AdamW groups, and moments that come back by the names of their parameters."""

import torch
from torch import nn

from xlt.training.optimizer import load_moments, make_optimizer, moments


def stepped() -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 2), nn.LayerNorm(2), nn.Linear(2, 1))
    learning = frozenset(n for n, _ in model.named_parameters() if not n.startswith("2."))
    optimizer = make_optimizer(model, learning, weight_decay=0.1, beta2=0.9)
    optimizer.param_groups[0]["lr"] = 0.1
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    return model, optimizer


def test_only_matrices_decay_and_only_what_learns_is_there() -> None:
    _, optimizer = stepped()
    assert [(g["weight_decay"], len(g["params"])) for g in optimizer.param_groups] == [
        (0.1, 1),
        (0.0, 3),
    ]


def test_moments_come_back() -> None:
    model, optimizer = stepped()
    stored = moments(model, optimizer)
    assert "0.weight/exp_avg" in stored and not any(name.startswith("2.") for name in stored)
    learning = frozenset(name.rpartition("/")[0] for name in stored)
    fresh = make_optimizer(model, learning, weight_decay=0.1, beta2=0.9)
    load_moments(model, fresh, stored)
    again = moments(model, fresh)
    assert again.keys() == stored.keys()
    assert all(torch.equal(again[name], stored[name]) for name in stored)
