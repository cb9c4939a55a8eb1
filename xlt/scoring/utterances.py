"""One utterance of a test: its two texts, its circumstances, and its words as they were aligned."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from xlt.scoring.align import EditPath, Op, word_ops

MOST_PAIRS = 10_000
"""Words said x words heard in one stretch of errors that are paired by likeness."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """One utterance of a test: the pair of texts that is compared, and its circumstances.

    None means unknown; a score never guesses it.
    """

    id: str
    reference: str
    """Words with single spaces between them, as they are compared: normalised, if the score is."""
    hypothesis: str
    """The same of what was recognised; "" where nothing was."""
    raw_reference: str | None = None
    """The reference as it was published: cased and punctuated."""
    raw_hypothesis: str | None = None
    """The hypothesis as the recogniser wrote it."""
    missing: bool = False
    """No hypothesis was handed in: all words of the reference count as deleted."""
    speaker: str | None = None
    duration_s: float | None = None
    accent: str | None = None
    gender: str | None = None
    snr_db: float | None = None
    corpus: str | None = None
    trained_on: bool | None = None
    """The recogniser was trained on this very clip."""
    audio: str | None = None
    """Path of the recording, as the data names it."""

    @property
    def words(self) -> int:
        """Words of the reference."""
        return len(self.reference.split())


def aligned_words(utterance: Scored, path: EditPath) -> list[Op]:
    """(kind, reference word, hypothesis word) of an utterance; they add up to its counts.

    Where the counts leave a choice of the words that were confused, they are those most alike.
    """
    return _likeliest(word_ops(path, utterance.reference, utterance.hypothesis))


def _likeliest(ops: Sequence[Op]) -> list[Op]:
    """The same edits, with the words of each stretch of errors paired by likeness."""
    found: list[Op] = []
    for right, group in groupby(ops, key=lambda op: op[0] == "equal"):
        stretch = list(group)
        found += stretch if right else _paired(stretch)
    return found


def _paired(wrong: list[Op]) -> list[Op]:
    """Errors in a row, each replaced word beside the one most like it.

    No second count: the edits are those of `xlt.scoring.align`, which compares words as numbers and
    can't know which ones are alike. Only their pairing within the stretch is chosen here.
    """
    said = [word for kind, word, _ in wrong if kind != "insert"]
    heard = [word for kind, _, word in wrong if kind != "delete"]
    few, many = sorted((said, heard), key=len)
    substituted = sum(kind == "substitute" for kind, _, _ in wrong)
    if not few or len(few) == len(many) or substituted < len(few):
        return wrong  # no choice, or one of sclite's that is not ours to change
    if len(said) * len(heard) > MOST_PAIRS:
        return wrong
    best = [[0.0] * (len(many) + 1) for _ in range(len(few) + 1)]
    for i, one in enumerate(few, start=1):
        best[i][i - 1] = -1.0  # fewer than i words can't hold i partners
        for j, other in enumerate(many[i - 1 :], start=i):
            best[i][j] = max(best[i][j - 1], best[i - 1][j - 1] + alike(one, other))
    i, ops = len(few), list[Op]()
    for j in range(len(many), 0, -1):
        partner = i > 0 and best[i][j] > best[i][j - 1]
        i -= partner
        one, other = few[i] if partner else "", many[j - 1]
        before, after = (one, other) if few is said else (other, one)
        ops.append(
            ("substitute" if partner else "insert" if few is said else "delete", before, after)
        )
    return ops[::-1]


def alike(a: str, b: str) -> float:
    """Letters that two words share from their ends inwards, as a part of the longer one."""
    shorter = min(len(a), len(b))
    start = next((k for k in range(shorter) if a[k] != b[k]), shorter)
    end = next((k for k in range(shorter - start) if a[-1 - k] != b[-1 - k]), shorter - start)
    return (start + end) / max(len(a), len(b))
