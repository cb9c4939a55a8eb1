"""xlt's side of the benchmarks, through the functions that `run(recipe)` calls."""

import argparse
import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path

from material import CLOCK, LANGUAGE, SOURCE, UTTERANCES, disk_bytes, quiet, read_split, report

quiet()

import torch  # noqa: E402
from accelerate import Accelerator  # noqa: E402

from xlt.audio.augment import Augmentation  # noqa: E402
from xlt.corpora.folder import Folder  # noqa: E402
from xlt.dataset.batches import plan  # noqa: E402
from xlt.dataset.options import Preparation  # noqa: E402
from xlt.dataset.prepare import prepare  # noqa: E402
from xlt.dataset.reader import Split, open_split  # noqa: E402
from xlt.language import rules  # noqa: E402
from xlt.language.labels import labels  # noqa: E402
from xlt.recipe.options import MINI_TRAINING  # noqa: E402
from xlt.recognition.recogniser import Recogniser  # noqa: E402
from xlt.scoring.errors import character_errors, total  # noqa: E402
from xlt.training.dataloader import BatchSource, RankShare, steps_from  # noqa: E402
from xlt.training.device import has_accelerator, has_bf16, keep_memory, use_all_cores  # noqa: E402
from xlt.training.loop import Trainer  # noqa: E402
from xlt.training.loss import ctc_losses  # noqa: E402
from xlt.training.optimizer import make_optimizer  # noqa: E402
from xlt.training.options import Training  # noqa: E402
from xlt.training.step import TrainingStep  # noqa: E402
from xlt.transfer import Regularisation, Transfer, load_source, trainable, transfer  # noqa: E402

TARGET = labels(rules.get(LANGUAGE))


class Stopwatch:
    """When each step ended, noted by a wrapper around `TrainingStep.take`."""

    def __init__(self) -> None:
        self.ends: list[float] = []
        step = TrainingStep.take

        def timed(training_step: TrainingStep, *arguments: object) -> float:
            loss = step(training_step, *arguments)  # type: ignore[arg-type]
            self.ends.append(CLOCK())
            return loss

        TrainingStep.take = timed  # type: ignore[method-assign, assignment]


def repeated(split: Split, times: int) -> Split:
    """The same split as if the corpus were so many times larger."""
    if times == 1:
        return split
    order = [i for i in range(len(split)) for _ in range(times)]
    return Split(
        ids=[f"{split.ids[i]}#{k}" for k, i in enumerate(order)],
        texts=[split.texts[i] for i in order],
        durations_s=[split.durations_s[i] for i in order],
        speakers=[None] * len(order),
        recordings=Repeated(split.recordings, order),
    )


class Repeated(Sequence[bytes]):
    """Recordings of a split in another order, each read from its place."""

    def __init__(self, recordings: Sequence[bytes], order: Sequence[int]) -> None:
        self._recordings, self._order = recordings, order

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, i: int) -> bytes:  # type: ignore[override]  # one at a time
        return self._recordings[self._order[i]]


def make_data(clips: Path, data: Path) -> None:
    """Vetted, hashed, split."""
    source = load_source(SOURCE)
    corpus = Folder(path=clips, language=LANGUAGE)
    prepare(
        (corpus,),
        rules.get(LANGUAGE),
        source.geometry,
        Augmentation().max_speed,
        data,
        Preparation(),
    )


def make_trainer(split: Split, work: Path, training: Training, evaluate: object = None) -> Trainer:
    """As `xlt.recipe.arms` makes it, with the defaults of a recipe."""
    source = load_source(SOURCE)
    options = Transfer(head_only_steps=20 if evaluate else 0)
    model, _ = transfer(source, TARGET, options, Regularisation())
    return Trainer(
        model=model,
        batch_source=BatchSource(
            split=split,
            labels=TARGET,
            geometry=source.geometry,
            extractor=source.extractor(),
            augmentation=Augmentation(),
            batch_s=training.batch_s,
            seed=0,
        ),
        options=training,
        trainable=functools.partial(trainable, model, options),
        evaluate=evaluate or (lambda model, step: {"dev_cer": 1.0}),  # type: ignore[arg-type]
        folder=work / "checkpoints",
        fingerprint={},
        accelerator=Accelerator(
            cpu=not has_accelerator(), mixed_precision="bf16" if has_bf16() else "no"
        ),
    )


def batch_s_of(split: Split) -> float:
    """Seconds that make the first epoch's batches as large as the opponent's, on average."""
    most = len(split) / UTTERANCES
    limits = (float(seconds) for seconds in range(20, 2000, 5))
    return next(s for s in limits if len(plan(split.durations_s, s, 0, 0)) <= most)


