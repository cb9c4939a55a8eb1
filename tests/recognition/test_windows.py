"""Windows of long clips: every frame once, and logits joined in whatever order they come."""

import numpy as np
import pytest
import torch

from xlt.audio.frames import Geometry
from xlt.recognition.windows import WindowJoiner, windows

RATE_HZ = 16_000
SHAPE = Geometry(kernels=(10, 3, 3, 3, 3, 2, 2), strides=(5, 2, 2, 2, 2, 2, 2))


@pytest.mark.parametrize("seconds", [0.5, 29.99, 30.0, 30.01, 49.9, 50.1, 70.0, 93.7, 600.0])
def test_windows_write_every_frame_once(seconds):
    samples = round(seconds * RATE_HZ)
    cut = windows(3, samples, SHAPE)
    written = [
        window.start // SHAPE.hop + frame
        for window in cut
        for frame in range(window.first, window.end)
    ]
    assert written == list(range(SHAPE.frames(samples)))
    for window in cut:
        assert window.clip == 3
        assert window.start % SHAPE.hop == 0
        assert window.stop - window.start <= 30 * RATE_HZ
        assert window.end <= SHAPE.frames(window.stop - window.start)
    assert cut[-1].stop == samples


def test_a_clip_without_a_frame_has_no_window():
    assert windows(0, 399, SHAPE) == []


def test_logits_are_joined_in_any_order_and_given_back_at_once():
    lengths = [round(s * RATE_HZ) for s in (100.0, 3.0, 61.0)]
    cut = [w for clip, samples in enumerate(lengths) for w in windows(clip, samples, SHAPE)]
    whole = [torch.randn(SHAPE.frames(samples), 5) for samples in lengths]
    joiner, joined = WindowJoiner(cut), {}
    order = np.random.default_rng(1).permutation(len(cut))
    last = {cut[k].clip: k for k in order}
    for k in order:
        window = cut[k]
        start = window.start // SHAPE.hop
        frames = SHAPE.frames(window.stop - window.start)
        found = joiner.add(window, whole[window.clip][start : start + frames])
        assert (found is not None) == (last[window.clip] == k)
        if found is not None:
            joined[window.clip] = found
    assert sorted(joined) == [0, 1, 2]
    for clip, logits in joined.items():
        assert torch.equal(logits, whole[clip])
