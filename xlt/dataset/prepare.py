"""Preparation of a dataset: rows of corpora in, vetted splits on disk and an account of every clip out.

Two passes. The first decodes and checks every row, and keeps what is good in a hidden work folder
beside the dataset; it is journalled, so a killed build goes on where it was. Then the splits are
drawn, with all clips known, and the second pass copies the recordings to their places. The
finished folder appears by one rename.
"""

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from xlt.audio.frames import Geometry
from xlt.audio.sandbox import Decoders
from xlt.corpora.base import SCRATCH, Corpus, CorpusError, RefusedRow, Row, scratch_in
from xlt.dataset.account import REPORT, Account, CorpusFacts, read_report
from xlt.dataset.assemble import MostlyRejected, assemble
from xlt.dataset.corpora_together import in_one_language
from xlt.dataset.disk_needed import check_room
from xlt.dataset.inputs import INPUTS, changes, described, write_inputs
from xlt.dataset.journal import NAME, Journal, check_made_from, open_journal
from xlt.dataset.options import ADDED, Preparation
from xlt.dataset.vet import Target, Verdict, vet_row
from xlt.language.choices import way_of_writing
from xlt.language.labels import labels
from xlt.language.rules import Language
from xlt.language.text import NORMALISER
from xlt.system.cores import usable_cores
from xlt.system.files import replace_folder, sync
from xlt.system.ordered_threads import in_order
from xlt.system.resume import OnResume, policies

logger = logging.getLogger(__name__)

OF_JOURNAL = {
    "digest of recordings": "16-bit samples as stored",
    "draw of splits": "by the published transcript",
}
"""Facts of which all verdicts in a journal must be alike, and a finished dataset needs nothing."""


def prepare(
    corpora: Sequence[Corpus],
    language: Language,
    geometry: Geometry,
    max_speed: float,
    folder: Path,
    options: Preparation = Preparation(),
    check: Callable[[], None] = lambda: None,
    *,
    keep: str = "",
) -> Account:
    """Make the dataset `folder` from corpora, go on making it, or find it made already.

    Where the files of the corpora have changed since, it is made anew, unless `keep` says why not.

    Raises:
        ValueError: if nothing usable comes in, a split would be empty, the folder holds something
            else, or its corpora have changed and it may not be made anew.
        OSError: if the disk is full; what was done stays and the same call goes on.
        Exception: what `check` raises, asked after every row, of the second pass as well; what was
            done stays.
    """
    corpora = in_one_language(corpora, language)
    for corpus in corpora:
        if corpus.language != language.code:
            rules = f"written by the rules of {language.code}"
            print(f"{corpus.name} is in {corpus.language}: {rules}.", flush=True)
    made_from = fingerprint(corpora, language, geometry, max_speed, options)
    work = folder.absolute().with_name(f".{folder.absolute().name}.prepare")
    if (account := _found(folder, corpora, made_from, keep)) is not None:
        shutil.rmtree(work, ignore_errors=True)
        return account
    target = Target(
        language=language, labels=labels(language), geometry=geometry, max_speed=max_speed
    )
    late = {name for name, policy in policies(Preparation).items() if policy is OnResume.LATE}
    first_pass = {key: value for key, value in made_from.items() if key not in late}
    opened = open_journal(
        work,
        first_pass | OF_JOURNAL,
        check,
        same=lambda: _same_inputs(work, corpora, language.code),
    )
    with scratch_in(work), _forgotten_if_rejected(work), opened as journal:
        for leftover in work.glob(f"{SCRATCH}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if not journal.rows:
            check_room(corpora, work)
        _vet_all(corpora, target, options, journal)
        account = assemble(
            _facts(corpora),
            language.code,
            journal,
            made_from,
            options.draw,
            options.max_rejected,
        )
        _put_in_place(work, folder)
    shutil.rmtree(work)
    return account


def _found(
    folder: Path, corpora: Sequence[Corpus], made_from: Mapping[str, str], keep: str
) -> Account | None:
    """The account of a dataset that is there already; None where it is to be made, or made anew."""
    if not (folder.is_dir() and any(folder.iterdir())):
        return None
    changed = _changes(folder, corpora, made_from)
    if not changed:
        return Account.load(folder)
    if keep:
        raise ValueError(
            f"{folder} was prepared from files that have changed since: {'; '.join(changed)}. {keep}"
        )
    print(f"Prepared anew, as the corpus has changed: {'; '.join(changed)}.", flush=True)
    return None


def fingerprint(
    corpora: Sequence[Corpus],
    language: Language,
    geometry: Geometry,
    max_speed: float,
    options: Preparation,
) -> dict[str, str]:
    """Everything that the dataset depends on, by name."""
    return {
        **{f"corpus {k + 1}": described(corpus) for k, corpus in enumerate(corpora)},
        "language": language.code,
        **way_of_preparing(language),
        "geometry": f"kernels {geometry.kernels}, strides {geometry.strides}",
        "max_speed": repr(max_speed),
        **{
            name: repr(getattr(options, name))
            for name, policy in policies(Preparation).items()
            if policy is not OnResume.FREE and getattr(options, name) != ADDED.get(name)
        },
    }


def way_of_preparing(language: Language) -> dict[str, str]:
    """Everything that the texts of a dataset depend on, by name."""
    return {
        "normaliser": f"{NORMALISER} {way_of_writing(language)}",
        "alphabet": labels(language).digest,
    }


@contextmanager
def _forgotten_if_rejected(work: Path) -> Iterator[None]:
    """Leave no verdicts on a corpus that needs mending: they would be taken for those on the mended one."""
    try:
        yield
    except MostlyRejected:
        shutil.rmtree(work, ignore_errors=True)
        raise


def _made_from(folder: Path) -> Mapping[str, str]:
    if not (folder / REPORT).is_file():
        raise ValueError(
            f"{folder} is there and not empty, but holds no dataset ({REPORT} is missing): choose "
            "another output folder, or empty this one"
        )
    return dict(read_report(folder)["made_from"])


def _changes(folder: Path, corpora: Sequence[Corpus], made_from: Mapping[str, str]) -> list[str]:
    """Files that have changed since a dataset was made; says what it is used for where none has."""
    before = _made_from(folder)
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime((folder / REPORT).stat().st_mtime))
    if not (folder / INPUTS).is_file():
        check_made_from(before, {**made_from, **as_before_inputs(corpora)}, folder)
        print(
            f"Used what was prepared on {when} in {folder}: it does not note the files that it was "
            "made from, so a corrected corpus is not seen. Delete it to prepare it again.",
            flush=True,
        )
        return []
    check_made_from(before, made_from, folder)
    try:
        found = changes(corpora, made_from["language"], folder)
    except (CorpusError, OSError) as error:
        print(f"Used what was prepared on {when} in {folder}; now: {error}", flush=True)
        return []
    if not found:
        print(f"Nothing new: used what was prepared on {when} in {folder}.", flush=True)
    return found


