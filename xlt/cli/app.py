"""The application that every verb of `xlt` registers with, and the arguments that they share."""

from pathlib import Path
from typing import Annotated

import tyro

from xlt.language.rules import codes
from xlt.models.location import Opening


class Application(tyro.extras.SubcommandApp):
    """The verbs of `xlt`, each a function that was registered by `app.command`."""

    @property
    def verbs(self) -> tuple[str, ...]:
        """Names of all verbs, as they are typed."""
        return tuple(name.replace("_", "-") for name in self._subcommands)


app = Application()

CODES = ", ".join(codes())
A_LANGUAGE = f"{CODES}; or the file of a language of your own, such as languages/it.py"

Files = Annotated[
    tuple[Path, ...],
    tyro.conf.Positional,
    tyro.conf.arg(metavar="FILE...", help_behavior_hint=""),
]
Model = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="MODEL")]
Data = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="DATA")]
Run = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
Corpora = Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="CORPUS")]
Checkpoint = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SOURCE")]
Opened = Annotated[Opening, tyro.conf.arg(name="")]
"""Flags of every verb that takes a model by its name."""
Code = Annotated[
    str,
    tyro.conf.Positional,
    tyro.conf.arg(metavar="LANGUAGE", help=f"Target language: {A_LANGUAGE}."),
]
Codes = Annotated[
    tuple[str, ...],
    tyro.conf.Positional,
    tyro.conf.arg(
        metavar="LANGUAGE", help=f"Languages: {A_LANGUAGE}. By default those of the package."
    ),
]
NormalisedAs = Annotated[
    str | None,
    tyro.conf.arg(
        help=f"Normalise all texts as this language: {A_LANGUAGE}. By default they are compared as they are."
    ),
]
