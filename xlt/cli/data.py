"""Verbs that come before training: prepare, transfer."""

from pathlib import Path
from typing import Literal

from xlt.cli.app import Checkpoint, Code, Corpus, app
from xlt.cli.arguments import check_folder_to_make


@app.command
def prepare(
    language: Code,
    path: Corpus,
    /,
    out: Path,
    kind: Literal["folder", "common-voice"] = "folder",
    source: str = "xlt:en-mini",
) -> None:
    """Make a vetted dataset of a corpus: what is kept, what is rejected, and why.

    Args:
        language: Target language.
        path: A folder with a metadata file, or a Common Voice archive or folder.
        out: Folder of the dataset.
        kind: Kind of corpus that `path` is.
        source: Checkpoint whose frames decide which transcripts are too long for their clip.
    """
    from xlt.corpora.common_voice import CommonVoice
    from xlt.corpora.folder import Folder
    from xlt.dataset.account import REPORT
    from xlt.language.custom import named
    from xlt.models.location import located

    target = named(language)
    corpus = (CommonVoice if kind == "common-voice" else Folder)(path=path, language=target.code)
    check_folder_to_make(out)
    located(source)
    if not (out / REPORT).is_file():  # what is prepared already is found without its corpus
        corpus.fetch()

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
