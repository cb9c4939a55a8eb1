"""Datasets on the Hugging Face Hub: found at one commit, streamed shard by shard.

`datasets` finds configurations, splits and files and reads them; recordings stay encoded. A read
that is cut off is tried again by it, from where it was.
"""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlt.corpora.base import CorpusError, RemoteFile
from xlt.corpora.readers.delimited import json_fields
from xlt.corpora.readers.hf_files import (
    HubRow,
    hub_columns,
    recording_in,
    which_columns,
)
from xlt.corpora.readers.hub_errors import hub_errors

AT_ONCE = 500
"""Files that are asked about in one request."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HubDataset:
    """One configuration of a dataset at one commit."""

    name: str
    """`owner/name`."""
    commit: str
    """Id of the commit."""
    config: str
    """Name of the configuration."""
    licence: str
    """As its card says; "unknown" if it doesn't."""
    streams: Mapping[str, Any]
    """Split -> `datasets.IterableDataset`, its recordings not decoded."""
    files: Mapping[str, Sequence[str]]
    """Split -> paths of its files, within the repository."""


def find_dataset(name: str, config: str = "", revision: str = "") -> HubDataset:
    """The dataset at the newest commit of a revision.

    Raises:
        CorpusError: no such dataset, revision or configuration; not for this user; no network.
    """
    with hub_errors(name, revision):
        from datasets import get_dataset_config_names, load_dataset_builder
        from huggingface_hub import HfApi

        info = HfApi().dataset_info(name, revision=revision or None)
        commit = str(info.sha)
        config = _config(name, config, get_dataset_config_names(name, revision=commit))
        builder = load_dataset_builder(name, name=config, revision=commit)
        streams = {
            str(split): stream.decode(False)
            for split, stream in builder.as_streaming_dataset().items()
        }
        start = f"hf://datasets/{name}@{commit}/"
        files = {
            str(split): [str(url).removeprefix(start) for url in urls]
            for split, urls in (builder.config.data_files or {}).items()
        }
    licence = (info.card_data.license if info.card_data else None) or "unknown"
    return HubDataset(
        name=name,
        commit=commit,
        config=config,
        licence=licence if isinstance(licence, str) else ", ".join(licence),
        streams=streams,
        files=files,
    )


def _config(name: str, wanted: str, there: Sequence[str]) -> str:
    """The configuration that is wanted, or the only one."""
    if wanted in there or (not wanted and len(there) == 1):
        return wanted or there[0]
    state = f"no configuration {wanted!r}" if wanted else "several configurations"
    raise CorpusError(
        f"{name} has {state}; there {'are' if there[1:] else 'is'} {', '.join(there)}. Name one: "
        f"--config {shlex.quote(there[0])} (of a run: data.0:hub --data.0.config {shlex.quote(there[0])})"
    )


def remote_files(dataset: HubDataset, splits: Sequence[str]) -> Iterator[tuple[str, RemoteFile]]:
    """Path and state of every file of some splits.

    Raises:
        CorpusError: the Hub can't be asked.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    paths = [path for split in splits for path in dataset.files.get(split, ())]
    for first in range(0, len(paths), AT_ONCE):
        asked = paths[first : first + AT_ONCE]
        with hub_errors(dataset.name):
            found = HfApi().get_paths_info(
                dataset.name, asked, revision=dataset.commit, repo_type="dataset"
            )
        states = {entry.path: entry for entry in found if isinstance(entry, RepoFile)}
        for path in asked:
            if path in states:
                entry = states[path]
                digest = entry.lfs.sha256 if entry.lfs else entry.blob_id
                yield path, RemoteFile(size=entry.size, version=dataset.commit, digest=digest)


def read_split(
    dataset: HubDataset, split: str, audio: str = "", text: str = ""
) -> Iterator[tuple[str, HubRow]]:
    """Every row of a split, with the file that it is in (or the split, where that can't be known).

    Args:
        dataset: Where.
        split: Its split.
        audio: Column of recordings; if not given, the one of that type, or one of the usual names.
        text: Column of texts; if not given, one of the usual names.

    Raises:
        CorpusError: no such columns, the connection is lost, or a file is damaged.
    """
    stream, files = dataset.streams[split], dataset.files.get(split, ())
    shards = stream.num_shards
    columns: tuple[str, str] | None = None
    for index in range(shards):
        place = files[index] if len(files) == shards else f"{split}-{index}"
        with hub_errors(dataset.name, at=f"{dataset.name}/{place}"):
            for number, row in enumerate(stream.shard(shards, index), start=1):
                if columns is None:
                    columns = _columns(dataset, stream.features or {}, [*row], audio, text)
                named = _with_class_names(row, stream.features or {})
                audio_of, suffix = recording_in(row[columns[0]])
                yield (
                    place,
                    HubRow(
                        number=number,
                        audio=audio_of,
                        suffix=suffix,
                        columns=columns,
                        fields=json_fields({**named, columns[0]: None}),
                    ),
                )


def _columns(
    dataset: HubDataset, features: Mapping[str, Any], names: Sequence[str], audio: str, text: str
) -> tuple[str, str]:
    from datasets import Audio

    typed = [name for name, feature in features.items() if isinstance(feature, Audio)]
    where = f"{dataset.name} ({dataset.config})"
    return hub_columns(where, names, which_columns("hub"), audio or "".join(typed[:1]), text)


def _with_class_names(row: Mapping[str, Any], features: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose class numbers are their names."""
    from datasets import ClassLabel

    return {
        name: features[name].int2str(value)
        if isinstance(features.get(name), ClassLabel) and isinstance(value, int) and value >= 0
        else value
        for name, value in row.items()
    }
