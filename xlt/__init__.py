"""Cross-lingual transfer for speech recognition: corpus in, published recogniser out.

    from xlt import Recogniser, get_language, labels, load_source, normalise, transfer

Importing the package is light: each name below is imported when it is first asked for.

Transfer:
    load_source(name)            a checkpoint: a folder, a Hub id, or `xlt:en-mini`
    get_language(code)           a language: its alphabet, folds, and how things are read aloud
    read_language(file)          a language of your own, from its file
    labels(language)             the CTC labels of a language
    transfer(source, labels, Transfer(...), Regularisation(...))
                                 a model that writes these labels, and a report of every row

Text and recognition:
    normalise(text, language)    a transcript as it is trained and scored, and what was changed
    Recogniser.load(folder)      a trained model: clips, splits and files in, texts out
    score(references, hypotheses, ...)
                                 word and character errors as counts, with intervals

Recipes:
    Recipe(...)                  what is trained, from what, on what, and how
    run(recipe)                  the command line of a recipe, and the whole way through it
    Augmentation, Choices, Preparation, Regularisation, Schedule, Training, Transfer
                                 options of a recipe
    Asterisk, CommonVoice, Espeak, Folder, Prepared
                                 corpora of a recipe

`help(xlt.Recogniser)` explains one of them; the command line is `xlt --help`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlt.audio.augment import Augmentation
    from xlt.corpora.asterisk import Asterisk
    from xlt.corpora.common_voice import CommonVoice
    from xlt.corpora.espeak import Espeak
    from xlt.corpora.folder import Folder
    from xlt.corpora.prepared import Prepared
    from xlt.dataset.options import Preparation
    from xlt.language.choices import Choices
    from xlt.language.custom import read_language
    from xlt.language.labels import labels
    from xlt.language.rules import get as get_language
    from xlt.language.text import normalise
    from xlt.models.source import load_source
    from xlt.recipe.command import run
    from xlt.recipe.options import Recipe
    from xlt.recognition.recogniser import Recogniser
    from xlt.scoring.errors import score
    from xlt.training.options import Training
    from xlt.training.schedule import Schedule
    from xlt.transfer.options import Regularisation, Transfer
    from xlt.transfer.surgery import transfer

__version__ = "0.1.0"

__all__ = [
    "Asterisk",
    "Augmentation",
    "Choices",
    "CommonVoice",
    "Espeak",
    "Folder",
    "Preparation",
    "Prepared",
    "Recipe",
    "Recogniser",
    "Regularisation",
    "Schedule",
    "Training",
    "Transfer",
    "get_language",
    "labels",
    "load_source",
    "normalise",
    "read_language",
    "run",
    "score",
    "transfer",
]
_HOMES = {
    "Asterisk": "corpora.asterisk",
    "Augmentation": "audio.augment",
    "Choices": "language.choices",
    "CommonVoice": "corpora.common_voice",
    "Espeak": "corpora.espeak",
    "Folder": "corpora.folder",
    "Preparation": "dataset.options",
    "Prepared": "corpora.prepared",
    "Recipe": "recipe.options",
    "Recogniser": "recognition.recogniser",
    "Regularisation": "transfer.options",
    "Schedule": "training.schedule",
    "Training": "training.options",
    "Transfer": "transfer.options",
    "get_language": "language.rules:get",
    "labels": "language.labels",
    "load_source": "models.source",
    "normalise": "language.text",
    "read_language": "language.custom",
    "run": "recipe.command",
    "score": "scoring.errors",
}
"""Public name -> the module that defines it, and its name there where that is another."""


def __getattr__(name: str) -> Any:
    """A public name, from its module; `transfer` is the package of that name, which can be called."""
    if name == "transfer":
        return import_module("xlt.transfer")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, _, there = _HOMES[name].partition(":")
    return getattr(import_module(f"xlt.{home}"), there or name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
