"""SpecAugment: masks of the share that was asked for, the same wherever and with whomever drawn."""

import numpy as np
import pytest
from transformers.models.wav2vec2.modeling_wav2vec2 import _compute_mask_indices

from xlt.audio.frames import Geometry
from xlt.audio.spec_augment import Spans, SpecAugment, clip_masks, span_mask

SHAPE = Geometry(kernels=(400,), strides=(320,))


@pytest.mark.parametrize(("share", "length", "least"), [(0.05, 10, 2), (0.5, 10, 0), (0.3, 2, 2)])
def test_as_many_frames_are_masked_as_by_transformers(
    share: float, length: int, least: int
) -> None:
    draw = np.random.default_rng(0)
    ours = [
        span_mask(300, Spans(share=share, length=length, least=least), draw) for _ in range(400)
    ]
    np.random.seed(0)
    theirs = [_compute_mask_indices((1, 300), share, length, min_masks=least) for _ in range(400)]
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.03)


def test_spans_have_their_length_and_stay_inside() -> None:
    draw = np.random.default_rng(1)
    for positions in range(30):
        mask = span_mask(positions, Spans(share=0.9, length=7, least=1), draw)
        assert len(mask) == positions
        runs = np.diff(np.flatnonzero(np.diff(np.r_[False, mask, False].astype(int))))[::2]
        assert (runs >= 7).all() and mask.any() == (positions >= 7)


def options(time: float = 0.3, feature: float = 0.3) -> SpecAugment:
    return SpecAugment(
        time=Spans(share=time, length=2, least=2),
        feature=Spans(share=feature, length=4, least=0),
        width=64,
        geometry=SHAPE,
    )


def test_masks_follow_from_seed_epoch_and_clip() -> None:
    drawn = [
        np.concatenate(clip_masks(options(), 200, seed, epoch, clip))
        for seed, epoch, clip in [(0, 0, "a"), (0, 0, "a"), (1, 0, "a"), (0, 1, "a"), (0, 0, "b")]
    ]
    assert (drawn[0] == drawn[1]).all()
    assert all((drawn[0] != other).any() for other in drawn[2:])


def test_a_kind_that_is_off_has_no_mask() -> None:
    assert clip_masks(options(time=0.0), 200, 0, 0, "a")[0] is None
    assert clip_masks(options(feature=0.0), 200, 0, 0, "a")[1] is None