def as_before_inputs(corpora: Sequence[Corpus]) -> dict[str, str]:
    """The corpora in the fingerprint of a dataset that does not note its input files."""
    return {f"corpus {k + 1}": repr(corpus) for k, corpus in enumerate(corpora)}


def _put_in_place(work: Path, folder: Path) -> None:
    """Let the finished dataset appear by one rename; an older one of that name goes after it."""
    whole = work / "whole"
    if folder.is_dir() and any(folder.iterdir()):
        replace_folder(whole, folder.absolute())
    else:
        os.replace(whole, folder)
        sync(folder.absolute().parent)


def _same_inputs(work: Path, corpora: Sequence[Corpus], language: str) -> bool:
    """True if a build can go on; else what it read from is noted, and it begins anew."""
    if (work / INPUTS).is_file():
        if not (found := changes(corpora, language, work)):
            return True
        print(f"Begun anew, as the corpus has changed: {'; '.join(found)}.", flush=True)
        (work / INPUTS).unlink()
    elif (work / NAME).stat().st_size:
        print(f"Begun anew: the build in {work} does not note the files it read.", flush=True)
    write_inputs(corpora, language, work)
    return False


def _vet_all(
    corpora: Sequence[Corpus], target: Target, options: Preparation, journal: Journal
) -> None:
    """First pass: every row that the journal doesn't know yet."""
    every = ((k, row) for k, corpus in enumerate(corpora) for row in corpus.rows())
    done, known = journal.rows, journal.outcomes()

    def fresh() -> Iterator[tuple[int, Row | RefusedRow]]:
        for position, (source, row) in enumerate(every):
            bar.update()
            if position >= done:
                yield source, row
            else:
                journal.check()
                _check_same(next(known)["id"], row.id, position, journal.folder)

    def work(numbered: tuple[int, Row | RefusedRow]) -> Verdict:
        return vet_row(numbered[1], numbered[0], target, options, decoders.decode)

    with Decoders() as decoders, tqdm(desc="prepare", unit="clip", disable=None) as bar:
        for verdict in in_order(work, fresh(), options.workers or usable_cores()):
            journal.row(verdict.facts, verdict.row)
    journal.commit()
    if not journal.rows:
        names = ", ".join(corpus.name for corpus in corpora)
        raise ValueError(f"not one row came from {names}: check the path of the corpus")


def _check_same(before: str, now: str, position: int, work: Path) -> None:
    if before != now:
        raise ValueError(
            f"the corpus has changed since this build began: row {position + 1} was {before}, is "
            f"{now}. Delete {work} to begin again"
        )


def _facts(corpora: Sequence[Corpus]) -> list[CorpusFacts]:
    return [
        CorpusFacts(
            name=c.name, licence=c.licence, synthetic=c.synthetic, same_speaker=c.same_speaker
        )
        for c in corpora
    ]
