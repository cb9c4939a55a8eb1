"""References and hypotheses of two files, paired by id; what has no partner is named and counted."""

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from xlt.language.rules import Language
from xlt.language.text import NORMALISER, normalise
from xlt.scoring.files import Entry, read_entries
from xlt.scoring.utterances import Scored

REFERENCES = "reference ref text sentence transcript transcription raw_transcription".split()
"""Columns with what was said, the first that is there."""
HYPOTHESES = (
    "hypothesis hyp pred_text prediction predicted recognised recognized text transcript "
    "transcription sentence"
).split()
"""Columns with what was recognised, the first that is there."""
RECOGNISED = HYPOTHESES[:7]
"""Those of them that can't mean a reference."""
DETAILS: Mapping[str, Sequence[str]] = {
    "speaker": ("speaker", "speaker_id", "spk", "client_id"),
    "accent": ("accent", "accents", "variant", "dialect"),
    "gender": ("gender", "sex"),
    "audio": ("audio", "audio_filepath", "path", "file", "file_name"),
    "duration_s": ("duration_s", "duration", "seconds"),
    "snr_db": ("snr_db", "snr"),
}
"""What else is known of an utterance, and the columns that may say it."""
NUMBERS: Mapping[str, str] = {"duration_s": "seconds", "snr_db": "decibels"}
NOT_NORMALISED = "none"
NAMED = 5
"""Ids that a remark gives before it only counts."""
MISREAD = re.compile("[ÂÃ][\x80-\xbf]")
"""What UTF-8 looks like after it was read as Latin-1: `seÃ±or`."""


