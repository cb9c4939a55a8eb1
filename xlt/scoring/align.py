"""Edits that turn references into hypotheses: counted for many pairs at once, or kept as paths.

The rule is the fewest edits, as in jiwer; among alignments with as few, the one with most hits (one
deletion and one insertion around a hit, not two substitutions). That makes the counts unique: no
choice is left to the order in which cells are visited. sclite's rule is there too (`SCLITE`).

Legend: B pairs, N reference tokens, M hypothesis tokens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["equal", "substitute", "delete", "insert"]
Op = tuple[Kind, str, str]
"""Kind of edit, token of the reference, token of the hypothesis; "" where there is none."""
Tally = tuple[int, int, int, int]
"""Hits, substitutions, deletions, insertions."""
EditPath = bytes
"""Steps through the table of a pair of texts, one byte each: `HIT`, `SUBSTITUTION` and so on. With
the two texts it says every edit, at a hundredth of the memory of a list of them."""

COUNTED_CELLS = 200_000
"""Cells of one row of a batch (M x B): few enough to stay in a core's cache."""
ALIGNED_CELLS = 8_000_000
"""Cells of the whole table of a batch (N x M x B), held in memory to walk back through it."""

HIT, SUBSTITUTION, DELETION, INSERTION = range(4)
"""Steps through the table; the first two go diagonally."""
KINDS: tuple[Kind, ...] = ("equal", "substitute", "delete", "insert")
"""Their names, in that order."""

Integers = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class EditCosts:
    """Weights that an alignment minimises, and its choice among equals."""

    name: str
    substitution: int
    gap: int
    """A deletion or an insertion."""
    most_hits: bool
    """Among alignments of equal cost take one with most hits; else the one that is found by going
    back from the end diagonally where possible, else by an insertion, else by a deletion."""


MINIMUM = EditCosts(name="minimum edits", substitution=1, gap=1, most_hits=True)
SCLITE = EditCosts(name="sclite", substitution=4, gap=3, most_hits=False)
"""NIST's sclite: the weights of its manual, and its choice among equals as measured by
`tests/referees/sclite.py`. It can count more errors than the fewest possible."""
RULES = {costs.name: costs for costs in (MINIMUM, SCLITE)}


def word_counts(
    references: Sequence[str], hypotheses: Sequence[str], costs: EditCosts = MINIMUM
) -> list[Tally]:
    """Hits, substitutions, deletions and insertions of words, for every pair of texts."""
    return _counts(*_word_codes(references, hypotheses), costs)


def character_counts(
    references: Sequence[str], hypotheses: Sequence[str], costs: EditCosts = MINIMUM
) -> list[Tally]:
    """The same of characters: code points, one space between two words."""
    return _counts(_character_codes(references), _character_codes(hypotheses), costs)


def word_paths(
    references: Sequence[str], hypotheses: Sequence[str], costs: EditCosts = MINIMUM
) -> list[EditPath]:
    """EditPath through the words of every pair of texts."""
    return _all_paths(*_word_codes(references, hypotheses), costs)


def character_paths(
    references: Sequence[str], hypotheses: Sequence[str], costs: EditCosts = MINIMUM
) -> list[EditPath]:
    """The same through the characters; a space is a character."""
    return _all_paths(_character_codes(references), _character_codes(hypotheses), costs)


def tally(path: EditPath) -> Tally:
    """Hits, substitutions, deletions and insertions on a path."""
    return (path.count(HIT), path.count(SUBSTITUTION), path.count(DELETION), path.count(INSERTION))


def word_ops(path: EditPath, reference: str, hypothesis: str) -> list[Op]:
    """Aligned words of a pair of texts, in the order in which they were said."""
    return _ops(path, reference.split(), hypothesis.split())


def character_ops(path: EditPath, reference: str, hypothesis: str) -> list[Op]:
    """Aligned characters of a pair of texts."""
    return _ops(path, *(" ".join(text.split()) for text in (reference, hypothesis)))


