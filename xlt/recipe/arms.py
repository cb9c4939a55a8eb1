"""One arm of a run: transfer, train, score. A comparison is several arms on the same bench."""

import dataclasses
import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from accelerate.utils import gather_object
from transformers import FeatureExtractionMixin, PreTrainedModel

from xlt.dataset.reader import Split
from xlt.language.labels import Labels
from xlt.models.source import Source
from xlt.recipe.options import Recipe
from xlt.recognition.recogniser import Reading, Recogniser
from xlt.scoring.errors import Score, character_errors, score, total, word_errors
from xlt.system.signals import Interrupted
from xlt.training.checkpoint import CheckpointError
from xlt.training.dataloader import Feed
from xlt.training.feature_cache import FOLDER, Activations, Frozen, build
from xlt.training.loop import Trainer
from xlt.training.model_folder import changed_files, final_weights, write_model
from xlt.training.watchdog import in_contact, together
from xlt.transfer.frozen import Top, can_be_cut
from xlt.transfer.options import Transfer
from xlt.transfer.preview import preview_score
from xlt.transfer.surgery import trainable, transfer

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """What all arms of a run share: the source, the labels, the data and the machine."""

    recipe: Recipe
    source: Source
    extractor: FeatureExtractionMixin
    labels: Labels
    train: Split
    dev: Split
    test: Split
    data_name: str
    """How scores name the data."""
    fingerprint: Mapping[str, Any]
    """What must be equal on resume."""
    folder: Path
    accelerator: Accelerator
    resume: bool
    allow_change: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ArmResult:
    """What one arm came to, as plain data; stored, so that a resumed run does not do it again."""

    curve: tuple[dict[str, float], ...]
    score: Score
    hypotheses: tuple[str, ...]
    transfer: Mapping[str, Any]
    best_step: int
    skipped: Mapping[str, str]
    """Clip id -> why it did not count in a step."""
    wall_s: float
    files: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """SHA-256 of each file of the model folder, where this arm's model is kept."""

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {**fields, "score": self.score.to_dict()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "ArmResult":
        """The inverse of `to_dict`."""
        return cls(**{**stored, "score": Score.from_dict(stored["score"])})


def arms_of(recipe: Recipe, source: Source) -> dict[str, Transfer]:
    """Arm name -> its transfer; the last one is the recipe's own and its model is kept."""
    own = recipe.transfer
    letters = own.head == "letters" and source.labels is not None
    name = "scratch" if own.weights == "random" else "letters" if letters else "fresh"
    arms = {name: own}
    if recipe.compare:
        fresh = {"fresh": dataclasses.replace(own, head="fresh")} if name == "letters" else {}
        arms = {"scratch": dataclasses.replace(own, weights="random"), **fresh, **arms}
    return arms


def source_score(bench: Bench) -> tuple[Score, list[str]]:
    """The source as it is, on the test split: letters after folding."""
    assert bench.source.labels is not None
    model = bench.source.load().to(bench.accelerator.device)
    recogniser = Recogniser(model=model, labels=bench.source.labels, extractor=bench.extractor)
    hypotheses = _transcribe(bench, recogniser, bench.test, step=0)
    found = preview_score(
        bench.test.texts,
        hypotheses,
        data=bench.data_name,
        split="test",
        seed=bench.recipe.training.seed,
    )
    return found, hypotheses


def train_arm(bench: Bench, name: str, options: Transfer) -> ArmResult:
    """Train an arm to its end and score its best model on the test split.

    Raises:
        ValueError: if the folder holds a run with other settings, or one and `resume` is not set.
    """
    recipe, seed = bench.recipe, bench.recipe.training.seed
    model, report = transfer(bench.source, bench.labels, options, recipe.regularisation, seed=seed)
    if bench.accelerator.is_main_process:
        print(f"\n{name}: {report}", flush=True)
    evaluate = functools.partial(_dev_figures, bench)
    activations, top = _cut(bench, model, options)
    trainer = Trainer(
        model=model,
        trained=top,
        feed=_feed(bench, activations),
        options=recipe.training,
        trainable=functools.partial(trainable, model, options),
        evaluate=evaluate,
        folder=bench.folder / "checkpoints" / name,
        fingerprint={**bench.fingerprint, "arm": name},
        accelerator=bench.accelerator,
        label=name,
    )
    outcome = trainer.run(resume=bench.resume, allow_change=bench.allow_change)
    recogniser = Recogniser(model=trainer.model, labels=bench.labels, extractor=bench.extractor)
    hypotheses = _transcribe(bench, recogniser, bench.test, step=len(outcome.losses))
    keeps = bench.accelerator.is_main_process and name == list(arms_of(recipe, bench.source))[-1]
    write: Callable[[], dict[str, str]] = dict
    if keeps:
        write = functools.partial(_write_model, bench, trainer.model)
    files = together(bench.accelerator, write, silent=True)
    bench.accelerator.free_memory()  # it keeps what it has wrapped
    return ArmResult(
        curve=outcome.curve,
        score=score(
            bench.test.texts,
            hypotheses,
            data=bench.data_name,
            split="test",
            seed=seed,
            durations_s=bench.test.durations_s,
            speakers=bench.test.speakers,
        ),
        hypotheses=tuple(hypotheses),
        transfer=report.to_dict(),
        best_step=outcome.best_step,
        skipped=outcome.skipped,
        wall_s=outcome.wall_s,
        files=files,
    )


def with_model(bench: Bench, name: str, options: Transfer, result: ArmResult) -> ArmResult:
    """A stored result, whose model folder is written again where it is not what it was.

    Raises:
        ValueError: if the checkpoint that it was made from is not whole either.
    """
    folder = bench.folder / "model"
    changed = changed_files(folder, result.files) if bench.accelerator.is_main_process else []
    if not changed:
        return result
    try:
        weights = final_weights(bench.folder / "checkpoints" / name, result.best_step)
    except CheckpointError as error:
        raise ValueError(
            f"{folder} is not what the run wrote ({', '.join(changed)}), and can't be made again. "
            f"{error} Restore one of them, or delete {bench.folder / 'arms' / f'{name}.json'} to go "
            "on with the training of this model."
        ) from error
    log.warning("%s is not what was written (%s): made again.", folder, ", ".join(changed))
    regularisation, seed = bench.recipe.regularisation, bench.recipe.training.seed
    model, _ = transfer(bench.source, bench.labels, options, regularisation, seed=seed)
    model.load_state_dict(dict(weights))
    return dataclasses.replace(result, files=_write_model(bench, model))


def _write_model(bench: Bench, model: PreTrainedModel) -> dict[str, str]:
    return write_model(model, bench.extractor, bench.recipe.spoken, bench.folder / "model")


def _cut(
    bench: Bench, model: PreTrainedModel, options: Transfer
) -> tuple[Activations | None, Top | None]:
    """What the frozen bottom makes of the training clips, and the top to train on it.

    Nothing where no layer is frozen, where the disk may not be used, or where the family can't be
    cut: the frozen layers are then run in every step.
    """
    recipe, below = bench.recipe, options.freeze_below
    cache_gb = recipe.training.cache_gb
    if not below or options.weights == "random" or not cache_gb:
        return None, None
    if not can_be_cut(model):
        log.warning(
            "%s models can't be cut: the frozen layers are run in every step.", bench.source.family
        )
        return None, None
    if left_out := recipe.augmentation.beyond_speed:
        log.warning("On stored activations only speeds vary; not applied: %s.", ", ".join(left_out))
    frozen = Frozen(
        model=model,
        below=below,
        source=bench.source.digest,
        geometry=bench.source.geometry,
        extractor=bench.extractor,
        augmentation=recipe.augmentation,
    )
    with in_contact(bench.accelerator, recipe.training.timeout_s, lambda: 0, model):
        activations = build(
            frozen,
            bench.train,
            bench.folder / "data" / FOLDER,
            data=str(bench.fingerprint["data"]),
            cache_gb=cache_gb,
            seed=recipe.training.seed,
            accelerator=bench.accelerator,
        )
    return activations, Top(model, below)


def _feed(bench: Bench, activations: Activations | None) -> Feed:
    recipe = bench.recipe
    return Feed(
        split=bench.train,
        labels=bench.labels,
        geometry=bench.source.geometry,
        extractor=bench.extractor,
        augmentation=recipe.augmentation,
        batch_s=recipe.training.batch_s,
        seed=recipe.training.seed,
        activations=activations,
    )


def _dev_figures(bench: Bench, model: PreTrainedModel, step: int) -> dict[str, float]:
    recogniser = Recogniser(model=model, labels=bench.labels, extractor=bench.extractor)
    read = _read(bench, recogniser, bench.dev)
    return {
        "dev_cer": total(character_errors(bench.dev.texts, read.texts)).rate,
        "dev_wer": total(word_errors(bench.dev.texts, read.texts)).rate,
        "dev_blank": read.blanks / max(1, read.frames),
        "dev_empty": read.texts.count("") / len(read.texts),
    }


def _transcribe(bench: Bench, recogniser: Recogniser, split: Split, *, step: int) -> list[str]:
    """Hypotheses of a split in its order, by a model after so many steps."""
    timeout_s = bench.recipe.training.timeout_s
    with in_contact(bench.accelerator, timeout_s, lambda: step, recogniser.model):
        return _read(bench, recogniser, split).texts


def _read(bench: Bench, recogniser: Recogniser, split: Split) -> Reading:
    """What is read in a split, in its order; every process reads its share.

    Raises:
        Interrupted: in every process, where one of them was interrupted.
    """
    world, rank = bench.accelerator.num_processes, bench.accelerator.process_index
    mine = range(rank, len(split), world)

    def share() -> Reading:
        try:
            return recogniser.read_split(split, indices=mine)
        except Interrupted:
            return Reading(texts=[], frames=0, blanks=0)  # the others are told by what is missing

    read = together(bench.accelerator, share)
    pairs: list[tuple[int, str]] = gather_object(list(zip(mine, read.texts, strict=False)))
    if len(pairs) < len(split):
        raise Interrupted
    return Reading(
        texts=[text for _, text in sorted(pairs)],
        frames=sum(gather_object([read.frames])),
        blanks=sum(gather_object([read.blanks])),
    )
