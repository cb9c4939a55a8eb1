"""The verb that compares files with the hashes that were taken when they were written: verify."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import tyro

from xlt.cli.app import app

Made = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="FOLDER")]


HASHED = ("*.json", "*/*.json", "checkpoints/*/*/*.json")
"""Places of the files with hashes, below a run, a dataset, a checkpoint or a folder of these."""


@app.command
def verify(folder: Made, /) -> None:
    """Compare a run, a checkpoint or a prepared dataset with its hashes; list what is damaged.

    Args:
        folder: A run folder such as runs/es, a dataset such as runs/es/data, a checkpoint, or a
            folder of checkpoints.
    """
    # The libraries that read checkpoints are imported only where there is a file that may hold hashes.
    found = list(_checked(folder)) if any(any(folder.glob(place)) for place in HASHED) else []
    if not found:
        raise ValueError(
            f"{folder} holds nothing with hashes: a run folder, a prepared dataset (report.json) or a "
            "checkpoint (MANIFEST.json) is meant."
        )
    for name, count, _ in found:
        print(f"{name}: {count}")
    damaged = [sentence for _, _, sentences in found for sentence in sentences]
    if damaged:
        raise ValueError("Not all files are what was written:\n" + "\n".join(damaged))
    print("All files are what was written.")


def _checked(folder: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Name of each part that has hashes, how much of it was compared, and what is damaged."""
    from xlt.dataset import verify as datasets
    from xlt.dataset.account import REPORT
    from xlt.training.checkpoint import MANIFEST

    for dataset in (folder, folder / "data"):
        if (dataset / REPORT).is_file():
            found = datasets.verify(dataset)
            yield str(dataset), str(found).splitlines()[0], list(found.damaged)
    if (folder / MANIFEST).is_file():
        yield _checkpoints(folder.name, [folder])
    else:
        groups = [folder, *sorted(p for p in folder.glob("checkpoints/*") if p.is_dir())]
        for group in groups:
            every = sorted(p for kind in ("step-*", "best-*") for p in group.glob(kind))
            if every:
                yield _checkpoints(str(group), every)
    if (folder / "record.json").is_file():
        yield _record(folder)


def _checkpoints(name: str, folders: list[Path]) -> tuple[str, str, list[str]]:
    from xlt.training.checkpoint import damage

    reasons = {folder: damage(folder) for folder in folders}
    damaged = [f"{folder}: {reason}." for folder, reason in reasons.items() if reason]
    return name, f"{len(folders) - len(damaged)} of {len(folders)} checkpoints are whole", damaged


def _record(run: Path) -> tuple[str, str, list[str]]:
    """The model and the transcripts of a finished run, against its record."""
    from xlt.reports.record import Record
    from xlt.system.files import sha256

    noted = Record.load(run / "record.json").files
    damaged = []
    for name, expected in noted.items():
        if not (run / name).is_file():
            damaged.append(f"{run / name} is missing.")
        elif sha256(run / name) != expected:
            damaged.append(f"{run / name} is not what the run wrote (SHA-256 differs).")
    return str(run / "record.json"), f"{len(noted)} files of the model and transcripts", damaged
