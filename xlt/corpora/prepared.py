"""A dataset that `xlt prepare` or a run has made, as a corpus: trained on as it is.

Named alone in a recipe, nothing of it is prepared again (xlt/recipe/prepared_data.py). Beside other
corpora its clips are rows like all others, with the transcripts as published and its own splits.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from xlt.corpora.base import CorpusError, RefusedRow, Row
from xlt.system.mending import Mendable, near_path

REPORT = "report.json"
"""File of a prepared dataset that holds its account."""
SPLITS = ("train", "dev", "test")
GROUP_CLIPS = 50
"""Rows that are in memory at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A prepared dataset, trained on as it is."""

    path: Path
    """Folder of a dataset that `xlt prepare` or a run has made, such as data/mine or runs/es/data."""

    @classmethod
    def at(cls, path: Path, language: str) -> Self:
        """The dataset in a folder; its language is the one that it was prepared in."""
        return cls(path=path)

    @property
    def name(self) -> str:
        """The corpora that it was prepared from."""
        return " + ".join(self.account()["corpora"]) or self.path.resolve().name

    @property
    def language(self) -> str:
        """Code of the language that it was prepared in."""
        return str(self.account()["language"])

    @property
    def licence(self) -> str:
        """Licences of its corpora."""
        return ", ".join(sorted({*self.account()["licences"].values()})) or "see rows"

    @property
    def synthetic(self) -> bool:
        """True if a machine speaks."""
        return bool(self.account()["synthetic"])

    @property
    def same_speaker(self) -> bool:
        """True if one voice speaks everything."""
        account = self.account()
        return bool(account["same_speaker"]) and max(account["speakers"].values(), default=0) <= 1

    def fetch(self) -> None:
        """Nothing: it is there, or not.

        Raises:
            CorpusError: it isn't there, or is something else.
        """
        self.account()

    def inputs(self) -> Iterator[tuple[str, Path]]:
        """Its report, which holds the digest of all that is in it."""
        self.fetch()
        yield REPORT, self.path / REPORT

    def rows(self) -> Iterator[Row | RefusedRow]:
        """Every kept clip, with its split and its transcript as published.

        Raises:
            CorpusError: it isn't there, or is something else.
        """
        import pyarrow.parquet as pq  # a recipe's flags need none

        self.fetch()
        for split in SPLITS:
            for path in sorted(self.path.glob(f"{split}-*.parquet")):
                with pq.ParquetFile(path) as shard:
                    for batch in shard.iter_batches(batch_size=GROUP_CLIPS):
                        yield from (_row(clip, split) for clip in batch.to_pylist())

    def account(self) -> dict[str, Any]:
        """The account in its report, as plain data.

        Raises:
            CorpusError: it isn't there, is something else, or can't be read.
        """
        path = self.path / REPORT
        if not path.is_file():
            state = f"it has no {REPORT}" if self.path.is_dir() else "there is no such folder"
            raise CorpusError(
                f"{self.path} is not a prepared dataset: {state}. Make one: xlt prepare LANGUAGE "
                f"CORPUS --out {self.path}; or name recordings: data.0:folder --data.0.path FOLDER."
            )
        try:
            account: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["account"]
        except (ValueError, KeyError, TypeError) as error:
            raise CorpusError(
                f"{path} can't be read ({error}): `xlt verify {self.path}` says what is damaged; "
                f"prepare the dataset again."
            ) from error
        return account


def not_prepared(folder: Path, language: str = "LANGUAGE") -> Mendable:
    """The error for a folder that is not a prepared dataset, with what it may be meant for."""
    if (folder / "data" / REPORT).is_file():
        near: Path | None = folder / "data"
    else:
        near = None if folder.exists() else near_path(folder)
    make = (
        f"Make it: xlt prepare {language} {folder} --out data/{folder.name}"
        if folder.exists()
        else ""
    )
    state = f"{REPORT} is missing there" if folder.is_dir() else "there is no such folder"
    return Mendable(
        f"{folder} is not a prepared dataset: {state}. "
        + (make or "Make one: xlt prepare LANGUAGE FOLDER --out data/mine"),
        words={} if near is None else {str(folder): str(near)},
    )


def _row(clip: dict[str, Any], split: str) -> Row:
    return Row(
        id=clip["id"],
        audio=clip["audio"]["bytes"],
        suffix=".flac",
        transcript=clip["transcript"],
        corpus=clip["corpus"],
        language=clip["language"],
        licence=clip["licence"],
        speaker=clip["speaker"],
        split=split,
    )
