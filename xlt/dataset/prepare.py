"""Preparation of a dataset: rows of corpora in, vetted splits on disk and an account of every clip out.

Two passes. The first decodes and checks every row, and keeps what is good in a hidden work folder
beside the dataset; it is journalled, so a killed build goes on where it was. Then the splits are
drawn, with all clips known, and the second pass copies the recordings to their places. The
finished folder appears by one rename.
"""

import logging
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from xlt.audio.frames import Geometry
from xlt.audio.sandbox import Decoders
from xlt.corpora.base import Corpus, RefusedRow, Row
from xlt.dataset.account import REPORT, Account, CorpusFacts, read_report
from xlt.dataset.assemble import assemble
from xlt.dataset.journal import Journal, check_made_from, open_journal
from xlt.dataset.vet import Bounds, Target, Verdict, vet_row
from xlt.language.choices import way_of_writing
from xlt.language.labels import labels
from xlt.language.rules import Language
from xlt.language.text import NORMALISER
from xlt.system.cores import usable_cores
from xlt.system.files import sync
from xlt.system.resume import Free, Late, OnResume, policies

logger = logging.getLogger(__name__)

AHEAD = 4
"""Rows that are in memory for each worker."""
OF_JOURNAL = {
    "digest of recordings": "16-bit samples as stored",
    "draw of splits": "by the published transcript",
}
"""Facts of which all verdicts in a journal must be alike, and a finished dataset needs nothing."""

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class Preparation(Bounds):
    """Conditions for clips to be kept, and the draw of splits that a corpus does not publish."""

    dev_share: Late[float] = 0.1
    """Share of the clips that goes to dev where a corpus publishes none."""
    test_share: Late[float] = 0.1
    """Share of the clips that goes to test where a corpus publishes none."""
    seed: Late[int] = 0
    """Another seed draws other splits."""
    workers: Free[int] = 0
    """Threads that decode and check; 0 = one for each usable core. The result is the same."""

    def __post_init__(self) -> None:
        Bounds.__post_init__(self)
        shares = (self.dev_share, self.test_share)
        if min(shares) <= 0 or sum(shares) >= 1:
            raise ValueError(
                f"dev_share is {self.dev_share} and test_share is {self.test_share}: both must be "
                "above 0, and together below 1"
            )
        if self.workers < 0:
            raise ValueError(f"workers is {self.workers}: 0 or more threads are meant")


def prepare(
    corpora: Sequence[Corpus],
    language: Language,
    geometry: Geometry,
    max_speed: float,
    folder: Path,
    options: Preparation = Preparation(),
    check: Callable[[], None] = lambda: None,
) -> Account:
    """Make the dataset `folder` from corpora, go on making it, or find it made already.

    Raises:
        ValueError: if nothing usable comes in, a split would be empty, or the folder holds
            something else.
        OSError: if the disk is full; what was done stays and the same call goes on.
        Exception: what `check` raises, asked after every row, of the second pass as well; what was
            done stays.
    """
    _check_corpora(corpora, language)
    made_from = fingerprint(corpora, language, geometry, max_speed, options)
    work = folder.absolute().with_name(f".{folder.absolute().name}.prepare")
    if folder.is_dir() and any(folder.iterdir()):
        check_made_from(_made_from(folder), made_from, folder)
        logger.info("%s is already prepared from the same: taken as it is", folder)
        shutil.rmtree(work, ignore_errors=True)
        return Account.load(folder)
    target = Target(
        language=language, labels=labels(language), geometry=geometry, max_speed=max_speed
    )
    late = {name for name, policy in policies(Preparation).items() if policy is OnResume.LATE}
    first_pass = {key: value for key, value in made_from.items() if key not in late}
    with open_journal(work, first_pass | OF_JOURNAL, check) as journal:
        _vet_all(corpora, target, options, journal)
        account = assemble(
            _facts(corpora),
            language.code,
            journal,
            made_from,
            dev_share=options.dev_share,
            test_share=options.test_share,
            seed=options.seed,
        )
        os.replace(work / "whole", folder)
        sync(folder.absolute().parent)
    shutil.rmtree(work)
    return account


def fingerprint(
    corpora: Sequence[Corpus],
    language: Language,
    geometry: Geometry,
    max_speed: float,
    options: Preparation,
) -> dict[str, str]:
    """Everything that the dataset depends on, by name."""
    return {
        **{f"corpus {k + 1}": repr(corpus) for k, corpus in enumerate(corpora)},
        "language": language.code,
        **way_of_preparing(language),
        "geometry": f"kernels {geometry.kernels}, strides {geometry.strides}",
        "max_speed": repr(max_speed),
        **{
            name: repr(getattr(options, name))
            for name, policy in policies(Preparation).items()
            if policy is not OnResume.FREE
        },
    }


def way_of_preparing(language: Language) -> dict[str, str]:
    """Everything that the texts of a dataset depend on, by name."""
    return {
        "normaliser": f"{NORMALISER} {way_of_writing(language)}",
        "alphabet": labels(language).digest,
    }


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Iterator[Result]:
    """Results in the order of the items, made by threads (the decoders let go of the lock).

    At most AHEAD items a worker are in memory.
    """
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= AHEAD * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _check_corpora(corpora: Sequence[Corpus], language: Language) -> None:
    if not corpora:
        raise ValueError("no corpus was given: name at least one")
    wrong = [corpus for corpus in corpora if corpus.language != language.code]
    if wrong:
        raise ValueError(
            f"corpus {wrong[0].name} is in {wrong[0].language!r}, but {language.code!r} is being "
            "prepared: give corpora of one language"
        )


def _made_from(folder: Path) -> Mapping[str, str]:
    if not (folder / REPORT).is_file():
        raise ValueError(
            f"{folder} is there and not empty, but holds no dataset ({REPORT} is missing): choose "
            "another output folder, or empty this one"
        )
    return dict(read_report(folder)["made_from"])


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
