"""Report of an alphabet checked by a text: letters.tsv with counts, a table, advice."""

import math
from collections.abc import Iterator, Sequence

from xlt.language.coverage.check import ENOUGH, Coverage, Foreign
from xlt.language.letter_table import COLUMNS, letter_rows

COUNTED = (*COLUMNS, "count", "words", "examples", "collisions")
"""Columns of a `letters.tsv` that was made with a text."""
NAMED, LISTED = 5, 40
"""Letters that a sentence gives with counts, and without."""
ROWS = 25
"""Foreign letters that are printed; letters.tsv has all."""


def counted_table(found: Coverage) -> Iterator[tuple[str, ...]]:
    """Yield `letters.tsv` with what the text has of each letter; its own foreign letters, too."""
    yield COUNTED
    for row in letter_rows(found.language, found.foreign):
        letter, code, name, decision, reason = row
        seen = found.foreign.get(letter)
        if seen is None:
            yield (*row, str(found.counts.get(letter, 0)), "", "", "")
            continue
        if seen.read_aloud:
            decision, reason = seen.decision, "beside a number, or as an abbreviation"
        yield (
            *(letter, code, name, decision, reason, str(seen.count), str(seen.words)),
            "; ".join(seen.examples),
            _collisions(seen),
        )


def summary(found: Coverage) -> str:
    """Findings as a page to print: shares, the foreign letters, collisions, what to do."""
    language = found.language
    shares = (
        ("letters and digits", found.readable_letters, found.letters),
        ("words", found.readable_words, found.words),
        ("sentences", found.readable_sentences, found.sentences),
    )
    lines = [f"{language.name} ({language.code}) on {found.name}: what can be read"]
    lines += [
        f"  {what:<20}{n:>15,} of {total:>15,}  {_percent(n, total)}" for what, n, total in shares
    ]
    if found.foreign:
        lines += ["letters that the alphabet lacks", *_letters(found)]
    collided = [
        f"  {letter} {seen.decision}: {_collisions(seen)}"
        for letter, seen in found.foreign.items()
        if seen.collided
    ]
    if collided:
        lines += ["different words that a fold makes equal", *collided]
    return "\n".join([*lines, *advice(found), *found.remarks])


def advice(found: Coverage) -> list[str]:
    """Advice, a sentence each; empty if there is nothing to do."""
    language, seen = found.language, found.foreign
    # What the language's own table folds, and what is read aloud, somebody has decided already.
    open_ones = [c for c in seen if found.is_frequent(c) and c not in language.folds]
    dropped = [c for c in open_ones if 2 * seen[c].dropped > seen[c].count]
    folded = [c for c in open_ones if c not in dropped and seen[c].fold is not None]
    sentences = []
    if dropped:
        sentences.append(
            f"Frequent and dropped: {_named(dropped, found)}. A letter of {language.name} belongs "
            "into `letters` of the language file; another spelling of one into `folds`, with what "
            "it becomes; lines in another language or script out of the text."
        )
    if folded:
        sentences.append(
            f"Frequent and folded by the common table: {_named(folded, found)}. A letter of "
            f"{language.name} belongs into `letters` of the language file; if it is none, write "
            "the fold into its `folds`, to show that it is meant."
        )
    if found.unseen and found.letters >= ENOUGH:
        sentences.append(
            f"Never seen: {' '.join(found.unseen)}. Letters that the language does not write are "
            "outputs that can only be wrong: take them out of `letters` before the first training."
        )
    rare = [c for c in seen if not found.is_frequent(c) and not seen[c].read_aloud]
    if rare:
        sentences.append(
            f"Rare, as in foreign names and misprints: {_some(rare)}. Nothing need be done."
        )
    if found.lost:
        sentences.append(
            f"Lines with U+FFFD or pairs like 'Ã±': {found.lost:,}. Letters were lost when another "
            "program read the text in a wrong encoding; get it anew."
        )
    if found.full:
        sentences.append("More folded words than are kept: some collisions may be missing.")
    return sentences


def _named(letters: Sequence[str], found: Coverage) -> str:
    """The letters with code point, and how often they stand where."""
    shown = [
        f"{c} (U+{ord(c):04X}, {found.foreign[c].count:,} times in {found.foreign[c].lines:,} lines)"
        for c in letters[:NAMED]
    ]
    rest = letters[NAMED:]
    return ", ".join(shown) + (f", and {_some(rest)}" if rest else "")


def _some(letters: Sequence[str]) -> str:
    rest = len(letters) - LISTED
    return " ".join(letters[:LISTED]) + (f" and {rest:,} more" if rest > 0 else "")


def _letters(found: Coverage) -> Iterator[str]:
    """A row for each of the most frequent foreign letters."""
    yield f"  {'letter':<13}{'count':>11}{'per million':>13}{'words':>11}  decision"
    for letter, seen in list(found.foreign.items())[:ROWS]:
        share = 1e6 * seen.count / found.letters
        what = f"{letter} U+{ord(letter):04X}"
        row = f"  {what:<13}{seen.count:>11,}{share:>13,.1f}{seen.words:>11,}  {seen.decision}"
        yield f"{row}: {'; '.join(seen.examples)}" if seen.examples else row
    rest = len(found.foreign) - ROWS
    if rest > 0:
        yield f"  and {rest:,} more, in letters.tsv"


def _collisions(seen: Foreign) -> str:
    rest = seen.collided - len(seen.collisions)
    return "; ".join(map(str, seen.collisions)) + (f"; and {rest:,} more" if rest > 0 else "")


def _percent(n: int, total: int) -> str:
    """Rounded down, so that 100 % means all."""
    return f"{math.floor(1e5 * n / total) / 1e3:.3f} %" if total else "-"
