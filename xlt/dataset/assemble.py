"""Second pass of a preparation: draw the splits with all clips known, write the dataset's folder."""

import errno
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xlt.corpora.base import LEAK
from xlt.corpora.columns import AUDIO, TEXT
from xlt.dataset.account import REJECTED, REPORT, Account, CorpusFacts, draw_up_account
from xlt.dataset.assign import assign
from xlt.dataset.audit import audit
from xlt.dataset.card import dataset_card
from xlt.dataset.clip_table import ClipTable
from xlt.dataset.findings import FINDINGS, to_json
from xlt.dataset.inputs import INPUTS
from xlt.dataset.journal import Journal
from xlt.dataset.leaks import leaks
from xlt.dataset.placing import Placing
from xlt.dataset.splits import Clip, Draw, Place
from xlt.dataset.verify import hashes
from xlt.language.text import NORMALISER
from xlt.system.disk_full import FULL, no_room
from xlt.system.files import atomic_file, write_atomically

SPACE = 1.05
"""Room that this pass needs, as a multiple of the recordings that are there twice meanwhile."""
KEPT = "the checked recordings are kept there"
FEW = 5
"""Rejected rows from which on a share of them tells something."""
HEADER = f"{AUDIO[0]},{TEXT[1]}"


class MostlyRejected(ValueError):
    """A corpus of which nothing, or less than was asked for, can be used: it needs mending."""


def assemble(
    sources: Sequence[CorpusFacts],
    language: str,
    journal: Journal,
    made_from: Mapping[str, str],
    draw: Draw,
    max_rejected: float,
) -> Account:
    """Draw the splits and write the folder `whole`, with everything in it, beside the journal.

    The journal's `check` is asked between steps, recordings and files; what it raises leaves what is
    placed where it is, and the same call goes on.
    """
    _check_rejected(journal, max_rejected)
    clips, places, account = draw_splits(sources, language, journal, draw)
    splits = [place.split for place in places]
    placing = Placing(journal, splits, account.digest)
    needed = int(SPACE * placing.needed_bytes(clips.bytes))
    if shutil.disk_usage(journal.folder).free < needed:
        raise no_room(errno.ENOSPC, journal.folder, needed, KEPT)
    whole = placing.whole
    try:
        placing.finish()
        with atomic_file(whole / REJECTED) as table:
            for line in rejected_table(journal, clips, places):
                journal.check()
                table.write(line.encode())
        write_atomically(whole / "README.md", dataset_card(account))
        write_atomically(whole / FINDINGS, to_json(audit(lambda: _kept_outcomes(journal, places))))
        if (noted := journal.folder / INPUTS).is_file():
            shutil.copyfile(noted, whole / INPUTS)
        report = {
            "account": account.to_dict(),
            "made_from": dict(made_from),
            "files": hashes(whole, journal.check),
        }
        write_atomically(whole / REPORT, json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise no_room(error.errno, journal.folder, needed, KEPT) from error
    return account


def draw_splits(
    sources: Sequence[CorpusFacts], language: str, journal: Journal, draw: Draw
) -> tuple[ClipTable, list[Place], Account]:
    """The vetted clips, where each goes, and the account of all."""
    names = [source.name for source in sources]
    clips = ClipTable.of(journal.outcomes(), names, journal.check)
    if not clips:
        raise MostlyRejected(_all_rejected(journal))
    try:
        places = assign(clips, draw)
    except ValueError as error:
        if not (reasons := _rejections(journal)):
            raise
        raise ValueError(
            f"{error}. Of {journal.rows} rows {sum(reasons.values())} were rejected before:"
            f" {dict(reasons)}; the first is {_first(journal, *reasons)}"
        ) from error
    found = leaks(clips, [place.split for place in places])
    assert set(found) <= ({"speaker", "sentence"} if draw.share_sentences else {"speaker"}), found
    account = draw_up_account(
        sources, language, NORMALISER, journal.outcomes(), clips, places, found
    )
    return clips, places, account


def _check_rejected(journal: Journal, most: float) -> None:
    """Stop where most rows fall out for one reason: it is the corpus that needs mending then.

    Not so for leaks: a clip that an evaluation keeps out of training is as it should be.
    """
    reasons = _rejections(journal)
    del reasons[LEAK]
    for reason, n in reasons.most_common(1):
        if n >= FEW and journal.rows > n > most * journal.rows:
            raise MostlyRejected(
                f"{n} of {journal.rows} clips were rejected for one reason: {reason}. The first is"
                f" {_first(journal, reason)}. {_advice(reason)}, or keep the rest: --max-rejected 1"
                " (in a recipe: --preparation.max-rejected 1)"
            )


def _all_rejected(journal: Journal) -> str:
    reasons = _rejections(journal)
    return (
        f"all {journal.rows} clips were rejected: {dict(reasons)}. The first is"
        f" {_first(journal, *reasons)}. {_advice(reasons.most_common(1)[0][0])}"
    )


def _rejections(journal: Journal) -> Counter[str]:
    """Rejected rows by reason."""
    return Counter(
        outcome["reason"] for outcome in journal.outcomes() if outcome.get("reason") is not None
    )


def _first(journal: Journal, *reasons: str) -> str:
    """The first row that was rejected for one of the reasons, with its sentence."""
    found = next(o for o in journal.outcomes() if o.get("reason") in reasons)
    return f"{found['id']}: {found['detail']}"


def _advice(reason: str) -> str:
    if reason in ("no_audio", "bad_path", "bad_line"):
        return f"Mend the table: each row names a recording that is there and its text ({HEADER})"
    return "Check the corpus and its language, or loosen the bounds"


def _kept_outcomes(journal: Journal, places: Sequence[Place]) -> Iterator[dict[str, Any]]:
    """The outcomes of the rows that are in a split."""
    placed = iter(places)
    for outcome in journal.outcomes():
        journal.check()
        if "reason" not in outcome and next(placed).split is not None:
            yield outcome


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
