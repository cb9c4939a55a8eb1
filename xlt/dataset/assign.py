"""Assignment of clips to train, dev and test: no sentence in two of them, no speaker if possible.

Published splits are kept. Where a corpus has none, speakers are dealt out whole if more than one
is known, transcripts otherwise (see `split_draw`). Leaks are found by the normalised sentence, or
by the speaker where sentences may be shared.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from xlt.corpora.base import LEAK
from xlt.dataset.split_draw import draw_corpus
from xlt.dataset.splits import DEV, KEPT, SAME_PHRASES, SPLITS, TEST, TRAIN, Clip, Draw, Place, leak


def assign(clips: Sequence[Clip], draw: Draw) -> list[Place]:
    """Place every clip; those that would leak are dropped from train before dev, dev before test.

    Raises:
        ValueError: `empty split`, with what to change; or sentences may be shared, but no two
            speakers are known who could be kept apart.
    """
    places: list[Place | None] = [None] * len(clips)
    _drop_duplicates(clips, places)
    for members in _groups(clips, places):
        draw_corpus(clips, members, places, draw)
    placed = [place or KEPT[TRAIN] for place in places]
    placed = _without_leaks(clips, placed, draw.share_sentences)
    _check_none_empty(placed, draw)
    return placed


def _drop_duplicates(clips: Sequence[Clip], places: list[Place | None]) -> None:
    """Of equal ids and of equal recordings one stays, in any order of the clips: see `_claim`."""
    for name, reason in (("id", "duplicate_id"), ("audio", "duplicate_audio")):
        keys = [_key(getattr(clip, name)) for clip in clips]
        first: dict[bytes, int] = {}
        for k, key in enumerate(keys):
            best = first.setdefault(key, k) if places[k] is None else k
            if best != k and _claim(clips[k]) < _claim(clips[best]):
                first[key] = k
        for k, key in enumerate(keys):
            if places[k] is None and first[key] != k:
                samples = f"the same samples as {clips[first[key]].id}"
                detail = samples if name == "audio" else "another row has the same id"
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


@dataclass(frozen=True, slots=True)
class _Held:
    """Sentences and speakers of a split that another may not hold."""

    share_sentences: bool
    sentences: set[str] = field(default_factory=set)
    speakers: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    """Sentences of unknown speakers."""

    def add(self, clip: Clip) -> None:
        """Take a clip of the split."""
        self.sentences.add(clip.sentence)
        if self.share_sentences and clip.speaker is not None:
            self.speakers.add(clip.speaker)
        elif self.share_sentences:
            self.unknown.add(clip.sentence)

    def shares(self, clip: Clip) -> str:
        """Name of the thing that a clip of another split may not share and does, or ""."""
        if not self.share_sentences or clip.speaker is None:
            return "sentence" if clip.sentence in self.sentences else ""
        if clip.speaker in self.speakers:
            return "speaker"
        return "sentence" if clip.sentence in self.unknown else ""


def _without_leaks(
    clips: Sequence[Clip], placed: Sequence[Place], share_sentences: bool
) -> list[Place]:
    """Drop from train what dev and test hold, and from dev what test holds.

    Sentences; where they may be shared, speakers, and the sentences of unknown speakers.
    """
    held = {split: _Held(share_sentences) for split in (DEV, TEST)}
    for clip, place in zip(clips, placed, strict=True):
        if place.split in held:
            held[place.split].add(clip)
    above = {TRAIN: (TEST, DEV), DEV: (TEST,), TEST: (), None: ()}
    result = []
    for clip, place in zip(clips, placed, strict=True):
        found = ((held[other].shares(clip), other) for other in above[place.split])
        what, other = next((pair for pair in found if pair[0]), ("", ""))
        result.append(leak(f"a {place.split} {what} that is also in {other}") if what else place)
    return result


def _check_none_empty(placed: Sequence[Place], draw: Draw) -> None:
    sizes = Counter(place.split for place in placed if place.split is not None)
    empty = [split for split in SPLITS if not sizes[split]]
    if not empty:
        return
    dropped = Counter(place.reason for place in placed if place.split is None)
    shares = " and ".join(f"{split}_share {draw.shares[split]}" for split in (DEV, TEST))
    raise ValueError(
        f"empty split: {' and '.join(empty)} would hold no clip; of {len(placed)} vetted clips "
        + ", ".join(f"{sizes[s]} go to {s}" for s in SPLITS)
        + (f" and {sum(dropped.values())} are dropped ({dict(dropped)})" if dropped else "")
        + f" with {shares}. Give more recordings "
        "(three different sentences at least), other shares, or a corpus without published splits"
        + (f". {SAME_PHRASES}" if dropped[LEAK] and not draw.share_sentences else "")
    )
