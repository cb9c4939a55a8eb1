"""Rows from the fields of a table, whatever the table came in."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from xlt.corpora.base import Row
from xlt.corpora.columns import LICENCE, OFFSET_S, SPEAKER, SPLIT, first_value, present

SPLITS = {
    **{"train": "train", "dev": "dev", "validation": "dev", "valid": "dev", "val": "dev"},
    "test": "test",
}
"""Names of folders, tables and splits -> ours."""


def split_in(name: str) -> str | None:
    """The split that one of a name's words says: train.clean.360, dev-other, test_manifest."""
    words = name.lower().replace("-", "_").replace(".", "_").split("_")
    return next((SPLITS[word] for word in words if word in SPLITS), None)


def row_of(
    corpus: str,
    place: str,
    audio: Path | bytes,
    suffix: str,
    fields: Mapping[str, str],
    columns: Sequence[str],
    *,
    language: str,
    licence: str,
    split: str | None = None,
) -> Row:
    """A row from its recording and fields.

    Args:
        corpus: Name of the corpus.
        place: Place of the recording in it.
        audio: The encoded recording.
        suffix: Suffix of its file.
        fields: Field by column.
        columns: Those of recording and text.
        language: Code of the language.
        licence: Licence where no field says it.
        split: The split; if not given, that of the fields.
    """
    speaker = first_value(fields, SPEAKER)
    said_split = first_value(fields, SPLIT)
    known = (SPEAKER, LICENCE, SPLIT, OFFSET_S)
    used = {*columns, "", *(c for names in known for c in present(fields, names))}
    return Row(
        id=f"{corpus}/{place}",
        audio=audio,
        suffix=suffix,
        transcript=fields[columns[1]],
        corpus=corpus,
        language=language,
        licence=first_value(fields, LICENCE) or licence,
        speaker=f"{corpus}:{speaker}" if speaker else None,
        split=split or SPLITS.get(said_split or "", said_split),
        notes={name: value for name, value in fields.items() if value and name not in used},
    )