def _word_codes(
    references: Sequence[str], hypotheses: Sequence[str]
) -> tuple[list[Integers], list[Integers]]:
    """Every text as an array of numbers, one a word, the same on both sides."""
    codes: dict[str, int] = {}

    def coded(text: str) -> Integers:
        return np.array([codes.setdefault(w, len(codes)) for w in text.split()], dtype=np.int32)

    return [coded(text) for text in references], [coded(text) for text in hypotheses]


def _character_codes(texts: Sequence[str]) -> list[Integers]:
    return [
        np.frombuffer(" ".join(text.split()).encode("utf-32-le", "surrogatepass"), dtype=np.int32)
        for text in texts
    ]


def _counts(
    references: Sequence[Integers], hypotheses: Sequence[Integers], costs: EditCosts
) -> list[Tally]:
    """Counts from the cost of the best alignment alone, where that determines them.

    With W = weight of all edits and S substitutions known, deletions + insertions are
    (W - S x substitution) / gap, and deletions - insertions are N - M.
    """
    counts = [(len(one), 0, 0, 0) for one in references]
    if not costs.most_hits:
        for k, path in _paths(references, hypotheses, costs):
            counts[k] = tally(path)
        return counts
    for batch in _batches(references, hypotheses, COUNTED_CELLS, whole=False):
        table = _Table(references, hypotheses, batch, costs)
        weights, substitutions = np.divmod(table.best(), table.unit)
        gaps = (weights - costs.substitution * substitutions) // costs.gap
        deletions = (gaps + table.ref_lengths - table.hyp_lengths) // 2
        hits = table.ref_lengths - substitutions - deletions
        found = np.stack([hits, substitutions, deletions, gaps - deletions], axis=1)
        for k, (h, s, d, i) in zip(batch, found.tolist(), strict=True):
            counts[k] = (h, s, d, i)
    return counts


def _batches(
    references: Sequence[Integers], hypotheses: Sequence[Integers], cells: int, *, whole: bool
) -> Iterator[list[int]]:
    """Positions of the pairs that differ, those of like length together, `cells` a batch."""
    order = sorted(
        (len(r), len(h), k)
        for k, (r, h) in enumerate(zip(references, hypotheses, strict=True))
        if len(r) != len(h) or (r != h).any()
    )
    batch: list[int] = []
    widest = 0
    for n, m, k in order:
        height = n + 1 if whole else 1
        wide = max(widest, m + 1)
        if batch and height * wide * (len(batch) + 1) > cells:
            yield batch
            batch, wide = [], m + 1
        batch.append(k)
        widest = wide
    if batch:
        yield batch


