"""The application `xlt`, and the arguments that several verbs share."""

from pathlib import Path
from typing import Annotated

import tyro

from xlt.language import rules

app = tyro.extras.SubcommandApp()

Files = Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="FILE")]
Model = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="MODEL")]
Data = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="DATA")]
Run = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
Corpus = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="CORPUS")]
Checkpoint = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SOURCE")]

_CODES = ", ".join(rules.codes())
Code = Annotated[
    str,
    tyro.conf.Positional,
    tyro.conf.arg(
        metavar="LANGUAGE",
        help=f"Code of the language, {_CODES}, or the file of your own, languages/it.py.",
    ),
]
Codes = Annotated[
    tuple[str, ...],
    tyro.conf.Positional,
    tyro.conf.arg(
        metavar="LANGUAGE",
        help=f"Codes, {_CODES}, or files of your own, languages/it.py; by default all that have a "
        "folder in tokenizers/.",
    ),
]
NormaliseAs = Annotated[
    str | None,
    tyro.conf.arg(
        help=f"Normalise all texts as this language, {_CODES}, or the file of your own; by default "
        "they are compared as they are."
    ),
]
