"""Placing of the vetted recordings: from the shards of the first pass to those of the splits.

A shard of the first pass is deleted once all that is kept of it is whole on disk elsewhere, so the
recordings are hardly ever there twice. A log says how far that is: a build that ended on the way goes
on there.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from tqdm import tqdm

from xlt.dataset.clip_index import IndexWriter
from xlt.dataset.journal import PLACED, Journal, append
from xlt.dataset.shards import SHARD_CLIPS, ShardWriter, rows
from xlt.dataset.splits import SPLITS
from xlt.system.files import sync


class Placing:
    """The shards of the splits in the folder `whole`, as far as they are finished."""

    def __init__(self, journal: Journal, splits: Sequence[str | None], digest: str) -> None:
        """Go on where another build of the same dataset ended, or begin.

        Args:
            journal: the finished first pass.
            splits: of every vetted clip, in order; None for those that are left out.
            digest: that of the dataset's account.

        Raises:
            ValueError: another dataset was half placed, so its recordings are not where they were.
        """
        self._journal, self._splits = journal, splits
        self._whole, self._log = journal.folder / "whole", journal.folder / PLACED
        self._next = dict.fromkeys(SPLITS, 0)
        """Split -> position after the last clip that is in a finished shard."""
        self._files: dict[str, list[Path]] = {split: [] for split in SPLITS}
        self._ends = list(accumulate(journal.shard_clips()))
        """Position after the last clip of each shard of the first pass."""
        self._deleted = 0
        head = {"digest": digest}
        self._log.touch()
        lines = [line for line in self._log.read_bytes().splitlines(True) if line.endswith(b"\n")]
        entries, self._end = list(map(json.loads, lines)), sum(map(len, lines))
        if entries[:1] != [head]:
            if any(entry.get("deleted") for entry in entries):
                raise ValueError(
                    f"{self._whole} is half written, with other splits than are asked for now. Finish "
                    f"it as it was begun, or delete {journal.folder} to begin again"
                )
            shutil.rmtree(self._whole, ignore_errors=True)
            entries, self._end = [head], 0
            self._note(head)
        self._whole.mkdir(exist_ok=True)
        for entry in entries[1:]:
            self._take(entry)
        self._throw_away_unfinished()

    @property
    def whole(self) -> Path:
        """The dataset's folder, until it is in its place."""
        return self._whole

    def needed_bytes(self, sizes: Sequence[int]) -> int:
        """Room that this takes at its fullest, beside the recordings (bytes each) that are there.

        A shard of the rarest split spans the most clips, which are there twice until it is full.
        """
        kept = Counter(split for split in self._splits if split is not None)
        if not kept:
            return 0
        left = (
            size
            for position, (size, split) in enumerate(zip(sizes, self._splits, strict=True))
            if split is not None and position >= self._next[split]
        )
        return round(sum(left) * min(1.0, SHARD_CLIPS / min(kept.values())))

    def finish(self) -> None:
        """Place what is left, then write the indices; the journal's `check` is asked for each clip."""
        writers: dict[str, ShardWriter] = {}
        begun: dict[str, int] = {}
        bar = tqdm(self._left(), total=len(self._splits), desc="write", unit="clip", disable=None)
        try:
            for position, row in bar:
                self._journal.check()
                split = self._splits[position]
                if split is None or position < self._next[split]:
                    continue
                if split not in writers:
                    writers[split] = ShardWriter(self._path(split))
                    begun[split] = position
                writers[split].write(row)
                if writers[split].full:
                    self._close(writers.pop(split), split, position, begun)
            for split in list(writers):
                self._close(writers.pop(split), split, len(self._splits) - 1, begun)
        finally:
            for writer in writers.values():
                writer.abandon()
        for split, files in self._files.items():
            if files:
                with IndexWriter(files, split) as index:
                    for file in files:
                        self._journal.check()
                        index.add(file)

    def _left(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Position and row of every vetted clip in the shards of the first pass that are left."""
        for number in range(self._deleted, len(self._ends)):
            start = self._ends[number - 1] if number else 0
            if self._ends[number] > start:
                yield from enumerate(rows(self._journal.shard(number)), start)

    def _close(self, writer: ShardWriter, split: str, position: int, begun: dict[str, int]) -> None:
        """Finish a shard whose last clip is at a position, and delete what nobody needs any more."""
        writer.close()
        sync(self._whole)  # the file's name must be there before anything is deleted
        del begun[split]
        done = min([position + 1, *begun.values()])
        deleted = self._deleted
        while deleted < len(self._ends) and self._ends[deleted] <= done:
            deleted += 1
        entry = {"split": split, "file": writer.path.name, "next": position + 1, "deleted": deleted}
        self._note(entry)
        self._take(entry)

    def _take(self, entry: Mapping[str, Any]) -> None:
        """Believe a line of the log."""
        self._files[entry["split"]].append(self._whole / entry["file"])
        self._next[entry["split"]] = entry["next"]
        for number in range(self._deleted, entry["deleted"]):
            self._journal.shard(number).unlink(missing_ok=True)
        self._deleted = max(self._deleted, entry["deleted"])

    def _path(self, split: str) -> Path:
        return self._whole / f"{split}-{len(self._files[split]):05d}.parquet"

    def _note(self, entry: Mapping[str, Any]) -> None:
        with self._log.open("r+b", buffering=0) as log:
            append(log, self._end, [dict(entry)])
            log.truncate()
            self._end = log.tell()

    def _throw_away_unfinished(self) -> None:
        finished = {path for files in self._files.values() for path in files}
        for path in self._whole.iterdir():
            if path.is_file() and path not in finished:
                path.unlink()
