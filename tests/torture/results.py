"""Results of a torture, and the page RESULTS.md made of them."""

import importlib.metadata
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).with_name("RESULTS.md")
HOSTILE = Path(__file__).with_name("hostile.json")


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One test: how often it was tried, and what failed."""

    id: str
    what: str
    count: int
    failures: Sequence[str]
    took_s: float = 0.0
    note: str = ""

    @property
    def passed(self) -> int:
        """How often it held."""
        return self.count - len(self.failures)

    def __str__(self) -> str:
        return (
            f"{self.id:4} {self.passed}/{self.count}  {self.what}  {self.took_s:.0f} s  {self.note}"
        )


def page(results: Sequence[Result], command: str) -> str:
    """All results as Markdown."""
    libraries = ("torch", "accelerate", "transformers", "safetensors")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in libraries)
    took_s = sum(r.took_s for r in results)
    head = [
        "# What the engine survives",
        "",
        f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d}, in {took_s / 60:.0f} minutes. Processes "
        "are really killed, disks are really full; a run counts as passed only if its weights, its "
        "loss of every step, its curve and its best step are those of an undisturbed run, bit for bit.",
        "",
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, {versions}.",
        "",
        "| Id | What | Tried | Passed | Time | |",
        "|---|---|--:|--:|--:|---|",
    ]
    rows = [
        f"| {r.id} | {r.what} | {r.count} | {r.passed} | {r.took_s:.0f} s | {r.note} |"
        for r in results
    ]
    return "\n".join([*head, *rows, *hostile()]) + "\n"


def hostile() -> list[str]:
    """What hostile.py came to when it last ran, as Markdown."""
    if not HOSTILE.is_file():
        return []
    found = json.loads(HOSTILE.read_text(encoding="utf-8"))
    rows = [
        f"| {r['id']} | {r['what']} | {r['figure']} | {r['target']} | {'yes' if r['met'] else 'NO'} |"
        for r in found
    ]
    return [
        "",
        "# Hostile and damaged input",
        "",
        "Made by `python tests/torture/hostile.py`.",
        "",
        "| Id | What | Found | Wanted | Met |",
        "|---|---|---|---|---|",
        *rows,
    ]
