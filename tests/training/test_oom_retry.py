"""A step that runs out of memory comes out the same in halves."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from checkpoints import SHAPE, write_checkpoint
from hypothesis import given
from hypothesis import strategies as st
from toys import LANGUAGE, NEUTRAL, QUIET, toy_split
from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC

from xlt.language.labels import labels
from xlt.training.dataloader import BatchSource, MicroBatch
from xlt.training.loss import ctc_losses
from xlt.training.oom_retry import OutOfMemory, halved, in_pieces, is_out_of_memory, split
from xlt.transfer import Transfer, load_source, transfer

TARGET = labels(LANGUAGE)


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> tuple[torch.nn.Module, MicroBatch]:
    """A layer-norm model with attention masks, in double precision, and a batch of seven."""
    return made(tmp_path_factory.mktemp("toy"), "wav2vec2")


def made(folder: Path, family: str) -> tuple[torch.nn.Module, MicroBatch]:
    source = load_source(write_checkpoint(folder / "source", family))
    model, _ = transfer(source, TARGET, Transfer(), QUIET)
    clips = toy_split(7)
    clips.texts[4] = "a" * 300
    batch_source = BatchSource(
        split=clips,
        labels=TARGET,
        geometry=source.geometry,
        extractor=source.extractor(),
        augmentation=NEUTRAL,
        batch_s=60.0,
        seed=0,
    )
    return model.double().eval(), in_double(
        batch_source.micro_batch(tuple(range(7)), tuple(range(7)), 0)
    )


def in_double(batch: MicroBatch) -> MicroBatch:
    inputs = {n: t.double() if t.is_floating_point() else t for n, t in batch.inputs.items()}
    return dataclasses.replace(batch, inputs=inputs, weights=batch.weights.double())


def backward(model: torch.nn.Module, batch: MicroBatch) -> list[float]:
    logits = model(**batch.arguments()).logits
    losses = ctc_losses(logits, batch.frames, batch.labels, batch.label_lengths, blank=TARGET.blank)
    (losses * batch.weights).sum().backward()
    return losses.detach().tolist()


def gradient(model: torch.nn.Module, batches: list[MicroBatch]) -> dict[str, torch.Tensor]:
    model.zero_grad()
    for batch in batches:
        backward(model, batch)
    return {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


def same(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    assert ours.keys() == theirs.keys() and any(t.any() for t in ours.values())
    for name in ours:  # the loss itself is float32, so its gradient is
        torch.testing.assert_close(ours[name], theirs[name], rtol=1e-4, atol=1e-7, msg=name)


def test_halves_have_the_gradient_of_the_whole(
    masked: tuple[torch.nn.Module, MicroBatch],
) -> None:
    model, batch = masked
    whole = gradient(model, [batch])
    first, second = split(batch)
    assert (first.ids, second.ids) == (batch.ids[:4], batch.ids[4:])
    same(gradient(model, [first, second]), whole)
    same(gradient(model, halved(halved(halved([batch])))), whole)


@pytest.mark.parametrize("family", ["wav2vec2-bert", "wavlm"])
def test_other_families_too(tmp_path: Path, family: str) -> None:
    model, batch = made(tmp_path, family)
    same(gradient(model, list(split(batch))), gradient(model, [batch]))


def test_models_that_hear_padding_keep_it() -> None:
    config = Wav2Vec2Config(
        **{**SHAPE, "feat_extract_norm": "group", "do_stable_layer_norm": False},
        vocab_size=len(TARGET.tokens),
    )
    model = Wav2Vec2ForCTC(config).double().eval()
    feed_batch = batch_without_mask()
    whole = gradient(model, [feed_batch])
    first, second = split(feed_batch)
    assert second.inputs["input_values"].shape[1] == feed_batch.inputs["input_values"].shape[1]
    same(gradient(model, [first, second]), whole)


def batch_without_mask() -> MicroBatch:
    from xlt.audio.frames import geometry

    batch_source = BatchSource(
        split=toy_split(5),
        labels=TARGET,
        geometry=geometry(Wav2Vec2Config(**SHAPE)),
        extractor=Wav2Vec2FeatureExtractor(return_attention_mask=False),
        augmentation=NEUTRAL,
        batch_s=60.0,
        seed=0,
    )
    return in_double(batch_source.micro_batch((1, 0, 3, 4, 2), (0, 1, 2, 3, 4), 0))


def test_activations_are_cut_like_clips(masked: tuple[torch.nn.Module, MicroBatch]) -> None:
    frames = masked[1].frames
    hidden = torch.randn(len(frames), int(frames.max()), 3)
    batch = dataclasses.replace(masked[1], inputs={"hidden": hidden}, lengths=frames)
    first, second = split(batch)
    for piece, rows in ((first, hidden[:4]), (second, hidden[4:])):
        longest = int(piece.frames.max())
        assert piece.inputs["hidden"].equal(rows[:, :longest])
        mask = piece.arguments()["attention_mask"]
        assert mask.sum(1).tolist() == piece.frames.tolist()


def test_every_utterance_keeps_what_is_its_own(
    masked: tuple[torch.nn.Module, MicroBatch],
) -> None:
    _, batch = masked
    pieces = halved(halved(halved([batch])))
    assert [i for piece in pieces for i in piece.ids] == list(batch.ids)
    assert [len(piece.ids) for piece in pieces] == [1] * 7
    assert torch.equal(torch.cat([piece.labels for piece in pieces]), batch.labels)
    assert torch.equal(torch.cat([piece.weights for piece in pieces]), batch.weights)
    assert torch.equal(torch.cat([piece.frames for piece in pieces]), batch.frames)
    assert [piece.infeasible for piece in pieces if piece.infeasible] == [("toy/4",)]
    for piece in pieces:
        assert len(piece.labels) == int(piece.label_lengths.sum())
        mask = piece.arguments()["attention_mask"]
        assert mask.all(), "an utterance alone needs no padding"


def test_one_utterance_cannot_be_halved(masked: tuple[torch.nn.Module, MicroBatch]) -> None:
    single = split(split(split(masked[1])[0])[0])[0]
    with pytest.raises(ValueError, match="1 utterance"):
        split(single)
    with pytest.raises(OutOfMemory, match=r"one clip at a time \(toy/0\)"):
        halved([single])


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you"), True),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate"), True),
        (RuntimeError("MPS backend out of memory"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling cublasCreate"), True),
        (RuntimeError("GET was unable to find an engine to execute this computation"), True),
        (MemoryError(), True),
        (RuntimeError("The size of tensor a (3) must match"), False),
        (ValueError("out of memory"), False),
        (OSError(12, "Cannot allocate memory"), False),
    ],
)
def test_what_is_out_of_memory(error: BaseException, expected: bool) -> None:
    assert is_out_of_memory(error) is expected


def test_the_allocator_itself_is_understood() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60)
    assert is_out_of_memory(caught.value)


def just_that(batch: MicroBatch, last: bool) -> MicroBatch:
    """A forward pass that leaves all work to the backward pass."""
    return batch


def limited(model: torch.nn.Module, most: int, passes: list[tuple[int, bool]]) -> Callable:
    """A backward pass of a machine that holds `most` utterances: it breaks after half the work."""

    def run(batch: MicroBatch, last: bool) -> list[float]:
        passes.append((len(batch.ids), last))
        losses = backward(model, batch)  # gradients are there already when memory runs out
        if len(batch.ids) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return losses

    return run


def limited_forward(most: int) -> Callable[[MicroBatch, bool], MicroBatch]:
    """A forward pass that breaks where `limited` does, before there is any gradient."""

    def run(batch: MicroBatch, last: bool) -> MicroBatch:
        if len(batch.ids) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return batch

    return run


@pytest.mark.slow
@given(most=st.integers(1, 7))
def test_a_step_is_done_again_in_halves(
    masked: tuple[torch.nn.Module, MicroBatch], most: int
) -> None:
    model, batch = masked
    whole = gradient(model, [batch])
    expected = backward(model, batch)
    model.zero_grad()
    passes: list[tuple[int, bool]] = []
    done = in_pieces([batch], just_that, limited(model, most, passes), model.zero_grad)
    same({n: p.grad for n, p in model.named_parameters() if p.grad is not None}, whole)
    assert [loss for losses in done.results for loss in losses] == pytest.approx(expected, rel=1e-5)
    assert max(len(piece.ids) for piece in done.pieces) <= most
    assert done.halvings == {1: 3, 2: 2, 3: 2, 4: 1, 5: 1, 6: 1, 7: 0}[most]
    # The next step begins where this one ended, and fits at once.
    passes.clear()
    again = in_pieces(
        [batch],
        just_that,
        limited(model, most, passes),
        model.zero_grad,
        halvings=done.halvings,
    )
    assert len(passes) == len(again.pieces) == len(done.pieces)
    assert [last for _, last in passes] == [False] * (len(passes) - 1) + [True]


def test_other_errors_pass(masked: tuple[torch.nn.Module, MicroBatch]) -> None:
    def broken(batch: MicroBatch, last: bool) -> None:
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        in_pieces([masked[1]], just_that, broken, lambda: None)


def test_nothing_smaller_than_a_clip(masked: tuple[torch.nn.Module, MicroBatch]) -> None:
    model, batch = masked
    with pytest.raises(OutOfMemory, match=r"one clip at a time .*lower longest duration"):
        in_pieces([batch], just_that, limited(model, 0, []), model.zero_grad)


def test_with_other_processes_only_the_last_backward_pass_may_not_fail(
    masked: tuple[torch.nn.Module, MicroBatch],
) -> None:
    model, batch = masked
    whole = gradient(model, [batch])
    model.zero_grad()
    (large, small), passes = split(batch), []
    done = in_pieces(
        [large, small], just_that, limited(model, 3, passes), model.zero_grad, alone=False
    )
    assert sum(last for _, last in passes) == 1, "one exchange of gradients"
    same({n: p.grad for n, p in model.named_parameters() if p.grad is not None}, whole)
    assert done.halvings == 1
    with pytest.raises(
        OutOfMemory, match="exchanges gradients.*--training.accumulation.*other draws"
    ):
        in_pieces([batch], just_that, limited(model, 3, []), model.zero_grad, alone=False)


@pytest.mark.parametrize("most", [1, 4])
def test_a_forward_pass_may_always_fail(
    masked: tuple[torch.nn.Module, MicroBatch], most: int
) -> None:
    model, batch = masked
    whole = gradient(model, [batch])
    model.zero_grad()
    passes: list[tuple[int, bool]] = []
    done = in_pieces(
        [batch], limited_forward(most), limited(model, 7, passes), model.zero_grad, alone=False
    )
    assert max(len(piece.ids) for piece in done.pieces) <= most
    assert sum(last for _, last in passes) == 1, "one exchange of gradients"
    same({n: p.grad for n, p in model.named_parameters() if p.grad is not None}, whole)
