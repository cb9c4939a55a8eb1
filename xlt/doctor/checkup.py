"""All findings, and the table of them."""

from collections.abc import Iterator
from pathlib import Path

from xlt.doctor.environment import cores, devices, disk, files, memory, shared_memory
from xlt.doctor.finding import Finding
from xlt.doctor.libraries import builds, holes, libraries, python
from xlt.system.shared_memory import free_bytes


def examine(out: Path) -> Iterator[Finding]:
    """Every finding as it is made, the quick ones first; `out` is where runs are to be kept."""
    yield python()
    yield disk(out)
    yield files(out)
    yield memory()
    yield shared_memory(free_bytes())
    yield cores()
    yield from holes()
    yield builds()
    broken = False
    for finding in libraries():
        broken |= finding.state == "problem"
        yield finding
    if broken:
        yield Finding(
            name="device",
            state="warning",
            seen="not looked at, since a library is broken",
            do="mend the libraries first, then run this again",
        )
        return
    yield from devices()


def report(out: Path) -> bool:
    """Print the table, each line as soon as it is known; True if no problem was found."""
    found = []
    for finding in examine(out):
        print(finding, flush=True)
        found.append(finding)
    problems = sum(finding.state == "problem" for finding in found)
    warnings = sum(finding.state == "warning" for finding in found)
    print(f"\nproblems: {problems}, warnings: {warnings}")
    return not problems
