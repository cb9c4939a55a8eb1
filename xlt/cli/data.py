"""Verbs that come before training: prepare, transfer."""

from pathlib import Path
from typing import TYPE_CHECKING

import tyro

from xlt.cli.app import Checkpoint, Code, Corpus, app
from xlt.cli.arguments import check_folder_to_make
from xlt.corpora.builders import BUILDERS

if TYPE_CHECKING:
    Kind = str
else:
    Kind = tyro.extras.literal_type_from_choices(BUILDERS)


@app.command
def prepare(
    language: Code,
    path: Corpus,
    /,
    out: Path,
    kind: Kind = "folder",
    source: str = "xlt:en-mini",
) -> None:
    """Make a vetted dataset of a corpus: what is kept, what is rejected, and why.

    Args:
        language: Target language.
        path: A folder with a metadata file, an archive or folder of the corpus, or a file of sentences.
        out: Folder of the dataset.
        kind: The corpus that `path` holds.
        source: Checkpoint whose frames decide which transcripts are too long for their clip.
    """
    from xlt.dataset.account import REPORT
    from xlt.language.custom import named
    from xlt.models.location import located

    target = named(language)
    corpus = BUILDERS[kind].at(path, target.code)
    check_folder_to_make(out)
    located(source)
    if not (path.exists() or (out / REPORT).is_file()):  # what is prepared needs no corpus
        corpus.fetch()  # says what a folder or an archive of this kind is
        raise ValueError(f"There is nothing at {path}.")

    from xlt.audio.augment import Augmentation
    from xlt.dataset import prepare as preparing
    from xlt.models.source import load_source
    from xlt.system.signals import catch_termination

    geometry, speed = load_source(source).geometry, Augmentation().max_speed
    with catch_termination() as stop:
        account = preparing.prepare((corpus,), target, geometry, speed, out, check=stop.check)
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
