"""Recipe of a run as a value: source, data, transfer and training; and its small versions."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from xlt.audio.augment import Augmentation
from xlt.corpora.asterisk import Asterisk
from xlt.corpora.builders import AnyCorpus, in_language
from xlt.corpora.espeak import Espeak
from xlt.dataset.options import Preparation
from xlt.language import rules
from xlt.language.choices import Choices, chosen
from xlt.language.rules import Language
from xlt.models.location import Opening
from xlt.system.resume import Fixed, Free
from xlt.training.options import Training
from xlt.training.schedule import Schedule
from xlt.transfer.options import Regularisation, Transfer

SMALL_SOURCE = "xlt:en-mini"
"""The small English checkpoint of the package, for demonstration and tests."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """Source, data, transfer and training of a run. Every field is also a flag."""

    name: Fixed[str]
    """Folder under --out that holds the run."""
    language: Annotated[
        Fixed[str],
        tyro.conf.arg(
            help=f"Code of the target language, {', '.join(rules.codes())}, or of one that the recipe "
            "file reads or registers."
        ),
    ]
    """Code of the target language."""
    text: Choices = field(default_factory=Choices)
    """Spelling of the transcripts: umlauts, ß, apostrophes, hyphens."""
    source: Fixed[str]
    """Checkpoint to start from: a Hub id, a run, a model folder, or xlt:en-mini."""
    revision: Fixed[str | None] = None
    """Revision of a Hub source; or name it owner/name@revision."""
    source_language: Fixed[str | None] = None
    """Language to start from, of a source that has a head and an adapter for each (MMS): deu, or de."""
    allow_pickle: Fixed[bool] = False
    """Open a source that has pickled weights alone: they are read by torch's weights_only."""
    data: Fixed[tuple[AnyCorpus, ...]]
    """Corpora, prepared together: data.0:folder --data.0.path A data.1:folder --data.1.path B. One that
    names no language is in the recipe's."""
    preparation: Preparation = field(default_factory=Preparation)
    transfer: Transfer = field(default_factory=Transfer)
    regularisation: Regularisation = field(default_factory=Regularisation)
    augmentation: Augmentation = field(default_factory=Augmentation)
    training: Training = field(default_factory=Training)
    licence: Fixed[str] = ""
    """Licence of the trained weights, as an identifier of the Hub; goes on the model card."""
    compare: Free[bool] = False
    """Also train from scratch and with a fresh head: same data, steps and seed."""

    def __post_init__(self) -> None:
        told = tuple(in_language(corpus, self.language) for corpus in self.data)
        object.__setattr__(self, "data", told)

    @property
    def opening(self) -> Opening:
        """Options of opening the source."""
        return Opening(
            revision=self.revision,
            source_language=self.source_language,
            allow_pickle=self.allow_pickle,
        )

    @property
    def target_language(self) -> Language:
        """The target language, in the spelling of its transcripts.

        Raises:
            ValueError: the language is not known, or lacks the letters that `text` respells.
        """
        return chosen(rules.get(self.language), self.text)


MINI_TRAINING = Training(
    steps=240,
    batch_s=60.0,
    schedule=Schedule(peak=8e-4),
    evaluate_every=20,
    checkpoint_every=100,
)
"""Training that fits 20 minutes of speech and two CPU cores."""


def mini(recipe: Recipe, out: Path, size: str = "mini", data: tuple[AnyCorpus, ...] = ()) -> Recipe:
    """The recipe with the embedded default: small source, small corpus or `data`, few steps.

    `size` goes into its name, and into that of the run that it starts from.
    """
    if not data:
        spanish = recipe.language == "es"
        data = (Asterisk(language="es") if spanish else Espeak(language=recipe.language),)
    return dataclasses.replace(
        recipe,
        name=f"{recipe.name}-{size}",
        source=_mini_source(recipe.source, out, size),
        revision=None,
        data=data,
        transfer=dataclasses.replace(
            recipe.transfer,
            drop_layers=min(recipe.transfer.drop_layers, 1),
            head_only_steps=min(recipe.transfer.head_only_steps, 20),
        ),
        regularisation=Regularisation(),  # that of a recipe is for the width of its own source
        training=dataclasses.replace(MINI_TRAINING, seed=recipe.training.seed),
        compare=recipe.transfer.weights == "source",
    )


def _mini_source(source: str, out: Path, size: str) -> str:
    """A chain stays a chain: `runs/es`, or its model, becomes the small Spanish one once it is there."""
    path = Path(source)
    run = path.parent if path.name == "model" else path if path.parent == out else None
    if run is not None and run.name:
        small = out / f"{run.name}-{size}" / "model"
        if small.is_dir():
            return small.as_posix()
        print(
            f"{small} is not there yet: starting from {SMALL_SOURCE} instead. For the chain, run "
            f"recipes/{run.name}.py --{size} first."
        )
    return SMALL_SOURCE


def smoke(recipe: Recipe, out: Path, data: tuple[AnyCorpus, ...] = ()) -> Recipe:
    """The mini recipe cut down to seconds, in a run of its own: few synthetic clips, few steps."""
    data = data or (Espeak(language=recipe.language, limit=24),)
    recipe = mini(recipe, out, "smoke", data)
    training = dataclasses.replace(
        recipe.training, steps=4, batch_s=20.0, evaluate_every=2, checkpoint_every=2
    )
    transfer = dataclasses.replace(
        recipe.transfer, head_only_steps=min(recipe.transfer.head_only_steps, 2)
    )
    return dataclasses.replace(recipe, transfer=transfer, training=training)
