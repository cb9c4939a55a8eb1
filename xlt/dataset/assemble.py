"""The second pass of a preparation: splits drawn with all clips known, recordings in their places."""

import errno
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

from tqdm import tqdm

from xlt.dataset.account import REPORT, Account, Source
from xlt.dataset.card import dataset_card
from xlt.dataset.clip_table import Clips
from xlt.dataset.journal import Journal
from xlt.dataset.leaks import leaks
from xlt.dataset.shards import ShardWriter, rows
from xlt.dataset.splits import SPLITS, Place, assign
from xlt.dataset.tally import draw_up, rejected_table
from xlt.dataset.verify import hashes
from xlt.language.text import NORMALISER
from xlt.system.disk_full import FULL, no_room

SPACE = 1.05
"""Room that this pass needs, as a multiple of the recordings it copies."""
KEPT = "the checked recordings are kept there"


def finish(
    sources: Sequence[Source],
    language: str,
    journal: Journal,
    made_from: Mapping[str, str],
    *,
    dev_share: float,
    test_share: float,
    seed: int,
) -> Account:
    """Draw the splits and write the folder `whole`, with everything in it, beside the journal.

    The journal's `check` is asked between steps, recordings and files; what it raises leaves the
    checked recordings where they are.
    """
    shares = {"dev_share": dev_share, "test_share": test_share}
    clips, places, account = drawn(sources, language, journal, **shares, seed=seed)
    splits = [place.split for place in places]
    whole = journal.folder / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    needed = int(SPACE * sum(n for n, s in zip(clips.bytes, splits, strict=True) if s is not None))
    if shutil.disk_usage(journal.folder).free < needed:
        raise no_room(errno.ENOSPC, journal.folder, needed, KEPT)
    try:
        whole.mkdir()
        _copy(journal, splits, whole)
        table = rejected_table(journal.outcomes(), clips, places)
        _write(whole / "rejected.tsv", table, journal.check)
        _write(whole / "README.md", [dataset_card(account)])
        report = {
            "account": account.to_dict(),
            "made_from": dict(made_from),
            "files": hashes(whole, journal.check),
        }
        _write(whole / REPORT, [json.dumps(report, ensure_ascii=False, indent=2) + "\n"])
    except OSError as error:
        if error.errno not in FULL:
            raise
        shutil.rmtree(whole, ignore_errors=True)
        raise no_room(error.errno, journal.folder, needed, KEPT) from error
    return account


def drawn(
    sources: Sequence[Source],
    language: str,
    journal: Journal,
    *,
    dev_share: float,
    test_share: float,
    seed: int,
) -> tuple[Clips, list[Place], Account]:
    """The vetted clips, where each goes, and the account of all."""
    names = [source.name for source in sources]
    clips = Clips.of(journal.outcomes(), names, journal.check)
    if not clips:
        raise ValueError(_all_rejected(journal))
    places = assign(clips, dev_share=dev_share, test_share=test_share, seed=seed)
    found = Counter(leak.kind for leak in leaks(clips, [place.split for place in places]))
    assert set(found) <= {"speaker"}, found
    shared = found["speaker"]
    account = draw_up(sources, language, NORMALISER, journal.outcomes(), clips, places, shared)
    return clips, places, account


def _all_rejected(journal: Journal) -> str:
    reasons = Counter(outcome["reason"] for outcome in journal.outcomes())
    first = next(journal.outcomes())
    return (
        f"all {journal.rows} clips were rejected: {dict(reasons)}. The first is {first['id']}: "
        f"{first['detail']}. Check the corpus and its language, or loosen the bounds"
    )


def _copy(journal: Journal, splits: Sequence[str | None], whole: Path) -> None:
    """Send every vetted recording to the shards of its split."""
    writers: dict[str, ShardWriter] = {}
    shards: dict[str, int] = dict.fromkeys(SPLITS, 0)
    files = [journal.shard(n) for n in range(journal.shards)]
    stored = chain.from_iterable(rows(path) for path in files if path.exists())
    bar = tqdm(stored, total=len(splits), desc="write", unit="clip", disable=None)
    try:
        for row, split in zip(bar, splits, strict=True):
            journal.check()
            if split is None:
                continue
            if split not in writers:
                writers[split] = ShardWriter(whole / f"{split}-{shards[split]:05d}.parquet")
                shards[split] += 1
            writers[split].write(row)
            if writers[split].full:
                writers[split].close()
                del writers[split]
        for split in list(writers):
            writers[split].close()
            del writers[split]
    finally:
        for writer in writers.values():
            writer.abandon()


def _write(path: Path, lines: Iterable[str], check: Callable[[], None] = lambda: None) -> None:
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            check()
            file.write(line)
        file.flush()
        os.fsync(file.fileno())
