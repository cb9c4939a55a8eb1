"""What every verb of `xlt` shares: the application, and the arguments that have no flag."""

from pathlib import Path
from typing import Annotated

import tyro

app = tyro.extras.SubcommandApp()

Files = Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="FILE")]
Model = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="MODEL")]
Data = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="DATA")]
Run = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
Corpus = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="CORPUS")]
Checkpoint = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SOURCE")]
Code = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="LANGUAGE")]
Codes = Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="LANGUAGE")]
