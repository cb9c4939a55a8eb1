"""Arms of a run: transfer, train, score. A comparison is several arms in the same context."""

import dataclasses
import functools
import logging
from collections.abc import Callable, Mapping, Sequence

from transformers import PreTrainedModel

from xlt.language.text import NORMALISER
from xlt.models.source import Source
from xlt.recipe.arm_result import ArmResult, scored_test
from xlt.recipe.context import RunContext
from xlt.recipe.evaluation import dev_figures, transcribed, whole_dev
from xlt.recipe.options import Recipe
from xlt.recipe.standing_out import TranscriptCheck, standing_out
from xlt.recipe.trained_on import trained_by
from xlt.recognition.recogniser import Recogniser
from xlt.scoring.conditions import Conditions
from xlt.scoring.errors import Score
from xlt.training.checkpoint import CheckpointError
from xlt.training.dataloader import BatchSource
from xlt.training.feature_cache import FOLDER, FeatureCache, LowerLayers, build
from xlt.training.loop import Trainer
from xlt.training.model_folder import changed_files, final_weights, write_model
from xlt.training.progress import Outcome
from xlt.training.watchdog import all_ranks, watchdog
from xlt.transfer.freezing import trainable
from xlt.transfer.frozen import UpperLayers, can_cache_features
from xlt.transfer.options import Transfer
from xlt.transfer.preview import preview_score
from xlt.transfer.surgery import transfer

log = logging.getLogger(__name__)


def conditions_of(context: RunContext, decoder: str) -> Conditions:
    """Conditions of a score on the test split."""
    return Conditions(
        data=context.data_name,
        split="test",
        decoder=decoder,
        normaliser=NORMALISER,
        seed=context.recipe.training.seed,
    )


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


def source_score(context: RunContext) -> tuple[Score, list[str]]:
    """The source as it is, on the test split: letters after folding."""
    assert context.source.labels is not None
    model = context.source.load().to(context.accelerator.device)
    recogniser = Recogniser(model=model, labels=context.source.labels, extractor=context.extractor)
    hypotheses = transcribed(context, recogniser, context.test, step=0)
    conditions = conditions_of(context, recogniser.decoding.name)
    return preview_score(context.test.texts, hypotheses, conditions), hypotheses


def train_arm(context: RunContext, name: str, options: Transfer) -> ArmResult:
    """Train an arm to its end and score its best model on the test split.

    Raises:
        ValueError: if the folder holds a run with other settings, or one and `resume` is not set.
    """
    recipe, seed = context.recipe, context.recipe.training.seed
    model, report = transfer(
        context.source, context.labels, options, recipe.regularisation, seed=seed
    )
    if context.accelerator.is_main_process:
        print(f"\n{name}: {report}", flush=True)
    evaluate = functools.partial(dev_figures, context)
    features, top = cached_features(context, model, options)
    trainer = Trainer(
        model=model,
        trained=top,
        batch_source=batch_source_of(context, features),
        options=recipe.training,
        trainable=functools.partial(trainable, model, options),
        evaluate=evaluate,
        folder=context.folder / "checkpoints" / name,
        fingerprint={**context.fingerprint, "arm": name},
        accelerator=context.accelerator,
        label=name,
    )
    outcome = trainer.run(resume=context.resume, allow_change=context.allow_change)
    curve = _with_best(context, trainer.model, outcome)
    recogniser = Recogniser(model=trainer.model, labels=context.labels, extractor=context.extractor)
    hypotheses = transcribed(context, recogniser, context.test, step=len(outcome.losses))
    tested = scored_test(context.test, hypotheses, conditions_of(context, recogniser.decoding.name))
    own = name == list(arms_of(recipe, context.source))[-1]
    checked = TranscriptCheck()
    if own:
        checked = _standing_out(context, recogniser, len(outcome.losses))
    write: Callable[[], dict[str, str]] = dict
    if own and context.accelerator.is_main_process:
        write = functools.partial(_write_model, context, trainer.model, options, curve)
    files = all_ranks(context.accelerator, write, silent=True)
    context.accelerator.free_memory()  # it keeps what it has wrapped
    return ArmResult(
        curve=curve,
        score=tested.score,
        tested=tested,
        transfer=report.to_dict(),
        best_step=outcome.best_step,
        skipped=outcome.skipped,
        wall_s=outcome.wall_s,
        files=files,
        findings=checked.findings,
        unchecked=checked.unchecked,
    )


