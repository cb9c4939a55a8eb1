"""Check of one expectation on a device: what is expected, what was seen, and the verdict."""

import contextlib
import io
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """Device and folder that the checks use."""

    device: torch.device
    folder: Path
    """For checkpoints and the output of child processes; each check makes its own folder in it."""

    @property
    def cuda(self) -> bool:
        """True on an NVIDIA or AMD GPU."""
        return self.device.type == "cuda"


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """Observation of a check; `ok` is None where this device can't show it."""

    text: str
    ok: bool | None = None


def not_here(why: str) -> Seen:
    """Observation of a check that needs another machine."""
    return Seen(text=f"not on this machine: {why}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """Expectation with the function that looks; `name` also says what to give to --only."""

    name: str
    expected: str
    look: Callable[[Bench], Seen]

    def result(self, bench: Bench) -> "Result":
        """Look, whatever happens: an error is an observation, and not an expected one."""
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # what a training says
                seen = self.look(bench)
        except Exception as error:  # noqa: BLE001 (the other checks go on)
            last = traceback.extract_tb(error.__traceback__)[-1]
            text = f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"
            seen = Seen(text=text, ok=False)
        return Result(name=self.name, expected=self.expected, seen=seen.text, ok=seen.ok)


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """Row of the table."""

    name: str
    expected: str
    seen: str
    ok: bool | None

    def __str__(self) -> str:
        verdict = {True: "ok", False: "NOT OK", None: "-"}[self.ok]
        return f"{verdict:6}  {self.name:14}  {self.seen}\n{'':24}expected: {self.expected}"

    def to_dict(self) -> dict[str, Any]:
        """Values for the JSON file."""
        return {"name": self.name, "expected": self.expected, "seen": self.seen, "ok": self.ok}
