"""Account of a prepared dataset: clips in = kept + rejected by reason, with caveats."""

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from xlt.corpora.base import LEAK
from xlt.corpora.prepared import REPORT as REPORT
from xlt.corpora.prepared import not_prepared
from xlt.dataset.limitations import caveats
from xlt.dataset.splits import SAME_PHRASES, SPLITS, TEST, TRAIN, Clip, Place
from xlt.dataset.text_changes import text_changes

MANY_LEAKS = 0.1
"""Share of the clips that leak from which on a way out is named."""
REJECTED = "rejected.tsv"
"""File of a prepared folder that names every rejected clip, with its reason."""
NOTES = {LEAK: f"another split keeps their sentence or speaker; {REJECTED} says which"}


@dataclass(frozen=True, kw_only=True, slots=True)
class CorpusFacts:
    """Facts on one corpus that enter the account."""

    name: str
    licence: str
    synthetic: bool
    same_speaker: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Counts of all clips. No row disappears: clips_in is the sum of kept and rejected."""

    language: str
    normaliser: str
    corpora: Mapping[str, int]
    """Kept clips by corpus."""
    licences: Mapping[str, str]
    """Licences by corpus."""
    clips_in: int
    kept: Mapping[str, int]
    """Clips by split."""
    hours: Mapping[str, float]
    """Hours by split."""
    rejected: Mapping[str, int]
    """Clips by reason; `rejected.tsv` has them one by one."""
    folded: Mapping[str, int] = field(default_factory=dict)
    """Foreign letters that became letters of the alphabet, in the kept clips."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Characters that were left out, in the kept clips."""
    expanded: int = 0
    """Numbers, abbreviations and symbols that were read aloud, in the kept clips."""
    corrected: int = 0
    """Corrections that builders made in the transcripts of the kept clips, like missing accents."""
    speakers: Mapping[str, int]
    """Known speakers by split."""
    unknown_speakers: int
    """Kept clips whose speaker is unknown."""
    shared_speakers: int
    """Speakers who are heard in more than one split."""
    shared_sentences: int = 0
    """Sentences that are in more than one split, where that was asked for."""
    same_speaker: bool
    """Every test clip is read by a voice that train is known to hold."""
    synthetic: bool
    """All recordings were made by a machine."""
    synthetic_clips: int = 0
    """Kept clips that were made by a machine."""
    digest: str
    """SHA-256 over what every kept clip says and sounds like, and its split."""

    def __post_init__(self) -> None:
        kept, rejected = sum(self.kept.values()), sum(self.rejected.values())
        assert self.clips_in == kept + rejected, f"{self.clips_in} != {kept} + {rejected}"

    def __str__(self) -> str:
        lines = [f"Data: {self.name}"]
        for row in account_rows(self.to_dict(), ranked=True):
            more = row.note if row.hours is None else f"{60 * row.hours:.1f} min"
            lines.append(f"{row.what:<32}{row.clips:>9,}  {more}".rstrip())
        if self.rejected.get(LEAK, 0) >= MANY_LEAKS * self.clips_in and not self.shared_sentences:
            lines.append(f"{SAME_PHRASES}.")
        return "\n".join([*lines, *self.remarks()])

    @property
    def name(self) -> str:
        """The corpora by name."""
        return " + ".join(self.corpora)

    def remarks(self, *, voices: bool = True) -> list[str]:
        """Caveats, and changes of the published transcripts.

        Args:
            voices: Say which voices are in several splits; of no use for a model of other data.
        """
        changes = text_changes(self.folded, self.dropped, self.corrected)
        return [*caveats(self.to_dict(), voices=voices), *changes]

    def to_dict(self) -> dict[str, Any]:
        """JSON-able fields."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` made."""
        return cls(**{f.name: values[f.name] for f in fields(cls) if f.name in values})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The account of a prepared folder.

        Raises:
            ValueError: if it is not a prepared folder.
        """
        return cls.from_dict(read_report(folder)["account"])


def read_report(folder: Path) -> dict[str, Any]:
    """The content of `report.json` in a prepared folder.

    Raises:
        ValueError: if it is not a prepared folder.
    """
    path = folder / REPORT
    if not path.is_file():
        raise not_prepared(folder)
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountRow:
    """One row of an account that is shown as a table."""

    kind: str
    """clips in, kept or rejected"""
    name: str = ""
    """Split, or reason in words."""
    clips: int
    hours: float | None = None

    @property
    def what(self) -> str:
        """Kind and name."""
        return f"{self.kind}: {self.name}" if self.name else self.kind

    @property
    def note(self) -> str:
        """Meaning of a reason whose name does not say it."""
        return NOTES.get(self.name, "")


def account_rows(account: Mapping[str, Any], *, ranked: bool = False) -> list[AccountRow]:
    """Clips in, kept by split, rejected by reason: the rows of every table of an account.

    Args:
        account: as `Account.to_dict` gives it; rows that it has no count for are left out.
        ranked: most frequent reason first, instead of the account's own order.
    """
    hours, rejected = account.get("hours") or {}, list((account.get("rejected") or {}).items())
    if ranked:
        rejected.sort(key=lambda item: (-item[1], item[0]))
    rows = [("clips in", "", account.get("clips_in"), None)]
    rows += [("kept", s, n, hours.get(s)) for s, n in (account.get("kept") or {}).items()]
    rows += [("rejected", reason.replace("_", " "), n or None, None) for reason, n in rejected]
    return [
        AccountRow(kind=kind, name=name, clips=n, hours=h)
        for kind, name, n, h in rows
        if n is not None
    ]


@dataclass(slots=True)
class _Split:
    """Counts of the clips of a split."""

    durations_s: "array[float]" = field(default_factory=lambda: array("d"))
    voices: set[tuple[int, str | None]] = field(default_factory=set)
    """Corpus and speaker."""

    @property
    def speakers(self) -> set[str]:
        """Known speakers."""
        return {speaker for _, speaker in self.voices if speaker is not None}


@dataclass(slots=True)
class _Kept:
    """Counts of all kept clips."""

    splits: dict[str, _Split] = field(default_factory=lambda: {s: _Split() for s in SPLITS})
    sources: Counter[int] = field(default_factory=Counter)
    licences: dict[int, set[str]] = field(default_factory=dict)
    folded: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Mapping[str, Any], split: str) -> None:
        """Count one clip."""
        source, speaker = outcome["source"], outcome["speaker"]
        self.splits[split].durations_s.append(outcome["duration_s"])
        self.splits[split].voices.add((source, speaker))
        self.sources[source] += 1
        self.licences.setdefault(source, set()).add(outcome["licence"])
        self.folded.update(outcome.get("folded", {}))
        self.dropped.update(outcome.get("dropped", {}))
        for name in ("expanded", "corrected"):
            self.counts[name] += outcome.get(name, 0)
        self.counts["unknown speaker"] += speaker is None


def draw_up_account(
    sources: Sequence[CorpusFacts],
    language: str,
    normaliser: str,
    outcomes: Iterable[Mapping[str, Any]],
    clips: Sequence[Clip],
    places: Sequence[Place],
    shared: Mapping[str, int],
) -> Account:
    """The account of all outcomes; `clips` and `places` are those of the vetted ones, in order.

    `shared` counts what is in more than one split: speakers, sentences.
    """
    kept, reasons, clips_in = _Kept(), Counter[str](), 0
    placed = iter(places)
    for outcome in outcomes:
        clips_in += 1
        if "reason" in outcome:
            reasons[outcome["reason"]] += 1
        elif (place := next(placed)).split is None:
            reasons[place.reason] += 1
        else:
            kept.add(outcome, place.split)
    synthetic = sum(n for source, n in kept.sources.items() if sources[source].synthetic)
    return Account(
        language=language,
        normaliser=normaliser,
        corpora=_by_name(sources, kept.sources),
        licences=_licences(sources, kept.licences),
        clips_in=clips_in,
        kept={s: len(own.durations_s) for s, own in kept.splits.items()},
        hours={s: sum(own.durations_s) / 3600 for s, own in kept.splits.items()},
        rejected=dict(sorted(reasons.items())),
        folded=dict(kept.folded),
        dropped=dict(kept.dropped),
        expanded=kept.counts["expanded"],
        corrected=kept.counts["corrected"],
        speakers={s: len(own.speakers) for s, own in kept.splits.items()},
        unknown_speakers=kept.counts["unknown speaker"],
        shared_speakers=shared.get("speaker", 0),
        shared_sentences=shared.get("sentence", 0),
        same_speaker=_same_speaker(sources, kept.splits),
        synthetic=synthetic == kept.sources.total(),
        synthetic_clips=synthetic,
        digest=_digest(clips, places),
    )


def _by_name(sources: Sequence[CorpusFacts], counts: Mapping[int, int]) -> dict[str, int]:
    found = Counter[str]()
    for source, count in counts.items():
        found[sources[source].name] += count
    return dict(found)


def _licences(sources: Sequence[CorpusFacts], found: Mapping[int, set[str]]) -> dict[str, str]:
    by_name: dict[str, set[str]] = {}
    for source, licences in found.items():
        by_name.setdefault(sources[source].name, set()).update(licences)
    return {name: ", ".join(sorted(licences)) for name, licences in by_name.items()}


def _same_speaker(sources: Sequence[CorpusFacts], splits: Mapping[str, _Split]) -> bool:
    heard = splits[TRAIN].speakers
    one_voice = {source for source, _ in splits[TRAIN].voices if sources[source].same_speaker}
    return all(speaker in heard or source in one_voice for source, speaker in splits[TEST].voices)


def _digest(clips: Sequence[Clip], places: Sequence[Place]) -> str:
    digest = sha256()
    for clip, place in zip(clips, places, strict=True):
        if place.split is not None:
            digest.update(f"{place.split}\t{clip.id}\t{clip.sentence}\t{clip.audio}\n".encode())
    return digest.hexdigest()