class _Table:
    """The table of edit costs of a batch, row by row, for all its pairs at once.

    A row holds, for i reference tokens and each j in 0..M, the cost minus j x gap, shape (M + 1, B):
    with that shift an insertion costs nothing, so that a running minimum over j does them all.
    A cost is weight x unit + substitutions, with a unit that exceeds all substitutions there can be,
    which orders alignments by both; without `most_hits` it is the weight.
    """

    def __init__(
        self,
        references: Sequence[Integers],
        hypotheses: Sequence[Integers],
        batch: Sequence[int],
        costs: EditCosts,
    ) -> None:
        self.ref_lengths = np.array([len(references[k]) for k in batch])
        self.hyp_lengths = np.array([len(hypotheses[k]) for k in batch])
        n, m = int(self.ref_lengths.max()), int(self.hyp_lengths.max())
        self.unit = min(n, m) + 1 if costs.most_hits else 1
        self.gap = costs.gap * self.unit
        self.substitution = costs.substitution * self.unit + costs.most_hits
        largest = (n + m + 2) * self.gap + self.substitution
        small, middle = np.iinfo(np.int16).max, np.iinfo(np.int32).max
        self.type = np.int16 if largest < small else np.int32 if largest < middle else np.int64
        self.references = _padded([references[k] for k in batch], n, -1)
        self.hypotheses = _padded([hypotheses[k] for k in batch], m, -2)

    def rows(self) -> Iterator[Integers]:
        """Rows 0..N, each (M + 1, B); what lies beyond a pair's own lengths is padding."""
        m, b = self.hypotheses.shape
        row = np.zeros((m + 1, b), dtype=self.type)
        yield row
        for i, tokens in enumerate(self.references, start=1):
            above, row = row, np.empty_like(row)
            row[0] = i * self.gap
            np.multiply(self.hypotheses != tokens, self.type(self.substitution), out=row[1:])
            row[1:] += above[:-1]
            row[1:] -= self.type(self.gap)
            np.minimum(row[1:], above[1:] + self.type(self.gap), out=row[1:])
            np.minimum.accumulate(row, axis=0, out=row)
            yield row

    def best(self) -> NDArray[np.int64]:
        """Cost of every pair's best alignment (B,)."""
        best: NDArray[np.int64] = np.zeros(len(self.ref_lengths), dtype=np.int64)
        for i, row in enumerate(self.rows()):
            ended = np.flatnonzero(self.ref_lengths == i)
            best[ended] = row[self.hyp_lengths[ended], ended]
        best += self.hyp_lengths * self.gap
        return best

    def steps(self) -> NDArray[np.uint8]:
        """The last step of the best alignment of what lies before each cell (N + 1, M + 1, B)."""
        (n, b), m = self.references.shape, len(self.hypotheses)
        steps = np.full((n + 1, m + 1, b), DELETION, dtype=np.uint8)
        steps[0] = INSERTION
        above: Integers | None = None
        for i, row in enumerate(self.rows()):
            if above is not None:
                differ = self.hypotheses != self.references[i - 1]
                diagonal = above[:-1] + differ * self.type(self.substitution) - self.type(self.gap)
                steps[i, 1:][row[1:] == row[:-1]] = INSERTION
                steps[i, 1:][row[1:] == diagonal] = SUBSTITUTION
                steps[i, 1:][(row[1:] == diagonal) & ~differ] = HIT
            above = row
        return steps


def _padded(arrays: Sequence[Integers], length: int, filler: int) -> Integers:
    """Tokens by position, one column a pair (length, B)."""
    table = np.full((length, len(arrays)), filler, dtype=np.int32)
    for k, array in enumerate(arrays):
        table[: len(array), k] = array
    return table


def _ops(path: EditPath, reference: Sequence[str], hypothesis: Sequence[str]) -> list[Op]:
    said, heard = iter(reference), iter(hypothesis)
    return [
        (
            KINDS[step],
            next(said) if step != INSERTION else "",
            next(heard) if step != DELETION else "",
        )
        for step in path
    ]


def _all_paths(
    references: Sequence[Integers], hypotheses: Sequence[Integers], costs: EditCosts
) -> list[EditPath]:
    found = [bytes([HIT]) * len(one) for one in references]
    for k, path in _paths(references, hypotheses, costs):
        found[k] = path
    return found


def _paths(
    references: Sequence[Integers], hypotheses: Sequence[Integers], costs: EditCosts
) -> Iterator[tuple[int, EditPath]]:
    """Position and steps, from the first to the last, of every pair that is not equal."""
    for batch in _batches(references, hypotheses, ALIGNED_CELLS, whole=True):
        table = _Table(references, hypotheses, batch, costs)
        steps = table.steps()
        width = steps.shape[1]
        for column, k in enumerate(batch):
            one = np.ascontiguousarray(steps[:, :, column]).data.cast("B")
            i, j = len(references[k]), len(hypotheses[k])
            path = bytearray()
            while i or j:
                step = one[i * width + j]
                path.append(step)
                i, j = i - (step != INSERTION), j - (step != DELETION)
            yield k, bytes(path[::-1])
