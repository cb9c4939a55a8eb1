"""Transcripts of a run, with the conditions that its record names."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xlt.reports.record import scores_of
from xlt.reports.settings import settings


@dataclass(frozen=True, kw_only=True, slots=True)
class RunTranscripts:
    """A file of texts, and the conditions that a score over them has to name."""

    path: Path
    data: str
    split: str
    decoder: str
    normaliser: str | None
    """Rules that both sides went through; None: unknown."""
    run: Path | None = None
    """Folder of the run that they are of."""
    language: str | None = None
    """Code of the run's language."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Of that run."""


def transcripts(path: Path) -> RunTranscripts:
    """The chosen transcripts of a run, for its folder or record; any other path as it is.

    Raises:
        ValueError: the folder holds no finished run.
    """
    if path.name != "record.json" and not path.is_dir():
        return RunTranscripts(
            path=path, data=path.stem, split="all", decoder=path.stem, normaliser=None
        )
    folder = path if path.is_dir() else path.parent
    try:
        record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
        chosen = str(record["chosen"])
        conditions = scores_of(record)[chosen].conditions
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{folder} is not the folder of a finished run: its record.json can't be read "
            f"({error}). Name the file of the transcripts."
        ) from error
    found = folder / "transcripts" / f"{chosen}.tsv"
    if not found.is_file():
        raise ValueError(f"{folder} has no transcripts: {found} is missing. Run it again.")
    return RunTranscripts(
        path=found,
        data=conditions.data,
        split=conditions.split,
        decoder=conditions.decoder,
        normaliser=conditions.normaliser,
        run=folder,
        language=str(record["language"]) if "language" in record else None,
        settings=settings(record),
    )
