"""A run's transcripts, and what its record says about how they were made."""

import json
from dataclasses import dataclass
from pathlib import Path

from xlt.scoring.errors import Score


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcripts:
    """A file of texts, with what a score over them has to name."""

    path: Path
    data: str
    split: str
    decoder: str
    normaliser: str | None
    """That both of its sides went through; None: unknown."""


def transcripts(path: Path) -> Transcripts:
    """The chosen transcripts of a run, for its folder or record; any other path as it is.

    Raises:
        ValueError: the folder holds no finished run.
    """
    if path.name != "record.json" and not path.is_dir():
        return Transcripts(
            path=path, data=path.stem, split="all", decoder=path.stem, normaliser=None
        )
    folder = path if path.is_dir() else path.parent
    try:
        record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
        chosen = str(record["chosen"])
        score = Score.from_dict(record["scores"][chosen])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{folder} is not the folder of a finished run: its record.json can't be read "
            f"({error}). Name the file of the transcripts."
        ) from error
    found = folder / "transcripts" / f"{chosen}.tsv"
    if not found.is_file():
        raise ValueError(f"{folder} has no transcripts: {found} is missing. Run it again.")
    return Transcripts(
        path=found,
        data=score.data,
        split=score.split,
        decoder=score.decoder,
        normaliser=score.normaliser,
    )
