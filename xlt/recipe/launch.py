"""Launch of a run: the flags that do not change its result, and the command line."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated

import tyro

from xlt.corpora.builders import AnyCorpus
from xlt.recipe.foreign_flags import check_flags
from xlt.recipe.options import Recipe, mini, smoke
from xlt.system.mending import Mendable
from xlt.transfer.options import Transfer

OUT = Path("runs")


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """A recipe and how it is started."""

    recipe: Annotated[Recipe, tyro.conf.arg(name="")]
    out: Path = OUT
    """Folder of all runs."""
    mini: bool = False
    """The same recipe with the small English source, a small corpus and few steps: CPU minutes."""
    smoke: bool = False
    """--mini with a few seconds of synthetic speech and a few steps: does everything run?"""
    resume: bool = False
    """Go on with the run in --out from its newest whole checkpoint."""
    allow_change: tuple[str, ...] = ()
    """Settings that may differ from the checkpoint's on --resume, such as training.steps, or data,
    labels, source, precision, xlt, torch, transformers."""
    prepare_only: bool = False
    """Stop after the dataset is prepared."""
    dry_run: bool = False
    """Print what would be done, then stop."""
    trackers: tuple[str, ...] = ()
    """Trackers of accelerate, such as tensorboard."""
    traceback: bool = False
    """Show where in the code an error was raised."""
    changed: tyro.conf.Suppress[tuple[str, ...]] = ()
    """Settings of the transfer that --mini or --smoke has changed, each with both values."""

    @property
    def folder(self) -> Path:
        """Folder of this run."""
        return self.out / self.recipe.name


def parse(
    recipe: Recipe,
    arguments: list[str],
    *,
    data: tuple[AnyCorpus, ...] = (),
    prog: str | None = None,
) -> Launch:
    """The launch that a command line asks for: flags from the fields, over --mini or --smoke.

    Data that was named by its path stays, whatever those swap in. Every process of a distributed
    run parses the same line to the same launch.

    Raises:
        ValueError: corpora are named with a gap, a corpus's flag comes without its kind, or a flag is
            that of another trainer.
    """
    check_flags(arguments)
    arguments = in_order(arguments)
    first, whole = _first_pass(arguments), recipe.transfer
    if first.smoke:
        recipe = smoke(recipe, first.out, data)
    elif first.mini:
        recipe = mini(recipe, first.out, data=data)
    elif data:
        recipe = replace(recipe, data=data)
    recipe = _with_corpora(recipe, arguments)
    changed = _changes(whole, recipe.transfer, "--smoke" if first.smoke else "--mini")
    launch = Launch(recipe=recipe, changed=changed)
    return tyro.cli(Launch, default=launch, args=arguments, prog=prog)


def _changes(whole: Transfer, small: Transfer, by: str) -> tuple[str, ...]:
    """Settings of a transfer that differ in the small recipe."""
    pairs = {
        field.name: (getattr(whole, field.name), getattr(small, field.name))
        for field in fields(Transfer)
    }
    return tuple(
        f"{by} makes --transfer.{name.replace('_', '-')} {after}; the recipe has {before}"
        for name, (before, after) in pairs.items()
        if before != after
    )


def _first_pass(arguments: list[str]) -> argparse.Namespace:
    """The flags that choose the recipe, whose fields are the defaults of all other flags."""
    flags = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    flags.add_argument("--out", type=Path, nargs="?", default=OUT, const=OUT)
    flags.add_argument("--mini", action=argparse.BooleanOptionalAction)
    flags.add_argument("--smoke", action=argparse.BooleanOptionalAction)
    try:
        return flags.parse_known_args(arguments)[0]
    except argparse.ArgumentError:  # tyro refuses it with a better message
        return flags.parse_args([])


def in_order(arguments: Sequence[str]) -> list[str]:
    """The arguments with the flags of corpora last, since what follows `data.N:kind` is read as theirs."""
    first = next((i for i, word in enumerate(arguments) if re.match(r"data\.\d+:", word)), None)
    if first is None:
        return [*arguments]
    before, of_data = [*arguments[:first]], True
    behind: list[str] = []
    for word in arguments[first:]:
        if word.startswith("-") or re.match(r"data\.\d+:", word):
            of_data = not word.startswith("-") or word.startswith("--data.")
        (behind if of_data else before).append(word)
    return [*before, *behind]


def _with_corpora(recipe: Recipe, arguments: list[str]) -> Recipe:
    """The recipe with a place for every further corpus `data.N:kind` that a command line names."""
    named = {int(found[1]) for text in arguments if (found := re.match(r"data\.(\d+):", text))}
    for text in arguments:
        flag = re.match(r"--data\.(\d+)\.", text)
        if flag and int(flag[1]) not in named and int(flag[1]) >= len(recipe.data):
            raise ValueError(
                f"{text} comes without the kind of its corpus: data.{flag[1]}:folder {text} ..."
            )
    more = sorted(number for number in named if number >= len(recipe.data))
    for expected, number in enumerate(more, start=len(recipe.data)):
        if number != expected:
            raise ValueError(
                f"data.{number}: is given, but no data.{expected}: before it. The recipe has "
                f"{len(recipe.data)}, counted from 0: further ones go on with data.{expected}:folder."
            )
    return replace(recipe, data=(*recipe.data, *(tyro.MISSING for _ in more)))


def nothing_to_resume(launch: Launch) -> list[str]:
    """Warning: --resume names a run that is not there, which then begins at step 0.

    That is not a fault: a job that is restarted by its queue resumes from the first start on.
    """
    if not launch.resume or launch.folder.is_dir():
        return []
    there = sorted(path.parent.name for path in launch.out.glob("*/checkpoints"))
    names = f"; there are {', '.join(there)} (--name)" if there else ""
    return [f"--resume finds no run in {launch.folder}, and a new one begins{names}."]


def in_the_way(launch: Launch) -> list[Mendable]:
    """Faults: the folder of the run holds one that would have to be gone on with."""
    if launch.resume or launch.prepare_only or not any(launch.folder.glob("checkpoints/*/step-*")):
        return []
    name, number = launch.recipe.name, 2
    while (launch.out / f"{name}-{number}").exists():
        number += 1
    state = (
        "a finished run" if (launch.folder / "record.json").is_file() else "a run that was begun"
    )
    sentence = (
        f"{launch.folder} holds {state}. For another one add --name {name}-{number}; to go on with this "
        "one add --resume."
    )
    return [Mendable(sentence, flags={"--name": f"{name}-{number}"})]
