"""`xlt ...`: the verbs of the command line. Each one reads its flags and calls one function.

Heavy libraries are imported by the verb that needs them, so that `xlt --help` answers at once.
"""

import logging
import sys

from xlt import __version__
from xlt.cli import alphabets, checks, data, models, runs, scores, train, verify
from xlt.cli.app import app
from xlt.cli.verbs import EXAMPLES, check_verb
from xlt.system.exit_status import errors_as_sentences
from xlt.system.progress_bars import hide_library_bars
from xlt.system.redaction import redact_output

__all__ = ["alphabets", "checks", "data", "main", "models", "runs", "scores", "train", "verify"]

WRONG_ARGUMENTS = 2
"""Exit code of tyro, after it has said which argument is wrong."""


def main() -> None:
    """Entry point of the `xlt` command."""
    redact_output()
    hide_library_bars()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    if sys.argv[1:] == ["--version"]:
        print(f"xlt {__version__}")
        return
    with errors_as_sentences():
        check_verb(sys.argv[1:], app.verbs)
        if sys.argv[1:2] == ["train"] and not {*sys.argv[2:3]} & {"-h", "--help"}:
            train.start(sys.argv[2:])
            return
        try:
            app.cli(
                prog="xlt",
                description="Speech recognition for the next language, from a checkpoint of another. Training: "
                "xlt train es my-recordings --dry-run",
            )
        except SystemExit as leave:
            if leave.code == WRONG_ARGUMENTS and (
                line := EXAMPLES.get(sys.argv[1] if sys.argv[1:] else "")
            ):
                print(f"For example: {line}", file=sys.stderr)
            raise
