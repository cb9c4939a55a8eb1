"""The arms of a run side by side: what was trained on the same data, and how well it does.

Reads a record as a plain mapping; whatever is missing in it is missing in the table. The
terminal, the report and the model card all show these rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlt.reports.record import scores_of
from xlt.scoring.errors import Counts, Score

TITLES: Mapping[str, str] = {
    "source": "source, untrained",
    "scratch": "from scratch",
    "fresh": "transfer, fresh head",
    "letters": "transfer, letter-aware head",
}
"""Arm -> its name for readers who do not know the recipe; others keep their own."""

YARDSTICK = "fresh"
"""The arm whose last dev CER the others are timed against."""
BASELINE = "scratch"
"""The arm that errors are compared with."""
NONE = "–"


@dataclass(frozen=True, kw_only=True, slots=True)
class Arm:
    """One row: an arm's test score and the course of its training."""

    name: str
    title: str
    score: Score | None
    steps: int | None
    """Steps trained."""
    dev_cer: float | None
    """Dev CER at the last evaluation."""
    best_dev_cer: float | None
    reached: int | None
    """First evaluated step at which its dev CER was as low as the yardstick's last one."""
    against_baseline: float | None
    """CER relative to the baseline's: -0.6 is 60 % fewer character errors."""


def title(arm: str) -> str:
    """The reader's name of an arm."""
    return TITLES.get(arm, arm)


def arms(record: Mapping[str, Any]) -> list[Arm]:
    """The arms of a record, in its order."""
    scores = scores_of(record)
    curves = record.get("curves") or {}
    target = last(curves.get(YARDSTICK) or (), "dev_cer")
    return [
        _arm(name, scores.get(name), curves.get(name) or (), target, scores.get(BASELINE))
        for name in dict.fromkeys([*scores, *curves])
    ]


def _arm(
    name: str,
    score: Score | None,
    curve: Sequence[Mapping[str, Any]],
    target: float | None,
    baseline: Score | None,
) -> Arm:
    evaluated = [p["dev_cer"] for p in curve if p.get("dev_cer") is not None]
    steps = last(curve, "step")
    compared = score is not None and baseline is not None and name not in (BASELINE, "source")
    return Arm(
        name=name,
        title=title(name),
        score=score,
        steps=None if steps is None else int(steps),
        dev_cer=last(curve, "dev_cer"),
        best_dev_cer=min(evaluated, default=None),
        reached=None if target is None else steps_to_reach(curve, target),
        against_baseline=relative(score, baseline) if compared else None,
    )


def relative(score: Score | None, baseline: Score | None) -> float | None:
    """Change of CER relative to a baseline; None where the baseline made no error."""
    if score is None or baseline is None or not baseline.characters.errors:
        return None
    return score.characters.rate / baseline.characters.rate - 1


def last(curve: Sequence[Mapping[str, Any]], key: str) -> float | None:
    """The last value of a curve that is there; not every point has every key."""
    values = [point[key] for point in curve if point.get(key) is not None]
    return float(values[-1]) if values else None


def steps_to_reach(curve: Sequence[Mapping[str, Any]], dev_cer: float) -> int | None:
    """First evaluated step whose dev CER is at most `dev_cer`; None if it never is."""
    for point in curve:
        if point.get("dev_cer") is not None and point["dev_cer"] <= dev_cer:
            return int(point["step"])
    return None


def resampled(rows: Sequence[Arm]) -> str:
    """Units that the intervals of the arms take for independent: `utterances`, or `56 speakers`."""
    return " or ".join(dict.fromkeys(row.score.resampled for row in rows if row.score))


def percent(rate: float | None) -> str:
    """A rate as text: `12.3 %`."""
    return NONE if rate is None else f"{100 * rate:.1f} %"


def interval(bounds: Sequence[float]) -> str:
    """A 95 % interval of a rate, in per cent: `10.1 to 14.5`."""
    return f"{100 * bounds[0]:.1f} to {100 * bounds[1]:.1f}"


def count(counts: Counts) -> str:
    """Errors of all, as counts: `31 / 252`."""
    return f"{counts.errors:,} / {counts.reference:,}"


HEADINGS = (
    ("arm", "WER", "95 %", "words", "CER", "95 %", "characters")
    + ("steps", "last dev CER", f"reaches {YARDSTICK}'s at step", f"CER vs {BASELINE}")
)  # fmt: skip


def cells(arm: Arm) -> tuple[str, ...]:
    """One row of the table as text, under `HEADINGS`."""
    score, change = arm.score, arm.against_baseline
    words = rates(score.words, score.word_interval) if score else 3 * (NONE,)
    characters = rates(score.characters, score.character_interval) if score else 3 * (NONE,)
    return (
        arm.title,
        *words,
        *characters,
        NONE if arm.steps is None else f"{arm.steps:,}",
        percent(arm.dev_cer),
        NONE if arm.reached is None else f"{arm.reached:,}",
        NONE if change is None else f"{100 * change:+.0f} %".replace("-", "−"),
    )


def rates(counts: Counts, bounds: Sequence[float]) -> tuple[str, ...]:
    """Rate, interval, counts; nothing where nothing was counted (words of an untrained source)."""
    if not counts.reference:
        return 3 * (NONE,)
    return percent(counts.rate), interval(bounds), count(counts)


def table(record: Mapping[str, Any]) -> str:
    """The arms as a text table for a terminal; columns that no arm fills are left out."""
    rows = [cells(arm) for arm in arms(record)]
    columns = used(rows)
    lines = [[HEADINGS[i] for i in columns], *([row[i] for i in columns] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    return "\n".join(_aligned(line, widths) for line in lines)


def used(rows: Sequence[Sequence[str]]) -> list[int]:
    """Columns that at least one arm fills."""
    return [i for i in range(len(HEADINGS)) if any(row[i] != NONE for row in rows)]


def _aligned(texts: Sequence[str], widths: Sequence[int]) -> str:
    """One line of a text table: the first cell to the left, the others to the right."""
    first, *rest = zip(texts, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in rest)])
