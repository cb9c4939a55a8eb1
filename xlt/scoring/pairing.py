"""References and hypotheses of two files, paired by id; what has no partner is named and counted."""

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from xlt.corpora.columns import (
    ACCENT,
    AUDIO,
    CORPUS,
    DURATION_S,
    GENDER,
    HYPOTHESIS,
    RECOGNISED,
    REFERENCE,
    SNR_DB,
    SPEAKER,
    TEXT,
    TRAINED_ON,
    choice,
    first_value,
    present,
)
from xlt.language.rules import Language
from xlt.language.text import NORMALISER, normalise
from xlt.scoring.caveats import remarks_on
from xlt.scoring.files import TextEntry, printable, read_entries
from xlt.scoring.plain_texts import NUMBERED
from xlt.scoring.utterances import Scored

PLAIN_NAMES = {*REFERENCE, *RECOGNISED} - {*TEXT}
"""Columns that say which side they are: no other one can be meant."""
DETAILS: Mapping[str, tuple[str, ...]] = {
    "speaker": SPEAKER,
    "accent": ACCENT,
    "gender": GENDER,
    "corpus": CORPUS,
    "audio": AUDIO,
    "duration_s": DURATION_S,
    "snr_db": SNR_DB,
}
"""Detail of an utterance -> the columns that may hold it."""
NUMBERS: Mapping[str, str] = {"duration_s": "seconds", "snr_db": "decibels"}
NOT_NORMALISED = "none"
YES_NO = {"yes": True, "no": False}
Unread = dict[str, list[str]]
"""Side -> ids of the texts with letters or digits that the normaliser can't read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """The utterances of a test in the references' order, and what must be known about them."""

    utterances: Sequence[Scored]
    remarks: Sequence[str]
    """A sentence for each thing that was found beside plain pairs."""
    normaliser: str


def read_pairs(
    reference: Path, hypothesis: Path | None = None, language: Language | None = None
) -> Pairs:
    """Pair the texts of two files by id, or the two columns of one.

    Args:
        reference: What was said, with what else is known of each utterance.
        hypothesis: What was recognised; without it, `reference` has a column for each.
        language: Normalise both sides as this language; without it they are compared as they are,
            after NFC and with single spaces.

    Raises:
        ValueError: a file can't be read, or no id of the one is in the other.
    """
    remarks: list[str] = []
    said = read_entries(reference, REFERENCE)
    if hypothesis is None:
        heard = [e for e in said if set(e.fields) & set(RECOGNISED)]
        if not heard:
            raise ValueError(
                f"{reference} has no column of hypotheses ({' or '.join(RECOGNISED)}), only "
                f"{printable(', '.join(said[0].fields))}; name the file of the other side too (score REFERENCE "
                "HYPOTHESIS, compare-scores A B --reference REFERENCE)."
            )
    else:
        heard = read_entries(hypothesis, HYPOTHESIS)
        heard = _matched(reference, said, hypothesis, heard, remarks)
    by_id = {entry.id: entry for entry in heard}
    unread: Unread = {"reference": [], "hypothesis": []}
    utterances = [
        _scored(reference, entry, by_id.get(entry.id), language, unread) for entry in said
    ]
    known = {entry.id for entry in said}
    extra = [entry.id for entry in heard if entry.id not in known]
    remarks += [
        *_ids(reference, said),
        *remarks_on(utterances, extra, unread),
        *_columns(said, REFERENCE, "References"),
    ]
    if hypothesis is not None:
        remarks += _columns(heard, HYPOTHESIS, "Hypotheses")
    return Pairs(
        utterances=utterances,
        remarks=remarks,
        normaliser=NORMALISER if language is not None else NOT_NORMALISED,
    )


def _ids(path: Path, entries: Sequence[TextEntry]) -> list[str]:
    """Say where lines, or parts of lines, of a plain text were taken for ids."""
    first = entries[0].id
    if path.suffix.lower() != ".txt" or first.startswith("line "):
        return []
    if first.startswith(NUMBERED):
        return ["Every other line is a number: they were read as ids, not as texts."]
    return [f"The first word of every line was read as its id, not as text: {first!r}."]


