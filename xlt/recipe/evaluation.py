"""Evaluation of a model in a run: every process reads its share of a split, and all get the result."""

from collections.abc import Sequence

import numpy as np
from transformers import PreTrainedModel

from xlt.dataset.reader import Split
from xlt.recipe.context import RunContext
from xlt.recognition.recogniser import Reading, Recogniser
from xlt.scoring.errors import character_errors, interval, total, word_errors
from xlt.system.signals import Interrupted
from xlt.training.control_group import gathered
from xlt.training.device import readers
from xlt.training.watchdog import all_ranks, watchdog

BATCH_S = {"cuda": 600.0}
"""Seconds of speech that a device reads at once: no gradient is kept, so far more than in a step."""
CPU_BATCH_S = 60.0


def evaluated_clips(clips: int, most: int) -> list[int]:
    """Positions of the dev clips that an evaluation reads: all, or a draw that is always the same.

    Args:
        clips: Clips of the dev split.
        most: `Training.evaluate_clips`; 0: all.
    """
    if not most or clips <= most:
        return list(range(clips))
    drawn = np.random.default_rng(0).choice(clips, size=most, replace=False)
    return sorted(drawn.tolist())


def dev_figures(context: RunContext, model: PreTrainedModel, step: int) -> dict[str, float]:
    """CER and WER of a model on the dev split, and its shares of blank frames and empty texts.

    Where the split has more than `evaluate_clips`, they are of a draw, with the ends of the CER's
    95 % interval (`dev_cer_low`, `dev_cer_high`); the last step is read whole, too (`dev_cer_all`).
    """
    training, dev = context.recipe.training, context.dev
    chosen = evaluated_clips(len(dev), training.evaluate_clips)
    drawn, last = len(chosen) < len(dev), step == training.steps
    recogniser = Recogniser(model=model, labels=context.labels, extractor=context.extractor)
    wanted = range(len(dev)) if last else chosen
    read = read_by_all(context, recogniser, dev, wanted)
    texts = dict(zip(wanted, read.texts, strict=True))
    references, hypotheses = [dev.texts[i] for i in chosen], [texts[i] for i in chosen]
    characters = character_errors(references, hypotheses)
    figures = {
        "dev_cer": total(characters).rate,
        "dev_wer": total(word_errors(references, hypotheses)).rate,
        "dev_blank": read.blanks / max(1, read.frames),
        "dev_empty": read.texts.count("") / len(read.texts),
    }
    if drawn:
        figures["dev_cer_low"], figures["dev_cer_high"] = interval(characters, seed=0)
        figures |= _whole(dev, read.texts) if last else {}
    return figures


def whole_dev(context: RunContext, model: PreTrainedModel, step: int) -> dict[str, float]:
    """`dev_cer_all` and `dev_wer_all` of a model after `step` steps; nothing where no clips are drawn."""
    if len(context.dev) <= (context.recipe.training.evaluate_clips or len(context.dev)):
        return {}
    recogniser = Recogniser(model=model, labels=context.labels, extractor=context.extractor)
    return _whole(context.dev, transcribed(context, recogniser, context.dev, step=step))


def _whole(dev: Split, texts: Sequence[str]) -> dict[str, float]:
    return {
        "dev_cer_all": total(character_errors(dev.texts, texts)).rate,
        "dev_wer_all": total(word_errors(dev.texts, texts)).rate,
    }


def transcribed(
    context: RunContext, recogniser: Recogniser, split: Split, *, step: int
) -> list[str]:
    """Hypotheses of a split in its order, by a model after `step` steps."""
    timeout_s = context.recipe.training.timeout_s
    with watchdog(context.accelerator, timeout_s, lambda: step, recogniser.model):
        return read_by_all(context, recogniser, split, range(len(split))).texts


def read_by_all(
    context: RunContext, recogniser: Recogniser, split: Split, indices: Sequence[int]
) -> Reading:
    """Texts that a model reads in some clips, in their order; every process reads its share.

    Raises:
        Interrupted: in every process, where one of them was interrupted.
    """
    accelerator = context.accelerator
    mine = indices[accelerator.process_index :: accelerator.num_processes]
    device = accelerator.device
    batch_s = BATCH_S.get(device.type, CPU_BATCH_S)
    workers = readers(context.recipe.training.workers, device)

    def share() -> Reading:
        try:
            return recogniser.read_split(split, batch_s, mine, workers=workers)
        except Interrupted:
            return Reading(texts=[], frames=0, blanks=0)  # the others see that texts are missing

    read = all_ranks(accelerator, share)
    pairs = gathered(accelerator, list(zip(mine, read.texts, strict=False)))
    if len(pairs) < len(indices):
        raise Interrupted
    return Reading(
        texts=[text for _, text in sorted(pairs)],
        frames=sum(gathered(accelerator, [read.frames])),
        blanks=sum(gathered(accelerator, [read.blanks])),
    )
