"""Overfitting check: ten clips, no noise, a minute; a recipe that works memorises them.

It shows that gradients reach what may learn, that the labels fit the frames, and that samples and
extractor fit the source. It can't show that transcripts are true: a large model learns false ones too.
"""

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import torch
from transformers import PreTrainedModel

from xlt.audio.augment import Augmentation
from xlt.dataset.reader import Split, open_split
from xlt.doctor.subject import PEAK, Subject
from xlt.language.labels import Labels, labels
from xlt.models.source import Source, load_source
from xlt.recognition.recogniser import Recogniser
from xlt.scoring.errors import character_errors, total
from xlt.training.dataloader import BatchSource
from xlt.training.device import has_accelerator, keep_memory
from xlt.training.loss import batch_losses
from xlt.training.optimizer import make_optimizer
from xlt.training.schedule import seed_noise
from xlt.transfer.freezing import learn_only, trainable
from xlt.transfer.options import Regularisation, Transfer
from xlt.transfer.surgery import transfer

KNOWN_CER = 0.05
"""CER of clips that are memorised: at most one letter in twenty wrong."""
SHORTEST_S = 1.0
"""Clips under this say too little to prove anything; taken only where there are no others."""
SCORE_EVERY = 10
WARMUP_STEPS = 10
QUIET = Regularisation(hidden_dropout=0.0, mask_time_prob=0.0)
SILENT = Augmentation(speeds=(1.0,), gain_db=0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Exercise:
    """Source, clips and bounds of an overfitting check."""

    source: Source
    split: Split
    labels: Labels
    transfer: Transfer
    peak: float = PEAK
    clips: int = 10
    steps: int = 400
    limit_s: float = 60.0
    """Time for training and scoring; loading comes before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A score on the way."""

    step: int
    loss: float
    cer: float
    passed_s: float
    example: tuple[str, str]
    """Reference and hypothesis of the clip that is worst."""

    def __str__(self) -> str:
        return (
            f"step {self.step:4}  {self.passed_s:5.1f} s  loss {self.loss:7.3f}  "
            f"CER {100 * self.cer:6.1f} %  {self.example[1]!r}"
        )


def exercise(subject: Subject) -> Exercise:
    """The exercise on a subject, with its source loaded and its training split opened."""
    return Exercise(
        source=load_source(subject.source, target=subject.language.code, **asdict(subject.opening)),
        split=open_split(subject.data, "train"),
        labels=labels(subject.language),
        transfer=replace(subject.transfer, head_only_steps=0),
        peak=subject.peak,
    )


def short_clips(split: Split, count: int) -> tuple[int, ...]:
    """The shortest clips of a second or more with different texts; shorter or equal ones at need."""
    seconds = split.durations_s
    order = sorted(range(len(split)), key=lambda i: (seconds[i] < SHORTEST_S, seconds[i]))
    first_of = {split.texts[i]: i for i in reversed(order)}
    different = [i for i in order if first_of[split.texts[i]] == i]
    return tuple(dict.fromkeys([*different, *order]))[:count]


def learn(exercise: Exercise) -> Iterator[Point]:
    """Train on the clips alone, with a score every 10 steps, until they are known or time is up."""
    device = torch.accelerator.current_accelerator() if has_accelerator() else None
    if device is None:
        keep_memory()
    model, _ = transfer(exercise.source, exercise.labels, exercise.transfer, QUIET)
    torch.nn.Module.to(model, device or "cpu")
    chosen = short_clips(exercise.split, exercise.clips)
    batch_source = BatchSource(
        split=exercise.split,
        labels=exercise.labels,
        geometry=exercise.source.geometry,
        extractor=exercise.source.extractor(),
        augmentation=SILENT,
        batch_s=1.0,
        seed=0,
    )
    recogniser = Recogniser(model=model, labels=exercise.labels, extractor=batch_source.extractor)
    started = time.monotonic()
    for step, loss in enumerate(_losses(model, batch_source, exercise, chosen), start=1):
        passed_s = time.monotonic() - started
        last = step == exercise.steps or passed_s >= exercise.limit_s
        if step % SCORE_EVERY and not last:
            continue
        cer, example = _score(recogniser, exercise.split, chosen)
        passed_s = time.monotonic() - started
        yield Point(step=step, loss=loss, cer=cer, passed_s=passed_s, example=example)
        if last or cer < KNOWN_CER:
            return


def _losses(
    model: PreTrainedModel, batch_source: BatchSource, exercise: Exercise, chosen: tuple[int, ...]
) -> Iterator[float]:
    """Loss of every step; the rate rises for ten steps and then stays."""
    learning = trainable(model, exercise.transfer, exercise.steps)
    learn_only(model, learning)
    optimizer = make_optimizer(model, learning, weight_decay=0.0, beta2=0.98)
    batch = batch_source.micro_batch(chosen, chosen, 0).to(model.device)
    if batch.infeasible:
        raise ValueError(
            f"{', '.join(batch.infeasible)}: more labels than {exercise.source.name} makes frames, so no "
            "step can teach them. Are their transcripts too long, or the recordings at another rate than "
            "they claim? Else prepare the data for this source: `xlt prepare --source`."
        )
    for step in itertools.count():
        seed_noise(0, step, 0)
        for group in optimizer.param_groups:
            group["lr"] = exercise.peak * min(1.0, (step + 1) / WARMUP_STEPS)
        model.train()
        _, loss = batch_losses(model, batch, batch_source.labels.blank)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        yield float(loss.detach())


def _score(
    recogniser: Recogniser, split: Split, chosen: Sequence[int]
) -> tuple[float, tuple[str, str]]:
    """CER, and reference and hypothesis of the worst clip."""
    texts = [split.texts[i] for i in chosen]
    read = recogniser.transcribe_split(split, indices=chosen)
    errors = character_errors(texts, read)
    worst = max(range(len(texts)), key=lambda k: errors[k].errors)
    return total(errors).rate, (texts[worst], read[worst])


def verdict(points: Sequence[Point], exercise: Exercise) -> tuple[bool, str]:
    """True if it can learn, and a sentence that explains the result."""
    end = points[-1]
    if end.cer < KNOWN_CER:
        return True, (
            f"It learns: {exercise.clips} clips memorised (CER {100 * end.cer:.1f} %) after {end.step} "
            f"steps and {end.passed_s:.0f} s. (False transcripts are memorised too: this does not "
            "show that yours are true.)"
        )
    best_before = min((p.cer for p in points[: -len(points) // 3]), default=float("inf"))
    said = f"CER {100 * end.cer:.0f} % and loss {end.loss:.2f} after {end.step} steps, {end.passed_s:.0f} s. "
    if end.passed_s >= exercise.limit_s and (end.cer < 0.9 * best_before or end.step < 100):
        return False, (
            f"Not proved: {said}Time was up, and it was still learning or had hardly begun: give it more "
            "with --limit-s, use a GPU, or try a smaller source."
        )
    if not end.example[1]:
        return False, (
            f"It can't learn: {said}It writes nothing but blanks. Look at these, in this order: does "
            "anything learn (freeze_below, weights)? Is --peak too low, or so high that it collapsed? "
            "Are the clips speech, at the rate that the source was trained with?"
        )
    return False, (
        f"It can't learn: {said}Worst clip: {end.example[0]!r} is read {end.example[1]!r}. Look at these: "
        "two clips with one recording and two texts; letters that the alphabet folds or drops "
        "(report.json of the data); recordings that are silent or noise; --peak far too high or low."
    )
