"""Settings of a run that is gone on with, held against those it was begun with, before any work.

The stages check again what only they know: the digest of the dataset, precision, processes.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import transformers

from xlt import __version__
from xlt.language.labels import labels
from xlt.models.source import Source
from xlt.recipe.arms import arms_of
from xlt.recipe.fingerprint import decisive
from xlt.recipe.launch import Launch
from xlt.reports.table import title
from xlt.training.checkpoint import newest_state
from xlt.training.progress import check_allowed, check_steps, trains_on


def other_settings(launch: Launch, source: Source) -> list[ValueError]:
    """Faults: --resume with settings that the run in the folder does not have; each told once."""
    if not launch.resume:
        return []
    now = {
        **decisive(launch.recipe),
        "labels": " ".join(labels(launch.recipe.target_language).tokens),
        "source": source.digest,
        "xlt": __version__,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
    told: dict[str, ValueError] = {}
    for name in arms_of(launch.recipe, source):
        try:
            _check_arm(launch, name, now)
        except ValueError as error:
            told.setdefault(str(error), error)
    return [*told.values()]


def _check_arm(launch: Launch, name: str, now: Mapping[str, Any]) -> None:
    """Refuse other settings than those of an arm's stored result, or of its newest checkpoint."""
    result = launch.folder / "arms" / f"{name}.json"
    if result.is_file():
        kept = _read(result)
        stored, done = kept["fingerprint"], int(kept["result"]["curve"][-1]["step"])
        trains_on(stored, _completed(stored, now), launch.allow_change, done, title(name))
        return
    folder = launch.folder / "checkpoints" / name
    state = newest_state(folder)
    if state is not None:
        stored = state["fingerprint"]
        check_allowed(stored, _completed(stored, now), launch.allow_change)
        check_steps(folder, int(state["step"]), launch.recipe.training.steps)


def _completed(stored: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are now, with the stored value of each fact that is not known yet."""
    facts = {key: value for key, value in stored.items() if not key.startswith("recipe.")}
    return {**facts, **now}


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
