"""One test, counted as the field counts it in different places: the views of a score.

Published error rates differ in what was compared as much as in what was recognised. A figure with
case and punctuation can't be held against one without; side by side, like meets like.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from xlt.language.accents import without_accents
from xlt.scoring.errors import Score, score
from xlt.scoring.pairing import NOT_NORMALISED
from xlt.scoring.scored_split import ScoredSplit
from xlt.scoring.utterances import Scored

NORMALISED = "normalised"
AS_GIVEN = "as given"
"""The first view of files that were not normalised."""
PLAIN = "without accents"
RAW = "as published"
"""Cased and punctuated; words end at spaces, so that a comma belongs to the word before it."""


HEADINGS: tuple[str, ...] = (
    *("view", "WER", "95 %", "words", "S", "D", "I", "CER", "95 %", "characters", "normaliser"),
)


def views(split: ScoredSplit) -> dict[str, Score]:
    """Name of the view -> score; the first is the split's own, the raw one is there if the data has it."""
    utterances, normaliser = split.utterances, split.conditions.normaliser
    found = {AS_GIVEN if normaliser == NOT_NORMALISED else NORMALISED: split.score}
    found[PLAIN] = _view(
        split,
        [plain(reference) for reference in split.references],
        [plain(hypothesis) for hypothesis in split.hypotheses],
        f"{normaliser}, without accents",
    )
    if has_raw(utterances):
        found[RAW] = _view(
            split,
            [u.raw_reference or "" for u in utterances],
            [u.raw_hypothesis or "" for u in utterances],
            NOT_NORMALISED,
        )
    return found


def _view(
    split: ScoredSplit, references: Sequence[str], hypotheses: Sequence[str], normaliser: str
) -> Score:
    """Score of other texts of the same utterances."""
    return score(
        references,
        hypotheses,
        replace(split.conditions, normaliser=normaliser),
        durations_s=[u.duration_s for u in split.utterances],
        speakers=[u.speaker for u in split.utterances],
    )


def remarks(utterances: Sequence[Scored]) -> list[str]:
    """Caveats where capitals and punctuation count."""
    if all(u.raw_reference is None for u in utterances):
        if all(is_bare(u.reference) and is_bare(u.hypothesis) for u in utterances):
            return []
        return [
            "The texts are compared as they are: capitals and punctuation count. Naming the language "
            "normalises both sides."
        ]
    written = [u for u in utterances if u.raw_hypothesis]
    if not has_raw(utterances) or any(u.raw_hypothesis != u.hypothesis for u in written):
        return []
    return [
        "The hypotheses have neither capitals nor punctuation: in the view "
        f"'{RAW}' each one of the references counts as an error."
    ]


def has_raw(utterances: Sequence[Scored]) -> bool:
    """True if references are cased or punctuated, and hypotheses are known as they were written."""
    return all(u.missing or u.raw_hypothesis is not None for u in utterances) and any(
        u.raw_reference is not None and u.raw_reference != u.reference for u in utterances
    )


def is_bare(text: str) -> bool:
    """True for a text of nothing but words in lower case."""
    return text == text.lower() and all(c.isalnum() or c in " '" for c in text)


def plain(text: str) -> str:
    """Letters without their marks: `ñ` is `n`, `ç` is `c`, `ü` is `u`; `ß` is `ss`."""
    return without_accents(text, foreign=False)


def to_json(found: Mapping[str, Score], split: ScoredSplit, remarks: Sequence[str]) -> str:
    """A whole score as JSON: the views, the remarks, and every utterance with its counts."""
    rows = [
        {k: v for k, v in asdict(u).items() if v is not None}
        | {"words": asdict(words), "characters": asdict(characters)}
        for u, words, characters in zip(
            split.utterances, split.words, split.characters, strict=True
        )
    ]
    content = {
        "views": {name: one.to_dict() for name, one in found.items()},
        "remarks": list(remarks),
        "utterances": rows,
    }
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    # A lone surrogate has no bytes: it is written as JSON escapes it.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def lines(found: Mapping[str, Score]) -> str:
    """The views side by side, a row each, for a terminal."""
    rows = [HEADINGS]
    for name, one in found.items():
        w, c = one.words, one.characters
        rows.append(
            (name, f"{w.rate:.2%}", _ends(one.word_interval), f"{w.reference:,}")
            + (f"{w.substitutions:,}", f"{w.deletions:,}", f"{w.insertions:,}")
            + (
                f"{c.rate:.2%}",
                _ends(one.character_interval),
                f"{c.reference:,}",
                one.conditions.normaliser,
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if k in (0, len(row) - 1) else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _ends(bounds: tuple[float, float]) -> str:
    return f"{100 * bounds[0]:.2f} to {100 * bounds[1]:.2f}"
