"""Second pass of a preparation: draw the splits with all clips known, write the dataset's folder."""

import errno
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from tqdm import tqdm

from xlt.dataset.account import REPORT, Account, CorpusFacts, draw_up_account
from xlt.dataset.card import dataset_card
from xlt.dataset.clip_table import ClipTable
from xlt.dataset.journal import Journal
from xlt.dataset.leaks import leaks
from xlt.dataset.shards import ShardWriter, rows
from xlt.dataset.splits import SPLITS, Clip, Place, assign
from xlt.dataset.verify import hashes
from xlt.language.text import NORMALISER
from xlt.system.disk_full import FULL, no_room
from xlt.system.files import atomic_file, write_atomically

SPACE = 1.05
"""Room that this pass needs, as a multiple of the recordings it copies."""
KEPT = "the checked recordings are kept there"


def assemble(
    sources: Sequence[CorpusFacts],
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
    clips, places, account = draw_splits(sources, language, journal, **shares, seed=seed)
    splits = [place.split for place in places]
    whole = journal.folder / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    needed = int(SPACE * sum(n for n, s in zip(clips.bytes, splits, strict=True) if s is not None))
    if shutil.disk_usage(journal.folder).free < needed:
        raise no_room(errno.ENOSPC, journal.folder, needed, KEPT)
    try:
        whole.mkdir()
        _copy_recordings(journal, splits, whole)
        with atomic_file(whole / "rejected.tsv") as table:
            for line in rejected_table(journal, clips, places):
                journal.check()
                table.write(line.encode())
        write_atomically(whole / "README.md", dataset_card(account))
        report = {
            "account": account.to_dict(),
            "made_from": dict(made_from),
            "files": hashes(whole, journal.check),
        }
        write_atomically(whole / REPORT, json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    except OSError as error:
        if error.errno not in FULL:
            raise
        shutil.rmtree(whole, ignore_errors=True)
        raise no_room(error.errno, journal.folder, needed, KEPT) from error
    return account


def draw_splits(
    sources: Sequence[CorpusFacts],
    language: str,
    journal: Journal,
    *,
    dev_share: float,
    test_share: float,
    seed: int,
) -> tuple[ClipTable, list[Place], Account]:
    """The vetted clips, where each goes, and the account of all."""
    names = [source.name for source in sources]
    clips = ClipTable.of(journal.outcomes(), names, journal.check)
    if not clips:
        raise ValueError(_all_rejected(journal))
    places = assign(clips, dev_share=dev_share, test_share=test_share, seed=seed)
    found = leaks(clips, [place.split for place in places])
    assert set(found) <= {"speaker"}, found
    account = draw_up_account(
        sources, language, NORMALISER, journal.outcomes(), clips, places, found["speaker"]
    )
    return clips, places, account


def _all_rejected(journal: Journal) -> str:
    reasons = Counter(outcome["reason"] for outcome in journal.outcomes())
    first = next(journal.outcomes())
    return (
        f"all {journal.rows} clips were rejected: {dict(reasons)}. The first is {first['id']}: "
        f"{first['detail']}. Check the corpus and its language, or loosen the bounds"
    )


def _copy_recordings(journal: Journal, splits: Sequence[str | None], whole: Path) -> None:
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


def rejected_table(
    journal: Journal, clips: Sequence[Clip], places: Sequence[Place]
) -> Iterator[str]:
    """Lines of `rejected.tsv`: the rows that failed a check, then those that had no place."""
    yield "id\treason\tdetail\n"
    for outcome in journal.outcomes():
        if "reason" in outcome:
            yield _line(outcome["id"], outcome["reason"], outcome["detail"])
    for clip, place in zip(clips, places, strict=True):
        if place.split is None:
            yield _line(clip.id, place.reason, place.detail)


def _line(*cells: str) -> str:
    return "\t".join(" ".join(cell.split()) for cell in cells) + "\n"
