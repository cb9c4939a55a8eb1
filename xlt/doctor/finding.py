"""Finding of a checkup, and a child process to try things that may be broken."""

import subprocess
import sys
from dataclasses import dataclass
from typing import Literal

CHILD_S = 300
"""Time limit of a child process: libraries on a cold network disk take a minute or two."""

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was checked, what was seen, and what to do about it."""

    name: str
    state: State
    seen: str
    do: str = ""

    def __str__(self) -> str:
        advice = f"\n{'':26}-> {self.do}" if self.do else ""
        return f"{self.state:8} {self.name:16} {self.seen}{advice}"


def child(code: str, *arguments: str) -> tuple[str, int]:
    """Output and exit code of Python code in a process of its own; 124 when it takes too long."""
    command = [sys.executable, "-c", code, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=CHILD_S)
    except subprocess.TimeoutExpired as late:
        said = late.stdout or b""
        return said.decode(errors="replace") if isinstance(said, bytes) else said, 124
    return done.stdout, done.returncode
