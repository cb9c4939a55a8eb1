"""The probe finds the largest batch without ever trying more than the last attempt allows.

Also tests: xlt/training/memory_meter.py
"""

import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoints import write_checkpoint
from hypothesis import given
from hypothesis import strategies as st
from toys import one_step, toy_split, toy_trainer

from xlt.audio.augment import Augmentation
from xlt.dataset.batches import cut
from xlt.training import memory_probe
from xlt.training.memory_meter import CpuMeter, meter
from xlt.training.memory_probe import (
    MARGIN,
    largest_batch,
    later_bytes,
    longest_batch,
    pieces_needed,
    pieces_that_fit,
    save_activations,
    saves_activations,
)
from xlt.training.oom_retry import OutOfMemory
from xlt.transfer import Regularisation

MIB = 1 << 20


class Ledger:
    """A device whose use is a fixed part and a part a clip; it remembers every attempt."""

    def __init__(self, whole: int, fixed: int, clip: int, *, breaks: bool) -> None:
        self.whole, self.fixed, self.clip, self.breaks = whole, fixed, clip, breaks
        self.asked: list[float] = []

    def available(self) -> int:
        return self.whole

    def attempt(self, batch_s: float) -> None:
        self.asked.append(batch_s)
        if self.breaks and self.needed(batch_s) > self.whole:
            raise torch.OutOfMemoryError("CUDA out of memory")

    def needed(self, batch_s: float) -> int:
        return self.fixed + self.clip * round(batch_s / 10)

    def peak(self, attempt: Callable[[], None]) -> int | None:
        try:
            attempt()
        except torch.OutOfMemoryError:
            return None
        return self.needed(self.asked[-1])


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 10**5), st.integers(1, 500))
def test_it_comes_near_the_limit_and_never_over_it(
    whole: int, fixed: int, clip: int, top: int
) -> None:
    ledger = Ledger(whole, fixed, clip, breaks=False)
    allowed = int((1 - MARGIN) * whole)
    most = min(top, (allowed - fixed) // clip)
    if most < 1:
        with pytest.raises(OutOfMemory, match="One clip of 10.0 s"):
            largest_batch(ledger.attempt, ledger, clip_s=10.0, ceiling_s=10.0 * top)
        assert len(ledger.asked) <= 1
        return
    fit = largest_batch(ledger.attempt, ledger, clip_s=10.0, ceiling_s=10.0 * top)
    assert max(ledger.asked) == fit.batch_s, "nothing larger than what fits was ever tried"
    assert fit.peak_bytes <= allowed
    assert fit.limited == (fit.batch_s < 10.0 * top)
    # The last estimate left it at 1/16 or a clip below, as far as it could tell.
    found = round(fit.batch_s / 10)
    assert found == most or found * allowed // fit.peak_bytes - found <= max(1, found // 16)
    if fixed == 0:
        assert found >= most * 16 / 17 - 1


def test_plenty_of_memory_is_not_tried_to_the_end() -> None:
    device = Ledger(100 * MIB, 0, MIB, breaks=False)
    found = largest_batch(device.attempt, device, clip_s=10, ceiling_s=400, margin=0, plenty=0.5)
    assert (found.batch_s, found.limited, found.peak_bytes) == (400, False, 40 * MIB)
    assert device.asked == [10]
    near = largest_batch(device.attempt, device, clip_s=10, ceiling_s=900, margin=0, plenty=0.5)
    assert near.batch_s == 900
    assert device.asked[-1] == 900


def test_a_device_that_says_no_is_searched_below() -> None:
    ledger = Ledger(1000, 0, 10, breaks=True)
    ledger.needed = lambda batch_s: int((batch_s / 10) ** 2)  # type: ignore[method-assign]
    fit = largest_batch(ledger.attempt, ledger, clip_s=10.0, ceiling_s=10_000.0)
    assert max(ledger.asked) > 300
    assert 270 <= fit.batch_s <= 300  # 30 clips take the 900 that are allowed
    assert fit.attempts == len(ledger.asked)


def test_the_optimizer_gets_its_part() -> None:
    ledger = Ledger(1000, 0, 10, breaks=False)
    fit = largest_batch(
        ledger.attempt, ledger, clip_s=10.0, ceiling_s=10_000.0, reserve_bytes=500, margin=0.0
    )
    assert fit.peak_bytes <= fit.allowed_bytes == 500
    with pytest.raises(OutOfMemory, match="free for it are 0.00 GiB"):
        largest_batch(ledger.attempt, ledger, clip_s=10.0, ceiling_s=99.0, reserve_bytes=2000)


def test_other_errors_are_not_swallowed() -> None:
    def attempt(batch_s: float) -> None:
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        largest_batch(attempt, CpuMeter(), clip_s=1.0, ceiling_s=9.0)


@pytest.mark.slow
def test_the_cpu_meter_sees_memory_that_is_let_go_again() -> None:
    measured = CpuMeter()

    def hold(mib: int) -> Callable[[], None]:
        def attempt() -> None:
            held = np.ones(mib * MIB // 8)
            for _ in range(20):  # the sampler gets its turns, on a busy machine too
                time.sleep(0.005)
            assert held[-1] == 1

        return attempt

    assert measured.peak(hold(96)) == pytest.approx(96 * MIB, rel=0.15)
    assert measured.peak(hold(32)) == pytest.approx(32 * MIB, rel=0.4)
    assert measured.available() > 0

    def fail() -> None:
        raise MemoryError

    assert measured.peak(fail) is None


@pytest.mark.slow
def test_the_probe_on_a_real_model(tmp_path: Path) -> None:
    trainer = toy_trainer(tmp_path, augmentation=Augmentation(speeds=(0.5, 1.0), gain_db=0.0))
    model, batch_source = trainer.model, trainer.batch_source
    before = {n: t.clone() for n, t in model.state_dict().items()}
    heard = []
    model.register_forward_pre_hook(
        lambda _, args, kwargs: heard.append(kwargs["input_values"].shape), with_kwargs=True
    )
    longest_s = max(batch_source.split.durations_s)
    fit = largest_batch(
        longest_batch(model, batch_source),
        meter(torch.device("cpu")),
        clip_s=longest_s,
        ceiling_s=6.0,
    )
    assert fit.batch_s == pytest.approx(math.floor(6.0 / longest_s) * longest_s)
    assert not fit.limited and fit.peak_bytes < fit.allowed_bytes
    assert heard[-1] == (math.floor(6.0 / longest_s), round(2 * longest_s * 16_000))
    assert all(p.grad is None for p in model.parameters())
    assert all(torch.equal(t, before[n]) for n, t in model.state_dict().items())
    assert "s of speech fit" in str(fit)


def test_what_comes_later_is_of_what_learns() -> None:
    """Two moments and a gradient."""
    model = torch.nn.Sequential(torch.nn.Linear(10, 10), torch.nn.Linear(10, 10))
    assert later_bytes(model) == 12 * 220
    model[0].requires_grad_(False)
    assert later_bytes(model) == 12 * 110


@pytest.mark.parametrize("world", [1, 2])
def test_pieces_needed_is_the_least_accumulation_that_fits(tmp_path: Path, world: int) -> None:
    batch_source = toy_trainer(tmp_path, split=toy_split(40), batch_s=8.0).batch_source
    seconds = batch_source.split.durations_s

    def widest(accumulation: int) -> float:
        parts = [
            p for b in batch_source.batches(0) for p in cut(b, world * accumulation) if len(p) > 1
        ]
        return max((len(p) * max(seconds[i] for i in p) for p in parts), default=0.0)

    needed = pieces_needed(batch_source, world, fits_s=2.0)
    assert widest(needed) <= 2.0 < widest(needed - 1)
    assert pieces_needed(batch_source, world, fits_s=8.0) == 1
    assert widest(pieces_needed(batch_source, world, fits_s=0.01)) == 0.0  # one by one


class SavedMeter:
    """Bytes of the tensors that passes keep for their backward, of a machine with room for `free`."""

    def __init__(self, free: int) -> None:
        self._free = free

    def available(self) -> int:
        return self._free

    def peak(self, attempt: Callable[[], None]) -> int:
        kept = []

        def pack(tensor: torch.Tensor) -> torch.Tensor:
            kept.append(tensor.nbytes)
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            attempt()
        return sum(kept)


@pytest.mark.parametrize("family", ["wav2vec2", "hubert", "wavlm", "wav2vec2-bert"])
def test_activations_are_computed_again_before_the_probe_gives_up(
    tmp_path: Path, family: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_checkpoint(tmp_path / "source", family)
    trainer = toy_trainer(tmp_path, source=source)
    longest_s = max(trainer.batch_source.split.durations_s)
    attempt = longest_batch(trainer.model.train(), trainer.batch_source)
    plain = SavedMeter(0).peak(lambda: attempt(longest_s))
    save_activations(trainer.model)
    saved = SavedMeter(0).peak(lambda: attempt(longest_s))
    assert saved < 0.8 * plain
    for module in trainer.model.modules():
        module.gradient_checkpointing = False

    def probed(free: int) -> tuple[int, bool]:
        gauge = SavedMeter(free + later_bytes(trainer.model))
        monkeypatch.setattr(memory_probe, "meter", lambda device: gauge)
        monkeypatch.setattr(memory_probe, "PLENTY", 0.0)
        return pieces_that_fit(
            trainer.model, trainer.model, trainer.trainable, trainer.batch_source,
            trainer.options, trainer.accelerator,
        )  # fmt: skip

    assert probed(100 * plain)[1] is False and not saves_activations(trainer.model)
    pieces, checkpointing = probed((saved + plain) // 2 * 10 // 9)
    assert checkpointing and saves_activations(trainer.model) and pieces > 1
    assert "--training.checkpointing" in capsys.readouterr().out
    with pytest.raises(OutOfMemory, match="One clip of"):
        probed(saved // 2)


@pytest.mark.parametrize("family", ["wav2vec2", "wavlm", "wav2vec2-bert"])
def test_what_is_computed_again_has_the_same_gradient(tmp_path: Path, family: str) -> None:
    """To the bit, dropout and masks included."""
    source = write_checkpoint(tmp_path / "source", family)
    noisy = Regularisation(hidden_dropout=0.3, mask_time_prob=0.3, mask_time_length=2)
    plain = one_step(toy_trainer(tmp_path / "plain", source=source, regularisation=noisy))
    trainer = toy_trainer(tmp_path / "saved", source=source, regularisation=noisy)
    save_activations(trainer.model)
    loss, gradient = one_step(trainer)
    assert loss == plain[0]
    assert all(torch.equal(gradient[name], value) for name, value in plain[1].items())
