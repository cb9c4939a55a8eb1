"""Command line of a recipe: `python recipes/es.py FLAGS`, or `xlt train es DATA ... FLAGS`.

Flags, language, source and paths of corpora are checked before torch and transformers are imported.
"""

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext

from xlt.corpora.common_voice import CommonVoice
from xlt.corpora.folder import Folder
from xlt.corpora.layouts import layout_of
from xlt.corpora.prepared import Prepared
from xlt.dataset.account import REPORT
from xlt.dataset.corpora_together import in_one_language
from xlt.models.location import located
from xlt.recipe.launch import Launch, in_the_way, parse
from xlt.recipe.misfits import head_only
from xlt.recipe.options import Recipe
from xlt.recipe.prepared_data import alone, check_fits
from xlt.recipe.train_line import TrainLine, launch_of
from xlt.system.allocator import use_growing_blocks
from xlt.system.exit_status import errors_as_sentences
from xlt.system.mending import together
from xlt.system.progress_bars import hide_library_bars
from xlt.system.redaction import redact_output
from xlt.system.signals import end_with_launcher
from xlt.training.launch_environment import refused_launcher


def run(recipe: Recipe) -> None:
    """Read the command line, then run the recipe: what every file in recipes/ calls."""
    _begin()
    with errors_as_sentences():
        launch = parse(recipe, sys.argv[1:])
    _execute(launch)


def train(arguments: Sequence[str]) -> None:
    """Run the recipe that `xlt train WHAT DATA ... FLAGS` names; `arguments` follow the verb."""
    _begin()
    with errors_as_sentences():
        launch = launch_of(TrainLine.of(arguments))
    _execute(launch)


def _begin() -> None:
    use_growing_blocks()
    redact_output()
    hide_library_bars()
    end_with_launcher()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")


def _execute(launch: Launch) -> None:
    with nullcontext() if launch.traceback else errors_as_sentences():
        check(launch)
        from xlt.recipe.run import execute

        execute(launch)


def check(launch: Launch) -> None:
    """Refuse what is known to be wrong before anything heavy is imported.

    Raises:
        ValueError: for an unknown language, a source or a corpus that is not there, or corpora that
            don't go together.
    """
    language = launch.recipe.target_language
    if os.environ.get("RANK", "0") != "0":
        return  # other machines of a run may lack its corpora, and one says what is wrong
    if launch.dry_run:
        return  # it says everything
    if sentences := refused_launcher():
        raise ValueError("\n".join(sentences))
    if faults := [*in_the_way(launch), *head_only(launch.recipe)]:
        raise together(faults)
    located(launch.recipe.source, launch.recipe.revision)
    if prepared := alone(launch.recipe.data):
        check_fits(prepared, language)
        return
    if (launch.folder / "data" / REPORT).is_file():
        return  # its corpora may have gone since
    in_one_language(launch.recipe.data, language)
    for corpus in launch.recipe.data:
        if isinstance(corpus, CommonVoice | Folder | Prepared):  # downloaded by nobody: looked for
            corpus.fetch()
        if isinstance(corpus, Folder):
            layout_of(corpus.path)
