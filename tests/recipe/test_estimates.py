"""Needs of a run held against those of the model that it makes, and speeds of finished runs."""

import dataclasses
import json
import os
from pathlib import Path

import pytest
from checkpoints import write_checkpoint

from xlt.corpora.asterisk import Asterisk
from xlt.language import rules
from xlt.language.labels import labels
from xlt.models.source import load_source
from xlt.recipe.estimates import measured_speed, needs_of, size
from xlt.recipe.options import Recipe
from xlt.reports.record import hardware
from xlt.training.disk_space import needed_bytes
from xlt.training.options import Training
from xlt.transfer.freezing import trainable
from xlt.transfer.options import Transfer
from xlt.transfer.surgery import outlined, transfer


@pytest.mark.parametrize(
    "options", [Transfer(), Transfer(drop_layers=1, freeze_below=1), Transfer(freeze_below="all")]
)
def test_needs_are_those_of_the_model_that_is_made(tmp_path: Path, options: Transfer) -> None:
    source, target = load_source(write_checkpoint(tmp_path / "source")), labels(rules.get("es"))
    recipe = Recipe(
        name="a",
        language="es",
        source="x",
        data=(Asterisk(language="es"),),
        transfer=options,
        training=Training(steps=4, checkpoint_every=2),
    )
    shapes, report = outlined(source, target, options)
    model, made = transfer(source, target, options)
    assert report == made
    found = needs_of(shapes, recipe, tmp_path / "runs/a", hours=1.0)
    learning = trainable(model, options, 0)
    learned = sum(p.numel() for n, p in model.named_parameters() if n in learning)
    assert found.memory_bytes == sum(p.nbytes for p in model.parameters()) + 12 * learned
    assert found.checkpoint_bytes == needed_bytes(model, learning, recipe.training)
    assert found.dataset_bytes == 2 * 20_000 * 3_600
    assert found.faults() == []
    poor = dataclasses.replace(found, free_disk_bytes=10, free_memory_bytes=10)
    memory, disk = poor.faults()
    assert "--transfer.freeze-below N" in memory
    assert "give an --out on another disk" in disk
    assert dataclasses.replace(found, free_memory_bytes=None).faults() == []


def record(folder: Path, *, steps: int, spent_s: float, digest: str = "d", age: int = 0) -> None:
    folder.mkdir(parents=True)
    content = {
        "source": {"sha256": digest},
        "hardware": hardware(),
        "chosen": "letters",
        "curves": {"letters": [{"step": 1}, {"step": steps}]},
        "recipe": {"training": {"batch_s": 60.0}},
        "timings_s": {"letters": spent_s},
    }
    path = folder / "record.json"
    path.write_text(json.dumps(content))
    os.utime(path, (1e9 - age, 1e9 - age))


def test_the_newest_run_from_the_same_source_says_how_fast(tmp_path: Path) -> None:
    record(tmp_path / "old", steps=10, spent_s=10.0, age=9)
    record(tmp_path / "new", steps=10, spent_s=60.0, age=5)
    record(tmp_path / "other-source", steps=10, spent_s=1.0, digest="e", age=1)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged/record.json").write_text("{")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/record.json").write_text("{}")
    found = measured_speed(tmp_path, "d")
    assert found is not None
    assert (found.speech_s, found.run) == (10.0, str(tmp_path / "new"))
    assert measured_speed(tmp_path, "f") is None
    assert measured_speed(tmp_path / "nowhere", "d") is None


def test_the_speed_of_another_machine_is_not_this_one_s(tmp_path: Path) -> None:
    record(tmp_path / "there", steps=10, spent_s=10.0)
    path = tmp_path / "there/record.json"
    content = json.loads(path.read_text())
    content["hardware"]["processor"] = "another"
    path.write_text(json.dumps(content))
    assert measured_speed(tmp_path, "d") is None


@pytest.mark.parametrize(
    ("amount", "shown"), [(10, "1 MB"), (2.4e6, "2 MB"), (1.26e9, "1.3 GB"), (65.8e9, "66 GB")]
)
def test_sizes_have_a_unit_that_fits(amount: float, shown: str) -> None:
    assert size(amount) == shown
