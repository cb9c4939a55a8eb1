"""Verbs that come before training: prepare, transfer."""

from pathlib import Path
from typing import Literal

from xlt.cli.app import Checkpoint, Code, Corpus, app


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
        language: Code of the language: de, de-CH, en, es, pt, pt-PT; or your own's file, languages/it.py.
        path: A folder with a metadata file, or a Common Voice archive or folder.
        out: Folder of the dataset.
        kind: What `path` is.
        source: Checkpoint whose frames decide which transcripts are too long for their clip.
    """
    from xlt.audio.augment import Augmentation
    from xlt.corpora.common_voice import CommonVoice
    from xlt.corpora.folder import Folder
    from xlt.dataset import prepare as preparing
    from xlt.language.custom import named
    from xlt.models.source import load_source
    from xlt.system.signals import catch_termination

    target = named(language)
    corpus = (CommonVoice if kind == "common-voice" else Folder)(path=path, language=target.code)
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
        language: Code of the target language: de, de-CH, en, es, pt, pt-PT; or your own's file.
        revision: Revision of a Hub source.
    """
    from xlt.language.custom import named
    from xlt.language.labels import labels
    from xlt.transfer import load_source
    from xlt.transfer import transfer as make

    _, report = make(load_source(source, revision=revision), labels(named(language)))
    print(report)
