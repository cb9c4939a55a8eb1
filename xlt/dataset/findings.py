"""Findings on a dataset or a run: kinds of clips to look at first, with examples and what to do."""

import heapq
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

FINDINGS = "findings.json"
"""File of a prepared folder's findings."""
EXAMPLES = 5
"""Clips that a finding names, those that stand out most."""
TITLE = "What to look at first"


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One clip of a finding."""

    id: str
    seen: str
    """The piece of its transcript, or the figure, that made it one."""

    def __str__(self) -> str:
        return f"{self.id}: {self.seen}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipFinding:
    """Clips that are alike in what should be looked at."""

    kind: str
    clips: int
    of: int
    """Clips that were looked at for it."""
    sign: str
    """The sign, said of clips: "have letters lost"."""
    advice: str
    examples: tuple[Example, ...]

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `dataclasses.asdict` made."""
        examples = tuple(Example(**example) for example in values["examples"])
        return cls(**{**values, "examples": examples})

    def lines(self) -> list[str]:
        """The finding as text: the sign, what to do, and the examples."""
        return [
            f"{self.clips:,} of {self.of:,} clips {self.sign}",
            f"  {self.advice}",
            *(f"  {example}" for example in self.examples),
        ]


@dataclass(slots=True)
class Collected:
    """A count, and the few clips that stand out most; equal ones as they came."""

    clips: int = 0
    worst: list[tuple[float, int, str, str]] = field(default_factory=list)

    def add(self, clip: str, seen: str, weight: float = 0.0) -> None:
        """Count a clip; of more than EXAMPLES, those with the largest weight stay."""
        entry = (weight, -self.clips, clip, seen)
        self.clips += 1
        if len(self.worst) < EXAMPLES:
            heapq.heappush(self.worst, entry)
        else:
            heapq.heappushpop(self.worst, entry)

    def examples(self) -> tuple[Example, ...]:
        """The clips that stand out, worst first."""
        return tuple(Example(id=clip, seen=seen) for _, _, clip, seen in sorted(self.worst)[::-1])


def to_text(findings: Sequence[ClipFinding]) -> str:
    """The findings under their title; "" where there is nothing to look at."""
    if not findings:
        return ""
    return "\n".join([TITLE, *(f"  {line}" for one in findings for line in one.lines())])


def to_json(findings: Iterable[ClipFinding]) -> str:
    """Content of `findings.json`."""
    content = {"findings": [asdict(one) for one in findings]}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def read_findings(folder: Path) -> tuple[ClipFinding, ...]:
    """The findings of a prepared folder; of one that was made without them, none."""
    path = folder / FINDINGS
    if not path.is_file():
        return ()
    content = json.loads(path.read_text(encoding="utf-8"))
    return tuple(map(ClipFinding.from_dict, content["findings"]))
