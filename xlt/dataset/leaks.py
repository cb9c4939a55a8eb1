"""What stands in two splits of a dataset, whoever drew them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xlt.dataset.splits import BITS, SPLITS, Clip


@dataclass(frozen=True, kw_only=True, slots=True)
class Leak:
    """Something that stands in two splits."""

    kind: str
    """sentence, audio or speaker"""
    value: str
    splits: tuple[str, ...]


def leaks(clips: Sequence[Clip], splits: Sequence[str | None]) -> list[Leak]:
    """Every sentence, recording and known speaker that stands in more than one split."""
    return [
        leak for kind in ("sentence", "audio", "speaker") for leak in _of_kind(kind, clips, splits)
    ]


def _of_kind(kind: str, clips: Sequence[Clip], splits: Sequence[str | None]) -> Iterator[Leak]:
    where: dict[str, int] = {}  # value -> the splits it stands in, a bit for each
    for clip, split in zip(clips, splits, strict=True):
        value = getattr(clip, kind)
        if split is not None and value is not None:
            where[value] = where.get(value, 0) | BITS[split]
    for value, bits in where.items():
        if bits.bit_count() > 1:
            yield Leak(kind=kind, value=value, splits=tuple(s for s in SPLITS if bits & BITS[s]))
