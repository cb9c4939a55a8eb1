"""Caveats of a score about its texts: a sentence for everything that is not a plain pair."""

import re
from collections.abc import Iterator, Mapping, Sequence

from xlt.language.coverage.text_lines import MISREAD
from xlt.scoring.files import printable
from xlt.scoring.utterances import Scored

NAMED = 5
"""Ids that a remark gives before it only counts."""
FEW = 10
"""Utterances below which a bootstrap says little: of one, it says nothing."""
DAMAGE: Sequence[tuple[str, str]] = (
    ("with U+FFFD, which stands for a letter that was lost", "\ufffd"),
    ("with a lone surrogate", "[\ud800-\udfff]"),
    ("with letters like 'Ã±': UTF-8 that was read as Latin-1", MISREAD),
    ("with sclite's alternatives { a / b }: all of them are taken for words", r"\{[^{}]*/[^{}]*\}"),
)
"""Damage of a text -> its look: encodings that lied before the file was written,
and marks that mean something elsewhere."""


def remarks_on(
    utterances: Sequence[Scored], extra: Sequence[str], unread: Mapping[str, Sequence[str]]
) -> list[str]:
    """Everything about the texts of a test.

    Args:
        utterances: The pairs.
        extra: Ids of hypotheses without a reference.
        unread: `reference` and `hypothesis` -> ids of those that the normaliser reads in part.
    """
    missing = [u for u in utterances if u.missing]
    silent = [u for u in utterances if u.words and not u.hypothesis and not u.missing]
    found = [
        _deleted(missing, "utterance", "utterances", "without a hypothesis"),
        _deleted(silent, "hypothesis", "hypotheses", "without a word"),
        _extra(extra),
        _cased([u.id for u in missing], extra),
        _empty([u for u in utterances if not u.words]),
        _unread("reference", "references", unread["reference"]),
        _unread("hypothesis", "hypotheses", unread["hypothesis"]),
        *_damage(utterances),
    ]
    return [remark for remark in found if remark]


def too_few(utterances: int) -> list[str]:
    """A sentence where a test has so few utterances that its intervals mean nothing; else none."""
    if utterances >= FEW:
        return []
    few = _plural(utterances, "utterance is", "utterances are")
    return [f"{few} too little for an interval: those shown are too narrow."]


def _deleted(utterances: Sequence[Scored], one: str, many: str, what: str) -> str:
    if not utterances:
        return ""
    words = sum(u.words for u in utterances)
    return (
        f"{_plural(len(utterances), one, many)} {what}: all {words:,} words count as deleted "
        f"({_named([u.id for u in utterances])})."
    )


def _extra(ids: Sequence[str]) -> str:
    if not ids:
        return ""
    many = _plural(len(ids), "hypothesis", "hypotheses")
    return f"{many} without a reference: not counted ({_named(ids)})."


def _cased(missing: Sequence[str], extra: Sequence[str]) -> str:
    """Ids that would have a partner if capitals were the same as small letters."""
    found = {i.casefold() for i in missing} & {i.casefold() for i in extra}
    same = [i for i in missing if i.casefold() in found]
    if not same:
        return ""
    return (
        f"{_plural(len(same), 'id differs', 'ids differ')} in case alone from one without a "
        f"reference, and {'was' if len(same) == 1 else 'were'} not paired: write them alike ({_named(same)})."
    )


def _empty(utterances: Sequence[Scored]) -> str:
    """References in which nothing is said, or nothing that the normaliser reads."""
    if not utterances:
        return ""
    inserted = sum(len(u.hypothesis.split()) for u in utterances)
    said = [u.raw_reference for u in utterances if u.raw_reference]
    shown = f" (such as {said[0][:40]!r})" if said else ""
    return (
        f"{_plural(len(utterances), 'reference', 'references')} without a word{shown}: the "
        f"{inserted:,} words recognised there count as inserted "
        f"({_named([u.id for u in utterances])})."
    )


def _unread(one: str, many: str, ids: Sequence[str]) -> str:
    if not ids:
        return ""
    return (
        f"{_plural(len(ids), one, many)} with letters or digits that the normaliser can't read: "
        f"these are left out there ({_named(ids)})."
    )


def _damage(utterances: Sequence[Scored]) -> Iterator[str]:
    for what, wrong in DAMAGE:
        found = [u.id for u in utterances if any(re.search(wrong, text) for text in _texts(u))]
        if found:
            yield f"{_plural(len(found), 'utterance', 'utterances')} {what} ({_named(found)})."


def _texts(utterance: Scored) -> tuple[str, str]:
    """Both sides as the files have them."""
    return (
        utterance.raw_reference or utterance.reference,
        utterance.raw_hypothesis or utterance.hypothesis,
    )


def _plural(n: int, one: str, many: str) -> str:
    return f"1 {one}" if n == 1 else f"{n:,} {many}"


def _named(ids: Sequence[str]) -> str:
    rest = len(ids) - NAMED
    return ", ".join(printable(i[:80]) for i in ids[:NAMED]) + (
        f" and {rest:,} more" if rest > 0 else ""
    )