ALTERNATIVES = re.compile(r"\{[^{}]*/[^{}]*\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """The utterances of a test in the references' order, and what must be known about them."""

    utterances: Sequence[Scored]
    remarks: Sequence[str]
    """One sentence for everything that was found and is no plain pair."""
    normaliser: str


def transcripts(path: Path) -> Path:
    """The file of a run's transcripts, for its folder or record; any other path as it is.

    Raises:
        ValueError: the folder holds no finished run.
    """
    if path.name != "record.json" and not path.is_dir():
        return path
    folder = path if path.is_dir() else path.parent
    try:
        chosen = str(json.loads((folder / "record.json").read_text(encoding="utf-8"))["chosen"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{folder} is not the folder of a finished run: its record.json can't be read "
            f"({error}). Name the file of the transcripts."
        ) from error
    found = folder / "transcripts" / f"{chosen}.tsv"
    if not found.is_file():
        raise ValueError(f"{folder} has no transcripts: {found} is missing. Run it again.")
    return found


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
    said = read_entries(reference, REFERENCES)
    if hypothesis is None:
        heard = [e for e in said if set(e.fields) & set(RECOGNISED)]
        if not heard:
            raise ValueError(
                f"{reference} has no column of hypotheses ({' or '.join(RECOGNISED)}), only "
                f"{', '.join(said[0].fields)}; name the file of the hypotheses too."
            )
    else:
        heard = read_entries(hypothesis, HYPOTHESES)
        heard = _matched(reference, said, hypothesis, heard, remarks)
    by_id = {entry.id: entry for entry in heard}
    unread: Counter[str] = Counter()
    utterances = [
        _scored(reference, entry, by_id.get(entry.id), language, unread) for entry in said
    ]
    remarks += _partners(utterances, said, heard)
    remarks += [_empty(utterances), *map(_unread, unread, unread.values()), *_damage(utterances)]
    return Pairs(
        utterances=utterances,
        remarks=[remark for remark in remarks if remark],
        normaliser=NORMALISER if language is not None else NOT_NORMALISED,
    )


def _matched(
    reference: Path, said: list[Entry], hypothesis: Path, heard: list[Entry], remarks: list[str]
) -> list[Entry]:
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
                Entry(id=ours.get(name, e.id), line=e.line, fields=e.fields)
                for name, e in zip(names, heard, strict=True)
            ]
    raise ValueError(
        f"No id of {reference} is in {hypothesis}: {said[0].id!r} there, {heard[0].id!r} here."
    )


def _scored(
    path: Path, said: Entry, heard: Entry | None, language: Language | None, unread: Counter[str]
) -> Scored:
    reference = _text(said, REFERENCES)
    hypothesis = _text(heard, HYPOTHESES) if heard is not None else ""
    details = {
        field: next((said.fields[c] for c in columns if said.fields.get(c, "").strip()), None)
        for field, columns in DETAILS.items()
    }
    return Scored(
        id=said.id,
        reference=_normal(reference, language, "reference", unread),
        hypothesis=_normal(hypothesis, language, "hypothesis", unread),
        raw_reference=None if language is None else reference,
        raw_hypothesis=None if language is None else hypothesis,
        missing=heard is None,
        speaker=details["speaker"],
        duration_s=_number(path, said, "duration_s", details["duration_s"]),
        accent=details["accent"],
        gender=details["gender"],
        snr_db=_number(path, said, "snr_db", details["snr_db"]),
        audio=details["audio"],
    )


def _normal(text: str, language: Language | None, side: str, unread: Counter[str]) -> str:
    if language is None:
        return text
    transcript = normalise(text, language)
    if transcript.unread:
        unread[side] += 1
    return transcript.text


def _text(entry: Entry, columns: Sequence[str]) -> str:
    text = next(entry.fields[c] for c in columns if c in entry.fields)
    return " ".join(unicodedata.normalize("NFC", text).split())


def _number(path: Path, entry: Entry, field: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or (field == "duration_s" and number <= 0):
        raise ValueError(
            f"{path}, line {entry.line}: {text[:60]!r} is no number of {NUMBERS[field]}; leave the "
            "field empty where it is unknown."
        )
    return number


def _partners(
    utterances: Sequence[Scored], said: Sequence[Entry], heard: Sequence[Entry]
) -> list[str]:
    """What is missing and what is too much."""
    known = {entry.id for entry in said}
    missing = [u for u in utterances if u.missing]
    extra = [entry.id for entry in heard if entry.id not in known]
    remarks = []
    if missing:
        words = sum(u.words for u in missing)
        remarks.append(
            f"{_plural(len(missing), 'utterance')} without a hypothesis: all {words:,} words count "
            f"as deleted ({_named([u.id for u in missing])})."
        )
    if extra:
        remarks.append(
            f"{_plural(len(extra), 'hypothesis', 'hypotheses')} without a reference: not counted "
            f"({_named(extra)})."
        )
    return remarks


def _empty(utterances: Sequence[Scored]) -> str:
    """References in which nothing is said, or nothing that the normaliser reads."""
    empty = [u for u in utterances if not u.words]
    if not empty:
        return ""
    inserted = sum(len(u.hypothesis.split()) for u in empty)
    said = [u.raw_reference for u in empty if u.raw_reference]
    shown = f" (such as {said[0][:40]!r})" if said else ""
    return (
        f"{_plural(len(empty), 'reference')} without a word{shown}: the {inserted:,} words "
        f"recognised there count as inserted ({_named([u.id for u in empty])})."
    )


def _unread(side: str, n: int) -> str:
    return (
        f"{_plural(n, side, 'hypotheses' if side == 'hypothesis' else None)} with letters or digits "
        "that the normaliser can't read: these are left out there."
    )


def _damage(utterances: Sequence[Scored]) -> Iterator[str]:
    """Encodings that lied before the file was written, and marks that mean something elsewhere."""
    for what, wrong in (
        ("with U+FFFD, which stands for a letter that was lost", "\ufffd"),
        ("with letters like 'Ã±': UTF-8 that was read as Latin-1", MISREAD),
        ("with sclite's alternatives { a / b }: all of them are taken for words", ALTERNATIVES),
    ):
        found = [u.id for u in utterances if any(re.search(wrong, text) for text in _texts(u))]
        if found:
            yield f"{_plural(len(found), 'utterance')} {what} ({_named(found)})."


def _texts(utterance: Scored) -> tuple[str, str]:
    """Both sides as the files have them."""
    return (
        utterance.raw_reference or utterance.reference,
        utterance.raw_hypothesis or utterance.hypothesis,
    )


def _plural(n: int, one: str, many: str | None = None) -> str:
    return f"1 {one}" if n == 1 else f"{n:,} {many or one + 's'}"


def _named(ids: Sequence[str]) -> str:
    rest = len(ids) - NAMED
    return ", ".join(i[:80] for i in ids[:NAMED]) + (f" and {rest:,} more" if rest > 0 else "")
