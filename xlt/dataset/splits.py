"""Assignment of clips to train, dev and test: no sentence in two of them, no speaker if possible.

Published splits are kept. Where a corpus has none, speakers are dealt out whole if more than one
is known, transcripts otherwise; the draw is a hash of (seed, name), so it is the same everywhere
and hardly moves when the corpus grows. The name of a transcript is the published one, folded by
fixed rules: no choice of writing, no order of files moves a clip. Leaks are found by the normalised
sentence.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from xlt.corpora.base import LEAK

TRAIN, DEV, TEST = SPLITS = ("train", "dev", "test")
BITS = {split: 1 << k for k, split in enumerate(SPLITS)}
PUBLISHED = {
    "train": TRAIN,
    "training": TRAIN,
    "dev": DEV,
    "devel": DEV,
    "development": DEV,
    "val": DEV,
    "valid": DEV,
    "validation": DEV,
    "test": TEST,
    "testing": TEST,
    "eval": TEST,
    "evaluation": TEST,
}
"""Names that corpora give to their splits -> ours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """Facts on an utterance that decide its split."""

    id: str
    corpus: str
    sentence: str
    """The normalised text, or a digest of it."""
    audio: str
    """A digest of the samples."""
    transcript: str = ""
    """A digest of the published transcript, see xlt.dataset.transcript_key; the sentence stands in for it."""
    speaker: str | None = None
    published: str | None = None
    """A value of SPLITS, or None where the corpus has no splits."""

    @property
    def drawn_by(self) -> str:
        """Name by which its split is drawn where speakers don't decide."""
        return self.transcript or self.sentence


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """The split of a clip, or the reason why it has none."""

    split: str | None
    reason: str = ""
    detail: str = ""


KEPT = {split: Place(split=split) for split in SPLITS}
"""One for all clips of a split: corpora have millions."""


def assign(clips: Sequence[Clip], *, dev_share: float, test_share: float, seed: int) -> list[Place]:
    """Place every clip; those that would leak are dropped from train before dev, dev before test.

    Raises:
        ValueError: `empty split`, with what to change.
    """
    places: list[Place | None] = [None] * len(clips)
    _drop_duplicates(clips, places)
    shares = {TEST: test_share, DEV: dev_share}
    for members in _groups(clips, places):
        _assign_corpus(clips, members, places, shares, seed)
    placed = [place or KEPT[TRAIN] for place in places]
    placed = _without_leaks(clips, placed)
    _check_none_empty(placed, dev_share, test_share)
    return placed


def _drop_duplicates(clips: Sequence[Clip], places: list[Place | None]) -> None:
    """Of equal ids and of equal recordings one stays, in any order of the clips: see `_claim`."""
    for field, reason in (("id", "duplicate_id"), ("audio", "duplicate_audio")):
        keys = [_key(getattr(clip, field)) for clip in clips]
        first: dict[bytes, int] = {}
        for k, key in enumerate(keys):
            best = first.setdefault(key, k) if places[k] is None else k
            if best != k and _claim(clips[k]) < _claim(clips[best]):
                first[key] = k
        for k, key in enumerate(keys):
            if places[k] is None and first[key] != k:
                samples = f"the same samples as {clips[first[key]].id}"
                detail = samples if field == "audio" else "another row has the same id"
                places[k] = Place(split=None, reason=reason, detail=detail)


def _claim(clip: Clip) -> tuple[int, str, str, str, str]:
    """Order of the clips of which one stays: evaluations first, then by what is known of them."""
    rank = (TEST, DEV, TRAIN).index(clip.published or TRAIN)
    return rank, clip.id, clip.audio, clip.drawn_by, clip.speaker or ""


def _key(value: str) -> bytes:
    """Of a value that is looked up in a set of millions."""
    return blake2b(value.encode(), digest_size=16).digest()


def _groups(clips: Sequence[Clip], places: Sequence[Place | None]) -> Iterable[Sequence[int]]:
    """Positions of the clips that are still to be placed, corpus by corpus."""
    corpora: dict[str, array[int]] = {}
    for k, clip in enumerate(clips):
        if places[k] is None:
            corpora.setdefault(clip.corpus, array("q")).append(k)
    return corpora.values()


def _assign_corpus(
    clips: Sequence[Clip],
    members: Sequence[int],
    places: list[Place | None],
    shares: Mapping[str, float],
    seed: int,
) -> None:
    """Keep what is published; draw what is missing from the rest."""
    published, free = set(), array("q")
    for k in members:
        split = clips[k].published or TRAIN
        published.add(split)
        places[k] = KEPT[split]
        if split == TRAIN:
            free.append(k)
    missing = {split: share for split, share in shares.items() if split not in published}
    if not missing or not free:
        return
    rest: Sequence[int]
    if _by_speaker_works(clips, free):
        rest = _deal(free, lambda k: clips[k].speaker, missing, places, seed)
        used = {_split(places[k]) for k in free}
        rest_missing = {s: share for s, share in missing.items() if s not in used}
    else:
        rest, rest_missing = free, missing
    _deal(rest, lambda k: clips[k].drawn_by, rest_missing, places, seed)
    _settle_shared_sentences(clips, free, places, missing, seed)


def _by_speaker_works(clips: Sequence[Clip], free: Sequence[int]) -> bool:
    """True if more than one speaker is known, and at least half of the clips have a known one."""
    known = Counter(clips[k].speaker for k in free)
    without = known.pop(None, 0)
    return len(known) > 1 and 2 * without <= len(free)


