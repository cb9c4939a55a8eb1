"""A recipe is a value: what is trained, from what, on what, and how."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

from xlt.audio.augment import Augmentation
from xlt.corpora.asterisk import Asterisk
from xlt.corpora.common_voice import CommonVoice
from xlt.corpora.espeak import Espeak
from xlt.corpora.folder import Folder
from xlt.dataset.prepare import Preparation
from xlt.language import rules
from xlt.language.choices import Choices, chosen
from xlt.language.rules import Language
from xlt.training.options import Training
from xlt.training.schedule import Schedule
from xlt.transfer.options import Regularisation, Transfer

AnyCorpus = Asterisk | CommonVoice | Folder | Espeak

SMALL_SOURCE = "xlt:en-mini"
"""The small English checkpoint of the package, for demonstration and tests."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """What is trained, from what, on what, and how. Every field is also a flag."""

    name: str
    """Folder under --out that holds the run."""
    language: str
    """Code of the target language: de, de-CH, en, es, pt, pt-PT, or of one that the recipe file reads or registers."""
    text: Choices = field(default_factory=Choices)
    """How transcripts are written: umlauts, ß, apostrophes, hyphens."""
    source: str
    """Checkpoint to start from: a Hub id, a folder, or xlt:en-mini."""
    revision: str | None = None
    """Revision of a Hub source."""
    data: tuple[AnyCorpus, ...]
    """Corpora, prepared together."""
    preparation: Preparation = field(default_factory=Preparation)
    transfer: Transfer = field(default_factory=Transfer)
    regularisation: Regularisation = field(default_factory=Regularisation)
    augmentation: Augmentation = field(default_factory=Augmentation)
    training: Training = field(default_factory=Training)
    licence: str = ""
    """Licence of the trained weights, as an identifier of the Hub; goes on the model card."""
    compare: bool = False
    """Also train from scratch and with a fresh head: same data, steps and seed."""

    @property
    def spoken(self) -> Language:
        """The language as its transcripts are written.

        Raises:
            ValueError: there is no such language, or it has not what was chosen.
        """
        return chosen(rules.get(self.language), self.text)


MINI_TRAINING = Training(
    steps=240,
    batch_s=60.0,
    schedule=Schedule(peak=8e-4),
    evaluate_every=20,
    checkpoint_every=100,
)
"""What 20 minutes of speech and two CPU cores can carry."""


def mini(recipe: Recipe, out: Path, size: str = "mini") -> Recipe:
    """The recipe with the embedded default: small source, small corpus, few steps.

    `size` goes into its name, and into that of the run that it starts from.
    """
    data: AnyCorpus = (
        Asterisk(language="es") if recipe.language == "es" else Espeak(language=recipe.language)
    )
    return dataclasses.replace(
        recipe,
        name=f"{recipe.name}-{size}",
        source=_mini_source(recipe.source, out, size),
        revision=None,
        data=(data,),
        transfer=dataclasses.replace(
            recipe.transfer,
            drop_layers=min(recipe.transfer.drop_layers, 1),
            head_only_steps=min(recipe.transfer.head_only_steps, 20),
        ),
        training=dataclasses.replace(MINI_TRAINING, seed=recipe.training.seed),
        compare=recipe.transfer.weights == "source",
    )


def _mini_source(source: str, out: Path, size: str) -> str:
    """A chain stays a chain: `runs/es/model` becomes the small Spanish model once that is there."""
    path = Path(source)
    if path.name == "model" and path.parent.name:
        small = out / f"{path.parent.name}-{size}" / "model"
        if small.is_dir():
            return small.as_posix()
        print(
            f"{small} is not there yet: starting from {SMALL_SOURCE} instead. For the chain, run "
            f"recipes/{path.parent.name}.py --{size} first."
        )
    return SMALL_SOURCE


def smoke(recipe: Recipe, out: Path) -> Recipe:
    """The mini recipe cut down to seconds, in a run of its own: few synthetic clips, few steps."""
    recipe = mini(recipe, out, "smoke")
    training = dataclasses.replace(
        recipe.training, steps=4, batch_s=20.0, evaluate_every=2, checkpoint_every=2
    )
    data = (Espeak(language=recipe.language, limit=24),)
    return dataclasses.replace(recipe, data=data, training=training)
