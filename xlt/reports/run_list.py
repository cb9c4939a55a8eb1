"""List of the runs in a folder: what each made, and the settings in which they differ.

Light: reads records and the plain part of checkpoints, and neither models nor recordings.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlt.dataset.account import REPORT
from xlt.reports.record import scores_of
from xlt.reports.settings import UNSET, differing, flat_settings, settings
from xlt.reports.table import percent
from xlt.system.lock import holder

FINISHED, RUNNING, INTERRUPTED = "finished", "running", "interrupted"
HEADINGS = ("run", "language", "source", "train", "steps", "WER", "CER", "state", "date")
WIDEST = 40
"""Characters of a setting's value; longer ones lose their beginning."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedRun:
    """One run as a list shows it; None: not known, or not reached."""

    name: str
    """Its folder, from the listed one on."""
    state: str
    changed: float
    """Time of its record or newest checkpoint, in seconds since 1970."""
    language: str | None = None
    source: str | None = None
    hours: float | None = None
    """Speech in its training split."""
    steps: int | None = None
    """Steps trained."""
    planned: int | None = None
    """Steps asked for."""
    wer: float | None = None
    cer: float | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def cells(self) -> tuple[str, ...]:
        """The run under `HEADINGS`."""
        steps = UNSET if self.steps is None else f"{self.steps:,}"
        if self.steps is not None and self.planned not in (None, self.steps):
            steps = f"{steps} of {self.planned:,}"
        return (
            self.name,
            self.language or UNSET,
            self.source or UNSET,
            UNSET if self.hours is None else f"{self.hours:.2f} h",
            steps,
            percent(self.wer),
            percent(self.cer),
            self.state,
            time.strftime("%Y-%m-%d %H:%M", time.localtime(self.changed)),
        )


def runs_in(folder: Path) -> list[ListedRun]:
    """The runs of a folder, or the run that it is, oldest first.

    Raises:
        ValueError: the folder is not there, or no run is in it.
    """
    if not folder.is_dir():
        raise ValueError(
            f"There is no folder {folder}. Runs are in runs/, or where --out put them: xlt runs FOLDER"
        )
    places = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]
    found = [run for path in places if (run := _listed(path, folder)) is not None]
    if not found:
        raise ValueError(
            f"No run is in {folder}: a run's folder has a record.json or checkpoints/. Train one: "
            "xlt train es my-recordings"
        )
    return sorted(found, key=lambda run: (run.changed, run.name))


def listing(runs: Sequence[ListedRun]) -> str:
    """The runs as a table, and below it the settings that differ among them."""
    rows = [HEADINGS, *(run.cells() for run in runs)]
    used = [k for k in range(len(HEADINGS)) if any(row[k] != UNSET for row in rows[1:])]
    lines = _aligned([[row[k] for k in used] for row in rows])
    known = [run for run in runs if run.settings]
    found = differing([run.settings for run in known])
    if found:
        table = [["", *(run.name for run in known)]]
        table += [[name, *map(_cut, values)] for name, values in found.items()]
        lines += ["", "Settings that differ", *_aligned(table)]
    return "\n".join(lines)


def _listed(path: Path, folder: Path) -> ListedRun | None:
    name = path.name if path != folder else path.resolve().name
    record, states = path / "record.json", list(path.glob("checkpoints/*/step-*/state.json"))
    newest = max(states, key=lambda state: state.stat().st_mtime, default=None)
    busy = holder(path) is not None
    try:
        if record.is_file() and not busy:
            return _finished(name, record)
        if newest is not None:
            return _unfinished(name, path, newest, RUNNING if busy else INTERRUPTED)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        seen = record if record.is_file() else path
        return ListedRun(name=name, state=f"unreadable ({error})", changed=seen.stat().st_mtime)
    return ListedRun(name=name, state=RUNNING, changed=path.stat().st_mtime) if busy else None


def _finished(name: str, path: Path) -> ListedRun:
    record = json.loads(path.read_text(encoding="utf-8"))
    chosen = record["chosen"]
    score = scores_of(record).get(chosen)
    curve = (record.get("curves") or {}).get(chosen) or [{}]
    own = settings(record)
    return ListedRun(
        name=name,
        state=FINISHED,
        changed=path.stat().st_mtime,
        language=record.get("language"),
        source=(record.get("source") or {}).get("id"),
        hours=_hours(record.get("account") or {}),
        steps=curve[-1].get("step"),
        planned=_number(own.get("training.steps")),
        wer=score.words.rate if score else None,
        cer=score.characters.rate if score else None,
        settings=own,
    )


def _unfinished(name: str, path: Path, newest: Path, state: str) -> ListedRun:
    stored = json.loads(newest.read_text(encoding="utf-8"))
    fingerprint = stored["fingerprint"]
    recipe = {
        key.removeprefix("recipe."): value
        for key, value in fingerprint.items()
        if key.startswith("recipe.")
    }
    own = flat_settings(recipe)
    report = path / "data" / REPORT
    account = json.loads(report.read_text(encoding="utf-8"))["account"] if report.is_file() else {}
    return ListedRun(
        name=name,
        state=state,
        changed=newest.stat().st_mtime,
        language=own.get("language"),
        source=own.get("source"),
        hours=_hours(account),
        steps=stored["step"],
        planned=_number(own.get("training.steps")),
        settings=own,
    )


def _hours(account: Mapping[str, Any]) -> float | None:
    hours = (account.get("hours") or {}).get("train")
    return None if hours is None else float(hours)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _cut(value: str) -> str:
    return value if len(value) <= WIDEST else f"…{value[1 - WIDEST :]}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