def _columns(entries: Sequence[TextEntry], names: tuple[str, ...], what: str) -> list[str]:
    """Say which column was read where the texts might be in another one."""
    for entry in entries:
        found = present(entry.fields, names)
        if found[1:] and found[0] not in PLAIN_NAMES:
            return [choice(what, found)]
    return []


def _matched(
    reference: Path,
    said: list[TextEntry],
    hypothesis: Path,
    heard: list[TextEntry],
    remarks: list[str],
) -> list[TextEntry]:
    """The hypotheses under the references' ids: as they are, or by the name of the file."""
    if reference.suffix.lower() == ".txt" and len(said) != len(heard):
        raise ValueError(
            f"{reference} has {len(said)} lines and {hypothesis} has {len(heard)}: texts without "
            "ids are paired by line. Give ids, or as many lines."
        )
    if {e.id for e in said} & {e.id for e in heard}:
        return heard
    for part in ("name", "stem"):
        ours = {getattr(PurePath(e.id), part): e.id for e in said}
        theirs = {getattr(PurePath(e.id), part) for e in heard}
        if len(ours) == len(said) and len(theirs) == len(heard) and ours.keys() & theirs:
            remarks.append(
                "Ids were paired as names of files, without folders"
                f"{' and endings' if part == 'stem' else ''}: {heard[0].id!r}."
            )
            names = [getattr(PurePath(e.id), part) for e in heard]
            return [
                TextEntry(id=ours.get(name, e.id), line=e.line, fields=e.fields)
                for name, e in zip(names, heard, strict=True)
            ]
    cased = {e.id.casefold() for e in said} & {e.id.casefold() for e in heard}
    raise ValueError(
        f"No id of {reference} is in {hypothesis}: {said[0].id!r} there, {heard[0].id!r} here. "
        + ("They differ in case alone: write them alike." if cased else "Give both the same ids.")
    )


def _scored(
    path: Path, said: TextEntry, heard: TextEntry | None, language: Language | None, unread: Unread
) -> Scored:
    reference = _text(said, REFERENCE)
    hypothesis = _text(heard, HYPOTHESIS) if heard is not None else ""
    details = {field: first_value(said.fields, names) for field, names in DETAILS.items()}
    return Scored(
        id=said.id,
        reference=_normal(reference, language, unread["reference"], said.id),
        hypothesis=_normal(hypothesis, language, unread["hypothesis"], said.id),
        raw_reference=None if language is None else reference,
        raw_hypothesis=None if language is None else hypothesis,
        missing=heard is None,
        speaker=details["speaker"],
        duration_s=_number(path, said, "duration_s", details["duration_s"]),
        accent=details["accent"],
        gender=details["gender"],
        corpus=details["corpus"],
        trained_on=_trained_on(path, heard or said),
        snr_db=_number(path, said, "snr_db", details["snr_db"]),
        audio=details["audio"],
    )


def _normal(text: str, language: Language | None, unread: list[str], name: str) -> str:
    if language is None:
        return text
    transcript = normalise(text, language)
    if transcript.unread:
        unread.append(name)
    return transcript.text


def _text(entry: TextEntry, columns: Sequence[str]) -> str:
    text = next(entry.fields[c] for c in columns if c in entry.fields)
    return " ".join(unicodedata.normalize("NFC", text).split())


def _trained_on(path: Path, entry: TextEntry) -> bool | None:
    found = first_value(entry.fields, TRAINED_ON)
    if found is None:
        return None
    if found not in YES_NO:
        raise ValueError(
            f"{path}, line {entry.line}: trained_on is {found[:60]!r}; it is yes or no, or left empty "
            "where that is unknown."
        )
    return YES_NO[found]


def _number(path: Path, entry: TextEntry, field: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or (field == "duration_s" and number <= 0):
        raise ValueError(
            f"{path}, line {entry.line}: {text[:60]!r} is not a number of {NUMBERS[field]}; leave the "
            "field empty where it is unknown."
        )
    return number
