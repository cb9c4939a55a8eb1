"""A little of every torture, in seconds: what `make test` runs. Writes results.json into a folder."""

import dataclasses
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path += [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "support")]

from torture import (
    crash_points,
    folders,
    full_disk,
    killed_runs,
    killed_training,
    ranks,
    resume_matrix,
)
from torture.cases import Case, prepare_source
from torture.results import Result

LANES = 2


def little(folder: Path, source: Path) -> dict[str, Result]:
    """Name -> result."""
    return {
        "kills": killed_training.killed(Case(steps=12), 3, folder / "kills", source, LANES),
        "cached": killed_training.killed(
            Case(steps=12, freeze_below=2), 1, folder / "cached", source, LANES
        ),
        "whole": killed_runs.killed(1, folder / "whole", source, LANES),
        "crashes": crash_points.crashes(folder / "crashes", source, LANES, every=61),
        "matrix": resume_matrix.resumed(
            resume_matrix.cases()[29:30], folder / "matrix", source, LANES
        ),
        "ranks": ranks.lost_ranks(ranks.all_faults()[5:6], folder / "ranks", source, 1),
        "data": ranks.same_data(folder / "data", source, LANES),
        "terminated": ranks.terminated(1, folder / "terminated", source, LANES),
        "disk": crash_points.disk_errors(folder / "disk", source, LANES, every=41),
        "full": full_disk.full_disks(1, folder / "full", source, LANES),
        "damaged": folders.damaged(folder / "damaged", source, LANES, folders.CASES[:1], every=7),
        "lock": folders.one_at_a_time(1, folder / "lock"),
    }


if __name__ == "__main__":
    where = Path(sys.argv[1])
    found = little(where, prepare_source(where))
    for name, result in found.items():
        print(name, result)
    content = {name: dataclasses.asdict(result) for name, result in found.items()}
    (where / "results.json").write_text(json.dumps(content))
