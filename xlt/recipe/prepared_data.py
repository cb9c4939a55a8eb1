"""Prepared dataset of a run that was made before it: linked to, checked, trained on as it is.

Light: also used to check a command line before torch is imported.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from xlt.audio.frames import Geometry, feasible
from xlt.corpora.builders import AnyCorpus
from xlt.corpora.prepared import Prepared
from xlt.dataset.account import REPORT, Account, read_report
from xlt.dataset.options import Preparation
from xlt.dataset.prepare import way_of_preparing
from xlt.dataset.reader import open_split
from xlt.language.labels import encode, labels
from xlt.language.rules import Language
from xlt.recipe.options import Recipe
from xlt.system.mending import Mendable
from xlt.system.resume import OnResume, differences, policies

NAMED = 5
"""Clips that a sentence names before it only counts."""


def alone(data: Sequence[AnyCorpus]) -> Prepared | None:
    """The prepared dataset that a recipe trains on as it is; None where corpora are prepared."""
    return data[0] if len(data) == 1 and isinstance(data[0], Prepared) else None


def check_fits(corpus: Prepared, language: Language) -> Account:
    """The account of a dataset that has the recipe's language and way of writing.

    Raises:
        ValueError: it is not there, or was prepared for another language or way of writing.
    """
    corpus.fetch()
    account = Account.load(corpus.path)
    if account.language != language.code:
        raise Mendable(
            f"{corpus.path} was prepared in {account.language!r}, but the recipe's language is "
            f"{language.code!r}. Train a model of that one, or give a dataset of this one.",
            words={language.code: account.language},
        )
    made_from = read_report(corpus.path)["made_from"]
    now = way_of_preparing(language)
    changed = differences({key: made_from.get(key) for key in now}, now, show=str)
    if changed:
        raise ValueError(
            f"{corpus.path} was prepared with other labels or another way of writing than the "
            f"recipe's: {'; '.join(changed.values())}. Give the recipe the same --text flags, or "
            "prepare the corpus again, in the recipe: data.0:folder --data.0.path FOLDER."
        )
    return account


def linked(corpus: Prepared, recipe: Recipe, geometry: Geometry, data: Path) -> Account:
    """Make `data`, the data folder of a run, a link to the dataset, after all checks.

    Raises:
        ValueError: the dataset does not suit the recipe or its source, or the run has another one.
    """
    account = check_fits(corpus, recipe.target_language)
    for line in _remarks(corpus, recipe, geometry):
        print(line, flush=True)
    target = corpus.path.resolve()
    if data.resolve() == target:
        return account
    if (data / REPORT).is_file() and Account.load(data).digest != account.digest:
        raise ValueError(
            f"{data} is another dataset than {corpus.path}: this run was made with that one. "
            "Choose another --name for a run on this one."
        )
    if data.is_symlink() or not data.exists():
        _link(data, target)
    elif not (data / REPORT).is_file():
        raise ValueError(
            f"{data} is there, but is not a prepared dataset ({REPORT} is missing): move it away, "
            "or choose another --name."
        )
    return account


def _link(data: Path, target: Path) -> None:
    """A link that is there at once, in place of an older one."""
    draft = data.with_name(f".{data.name}.link")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target, target_is_directory=True)
    os.replace(draft, data)


def _remarks(corpus: Prepared, recipe: Recipe, geometry: Geometry) -> list[str]:
    """Sentences on what is used of the dataset and of the recipe.

    Raises:
        ValueError: too many training clips are too short for their transcripts with this source.
    """
    found = [f"{corpus.path} is trained on as it is: nothing is prepared again."]
    made_from = read_report(corpus.path)["made_from"]
    usual, answers = Preparation(), policies(Preparation)
    decisive = [name for name, answer in answers.items() if answer is not OnResume.FREE]
    for name in decisive:
        asked = getattr(recipe.preparation, name)
        if asked != getattr(usual, name) and repr(asked) != made_from.get(name):
            found.append(
                f"--preparation.{name.replace('_', '-')} {asked} changes nothing: the dataset was "
                f"prepared with {made_from.get(name, 'another value')}."
            )
    too_short, clips = infeasible(corpus.path, recipe.target_language, geometry, recipe)
    if not too_short:
        return found
    most = recipe.training.max_skip_fraction
    named = ", ".join(too_short[:NAMED]) + (" …" if too_short[NAMED:] else "")
    sentence = (
        f"{len(too_short):,} of {clips:,} training clips of {corpus.path} are too short for their "
        f"transcripts with the frames of {recipe.source}, at a speed of up to "
        f"{recipe.augmentation.max_speed:g} ({named})"
    )
    if len(too_short) > max(1.0, most * clips):
        raise ValueError(
            f"{sentence}; at most {most:.1%} may teach nothing (--training.max-skip-fraction). Prepare "
            f"the corpus for this source: xlt prepare {recipe.language} CORPUS --source "
            f"{recipe.source} --out FOLDER."
        )
    return [*found, f"{sentence}: they are skipped in training."]


def infeasible(
    folder: Path, language: Language, geometry: Geometry, recipe: Recipe
) -> tuple[list[str], int]:
    """Ids of the training clips that CTC can't spell in the frames of a source, and all clips."""
    train, known = open_split(folder, "train"), labels(language)
    speed = recipe.augmentation.max_speed
    return [
        clip
        for i, clip in enumerate(train.ids)
        if not feasible(geometry.frames(train.length(i), speed), encode(train.texts[i], known))
    ], len(train)