def bare(trainer: Trainer, steps: int) -> float:
    """Share of a step, from the recordings on, that forward, loss, backward and optimizer take alone.

    Each step is made twice, in turn: whole, and bare on the batch that the whole one has made.
    """
    model = trainer.model
    learning = frozenset(n for n, p in model.named_parameters() if p.requires_grad)
    optimizer = make_optimizer(model, learning, weight_decay=0.01, beta2=0.98)
    training_step = trainer.training_step()
    stream = steps_from(trainer.batch_source, RankShare(), 0, steps)
    whole_s = bare_s = 0.0
    begun = CLOCK()
    for step, _, micro_batches in stream:
        training_step.take(optimizer, step, micro_batches)
        ended = CLOCK()
        (batch,) = micro_batches
        with trainer.accelerator.autocast():
            logits = training_step.trained(**batch.arguments()).logits
        losses = ctc_losses(logits, batch.frames, batch.labels, batch.label_lengths, blank=0)
        (losses * batch.weights).sum().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step >= 3:  # the first ones plan their kernels
            whole_s, bare_s = whole_s + ended - begun, bare_s + CLOCK() - ended
        begun = CLOCK()
    training_step.unwrap()
    return bare_s / whole_s


def first_step(options: argparse.Namespace) -> None:
    """Corpus to the end of the first step."""
    begun = CLOCK()
    make_data(options.clips, options.work / "data")
    prepared = CLOCK()
    split = open_split(options.work / "data", "train")
    watch = Stopwatch()
    training = Training(steps=1, batch_s=batch_s_of(split), evaluate_every=1, checkpoint_every=1)
    make_trainer(split, options.work / "once", training).run()
    report(
        prepare_s=prepared - begun,
        first_step_s=watch.ends[0] - begun,
        disk=disk_bytes(options.work / "data"),
    )


def padding(split: Split, batches: Sequence[tuple[int, ...]]) -> float:
    """Padded samples over real ones."""
    padded = sum(max(split.durations_s[i] for i in b) * len(b) for b in batches)
    return padded / sum(split.durations_s)


def train(options: argparse.Namespace) -> None:
    """Steps of training; the share of a step that is the bare model's."""
    split = repeated(open_split(options.data, "train"), options.repeat)
    steps, batch_s = options.steps, batch_s_of(split)
    training = dataclasses.replace(
        MINI_TRAINING, steps=steps, batch_s=batch_s, evaluate_every=steps, checkpoint_every=steps
    )
    watch = Stopwatch()
    trainer = make_trainer(split, options.work, training)
    trainer.run()
    step_s = (watch.ends[-1] - watch.ends[2]) / (len(watch.ends) - 3)
    batches = list(trainer.batch_source.batches(0))
    clips = sum(len(b) for b in batches[3:steps])
    seconds = sum(split.durations_s[i] for b in batches[3:steps] for i in b)
    figures: dict[str, object] = {
        "speed": seconds / (watch.ends[min(steps, len(batches)) - 1] - watch.ends[2]),
        "step_s": step_s,
        "utterances": clips / len(batches[3:steps]),
        "padding": padding(split, batches),
        "padding_recipe": padding(split, plan(split.durations_s, MINI_TRAINING.batch_s, 0, 0)),
    }
    if options.bare:
        figures["bare"] = bare(trainer, steps)
    report(**figures)


def quality(options: argparse.Namespace) -> None:
    """The mini recipe's training, with the wall time of every evaluation."""
    train_split, dev = open_split(options.data, "train"), open_split(options.data, "dev")
    extractor = load_source(SOURCE).extractor()

    def evaluate(model: torch.nn.Module, step: int) -> dict[str, float]:
        reader = Recogniser(model=model, labels=TARGET, extractor=extractor)  # type: ignore[arg-type]
        return {"dev_cer": total(character_errors(dev.texts, reader.transcribe_split(dev))).rate}

    trainer = make_trainer(train_split, options.work, MINI_TRAINING, evaluate)
    begun = CLOCK()
    outcome = trainer.run()
    trainer.model.save_pretrained(options.work / "model")
    report(
        wall_s=CLOCK() - begun,
        curve=[
            {"step": p["step"], "cer": p["dev_cer"], "wall_s": p["wall_s"]} for p in outcome.curve
        ],
    )


def evaluate(options: argparse.Namespace) -> None:
    """The opponent's model on the dev split: from files and from the prepared split."""
    folder = options.model
    reader = Recogniser.load(folder, device="cpu")
    split = open_split(options.data, "dev")
    files = read_split(options.data, options.clips, "dev").files
    walls = dict.fromkeys(("split", "bf16", "files"), float("inf"))
    for _ in range(3):
        begun = CLOCK()
        texts = reader.transcribe_split(split)
        walls["split"] = min(walls["split"], CLOCK() - begun)
        begun = CLOCK()
        with torch.autocast("cpu", dtype=torch.bfloat16):  # as a run reads its dev split
            in_bf16 = reader.transcribe_split(split)
        walls["bf16"] = min(walls["bf16"], CLOCK() - begun)
        begun = CLOCK()
        from_files = [found.text for found in reader.transcribe_files(files)]
        walls["files"] = min(walls["files"], CLOCK() - begun)
    report(
        walls=walls,
        speed=sum(split.durations_s) / walls["split"],
        texts=texts,
        bf16=in_bf16,
        from_files=from_files,
    )


def main() -> None:
    tasks = {"first_step": first_step, "train": train, "quality": quality, "evaluate": evaluate}
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=[*tasks, "prepare"])
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--bare", action="store_true")
    options = parser.parse_args()
    keep_memory()
    use_all_cores(0)
    if options.task == "prepare":
        make_data(options.clips, options.data)
        report()
    else:
        tasks[options.task](options)


if __name__ == "__main__":
    main()
