"""Verbs that come before training: prepare, transfer."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import tyro

from xlt.cli.app import Checkpoint, Code, Corpus, app
from xlt.cli.arguments import check_folder_to_make
from xlt.corpora.builders import BUILDERS
from xlt.corpora.folder import Folder
from xlt.corpora.resolve import resolve

if TYPE_CHECKING:
    Kind = str
else:
    Kind = tyro.extras.literal_type_from_choices(("auto", *BUILDERS))


@app.command
def prepare(
    language: Code,
    path: Corpus,
    /,
    out: Path,
    kind: Kind = "auto",
    source: str = "xlt:en-mini",
    max_rejected: float | None = None,
) -> None:
    """Make a vetted dataset of a corpus: what is kept, what is rejected, and why.

    Args:
        language: Target language.
        path: A folder of recordings or a table of them ("Your own recordings" in xlt/corpora/README.md),
            an archive or folder of the corpus, or a file of sentences.
        out: Folder of the dataset.
        kind: The corpus that `path` holds; auto looks at it.
        source: Checkpoint whose frames decide which transcripts are too long for their clip.
        max_rejected: Share of the rows that may be rejected for one reason, by default half; above it,
            nothing is made.
    """
    from xlt.dataset.account import REPORT
    from xlt.dataset.prepare import Preparation
    from xlt.dataset.prepare import prepare as make
    from xlt.language.custom import named
    from xlt.models.location import located

    target = named(language)
    check_folder_to_make(out)
    located(source)
    options = Preparation() if max_rejected is None else Preparation(max_rejected=max_rejected)
    guessed = kind == "auto" and path.exists()
    corpus = (
        resolve(path, target.code)
        if guessed
        else BUILDERS["folder" if kind == "auto" else kind].at(path, target.code)
    )
    if guessed and not isinstance(corpus, Folder):
        print(f"{path} is read as {corpus.name} (--kind says otherwise).", file=sys.stderr)
    if not (path.exists() or (out / REPORT).is_file()):  # what is prepared needs no corpus
        corpus.fetch()  # says what a folder or an archive of this kind is
        raise ValueError(
            f"There is nothing at {path}: give the archive, the folder or the file that the corpus is in."
        )

    from xlt.audio.augment import Augmentation
    from xlt.models.source import load_source
    from xlt.system.signals import catch_termination

    geometry, speed = load_source(source).geometry, Augmentation().max_speed
    with catch_termination() as stop:
        account = make((corpus,), target, geometry, speed, out, options, stop.check)
        stop.check()
    print(account)


@app.command
def transfer(source: Checkpoint, language: Code, /, revision: str | None = None) -> None:
    """Show which rows of a checkpoint's head a language can start from; trains nothing.

    Args:
        source: A Hub id, a folder, or xlt:en-mini.
        language: Target language.
        revision: Revision of a Hub source.
    """
    from xlt.language.custom import named
    from xlt.language.labels import labels
    from xlt.models.location import located

    target = labels(named(language))
    located(source)

    from xlt.transfer import load_source
    from xlt.transfer import transfer as make

    _, report = make(load_source(source, revision=revision), target)
    print(report)
