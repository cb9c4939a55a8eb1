"""Advice from an analysis: the few causes of most errors, a sentence each, worst first.

A cause is named only where it is worth a reader's time: a share of the errors that matters, and
for a group of utterances a rate that chance does not explain.
"""

import math
from collections.abc import Iterator
from statistics import NormalDist

from xlt.reports.analysis import Analysis
from xlt.reports.table import percent
from xlt.scoring.breakdown import NORMAL, UNKNOWN, Group, Table
from xlt.scoring.words import Band

WORTH = 0.05
"""Share of all errors below which a cause is not mentioned."""
MANY = 0.2
"""Share of the word errors from which on their kind is mentioned, and of an inserted place."""
SPACES = 0.1
"""Share of the character errors that are spaces, from which on words are joined or split."""
MOST = 6
"""Sentences."""

Cause = tuple[int, str]
"""Errors that the sentence is about, in words, and the sentence."""


def advice(analysis: Analysis) -> list[str]:
    """Sentences on the causes that take part in most errors."""
    found = [
        *_spaces(analysis),
        *_marks(analysis),
        *_vocabulary(analysis),
        *_kinds(analysis),
        *_groups(analysis),
    ]
    found.sort(key=lambda cause: (-cause[0], cause[1]))
    return [*_missing(analysis), *(text for _, text in found[:MOST])]


def _missing(analysis: Analysis) -> Iterator[str]:
    if analysis.missing:
        yield (
            f"{analysis.missing:,} of {analysis.utterances:,} utterances have no hypothesis: all "
            "their words count as deleted. Mend this before reading on."
        )


def _spaces(analysis: Analysis) -> Iterator[Cause]:
    spaces, errors = analysis.spaces, analysis.characters.errors
    if not errors or spaces.errors < SPACES * errors:
        return
    parts = (
        (spaces.lost, "lost, which joins words"),
        (spaces.added, "added, which splits them"),
        (spaces.swapped, "taken for a letter, or the other way round"),
    )
    listed = ", ".join(f"{n:,} {what}" for n, what in parts if n)
    wrong = 2 * (spaces.lost + spaces.added) + spaces.swapped
    yield (
        min(wrong, analysis.words.errors),
        f"{spaces.errors:,} of {errors:,} character errors ({percent(spaces.errors / errors)}) are "
        f"spaces: {listed}. Each lost or added one makes two word errors, whatever the letters; words "
        "that look wrong below may be right but for it.",
    )


def _marks(analysis: Analysis) -> Iterator[Cause]:
    marks, errors = analysis.marks, analysis.characters.errors
    if errors and marks.errors >= WORTH * errors:
        parts = (
            (marks.lost, "lost their mark"),
            (marks.added, "got one that was not said"),
            (marks.swapped, "got another one"),
            (marks.elsewhere, "were dropped, inserted, or heard as another letter"),
        )
        listed = ", ".join(f"{n:,} {what}" for n, what in parts if n)
        weight = round(analysis.words.errors * marks.errors / errors)
        yield (
            weight,
            f"Accents and special letters take part in {marks.errors:,} of {errors:,} character "
            f"errors ({percent(marks.errors / errors)}): {listed}.",
        )


def _vocabulary(analysis: Analysis) -> Iterator[Cause]:
    if not analysis.bands or analysis.bands[0].label.partition(" ")[0] != "never":
        return
    new, known = analysis.bands[0], analysis.bands[1:]
    rest = sum(band.words for band in known)
    missed = sum(band.missed for band in known)
    if new.missed >= WORTH * analysis.words.errors and rest and _harder(new, missed, rest):
        rate = missed / rest
        yield (
            new.missed,
            f"Words that training never held are missed {percent(new.rate)} of the time, others "
            f"{percent(rate)}; they make {new.missed:,} of {analysis.words.errors:,} word errors. "
            "More speech that holds such words helps with those.",
        )


def _harder(new: Band, missed: int, rest: int) -> bool:
    """True if new words are missed more often than the rest, beyond chance: two proportions.

    Fleiss, "Statistical Methods for Rates and Proportions", 2nd edition (1981), chapter 2.
    """
    pooled = (new.missed + missed) / (new.words + rest)
    error = math.sqrt(pooled * (1 - pooled) * (1 / new.words + 1 / rest))
    return new.rate - missed / rest > NORMAL * error


def _kinds(analysis: Analysis) -> Iterator[Cause]:
    words, added = analysis.words, analysis.insertions
    if words.deletions >= max(MANY * words.errors, 1):
        yield (
            words.deletions,
            f"{words.deletions:,} of {words.errors:,} word errors are words that were left out.",
        )
    if words.insertions >= max(MANY * words.errors, 1):
        edges = added.start + added.end + added.silence
        yield (
            words.insertions,
            f"{words.insertions:,} of {words.errors:,} word errors are words that nobody said, "
            f"{edges:,} of them where silence is likely: before the first word, after the last, or "
            "in clips without speech.",
        )


def _groups(analysis: Analysis) -> Iterator[Cause]:
    for table in analysis.tables:
        worst = max(
            (group for group in table.groups if _stands_out(group, table, analysis)),
            key=lambda group: group.words.rate,
            default=None,
        )
        if worst is not None:
            yield worst.words.errors, _sentence(table, worst, analysis)


def _stands_out(group: Group, table: Table, analysis: Analysis) -> bool:
    """True if a group's interval lies above the rate of the whole, with errors that matter.

    The interval grows with the number of groups (Bonferroni): of twenty speakers, one has a bad
    day by chance.
    """
    if group.label == UNKNOWN or group.others or group.margin is None:
        return False
    one, all_of_them = (NormalDist().inv_cdf(1 - 0.025 / n) for n in (1, len(table.groups)))
    low = group.words.rate - group.margin * all_of_them / one
    return low > analysis.words.rate and group.words.errors >= WORTH * analysis.words.errors


def _sentence(table: Table, group: Group, analysis: Analysis) -> str:
    return (
        f"{table.name}, {group.label}: {percent(group.words.rate)} word errors, "
        f"{percent(analysis.words.rate)} overall ({group.words.errors:,} errors in "
        f"{group.utterances:,} utterances)."
    )
