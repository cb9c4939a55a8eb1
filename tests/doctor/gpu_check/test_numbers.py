"""Numbers are judged: right ones pass on a CPU, and wrong ones do not."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from xlt.doctor.gpu_check import numbers
from xlt.doctor.gpu_check.check import Bench, Seen


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(device=torch.device("cpu"), folder=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "look", [numbers.bf16, numbers.same_text, numbers.company, numbers.gradients]
)
def test_a_cpu_is_as_expected(bench: Bench, look: Callable[[Bench], Seen]) -> None:
    seen = look(bench)
    assert seen.ok, seen.text


def test_a_wrong_loss_is_seen(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    right = numbers.ctc_losses

    def wrong(*values: Tensor, blank: int) -> Tensor:
        return right(*values, blank=blank) * 1.001

    assert numbers.ctc(bench).ok
    monkeypatch.setattr(numbers, "ctc_losses", wrong)
    assert numbers.ctc(bench).ok is False


@pytest.mark.slow
def test_a_parameter_without_a_gradient_is_seen(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = numbers.random_model

    def unmasked(*values: object) -> torch.nn.Module:
        model = made(*values)
        model.config.apply_spec_augment = False
        return model

    monkeypatch.setattr(numbers, "random_model", unmasked)
    seen = numbers.gradients(bench)
    assert seen.ok is False
    assert "wav2vec2: wav2vec2.masked_spec_embed" in seen.text
