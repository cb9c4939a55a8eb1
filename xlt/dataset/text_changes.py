"""Changes that normalising made to published transcripts, as lines of an account."""

import unicodedata
from collections.abc import Mapping

MOST = 10
"""Characters that a line names, the most frequent ones."""
PUNCTUATION, MARKS, OTHER = "punctuation", "marks", "other"


def text_changes(
    folded: Mapping[str, int], dropped: Mapping[str, int], corrected: int
) -> list[str]:
    """Lines for what was folded, left out and corrected; punctuation, which nobody says, apart.

    Args:
        folded: foreign letters that became letters of the alphabet, with counts.
        dropped: characters and whole marks that were left out, with counts.
        corrected: corrections that builders made.
    """
    parts: dict[str, dict[str, int]] = {PUNCTUATION: {}, MARKS: {}, OTHER: {}}
    for what, count in dropped.items():
        parts[kind_of(what)][what] = count
    named = {
        "Letters of other alphabets written with this one's": folded,
        "Punctuation, which is not trained on": parts[PUNCTUATION],
        "Event and speaker marks left out": parts[MARKS],
        "Letters and symbols lost": parts[OTHER],
    }
    lines = [f"{what}: {_counted(counts)}" for what, counts in named.items() if counts]
    if corrected:
        lines.append(f"Corrections of the published transcripts: {corrected}")
    return lines


def kind_of(what: str) -> str:
    """Kind of a dropped entry: an ordinary punctuation character, a whole mark, or another character."""
    if len(what) > 1 and not what.startswith("U+"):
        return MARKS
    quotes = what in "`´"
    return PUNCTUATION if quotes or unicodedata.category(what[0])[0] == "P" else OTHER


def _counted(counts: Mapping[str, int]) -> str:
    most = sorted(counts.items(), key=lambda item: -item[1])[:MOST]
    shown = ", ".join(f"{what} x {n:,}" for what, n in most)
    return f"{sum(counts.values()):,} ({shown}{', …' if len(counts) > MOST else ''})"
