"""Draw of the splits that a corpus does not publish: whole speakers, or else whole transcripts.

The draw is a hash of (seed, name), so it is the same everywhere and hardly moves when the corpus
grows. The name of a transcript is the published one, folded by fixed rules: no choice of writing, no
order of files moves a clip.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b

from xlt.dataset.splits import BITS, KEPT, TRAIN, Clip, Draw, Place, leak


def draw_corpus(
    clips: Sequence[Clip], members: Sequence[int], places: list[Place | None], draw: Draw
) -> None:
    """Place the clips of a corpus, at positions `members`.

    Published splits stay as they are; what is missing is drawn from the rest.

    Raises:
        ValueError: sentences may be shared, but too few speakers are known to keep them apart.
    """
    published, free = set(), array("q")
    for k in members:
        split = clips[k].published or TRAIN
        published.add(split)
        places[k] = KEPT[split]
        if split == TRAIN:
            free.append(k)
    missing = {split: share for split, share in draw.shares.items() if split not in published}
    if draw.share_sentences:
        _check_speakers(clips, members if not missing else free, needed=max(2, len(missing) + 1))
    if not missing or not free:
        return
    rest: Sequence[int]
    if draw.share_sentences or _by_speaker_works(clips, free):
        rest = _deal(free, lambda k: clips[k].speaker, missing, places, draw)
        used = {_split(places[k]) for k in free}
        rest_missing = {s: share for s, share in missing.items() if s not in used}
    else:
        rest, rest_missing = free, missing
    _deal(rest, lambda k: clips[k].drawn_by, rest_missing, places, draw)
    if not draw.share_sentences:
        _settle_shared_sentences(clips, free, places, missing, draw.seed)


def _check_speakers(clips: Sequence[Clip], members: Sequence[int], needed: int) -> None:
    known = len({clips[k].speaker for k in members} - {None})
    if known < needed:
        raise ValueError(
            f"share_sentences keeps speakers apart, which takes {needed} at least, but in corpus "
            f"{clips[members[0]].corpus.split(' ', 1)[-1]} {known or 'none'} of {len(members)} vetted "
            f"clips' speakers are known: fill a column `speaker` in its table, or leave share_sentences out"
        )


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
    draw: Draw,
) -> Sequence[int]:
    """Give whole owners (speakers or transcripts) to the missing splits; the rest is returned.

    Clips of an unknown owner stay in train. Where sentences may be shared, an owner is left for each
    split, as no other way of cutting keeps speakers apart.
    """
    total = len(rest)
    for number, (split, share) in enumerate(missing.items()):
        staying = len(missing) - number if draw.share_sentences else 1
        ranks, left = array("Q"), array("q")
        for k in rest:
            name = owner(k)
            ranks.append(UNKNOWN if name is None else _rank(draw.seed, name))
        counts = Counter(ranks)
        del counts[UNKNOWN]
        drawn = _draw(counts, share * total, staying)
        for k, rank in zip(rest, ranks, strict=True):
            if rank in drawn:
                places[k] = KEPT[split]
            else:
                left.append(k)
        rest = left
    return rest


def _draw(counts: Counter[int], quota: float, staying: int) -> set[int]:
    """Owners, in the order of their rank, until they have about `quota` clips; some stay out.

    One that has far more than the quota is passed over. If that leaves less than half of the
    quota, the smallest other one comes in, as long as it leaves half of all clips where they are.
    """
    ranked = sorted(counts)
    quota, size = max(1.0, quota), 0
    drawn: set[int] = set()
    for rank in ranked:
        if size >= quota or len(drawn) >= len(ranked) - staying:
            break
        if size + counts[rank] <= 1.5 * quota:
            drawn.add(rank)
            size += counts[rank]
    others = len(ranked) - len(drawn)
    if 2 * size < quota and others > staying:
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
            places[k] = leak(f"a speaker of {keeps} reads the same sentence")


def _split(place: Place | None) -> str:
    assert place is not None
    assert place.split is not None
    return place.split


def _rank(seed: int, name: str) -> int:
    return int.from_bytes(blake2b(f"{seed}\0{name}".encode(), digest_size=8).digest())
