"""Verbs that come before training: prepare, transfer."""

import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tyro

from xlt.cli.app import Checkpoint, Code, Corpora, Opened, app
from xlt.cli.arguments import check_folder_to_make
from xlt.corpora.base import CorpusError
from xlt.corpora.builders import BUILDERS, AnyCorpus
from xlt.corpora.folder import Folder
from xlt.corpora.hub import Hub, is_hub_id
from xlt.corpora.resolve import resolve
from xlt.models.location import Opening
from xlt.system.mending import Mendable, near_path

if TYPE_CHECKING:
    from xlt.dataset.account import Account

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
    config: str = "",
    revision: str = "",
    audio_column: str = "",
    text_column: str = "",
    source: str = "xlt:en-mini",
    max_rejected: float | None = None,
    share_sentences: bool = False,
) -> None:
    """Make a vetted dataset of a corpus or several: what is kept, what is rejected, and why.

    Args:
        language: Target language.
        paths: A folder of recordings or a table of them ("Your own recordings" in xlt/corpora/README.md),
            an archive or folder of the corpus, a file of sentences, or the id of a dataset on the Hub
            (owner/name); several become one dataset.
        out: Folder of the dataset.
        kind: The corpus that each path holds; auto looks at it.
        splits: Tables of Common Voice to read, of train, dev, test, validated, invalidated, other; by
            default the first three. Of a dataset on the Hub, its splits.
        config: Configuration of a dataset on the Hub, such as spanish.
        revision: Its branch, tag or commit.
        audio_column: Column of recordings, here or on the Hub; found by its name if not given.
        text_column: Column of what is said; found by its name if not given.
        source: Model whose frames decide which transcripts are too long for their clip (owner/name@revision).
        max_rejected: Largest share of rows rejected for one reason, by default half; else nothing is made.
        share_sentences: Let splits share sentences, for corpora in which all speakers read the same
            ones, such as commands or digits; speakers are kept apart.
    """
    from xlt.dataset.options import Preparation
    from xlt.dataset.prepare import prepare as make
    from xlt.language.custom import named
    from xlt.models.location import located

    target = named(language)
    check_folder_to_make(out)
    located(source)
    usual = Preparation().max_rejected if max_rejected is None else max_rejected
    options = Preparation(max_rejected=usual, share_sentences=share_sentences)
    columns = {"audio_column": audio_column, "text_column": text_column}
    asked = {"splits": splits, "config": config, "revision": revision, **columns}
    corpora = [_corpus(path, kind, target.code, asked) for path in paths]
    _check_there(paths, corpora, out, language)

    from xlt.audio.augment import Augmentation
    from xlt.models.source import load_source
    from xlt.system.signals import catch_termination

    geometry, speed = load_source(source).geometry, Augmentation().max_speed
    with catch_termination() as stop:
        account = make(corpora, target, geometry, speed, out, options, stop.check)
        stop.check()
    _say(account, out, language)


def _after(account: "Account", folder: Path) -> Iterator[str]:
    """Sentences that follow an account: where rejects are named, and what it can't tell."""
    from xlt.dataset.account import REJECTED
    from xlt.dataset.splits import TEST
    from xlt.scoring.caveats import too_few

    if rejected := sum(account.rejected.values()):
        many = "1 rejected clip is" if rejected == 1 else f"{rejected:,} rejected clips are"
        yield f"{many} named in {folder / REJECTED}, with the reason."
    for few in too_few(account.kept.get(TEST, 0)):
        yield f"Test split: {few}"
    yield (
        "A transcript with another text than is said shows only after training: a run names the clips "
        "that its model finds odd, once it has learned enough."
    )


def _say(account: "Account", folder: Path, language: str) -> None:
    """Print the account of a dataset, what to look at first, and the lines that go on from it."""
    from xlt.dataset.findings import read_findings, to_text

    print(account, *_after(account, folder), sep="\n")
    for part in (to_text(read_findings(folder)), _next(folder, language, account)):
        if part:
            print("", part, sep="\n")


