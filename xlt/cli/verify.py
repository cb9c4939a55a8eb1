"""The verb that compares files with the hashes that were taken when they were written: verify."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import tyro

from xlt.cli.app import app
from xlt.system.mending import Mendable, near_path

Made = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="FOLDER")]


PUBLISHED = "MANIFEST"
"""Hashes of a model that `xlt publish` wrote, as sha256sum reads them."""
HASHED = ("*.json", "*/*.json", "checkpoints/*/*/*.json")
"""Places of the files with hashes, below a run, a dataset, a checkpoint or a folder of these."""


@app.command
def verify(folder: Made, /) -> None:
    """Compare a run, a checkpoint, a prepared dataset or a published model with its hashes; list what is damaged.

    Args:
        folder: A run folder such as runs/es, a dataset such as runs/es/data, a checkpoint, a folder of
            checkpoints, or a model that was published.
    """
    # The libraries that read checkpoints are imported only where there is a file that may hold hashes.
    found = list(_checked(folder)) if any(any(folder.glob(place)) for place in HASHED) else []
    if not found:
        run = Path("runs") / folder
        near = run if run.is_dir() else near_path(folder) if not folder.exists() else None
        raise Mendable(
            f"{folder} holds nothing with hashes: a run folder, a prepared dataset (report.json) or a "
            "checkpoint (MANIFEST.json) is meant.",
            words={str(folder): str(near)} if near else {},
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
    if (folder / PUBLISHED).is_file():
        yield _published(folder)
    elif (folder / "record.json").is_file():
        yield _record(folder)


def _checkpoints(name: str, folders: list[Path]) -> tuple[str, str, list[str]]:
    from xlt.training.checkpoint import damage

    reasons = {folder: damage(folder) for folder in folders}
    damaged = [f"{folder}: {reason}." for folder, reason in reasons.items() if reason]
    return name, f"{len(folders) - len(damaged)} of {len(folders)} checkpoints are whole", damaged


def _record(run: Path) -> tuple[str, str, list[str]]:
    """The model and the transcripts of a finished run, against its record."""
    from xlt.reports.record import Record

    noted = Record.load(run / "record.json").files
    damaged = _differing(run, noted, "the run wrote")
    return str(run / "record.json"), f"{len(noted)} files of the model and transcripts", damaged


def _published(folder: Path) -> tuple[str, str, list[str]]:
    """The files of a published model, against its MANIFEST."""
    lines = (folder / PUBLISHED).read_text(encoding="utf-8", errors="replace").splitlines()
    noted = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    outside = [name for name in noted if Path(name).is_absolute() or ".." in Path(name).parts]
    if outside or not noted:
        raise ValueError(
            f"{folder / PUBLISHED} is not a list of hashes of the files beside it: "
            f"{', '.join(outside) or 'it names none'}."
        )
    damaged = _differing(folder, noted, "was published")
    return str(folder / PUBLISHED), f"{len(noted)} files of a published model", damaged


def _differing(folder: Path, noted: Mapping[str, str], as_what: str) -> list[str]:
    """Sentences on the files that are missing or have another hash."""
    from xlt.system.files import sha256

    damaged = []
    for name, expected in noted.items():
        if not (folder / name).is_file():
            damaged.append(f"{folder / name} is missing.")
        elif sha256(folder / name) != expected:
            damaged.append(f"{folder / name} is not what {as_what} (SHA-256 differs).")
    return damaged
