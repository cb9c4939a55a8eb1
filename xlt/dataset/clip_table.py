"""Columnar clip metadata for the assignment of splits: about a hundred bytes a clip."""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self, overload

from xlt.dataset.splits import SPLITS, Clip

DIGEST_BYTES = 12
"""Bytes of each digest, as outcomes have them."""
DIGESTS = ("sentence", "audio", "transcript")


class ClipTable(Sequence[Clip]):
    """The vetted outcomes of a journal as clips, each made when it is asked for.

    `check` is asked whenever one is: what goes through all clips can be stopped.
    """

    def __init__(self, corpora: Sequence[str], check: Callable[[], None] = lambda: None) -> None:
        self._check = check
        self.bytes = array("Q")
        """Size of each encoded recording."""
        self._corpora = [f"{k} {name}" for k, name in enumerate(corpora)]
        self._ids, self._ends = bytearray(), array("Q", [0])
        self._digests = bytearray()
        self._sources, self._published, self._speakers = array("H"), array("b"), array("i")
        self._names: list[str | None] = []
        self._numbers: dict[str | None, int] = {}

    @classmethod
    def of(
        cls,
        outcomes: Iterable[Mapping[str, Any]],
        corpora: Sequence[str],
        check: Callable[[], None] = lambda: None,
    ) -> Self:
        """The clips that were not rejected, in order; `corpora` are the names of the sources."""
        clips = cls(corpora, check)
        for outcome in outcomes:
            check()
            if "reason" not in outcome:
                clips.append(outcome)
        return clips

    def append(self, outcome: Mapping[str, Any]) -> None:
        """Add the facts of a kept row."""
        self._ids += outcome["id"].encode()
        self._ends.append(len(self._ids))
        for name in DIGESTS:
            digest = bytes.fromhex(outcome[name])
            assert len(digest) == DIGEST_BYTES, f"{name} {outcome[name]}"
            self._digests += digest
        self._sources.append(outcome["source"])
        published = outcome["published"]
        self._published.append(-1 if published is None else SPLITS.index(published))
        speaker = outcome["speaker"]
        if speaker not in self._numbers:
            self._numbers[speaker] = len(self._names)
            self._names.append(speaker)
        self._speakers.append(self._numbers[speaker])
        self.bytes.append(outcome["bytes"])

    def __len__(self) -> int:
        return len(self._sources)

    @overload
    def __getitem__(self, k: int) -> Clip: ...
    @overload
    def __getitem__(self, k: slice) -> list[Clip]: ...
    def __getitem__(self, k: int | slice) -> Clip | list[Clip]:
        if isinstance(k, slice):
            return [self[i] for i in range(*k.indices(len(self)))]
        self._check()
        if not 0 <= k < len(self._sources):
            raise IndexError(k)
        published, size = self._published[k], DIGEST_BYTES
        start = len(DIGESTS) * size * k
        sentence, audio, transcript = (
            self._digests[at : at + size].hex()
            for at in range(start, start + len(DIGESTS) * size, size)
        )
        return Clip(
            id=self._ids[self._ends[k] : self._ends[k + 1]].decode(),
            corpus=self._corpora[self._sources[k]],
            sentence=sentence,
            audio=audio,
            transcript=transcript,
            speaker=self._names[self._speakers[k]],
            published=None if published < 0 else SPLITS[published],
        )