def _check_there(
    paths: Sequence[Path], corpora: Sequence[AnyCorpus], out: Path, language: str
) -> None:
    """Refuse a command line without a corpus, or with one that is not there."""
    from xlt.dataset.account import REPORT

    if not corpora:
        raise Mendable(
            "No corpus is named.", line=f"xlt prepare {language} my-recordings --out {out}"
        )
    for path, corpus in zip(paths, corpora, strict=True):
        if not path.exists() and not (out / REPORT).is_file():  # what is prepared needs no corpus
            if (near := near_path(path)) is not None and not isinstance(corpus, Hub):
                raise CorpusError(f"There is nothing at {path}.", words={str(path): str(near)})
            corpus.fetch()  # says what a folder, an archive or a dataset of this kind is
            if isinstance(corpus, Hub):
                continue
            raise ValueError(
                f"There is nothing at {path}: give the archive, the folder or the file that the corpus "
                "is in."
            )


def _corpus(path: Path, kind: str, language: str, asked: Mapping[str, Any]) -> AnyCorpus:
    """The corpus at a path; where it is guessed to be another than a folder, that is said."""
    guessed = kind == "auto" and (path.exists() or is_hub_id(path))
    if guessed:
        corpus = resolve(path, language)
    else:
        corpus = BUILDERS["folder" if kind == "auto" else kind].at(path, language)
    if guessed and not isinstance(corpus, Folder):
        print(f"{path} is read as {_read_as(corpus)} (--kind says otherwise).", file=sys.stderr)
    given = {name: value for name, value in asked.items() if value}
    known = {field.name for field in fields(corpus)}
    for name in given:
        if name not in known:
            kinds = [
                key for key, kind in BUILDERS.items() if name in {f.name for f in fields(kind)}
            ]
            raise ValueError(
                f"--{name.replace('_', '-')} is an option of {' and '.join(kinds)}, but {path} is "
                f"read as {corpus.name}. Leave it out, or say --kind {kinds[0]}."
            )
    return replace(corpus, **given)


def _read_as(corpus: AnyCorpus) -> str:
    return f"the dataset {corpus.name} on the Hub" if isinstance(corpus, Hub) else corpus.name


@app.command
def transfer(source: Checkpoint, language: Code, /, opening: Opened = Opening()) -> None:
    """Show which rows of a checkpoint's head a language can start from; trains nothing.

    Args:
        source: A Hub id, a run, a model folder, or xlt:en-mini.
        language: Target language.
        opening: Revision of a Hub id, language of an MMS checkpoint, and pickled weights.
    """
    from xlt.language.custom import named
    from xlt.language.labels import labels
    from xlt.language.rules import codes
    from xlt.models.location import located

    if source in codes() and language not in codes():
        raise Mendable(
            f"{source} is a language: the source comes first.",
            line=f"xlt transfer {language} {source}",
        )
    target = named(language)
    located(source, opening.revision)

    from xlt.transfer import load_source
    from xlt.transfer import transfer as make

    _, report = make(load_source(source, target=target.code, **asdict(opening)), labels(target))
    print(report)


def _next(folder: Path, language: str, account: "Account") -> str:
    """The lines that go on from a prepared dataset: for little speech, those of the small source."""
    from xlt.recipe.misfits import MANY_PASSES, passes_over
    from xlt.recipe.options import SMALL_SOURCE
    from xlt.recipe.recipe_file import recipe_for

    recipe = recipe_for(account.language, SMALL_SOURCE)
    data, flags = shlex.quote(str(folder)), ["--dry-run"]
    if passes_over(recipe, account.hours.get("train", 0.0)) > MANY_PASSES:
        flags = ["--mini", "--no-compare", *flags]
    if recipe.source == SMALL_SOURCE:  # no published recipe says what the language starts from
        flags = ["--source", SMALL_SOURCE, *flags]
    return "\n".join(
        [
            "Next",
            f"  xlt overfit {data}",
            f"  xlt train {shlex.quote(language)} {data} {' '.join(flags)}",
        ]
    )
