"""Check for leaks: sentences, recordings and speakers in two splits of a dataset, whoever drew them."""

from collections import Counter
from collections.abc import Sequence

from xlt.dataset.splits import BITS, Clip


def leaks(clips: Sequence[Clip], splits: Sequence[str | None]) -> Counter[str]:
    """Numbers of sentences, recordings and known speakers in more than one split.

    Keys are the fields of a clip: sentence, audio, speaker; only what leaks is there.
    """
    found = {kind: _leaking(kind, clips, splits) for kind in ("sentence", "audio", "speaker")}
    return Counter({kind: number for kind, number in found.items() if number})


def _leaking(kind: str, clips: Sequence[Clip], splits: Sequence[str | None]) -> int:
    where: dict[str, int] = {}  # value -> the splits it is in, a bit for each
    for clip, split in zip(clips, splits, strict=True):
        value = getattr(clip, kind)
        if split is not None and value is not None:
            where[value] = where.get(value, 0) | BITS[split]
    return sum(bits.bit_count() > 1 for bits in where.values())
