"""Who is in train, dev and test: sentences never in two of them, speakers not where that can be.

Published splits are kept. Where a corpus has none, speakers are dealt out whole if more than one
is known, sentences otherwise; the draw is a hash of (seed, name), so it is the same everywhere
and hardly moves when the corpus grows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

TRAIN, DEV, TEST = SPLITS = ("train", "dev", "test")
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
    """What has to be known of an utterance to place it."""

    id: str
    corpus: str
    sentence: str
    """The normalised text, or a digest of it."""
    audio: str
    """A digest of the samples."""
    speaker: str | None = None
    published: str | None = None
    """A value of SPLITS, or None where the corpus has no splits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a clip goes, or why it goes nowhere."""

    split: str | None
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Leak:
    """Something that stands in two splits."""

    kind: str
    """sentence, audio or speaker"""
    value: str
    splits: tuple[str, ...]


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
    placed = [place or Place(split=TRAIN) for place in places]
    placed = _without_leaks(clips, placed)
    _check_none_empty(placed, dev_share, test_share)
    return placed


def leaks(clips: Sequence[Clip], splits: Sequence[str | None]) -> list[Leak]:
    """Every sentence, recording and known speaker that stands in more than one split."""
    found: dict[tuple[str, str], set[str]] = {}
    for clip, split in zip(clips, splits, strict=True):
        if split is not None:
            keys = {"sentence": clip.sentence, "audio": clip.audio, "speaker": clip.speaker}
            for kind, value in keys.items():
                if value is not None:
                    found.setdefault((kind, value), set()).add(split)
    return [
        Leak(kind=kind, value=value, splits=tuple(s for s in SPLITS if s in where))
        for (kind, value), where in found.items()
        if len(where) > 1
    ]


def _drop_duplicates(clips: Sequence[Clip], places: list[Place | None]) -> None:
    """Of equal ids and of equal recordings one stays: a published test's first, then dev's."""
    order = {TEST: 0, DEV: 1, TRAIN: 2, None: 2}
    ids: set[str] = set()
    recordings: dict[str, str] = {}
    for k in sorted(range(len(clips)), key=lambda k: order[clips[k].published]):
        clip = clips[k]
        if clip.id in ids:
            detail = "another row has the same id"
            places[k] = Place(split=None, reason="duplicate_id", detail=detail)
        elif (first := recordings.setdefault(clip.audio, clip.id)) != clip.id:
            detail = f"the same samples as {first}"
            places[k] = Place(split=None, reason="duplicate_audio", detail=detail)
        ids.add(clip.id)


def _groups(clips: Sequence[Clip], places: Sequence[Place | None]) -> Iterable[list[int]]:
    """Positions of the clips that are still to be placed, corpus by corpus."""
    corpora: dict[str, list[int]] = {}
    for k, clip in enumerate(clips):
        if places[k] is None:
            corpora.setdefault(clip.corpus, []).append(k)
    return corpora.values()


def _assign_corpus(
    clips: Sequence[Clip],
    members: Sequence[int],
    places: list[Place | None],
    shares: Mapping[str, float],
    seed: int,
) -> None:
    """Keep what is published; draw what is missing from the rest."""
    published = {clips[k].published for k in members}
    missing = {split: share for split, share in shares.items() if split not in published}
    free = [k for k in members if clips[k].published in (None, TRAIN)]
    for k in members:
        places[k] = Place(split=clips[k].published or TRAIN)
    if not missing or not free:
        return
    if _by_speaker_works(clips, free):
        speakers = {k: clips[k].speaker for k in free}
        rest = _deal(speakers, missing, places, seed)
        rest_missing = {s: share for s, share in missing.items() if s not in _used(places, free)}
    else:
        rest, rest_missing = free, missing
    _deal({k: clips[k].sentence for k in rest}, rest_missing, places, seed)
    _settle_shared_sentences(clips, free, places, missing, seed)


def _by_speaker_works(clips: Sequence[Clip], free: Sequence[int]) -> bool:
    """Whether more than one speaker is known, and at least half of the clips have a known one."""
    known = [clips[k].speaker for k in free if clips[k].speaker is not None]
    return len(set(known)) > 1 and 2 * len(known) >= len(free)


def _deal(
    owners: Mapping[int, str | None],
    missing: Mapping[str, float],
    places: list[Place | None],
    seed: int,
) -> list[int]:
    """Give whole owners (speakers or sentences) to the missing splits; the rest is returned.

    Clips of an unknown owner stay in train.
    """
    total = len(owners)
    rest = dict(owners)
    for split, share in missing.items():
        counts = Counter(owner for owner in rest.values() if owner is not None)
        drawn = _draw(counts, share * total, seed)
        for k in [k for k, owner in rest.items() if owner in drawn]:
            places[k] = Place(split=split)
            del rest[k]
    return list(rest)


def _draw(counts: Counter[str], quota: float, seed: int) -> set[str]:
    """Names, in the order of their hash, until they own about `quota` clips; one at least stays out.

    A name that owns far more than the quota is passed over. If that leaves less than half of the
    quota, the smallest other name comes in, as long as it leaves half of all clips where they are.
    """
    ranked = sorted(counts, key=lambda name: _rank(seed, name))
    quota, size = max(1.0, quota), 0
    drawn: list[str] = []
    for name in ranked:
        if size >= quota or len(drawn) == len(ranked) - 1:
            break
        if size + counts[name] <= 1.5 * quota:
            drawn.append(name)
            size += counts[name]
    others = [name for name in ranked if name not in drawn]
    if 2 * size < quota and len(others) > 1:
        least = min(others, key=lambda name: counts[name])
        if 2 * (size + counts[least]) <= counts.total():
            drawn.append(least)
    return set(drawn)


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
    where: dict[str, set[str]] = {}
    for k in free:
        where.setdefault(clips[k].sentence, set()).add(_split(places[k]))
    shared = {sentence: splits for sentence, splits in where.items() if len(splits) > 1}
    winner: dict[str, str] = {}
    for split, share in missing.items():
        names = [s for s, splits in shared.items() if split in splits and s not in winner]
        quota = max(1, round(share * len(names)))
        only = [s for s in names if TRAIN not in shared[s]]
        ranked = sorted(names, key=lambda s: _rank(seed, s))
        winner.update(dict.fromkeys([*ranked[:quota], *only], split))
    for k in free:
        keeps = winner.get(clips[k].sentence, TRAIN)
        if clips[k].sentence in shared and _split(places[k]) != keeps:
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


def _used(places: Sequence[Place | None], free: Sequence[int]) -> set[str]:
    return {_split(places[k]) for k in free}


def _split(place: Place | None) -> str:
    assert place is not None
    assert place.split is not None
    return place.split


def _leak(detail: str) -> Place:
    return Place(split=None, reason="leak", detail=detail)


def _rank(seed: int, name: str) -> int:
    return int.from_bytes(blake2b(f"{seed}\0{name}".encode(), digest_size=8).digest())
