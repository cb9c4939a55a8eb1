"""Splits of a dataset: their names, the facts on a clip that decide its split, and its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Draw:
    """Conditions of the draw of splits."""

    shares: Mapping[str, float]
    """Share of the clips of each split that a corpus does not publish, train left out."""
    seed: int
    share_sentences: bool = False
    """True if splits may share sentences; speakers are kept apart then."""


KEPT = {split: Place(split=split) for split in SPLITS}
"""One for all clips of a split: corpora have millions."""


SAME_PHRASES = (
    "Where all speakers read the same phrases, such as commands or digits, splits may share them and "
    "keep the speakers apart: xlt prepare --share-sentences, in a recipe --preparation.share-sentences"
)


@lru_cache(maxsize=32)
def leak(detail: str) -> Place:
    """The place of a clip that may not be where another split holds its sentence or speaker."""
    return Place(split=None, reason=LEAK, detail=detail)
