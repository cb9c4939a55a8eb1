"""Verb about several runs: runs."""

from pathlib import Path
from typing import Annotated

import tyro

from xlt.cli.app import app

RunsFolder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="FOLDER")]


@app.command
def runs(folder: RunsFolder = Path("runs"), /) -> None:
    """List the runs in a folder: language, source, steps, WER and CER, and the settings that differ.

    Args:
        folder: Where runs are, or one run.
    """
    from xlt.reports.run_list import listing, runs_in

    print(listing(runs_in(folder)))
