"""The verb that trains. Its flags are those of the recipe that it is given, so `cli.main` hands its line over."""

from typing import Annotated

import tyro

from xlt.cli.app import Corpora, app

What = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="WHAT")]


@app.command
def train(what: What, data: Corpora = (), /) -> None:
    """Train a recogniser on your data: xlt train es my-recordings --dry-run.

    Every field of the recipe is a flag: xlt train es --help lists them.

    Args:
        what: A language (es, pt, de: the published recipe; or a language file of your own, with --source), or the
            file of a recipe.
        data: Recordings: a folder, a table, an archive of Common Voice, a prepared dataset, a run's data.
            By default those of the recipe.
    """
    start([what, *map(str, data)])


def start(words: list[str]) -> None:
    """Run the line whose words follow `xlt train`."""
    from xlt.recipe.command import train as run_line

    run_line(words)
