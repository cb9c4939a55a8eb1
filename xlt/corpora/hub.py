"""A dataset on the Hugging Face Hub, streamed: nothing of it is kept but what is prepared of it.

The revision is resolved to a commit when the corpus is opened; every file is noted with its digest
in the dataset that is made from it, so a changed one is prepared anew. Who may read it is known by
HF_TOKEN or `hf auth login`; HF_ENDPOINT names another Hub.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from xlt.corpora.base import CorpusError, RefusedRow, RemoteFile, Row
from xlt.corpora.fields import row_of, split_in
from xlt.corpora.readers.hub_dataset import HubDataset, find_dataset, read_split, remote_files

_log = logging.getLogger(__name__)
ID = re.compile(
    r"(?:(?:https?:/+[^/]+/|hf:/+)?datasets/)?"
    r"(?P<name>(?!.*(?:--|\.\.))[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@(?P<revision>[\w./-]+))?"
)
"""`owner/name`, also as its address is copied from a browser, and with a revision after @."""
FILES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".gz", ".zip", ".tar", ".tgz", ".parquet")
"""Endings of paths that are not taken for datasets."""
_found: dict[tuple[str, str, str], HubDataset] = {}
"""The commit that was last looked up: inputs and rows of one preparation are of the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hub:
    """A dataset on the Hugging Face Hub, streamed."""

    name: str
    """Its id, owner/name; also the first part of every row id."""
    config: str = ""
    """Its configuration, such as spanish; not needed where there is only one."""
    revision: str = ""
    """Branch, tag or commit; main if not given. The commit is noted with the dataset."""
    language: str = ""
    """Language code of everything in it; if not given, the one that it is prepared for."""
    splits: tuple[str, ...] = ()
    """Its splits to read; if not given, those whose names say train, dev (validation) or test, or all
    if there is no such name."""
    audio_column: str = ""
    """Column of recordings; found by its type or name if not given."""
    text_column: str = ""
    """Column of what is said; found by its name if not given."""

    def __post_init__(self) -> None:
        if (found := ID.fullmatch(self.name)) is None or found["name"] != self.name:
            raise CorpusError(f"name is {self.name!r}; the id of a dataset is meant: owner/name")

    @classmethod
    def at(cls, path: Path, language: str) -> Self:
        """The dataset of an id, which was given where a path may be.

        Raises:
            CorpusError: it is not the id of a dataset.
        """
        found = ID.fullmatch(path.as_posix())
        if found is None:
            raise CorpusError(f"{path} is not the id of a dataset on the Hub: owner/name is meant.")
        return cls(name=found["name"], revision=found["revision"] or "", language=language)

    @property
    def licence(self) -> str:
        """Licence, as the dataset's card says it."""
        return self._dataset().licence

    @property
    def synthetic(self) -> bool:
        """Humans speak, as far as is known."""
        return False

    @property
    def same_speaker(self) -> bool:
        """Many voices, as far as is known."""
        return False

    def fetch(self) -> None:
        """Look it up, and print what will be streamed; nothing is downloaded yet.

        Raises:
            CorpusError: it isn't there, or not for this user.
        """
        dataset = self._dataset(again=True)
        splits = self._splits(dataset)
        size = sum(file.size for _, file in remote_files(dataset, splits))
        print(
            f"  {self.name} ({dataset.config}) at commit {dataset.commit[:12]}: {', '.join(splits)}; "
            f"{size / 1e6:,.1f} MB to stream, licence {dataset.licence}",
            flush=True,
        )

    def inputs(self) -> Iterator[tuple[str, RemoteFile]]:
        """Its files at the newest commit of the revision."""
        dataset = self._dataset(again=True)
        yield from remote_files(dataset, self._splits(dataset))

    def rows(self) -> Iterator[Row | RefusedRow]:
        """Every row of its splits.

        Raises:
            CorpusError: it can't be reached or read, or has no columns of recordings and texts.
        """
        dataset = self._dataset()
        splits = self._splits(dataset)
        if left := [split for split in dataset.streams if split not in splits]:
            _log.warning(
                "%s: the splits %s are read, %s are not; --splits names those that are meant.",
                *(self.name, ", ".join(splits), ", ".join(left)),
            )
        for split in splits:
            for file, row in read_split(dataset, split, self.audio_column, self.text_column):
                place = f"{dataset.config}/{file}:{row.number}"
                where = f"{self.name}/{place}"
                if isinstance(row.fields, str):
                    yield RefusedRow(id=where, reason="bad_line", detail=f"{where}: {row.fields}")
                elif isinstance(row.audio, str):
                    detail = f"{where}: it holds no recording, only the path {row.audio!r}"
                    yield RefusedRow(id=where, reason="no_audio", detail=detail)
                else:
                    yield row_of(
                        *(self.name, place, row.audio, row.suffix, row.fields, row.columns),
                        language=self.language,
                        licence=dataset.licence,
                        split=split_in(split),
                    )

    def _dataset(self, *, again: bool = False) -> HubDataset:
        key = (self.name, self.config, self.revision)
        if again or key not in _found:
            _found[key] = find_dataset(*key)
        return _found[key]

    def _splits(self, dataset: HubDataset) -> list[str]:
        """The splits to read."""
        there = [*dataset.streams]
        if unknown := [split for split in self.splits if split not in there]:
            raise CorpusError(
                f"{self.name} ({dataset.config}) has no split {', '.join(unknown)}; there are "
                f"{', '.join(there)}. Name some: --splits {' '.join(there[:3])}"
            )
        return [*self.splits] or [split for split in there if split_in(split)] or there


def is_hub_id(path: Path) -> bool:
    """True for what may be the id of a dataset on the Hub, and for no path here."""
    found = ID.fullmatch(path.as_posix())
    if found is None or path.exists() or path.name.lower().endswith(FILES):
        return False
    return path.as_posix() != found["name"] or not Path(found["name"].split("/")[0]).exists()
