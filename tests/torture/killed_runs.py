"""K1, whole runs of a recipe: SIGKILL anywhere from the first row to the report, then a restart."""

import json
import os
import random
import shutil
import time
from pathlib import Path
from typing import Any

import torch
from torture.cases import MASKED, NOISE, TEN
from torture.folders import write_recordings
from torture.forks import fork, in_lanes
from torture.results import Result

from xlt.corpora.folder import Folder
from xlt.dataset.options import Preparation
from xlt.recipe.launch import Launch
from xlt.recipe.options import Recipe
from xlt.recipe.run import execute
from xlt.system.exit_status import errors_as_sentences
from xlt.training.checkpoint import sha256
from xlt.training.options import Training

CLIPS = 40
TIMES = ("timings_s", "command", "hardware", "versions")
"""What a record says of the clock and the machine."""


def killed(runs: int, folder: Path, source: Path, lanes: int) -> Result:
    """Every run is killed at least once; each comes to the model, scores and texts of a quiet one."""
    begun_s = time.monotonic()
    recipe = Recipe(
        name="toy",
        language="es",
        source=str(source),
        data=(Folder(path=write_recordings(folder / "corpus", CLIPS), language="es"),),
        preparation=Preparation(workers=1),
        regularisation=MASKED,
        augmentation=NOISE,
        training=Training(
            steps=12, batch_s=20.0, evaluate_every=4, checkpoint_every=3, schedule=TEN
        ),
    )

    def start(place: Path) -> Any:
        def work() -> None:
            torch.set_num_threads(1)
            with errors_as_sentences():
                execute(Launch(recipe=recipe, out=place, resume=True))

        return fork(work, place / "log.txt")

    whole = folder / "whole"
    child = start(whole)
    assert child.wait(300) == 0, child.text()
    life_s, expected = (time.monotonic() - begun_s) * (1 if lanes == 1 else 1.3), came_to(whole)

    def work(k: int) -> None:
        dice, place, stages = random.Random(k), folder / f"run-{k}", []
        while True:
            child = start(place)
            time.sleep(dice.random() * life_s)
            if child.send(9) and child.wait() == -9:
                stages.append(stage(place / "toy"))
                if dice.random() < 0.4:
                    continue
                child = start(place)
            assert child.wait(300) == 0, child.text()
            found = came_to(place)
            different = sorted(key for key in expected if found.get(key) != expected[key])
            assert not different and found.keys() == expected.keys(), different
            if stages:
                break
            shutil.rmtree(place)  # it was over before the signal came: once more
        (place / "stages.json").write_text(json.dumps(stages))

    failures = in_lanes(work, range(runs), folder / "lanes", lanes, "whole runs")
    stages = [s for path in folder.glob("run-*/stages.json") for s in json.loads(path.read_text())]
    where = ", ".join(f"{stages.count(s)} {s}" for s in dict.fromkeys(sorted(stages)))
    return Result(
        id="K1",
        what="SIGKILL anywhere in a whole run: preparation, training, model, record, report",
        count=runs,
        failures=failures,
        took_s=time.monotonic() - begun_s,
        note=f"{len(stages)} kills: {where}",
    )


def stage(run: Path) -> str:
    """Where a killed run had come to."""
    if (run / "record.json").is_file():
        return "after the record"
    if list(run.glob("arms/*.json")):
        return "after the training"
    if (run / "checkpoints").is_dir():
        return "in the training"
    return "after the preparation" if (run / "data").is_dir() else "before or in the preparation"


def came_to(place: Path) -> dict[str, object]:
    """Hashes of the model, the transcripts and the data, and the record but for its times."""
    run = place / "toy"
    parts = ("model", "transcripts", "data")
    files = [f for part in parts for f in (run / part).iterdir() if f.is_file()]
    record = json.loads((run / "record.json").read_text())
    for curve in record["curves"].values():
        for point in curve:
            point.pop("wall_s")
    assert (run / "report.html").stat().st_size > 0
    said = {key: value for key, value in record.items() if key not in TIMES}
    return {**{os.path.relpath(f, run): sha256(f) for f in files}, **said}