UNKNOWN = 2**64 - 1
"""In place of the rank of an owner who has no name."""


def _deal(
    rest: Sequence[int],
    owner: Callable[[int], str | None],
    missing: Mapping[str, float],
    places: list[Place | None],
    seed: int,
) -> Sequence[int]:
    """Give whole owners (speakers or transcripts) to the missing splits; the rest is returned.

    Clips of an unknown owner stay in train.
    """
    total = len(rest)
    for split, share in missing.items():
        ranks, left = array("Q"), array("q")
        for k in rest:
            name = owner(k)
            ranks.append(UNKNOWN if name is None else _rank(seed, name))
        counts = Counter(ranks)
        del counts[UNKNOWN]
        drawn = _draw(counts, share * total)
        for k, rank in zip(rest, ranks, strict=True):
            if rank in drawn:
                places[k] = KEPT[split]
            else:
                left.append(k)
        rest = left
    return rest


def _draw(counts: Counter[int], quota: float) -> set[int]:
    """Owners, in the order of their rank, until they have about `quota` clips; one stays out.

    One that has far more than the quota is passed over. If that leaves less than half of the
    quota, the smallest other one comes in, as long as it leaves half of all clips where they are.
    """
    ranked = sorted(counts)
    quota, size = max(1.0, quota), 0
    drawn: set[int] = set()
    for rank in ranked:
        if size >= quota or len(drawn) == len(ranked) - 1:
            break
        if size + counts[rank] <= 1.5 * quota:
            drawn.add(rank)
            size += counts[rank]
    others = len(ranked) - len(drawn)
    if 2 * size < quota and others > 1:
        least = min((rank for rank in ranked if rank not in drawn), key=lambda rank: counts[rank])
        if 2 * (size + counts[least]) <= counts.total():
            drawn.add(least)
    return drawn


def _settle_shared_sentences(
    clips: Sequence[Clip],
    free: Sequence[int],
    places: list[Place | None],
    missing: Mapping[str, float],
    seed: int,
) -> None:
    """A sentence that speakers of two splits read goes to one of them; the other copies are dropped.

    The split is drawn by shares: if the evaluation always won, a corpus in which all speakers read
    the same sentences would have no train left.
    """
    where: dict[int, int] = {}
    for k in free:
        rank = _rank(seed, clips[k].sentence)
        where[rank] = where.get(rank, 0) | BITS[_split(places[k])]
    shared = {rank: bits for rank, bits in where.items() if bits.bit_count() > 1}
    del where
    order: dict[int, tuple[int, int]] = {}
    for k in free:
        if (rank := _rank(seed, clips[k].sentence)) in shared:
            own = _rank(seed, clips[k].drawn_by), _rank(seed, clips[k].id)
            order[rank] = min(own, order.get(rank, own))
    winner: dict[int, str] = {}
    for split, share in missing.items():
        open_ = (r for r, bits in shared.items() if bits & BITS[split] and r not in winner)
        ranked = sorted(open_, key=order.__getitem__)
        quota = max(1, round(share * len(ranked)))
        only = [rank for rank in ranked if not shared[rank] & BITS[TRAIN]]
        winner.update(dict.fromkeys([*ranked[:quota], *only], split))
    for k in free:
        rank = _rank(seed, clips[k].sentence)
        keeps = winner.get(rank, TRAIN)
        if rank in shared and _split(places[k]) != keeps:
            places[k] = _leak(f"a speaker of {keeps} reads the same sentence")


def _without_leaks(clips: Sequence[Clip], placed: Sequence[Place]) -> list[Place]:
    """Drop from train the sentences of dev and test, and from dev those of test."""
    held: dict[str, set[str]] = {DEV: set(), TEST: set()}
    for clip, place in zip(clips, placed, strict=True):
        if place.split in held:
            held[place.split].add(clip.sentence)
    above = {TRAIN: (TEST, DEV), DEV: (TEST,), TEST: (), None: ()}
    result = []
    for clip, place in zip(clips, placed, strict=True):
        also = [s for s in above[place.split] if clip.sentence in held[s]]
        leak = _leak(f"a {place.split} sentence that is also in {also[0]}") if also else None
        result.append(leak or place)
    return result


def _check_none_empty(placed: Sequence[Place], dev_share: float, test_share: float) -> None:
    sizes = Counter(place.split for place in placed if place.split is not None)
    empty = [split for split in SPLITS if not sizes[split]]
    if not empty:
        return
    dropped = Counter(place.reason for place in placed if place.split is None)
    raise ValueError(
        f"empty split: {' and '.join(empty)} would hold no clip; of {len(placed)} vetted clips "
        + ", ".join(f"{sizes[s]} go to {s}" for s in SPLITS)
        + (f" and {sum(dropped.values())} are dropped ({dict(dropped)})" if dropped else "")
        + f" with dev_share {dev_share} and test_share {test_share}. Give more recordings "
        "(three different sentences at least), other shares, or a corpus without published splits"
    )


def _split(place: Place | None) -> str:
    assert place is not None
    assert place.split is not None
    return place.split


@lru_cache(maxsize=32)
def _leak(detail: str) -> Place:
    return Place(split=None, reason=LEAK, detail=detail)


def _rank(seed: int, name: str) -> int:
    return int.from_bytes(blake2b(f"{seed}\0{name}".encode(), digest_size=8).digest())