def _with_best(
    context: RunContext, model: PreTrainedModel, outcome: Outcome
) -> tuple[dict[str, float], ...]:
    """The curve, with figures of the whole dev split where the best model was chosen on a draw of it."""
    best = next((entry for entry in outcome.curve if entry["step"] == outcome.best_step), None)
    if best is None or "dev_cer_all" in best:
        return outcome.curve
    figures = whole_dev(context, model, len(outcome.losses))
    return tuple({**entry, **figures} if entry is best else entry for entry in outcome.curve)


def _standing_out(context: RunContext, recogniser: Recogniser, step: int) -> TranscriptCheck:
    return standing_out(
        recogniser,
        {"train": context.train, "dev": context.dev},
        context.accelerator,
        timeout_s=context.recipe.training.timeout_s,
        step=step,
    )


def with_model(context: RunContext, name: str, options: Transfer, result: ArmResult) -> ArmResult:
    """A stored result, whose model folder is written again where it is not what it was.

    Raises:
        ValueError: if the checkpoint that it was made from is not whole either.
    """
    folder = context.folder / "model"
    changed = changed_files(folder, result.files) if context.accelerator.is_main_process else []
    if not changed:
        return result
    try:
        weights = final_weights(context.folder / "checkpoints" / name, result.best_step)
    except CheckpointError as error:
        raise ValueError(
            f"{folder} is not what the run wrote ({', '.join(changed)}), and can't be made again. "
            f"{error} Restore one of them, or delete {context.folder / 'arms' / f'{name}.json'} to go "
            "on with the training of this model."
        ) from error
    log.warning("%s is not what was written (%s): made again.", folder, ", ".join(changed))
    regularisation, seed = context.recipe.regularisation, context.recipe.training.seed
    model, _ = transfer(context.source, context.labels, options, regularisation, seed=seed)
    model.load_state_dict(dict(weights))
    return dataclasses.replace(result, files=_write_model(context, model, options, result.curve))


def _write_model(
    context: RunContext,
    model: PreTrainedModel,
    options: Transfer,
    curve: Sequence[Mapping[str, float]],
) -> dict[str, str]:
    folder, language = context.folder / "model", context.recipe.target_language
    trained = trained_by(context, options, int(curve[-1]["step"]))
    return write_model(model, context.extractor, language, folder, trained)


def cached_features(
    context: RunContext, model: PreTrainedModel, options: Transfer
) -> tuple[FeatureCache | None, UpperLayers | None]:
    """Cached hidden states of the training clips, and the layers above them, which are trained.

    None where no layer is frozen, where the disk may not be used, or where the family's hidden
    states can't be cached: the frozen layers are then run in every step.
    """
    recipe, below = context.recipe, options.freeze_below
    data = context.folder / "data"
    cache_gb = recipe.training.cache_gb
    if not below or options.weights == "random" or not cache_gb:
        return None, None
    if not can_cache_features(model):
        log.warning(
            "Hidden states of %s models can't be cached: the frozen layers are run in every step.",
            context.source.family,
        )
        return None, None
    if left_out := recipe.augmentation.beyond_speed:
        log.warning("On stored activations only speeds vary; not applied: %s.", ", ".join(left_out))
    frozen = LowerLayers(
        model=model,
        below=below,
        source=context.source.digest,
        geometry=context.source.geometry,
        extractor=context.extractor,
        augmentation=recipe.augmentation,
    )
    with watchdog(context.accelerator, recipe.training.timeout_s, lambda: 0, model):
        features = build(
            frozen,
            context.train,
            (context.folder if data.is_symlink() else data) / FOLDER,  # a link's is another's
            data=str(context.fingerprint["data"]),
            cache_gb=cache_gb,
            seed=recipe.training.seed,
            accelerator=context.accelerator,
        )
    return features, UpperLayers(model, below)


def batch_source_of(context: RunContext, features: FeatureCache | None) -> BatchSource:
    """Batches of the training split, from cached hidden states where there are any."""
    recipe = context.recipe
    return BatchSource(
        split=context.train,
        labels=context.labels,
        geometry=context.source.geometry,
        extractor=context.extractor,
        augmentation=recipe.augmentation,
        batch_s=recipe.training.batch_s,
        seed=recipe.training.seed,
        features=features,
    )
