"""Data loader: batches and noise follow from (seed, step), however they are cut and read."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from checkpoints import write_checkpoint
from numpy.typing import NDArray
from toys import toy_split, toy_trainer

from xlt.audio.augment import Augmentation
from xlt.dataset.reader import Split
from xlt.recognition.read_ahead import ReadersLost
from xlt.training.dataloader import BatchSource, MicroBatch, RankShare, steps_from

NOISE = Augmentation(speeds=(0.9, 1.0, 1.1), noise_share=0.5)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("toy") / "source")


@pytest.fixture
def one_thread() -> Iterator[None]:
    """As in a worker: the last bits of a resampled clip depend on the number of threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def noisy(folder: Path, source: Path, batch_s: float = 1.5) -> BatchSource:
    """Several batches an epoch, with noise."""
    trainer = toy_trainer(folder, source=source, augmentation=NOISE, batch_s=batch_s)
    return trainer.batch_source


def same(ours: MicroBatch, theirs: MicroBatch) -> bool:
    return ours.ids == theirs.ids and torch.equal(
        ours.inputs["input_values"], theirs.inputs["input_values"]
    )


@pytest.mark.parametrize(("world", "accumulation"), [(1, 1), (2, 1), (3, 2), (8, 1)])
def test_ranks_take_every_utterance_of_a_batch_once(world: int, accumulation: int) -> None:
    batch = (5, 3, 9, 1, 7)
    shares = [RankShare(rank=r, world=world, accumulation=accumulation) for r in range(world)]
    parts = [share.of(batch) for share in shares]
    assert sorted(i for part in parts for piece in part for i in piece) == sorted(batch)
    assert {len(part) for part in parts} == {accumulation}


def test_an_empty_part_carries_a_clip_without_weight(tmp_path: Path, source: Path) -> None:
    batch = noisy(tmp_path, source).micro_batch((), (4, 2), 0)
    assert batch.ids == ("toy/4",)
    assert batch.weights.tolist() == [0.0]


def test_an_utterance_with_too_many_labels_is_named_and_weighs_nothing(
    tmp_path: Path, source: Path
) -> None:
    split = toy_split()
    split.texts[2] = "a" * 300
    batches = toy_trainer(tmp_path, source=source, split=split).batch_source
    batch = batches.micro_batch((1, 2), (1, 2, 3, 4), 0)
    assert batch.infeasible == ("toy/2",)
    assert batch.weights.tolist() == [0.25, 0.0]


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("workers", [0, 2])
def test_steps_go_on_wherever_a_run_stopped(tmp_path: Path, source: Path, workers: int) -> None:
    batches = noisy(tmp_path, source)
    share = RankShare(accumulation=2)
    whole = list(steps_from(batches, share, 0, 7))
    rest = list(steps_from(batches, share, 4, 7, workers=workers))
    assert [step for step, _, _ in whole] == list(range(7))
    assert [(step, epoch) for step, epoch, _ in rest] == [
        (step, epoch) for step, epoch, _ in whole[4:]
    ]
    for (_, _, ours), (_, _, theirs) in zip(rest, whole[4:], strict=True):
        assert all(map(same, ours, theirs))


def test_epochs_have_other_orders_and_other_noise(tmp_path: Path, source: Path) -> None:
    batches = noisy(tmp_path, source)
    assert batches.batches(0) != batches.batches(1)
    assert not same(batches.micro_batch((0,), (0,), 0), batches.micro_batch((0,), (0,), 1))


def test_order_and_noise_do_not_depend_on_the_cut(tmp_path: Path, source: Path) -> None:
    batch_source = toy_trainer(tmp_path, source=source, augmentation=NOISE).batch_source
    (whole,) = batch_source.batches(0)
    together = batch_source.micro_batch(whole, whole, 0)
    alone = [batch_source.micro_batch((i,), whole, 0) for i in whole]
    assert together.ids == tuple(m.ids[0] for m in alone)
    for k, single in enumerate(alone):
        samples = single.inputs["input_values"].shape[1]
        assert torch.equal(
            together.inputs["input_values"][k, :samples], single.inputs["input_values"][0]
        )


@pytest.mark.parametrize("family", ["wav2vec2", "wav2vec2-bert"])
def test_no_mask_goes_through_shared_memory_and_the_device_makes_it(
    tmp_path: Path, family: str
) -> None:
    trainer = toy_trainer(tmp_path, source=write_checkpoint(tmp_path / "source", family))
    whole = tuple(range(8))
    batch = trainer.batch_source.micro_batch(whole, whole, 0)
    assert "attention_mask" not in batch.inputs and batch.lengths is not None
    made = batch.arguments()
    clips = [trainer.batch_source.split.samples(i) for i in whole]
    theirs = trainer.batch_source.extractor(  # the reference: transformers' own mask
        clips, sampling_rate=16_000, padding=True, return_attention_mask=True, return_tensors="pt"
    )["attention_mask"]
    assert made["attention_mask"].tolist() == theirs.tolist()
    assert len(set(batch.lengths.tolist())) > 1


class OnATinyDisk(Split):
    """A split whose reader dies as it does where shared memory has no page left."""

    def samples(self, i: int) -> NDArray:
        os.kill(os.getpid(), signal.SIGBUS)
        return Split.samples(self, i)


def test_a_bus_error_in_a_reader_is_a_sentence(tmp_path: Path, source: Path) -> None:
    good = toy_split()
    split = OnATinyDisk(**{name: getattr(good, name) for name in Split.__dataclass_fields__})
    batch_source = toy_trainer(tmp_path, source=source, split=split).batch_source
    with pytest.raises(ReadersLost, match=r"up to 15 MB.*--shm-size 8g.*--training.workers 0"):
        next(steps_from(batch_source, RankShare(), 0, 1, workers=1))
