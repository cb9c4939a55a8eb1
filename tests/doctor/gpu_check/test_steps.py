"""Steps on a CPU: cut batches have the same gradient, a resumed run the same weights.

Also tests: xlt/doctor/gpu_check/reading.py
"""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from xlt.doctor.gpu_check import reading, steps
from xlt.doctor.gpu_check.check import Bench, Seen


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(device=torch.device("cpu"), folder=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("look", [steps.out_of_memory, steps.resume, reading.limits])
def test_a_cpu_is_as_expected(bench: Bench, look: Callable[[Bench], Seen]) -> None:
    seen = look(bench)
    assert seen.ok, seen.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("look", "said"),
    [
        (steps.attention, "flash_attention"),
        (steps.probe, "foretold"),
        (steps.checkpoint, "for 3.8 GB"),
        (reading.rate, "wav2vec2-bert"),
        (reading.cores, "on a CPU the model itself needs them"),
    ],
)
def test_what_depends_on_the_machine_is_said(
    bench: Bench, look: Callable[[Bench], Seen], said: str
) -> None:
    assert said in look(bench).text
