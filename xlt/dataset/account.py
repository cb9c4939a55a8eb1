"""The account of a prepared dataset: clips in = kept + rejected by reason, and what to know of it."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from xlt.dataset.batches import reached

REPORT = "report.json"
"""File of a prepared folder that holds the account and what the dataset was made from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """What the account says of one corpus."""

    name: str
    licence: str
    synthetic: bool
    same_speaker: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Where every clip went. No row disappears: clips_in is the sum of kept and rejected."""

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
        rejected = sorted(self.rejected.items(), key=lambda item: -item[1])
        lines = [
            ("clips in", self.clips_in, ""),
            *((f"kept: {s}", n, f"{60 * self.hours[s]:.1f} min") for s, n in self.kept.items()),
            *((f"rejected: {reason}", n, "") for reason, n in rejected),
        ]
        table = [f"{what:<32}{n:>9,}  {more}".rstrip() for what, n, more in lines]
        return "\n".join([f"Data: {self.name}", *table, *self.remarks()])

    @property
    def name(self) -> str:
        """The corpora by name."""
        return " + ".join(self.corpora)

    def remarks(self) -> list[str]:
        """What has to be said beside any figure that comes from this data."""
        remarks = []
        if self.same_speaker:
            remarks.append("The test is same-speaker: its voices are also in train.")
        elif self.shared_speakers:
            remarks.append(f"{self.shared_speakers} speakers are heard in more than one split.")
        if self.synthetic:
            remarks.append("The speech is synthetic.")
        elif self.synthetic_clips:
            remarks.append(f"{self.synthetic_clips} clips are synthetic.")
        changed = {"folded": self.folded, "dropped": self.dropped}
        for what, counts in changed.items():
            if counts:
                most = sorted(counts.items(), key=lambda item: -item[1])[:10]
                shown = ", ".join(f"{character} x {n}" for character, n in most)
                remarks.append(f"Characters {what}: {sum(counts.values())} ({shown})")
        if self.corrected:
            remarks.append(f"Corrections of the published transcripts: {self.corrected}")
        return remarks

    def to_dict(self) -> dict[str, Any]:
        """JSON-able fields."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` made."""
        return cls(**{f.name: values[f.name] for f in fields(cls)})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The account of a prepared folder.

        Raises:
            ValueError: if it is none.
        """
        return cls.from_dict(read_report(folder)["account"])


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """Where every training clip went: clips in = trained + skipped + not reached."""

    clips_in: int
    reached: int
    """Clips whose turn came: those in the batches of the steps that were taken."""
    skipped: Mapping[str, str]
    """Clip id -> why it did not count in a step."""

    def __post_init__(self) -> None:
        counts = f"{len(self.skipped)} skipped, {self.reached} reached of {self.clips_in} clips"
        assert len(self.skipped) <= self.reached <= self.clips_in, counts

    @classmethod
    def after(
        cls,
        steps: int,
        durations_s: Sequence[float],
        *,
        batch_s: float,
        seed: int,
        skipped: Mapping[str, str],
    ) -> Self:
        """After so many steps of the plan. A run that changed its batches may have skipped more."""
        met = max(reached(durations_s, batch_s, seed, steps), len(skipped))
        return cls(clips_in=len(durations_s), reached=met, skipped=skipped)

    @property
    def trained(self) -> int:
        """Clips that counted whenever their turn came."""
        return self.reached - len(self.skipped)

    @property
    def not_reached(self) -> int:
        """Clips whose turn never came: the run ended within its first epoch."""
        return self.clips_in - self.reached

    def reasons(self) -> dict[str, int]:
        """Skipped clips by reason, without the step."""
        return dict(
            sorted(Counter(why.partition(", step")[0] for why in self.skipped.values()).items())
        )

    def check(self, max_skip_fraction: float) -> None:
        """Refuse to go on when more is skipped than bad luck explains; one clip is always allowed.

        Raises:
            ValueError: with the reasons and the clips.
        """
        if len(self.skipped) > max(1.0, max_skip_fraction * self.clips_in):
            raise ValueError(
                f"{self}. Allowed are {100 * max_skip_fraction:g} % of the clips: prepare the data "
                "again, look at these clips, or raise max_skip_fraction"
            )

    def to_dict(self) -> dict[str, Any]:
        """JSON-able: what a record keeps."""
        counts = {
            "clips_in": self.clips_in,
            "trained": self.trained,
            "not_reached": self.not_reached,
        }
        return {**counts, "skipped": self.reasons(), "named": dict(self.skipped)}

    def __str__(self) -> str:
        line = (
            f"clips in {self.clips_in:,} = trained {self.trained:,} + skipped {len(self.skipped):,}"
            f" + not reached {self.not_reached:,}"
        )
        named = ", ".join(f"{clip} ({why})" for clip, why in list(self.skipped.items())[:20])
        return f"{line}: {named}" if named else line


def read_report(folder: Path) -> dict[str, Any]:
    """What `report.json` of a prepared folder says."""
    path = folder / REPORT
    if not path.is_file():
        raise ValueError(f"{folder} is no prepared dataset: {REPORT} is missing there")
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report
