"""Settings of a recipe, and transcripts and language, that don't go together.

Each function gives sentences: an empty list where all is well. None of them needs torch.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from xlt.language.rules import Language, codes, get
from xlt.language.text import normalise
from xlt.recipe.options import Recipe
from xlt.system.mending import Mendable

PUBLISHED_PEAK, PUBLISHED_BATCH_S = 3e-4, 1_600.0
"""Rate and batch of fairseq's fine-tuning of XLS-R: 4 GPUs of 80 s, 5 times accumulated (examples/
wav2vec/xlsr/config/finetune.yaml). The rate is scaled by the root of the batch, as is usual for Adam."""
LARGE = 768
"""Width from which a model is of the published kind; smaller ones stand more."""
HIGHEST_PEAK = 5e-3
"""Rate above which a model of any size here has lost what it knew."""
TOLERATED = 1.5
MANY_PASSES, USUAL_PASSES, FEWEST_STEPS = 300, 100, 200
"""Passes over the data that are worth a sentence, those of the number of steps that it names, and
the fewest steps that it names: with less, no head is learned."""
WORDS = re.compile(r"[^\W\d_]+")
SAMPLED_WORDS = 50
"""Fewer words than these say nothing about a language."""
UNREAD_SHARE = 0.2
"""Share of the transcripts with letters that the language lacks that is worth a sentence."""


def head_only(recipe: Recipe) -> list[Mendable]:
    """Refusals: a training in which nothing but the head ever learns."""
    alone, steps = recipe.transfer.head_only_steps, recipe.training.steps
    if recipe.transfer.weights == "random" or recipe.transfer.freeze_below == "all":
        return []
    if alone < steps:
        return []
    fewer = max(1, steps // 10)
    sentence = (
        f"In all {steps:,} steps only the head would learn (--transfer.head-only-steps {alone}). Give "
        f"--transfer.head-only-steps {fewer}, or more --training.steps; where only the head is meant to "
        "learn, say so: --transfer.freeze-below all."
    )
    return [Mendable(sentence, flags={"--transfer.head-only-steps": str(fewer)})]


def mostly_head(recipe: Recipe) -> list[str]:
    """Warnings: more than half of the steps train the head alone."""
    alone, steps = recipe.transfer.head_only_steps, recipe.training.steps
    if head_only(recipe) or recipe.transfer.weights == "random" or 2 * alone <= steps:
        return []
    if recipe.transfer.freeze_below == "all":
        return []
    return [
        f"In {alone:,} of {steps:,} steps only the head learns (--transfer.head-only-steps): "
        f"{steps - alone:,} are left for the layers."
    ]


def rate_for_batch(recipe: Recipe, width: int) -> list[str]:
    """Warnings: a peak rate above what models of this width and batches of this size stand."""
    peak, batch_s = recipe.training.schedule.peak, recipe.training.batch_s
    if peak > HIGHEST_PEAK:
        return [
            f"A peak rate of {peak:g} is likely to end in divergence (XLT-T04): give "
            f"--training.schedule.peak {_usual(batch_s) if width >= LARGE else 1e-3:.1g}."
        ]
    if width < LARGE or peak <= TOLERATED * _usual(batch_s):
        return []
    return [
        f"A peak rate of {peak:g} is high for batches of {batch_s:g} s (XLT-T04): models of this size "
        f"were published with {PUBLISHED_PEAK:g} for {PUBLISHED_BATCH_S:,.0f} s, which is "
        f"--training.schedule.peak {_usual(batch_s):.1g} here."
    ]


def _usual(batch_s: float) -> float:
    return PUBLISHED_PEAK * math.sqrt(min(1.0, batch_s / PUBLISHED_BATCH_S))


def passes_over(recipe: Recipe, hours: float) -> float:
    """Times that the steps of a recipe pass over so many hours of speech."""
    return recipe.training.steps * recipe.training.batch_s / 3600 / hours if hours else 0.0


def too_many_passes(recipe: Recipe, hours: float | None) -> list[str]:
    """Warnings: steps that pass over little speech so often that it is learned by heart."""
    steps, batch_s = recipe.training.steps, recipe.training.batch_s
    passes = passes_over(recipe, hours or 0.0)
    if passes <= MANY_PASSES:
        return []
    fewer = max(
        math.ceil(steps * USUAL_PASSES / passes), 2 * recipe.transfer.head_only_steps, FEWEST_STEPS
    )
    if fewer >= steps:
        return []
    return [
        f"{steps:,} steps of {batch_s:g} s pass {passes:,.0f} times over this speech, far more than the "
        f"{MANY_PASSES} from which a model mostly learns it by heart. Give fewer: --training.steps {fewer}."
    ]


def letters_lacking(texts: Sequence[str], language: Language, corpus: str) -> list[str]:
    """Warnings: transcripts with letters or digits that the language does not read."""
    found = [(text, normalise(text, language)) for text in texts]
    bad = [text for text, read in found if read.unread or not read.text]
    if not texts or len(bad) <= UNREAD_SHARE * len(texts):
        return []
    return [
        f"{len(bad)} of {len(texts)} transcripts of {corpus} that were looked at hold letters or digits "
        f"that {language.name} does not read, such as {bad[0][:60]!r}. Are they in {language.name}? "
        f"xlt vocab {language.code} --text FILE lists what is not read."
    ]


def other_language(texts: Iterable[str], language: Language, corpus: str) -> list[str]:
    """Warnings: transcripts whose words are those of another language of the package."""
    words = [word for text in texts for word in WORDS.findall(text.lower())]
    own = language.code.split("-")[0]
    if len(words) < SAMPLED_WORDS or own not in _vocabularies():
        return []
    shares = {
        code: sum(word in known for word in words) / len(words)
        for code, known in _vocabularies().items()
    }
    best = max(shares, key=lambda code: shares[code])
    if best == own or shares[best] < LEAST_SHARE or shares[best] < CLEARLY * shares[own]:
        return []
    return [
        f"The transcripts of {corpus} look like {get(best).name}, not {language.name}: {shares[best]:.0%} "
        f"of their words are among the commonest of it, and {shares[own]:.0%} among those of "
        f"{language.name}. To train {get(best).name}: xlt train {best} …"
    ]


COMMONEST, LEAST_SHARE, CLEARLY = 60, 0.12, 2.0


@cache
def _vocabularies() -> dict[str, frozenset[str]]:
    """Code -> the commonest words of the package's sentences in it."""
    folder = files("xlt.corpora") / "data/sentences"
    found = {}
    for code in codes():
        file = folder / f"{code}.txt"
        if file.is_file():
            words = Counter(WORDS.findall(file.read_text("utf-8").lower()))
            found[code] = frozenset(word for word, _ in words.most_common(COMMONEST))
    return found
