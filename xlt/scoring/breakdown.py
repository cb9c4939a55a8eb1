"""Errors by who speaks and how: one table a circumstance, whose rows add up to the whole."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from xlt.scoring.errors import Counts, total
from xlt.scoring.utterances import Scored

SHOWN = 15
"""Rows of a table of names; further ones are one row together."""
NORMAL = 1.96
"""Standard errors in half a 95 % interval."""
UNKNOWN = "unknown"

LENGTHS_S = (2.0, 5.0, 10.0, 20.0)
LENGTHS_WORDS = (4, 8, 16, 32)
SNRS_DB = (10.0, 20.0, 30.0, 40.0)
QUIET = (20, 40, 60)
"""Bounds between groups: a value on a bound belongs to the group above it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UtteranceCounts:
    """The counts of one utterance."""

    words: Counts
    characters: Counts


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The utterances that share a circumstance."""

    label: str
    utterances: int
    words: Counts
    characters: Counts
    margin: float | None
    """Half a 95 % interval of the word error rate; None for fewer than two utterances."""
    others: bool = False
    """True for the rest of a long table, whose members share nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """The groups of one circumstance; every utterance is in exactly one."""

    name: str
    groups: Sequence[Group]


def by_name(
    name: str, labels: Sequence[str | None], counts: Sequence[UtteranceCounts]
) -> Table | None:
    """One row a label, most word errors first; None where all have the same, or none is known."""
    found: dict[str | None, list[UtteranceCounts]] = {}
    for label, one in zip(labels, counts, strict=True):
        found.setdefault(label, []).append(one)
    if len(found) < 2:
        return None
    unknown = found.pop(None, [])
    rows = [group(str(label), members) for label, members in found.items()]
    rows.sort(key=lambda row: (-row.words.errors, row.label))
    if len(rows) > SHOWN:
        rest = [one for row in rows[SHOWN:] for one in found[row.label]]
        rows = [*rows[:SHOWN], group(f"{len(rows) - SHOWN:,} others", rest, others=True)]
    return Table(name=name, groups=rows + ([group(UNKNOWN, unknown)] if unknown else []))


def by_bounds(
    name: str,
    values: Sequence[float | None],
    counts: Sequence[UtteranceCounts],
    bounds: Sequence[float],
    form: str,
) -> Table | None:
    """One row between any two bounds, in their order; None where fewer than two rows are filled.

    `form` writes a bound, such as `{:g} s`.
    """
    if not bounds:
        return None
    rows: dict[int, list[UtteranceCounts]] = {}
    for value, one in zip(values, counts, strict=True):
        place = len(bounds) + 1 if value is None else sum(value >= bound for bound in bounds)
        rows.setdefault(place, []).append(one)
    if len(rows) < 2:
        return None
    labels = [*_labels([form.format(bound) for bound in bounds]), UNKNOWN]
    return Table(name=name, groups=[group(labels[place], rows[place]) for place in sorted(rows)])


def _labels(bounds: Sequence[str]) -> list[str]:
    """`under 2 s`, `2 to 5 s`, `5 s and more`: the unit once a row."""
    between = [f"{low.partition(' ')[0]} to {high}" for low, high in pairwise(bounds)]
    return [f"under {bounds[0]}", *between, f"{bounds[-1]} and more"]


def quartiles(values: Sequence[float | None]) -> list[float]:
    """The bounds that part the known values into four groups of like size; fewer if many are alike."""
    known = [value for value in values if value is not None]
    return sorted({round(float(q), 1) for q in np.percentile(known, (25, 50, 75))}) if known else []


def pace(utterance: Scored) -> float | None:
    """Characters of the reference a second, spaces included; None without a duration or words."""
    if not utterance.duration_s or not utterance.reference:
        return None
    return len(utterance.reference) / utterance.duration_s


def group(label: str, counts: Sequence[UtteranceCounts], *, others: bool = False) -> Group:
    """Add up the counts of some utterances."""
    words = [one.words for one in counts]
    return Group(
        label=label,
        utterances=len(counts),
        words=total(words),
        characters=total(one.characters for one in counts),
        margin=margin(words),
        others=others,
    )


def margin(counts: Sequence[Counts]) -> float | None:
    """Half a 95 % interval of the rate of some utterances, as of a ratio of two sums.

    Cochran, "Sampling Techniques", 3rd edition (1977), chapter 6. It takes no time where a
    bootstrap of every group would take minutes.
    """
    size, words = len(counts), sum(c.reference for c in counts)
    if size < 2 or not words:
        return None
    rate = sum(c.errors for c in counts) / words
    spread = sum((c.errors - rate * c.reference) ** 2 for c in counts)
    return NORMAL * math.sqrt(spread * size / (size - 1)) / words
