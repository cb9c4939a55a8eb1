"""Drawing up the account of a dataset from the outcomes of its rows, one at a time."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from xlt.dataset.account import Account, Source
from xlt.dataset.splits import SPLITS, TEST, TRAIN, Clip, Place

Outcomes = Iterable[Mapping[str, Any]]


@dataclass(slots=True)
class _Split:
    """What is counted of the clips of a split."""

    durations_s: "array[float]" = field(default_factory=lambda: array("d"))
    voices: set[tuple[int, str | None]] = field(default_factory=set)
    """Corpus and speaker."""

    @property
    def speakers(self) -> set[str]:
        """The known ones."""
        return {speaker for _, speaker in self.voices if speaker is not None}


@dataclass(slots=True)
class _Kept:
    """What is counted of all kept clips."""

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


def draw_up(
    sources: Sequence[Source],
    language: str,
    normaliser: str,
    outcomes: Outcomes,
    clips: Sequence[Clip],
    places: Sequence[Place],
    shared_speakers: int,
) -> Account:
    """The account of all outcomes; `clips` and `places` are those of the vetted ones, in order."""
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
        shared_speakers=shared_speakers,
        same_speaker=_same_speaker(sources, kept.splits),
        synthetic=synthetic == kept.sources.total(),
        synthetic_clips=synthetic,
        digest=_digest(clips, places),
    )


def rejected_table(
    outcomes: Outcomes, clips: Sequence[Clip], places: Sequence[Place]
) -> Iterator[str]:
    """Lines of `rejected.tsv`: the rows that failed a check, then those that had no place."""
    yield "id\treason\tdetail\n"
    for outcome in outcomes:
        if "reason" in outcome:
            yield _line(outcome["id"], outcome["reason"], outcome["detail"])
    for clip, place in zip(clips, places, strict=True):
        if place.split is None:
            yield _line(clip.id, place.reason, place.detail)


def _line(*cells: str) -> str:
    return "\t".join(" ".join(cell.split()) for cell in cells) + "\n"


def _by_name(sources: Sequence[Source], counts: Mapping[int, int]) -> dict[str, int]:
    found = Counter[str]()
    for source, count in counts.items():
        found[sources[source].name] += count
    return dict(found)


def _licences(sources: Sequence[Source], found: Mapping[int, set[str]]) -> dict[str, str]:
    by_name: dict[str, set[str]] = {}
    for source, licences in found.items():
        by_name.setdefault(sources[source].name, set()).update(licences)
    return {name: ", ".join(sorted(licences)) for name, licences in by_name.items()}


def _same_speaker(sources: Sequence[Source], splits: Mapping[str, _Split]) -> bool:
    heard = splits[TRAIN].speakers
    one_voice = {source for source, _ in splits[TRAIN].voices if sources[source].same_speaker}
    return all(speaker in heard or source in one_voice for source, speaker in splits[TEST].voices)


def _digest(clips: Sequence[Clip], places: Sequence[Place]) -> str:
    digest = sha256()
    for clip, place in zip(clips, places, strict=True):
        if place.split is not None:
            digest.update(f"{place.split}\t{clip.id}\t{clip.sentence}\t{clip.audio}\n".encode())
    return digest.hexdigest()
