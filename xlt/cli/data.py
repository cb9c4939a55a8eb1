"""Verbs that come before training: prepare, transfer."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import tyro

from xlt.cli.app import Checkpoint, Code, Corpora, app
from xlt.cli.arguments import check_folder_to_make
from xlt.corpora.builders import BUILDERS, AnyCorpus
from xlt.corpora.common_voice import CommonVoice
from xlt.corpora.folder import Folder
from xlt.corpora.resolve import resolve

if TYPE_CHECKING:
    Kind = str
else:
    Kind = tyro.extras.literal_type_from_choices(("auto", *BUILDERS))


@app.command
def prepare(
    language: Code,
    paths: Corpora,
    /,
    out: Path,
    kind: Kind = "auto",
    splits: tuple[str, ...] = (),
    source: str = "xlt:en-mini",
    max_rejected: float | None = None,
    share_sentences: bool = False,
) -> None:
    """Make a vetted dataset of a corpus or several: what is kept, what is rejected, and why.

    Args:
        language: Target language.
        paths: A folder of recordings or a table of them ("Your own recordings" in xlt/corpora/README.md),
            an archive or folder of the corpus, or a file of sentences; several become one dataset.
        out: Folder of the dataset.
        kind: The corpus that each path holds; auto looks at it.
        splits: Tables of Common Voice to read, of train, dev, test, validated, invalidated, other; by
            default the first three.
        source: Checkpoint whose frames decide which transcripts are too long for their clip.
        max_rejected: Share of the rows that may be rejected for one reason, by default half; above it,
            nothing is made.
        share_sentences: Let splits share sentences, for corpora in which all speakers read the same
            ones, such as commands or digits; speakers are kept apart.
    """
    from xlt.dataset.findings import read_findings, to_text
    from xlt.dataset.options import Preparation
    from xlt.dataset.prepare import prepare as make
    from xlt.language.custom import named
    from xlt.models.location import located

    target = named(language)
    check_folder_to_make(out)
    located(source)
    usual = Preparation().max_rejected if max_rejected is None else max_rejected
    options = Preparation(max_rejected=usual, share_sentences=share_sentences)
    corpora = [_corpus(path, kind, target.code, splits) for path in paths]
    _check_there(paths, corpora, out, language)

    from xlt.audio.augment import Augmentation
    from xlt.models.source import load_source
    from xlt.system.signals import catch_termination

    geometry, speed = load_source(source).geometry, Augmentation().max_speed
    with catch_termination() as stop:
        account = make(corpora, target, geometry, speed, out, options, stop.check)
        stop.check()
    print(account)
    for part in (to_text(read_findings(out)), _next(out, language)):
        if part:
            print("", part, sep="\n")


def _check_there(
    paths: Sequence[Path], corpora: Sequence[AnyCorpus], out: Path, language: str
) -> None:
    """Refuse a command line without a corpus, or with one that is not there."""
    from xlt.dataset.account import REPORT

    if not corpora:
        raise ValueError(f"No corpus is named: xlt prepare {language} FOLDER --out {out}")
    for path, corpus in zip(paths, corpora, strict=True):
        if not path.exists() and not (out / REPORT).is_file():  # what is prepared needs no corpus
            corpus.fetch()  # says what a folder or an archive of this kind is
            raise ValueError(
                f"There is nothing at {path}: give the archive, the folder or the file that the corpus "
                "is in."
            )


def _corpus(path: Path, kind: str, language: str, splits: tuple[str, ...]) -> AnyCorpus:
    """The corpus at a path; where it is guessed to be another than a folder, that is said."""
    guessed = kind == "auto" and path.exists()
    if guessed:
        corpus = resolve(path, language)
    else:
        corpus = BUILDERS["folder" if kind == "auto" else kind].at(path, language)
    if guessed and not isinstance(corpus, Folder):
        print(f"{path} is read as {corpus.name} (--kind says otherwise).", file=sys.stderr)
    if splits and not isinstance(corpus, CommonVoice):
        raise ValueError(
            f"--splits chooses tables of Common Voice, but {path} is read as {corpus.name}. Leave it "
            "out, or say --kind common-voice."
        )
    return replace(corpus, splits=splits) if isinstance(corpus, CommonVoice) and splits else corpus


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


def _next(folder: Path, language: str) -> str:
    """The lines that go on from a prepared dataset."""
    data = shlex.quote(str(folder))
    return f"Next\n  xlt overfit {data}\n  xlt train {shlex.quote(language)} {data} --dry-run"
