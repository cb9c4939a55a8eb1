"""Context of a run: the values that all its stages share, from the source to the accelerator."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from accelerate.utils import InitProcessGroupKwargs
from transformers import FeatureExtractionMixin

from xlt.dataset.account import Account
from xlt.dataset.reader import Split, open_split
from xlt.language.labels import Labels, labels
from xlt.models.source import Source
from xlt.recipe.fingerprint import fingerprint, settings
from xlt.recipe.launch import Launch
from xlt.recipe.options import Recipe
from xlt.training.device import has_accelerator, has_bf16, keep_memory, use_all_cores, use_tf32
from xlt.training.exchange import ddp_settings


@dataclass(frozen=True, kw_only=True, slots=True)
class RunContext:
    """Shared context of all arms of a run: source, labels, data and devices."""

    recipe: Recipe
    source: Source
    extractor: FeatureExtractionMixin
    labels: Labels
    train: Split
    dev: Split
    test: Split
    data_name: str
    """Name of the data in scores."""
    fingerprint: Mapping[str, Any]
    """Settings and facts that must be equal on resume."""
    folder: Path
    accelerator: Accelerator
    resume: bool
    allow_change: tuple[str, ...]


def make_context(launch: Launch, source: Source, account: Account) -> RunContext:
    """The context of a run whose dataset is prepared."""
    recipe, data = launch.recipe, launch.folder / "data"
    accelerator = _accelerator(launch)
    if launch.trackers:
        shown = {name: str(value) for name, value in settings(recipe).items()}
        accelerator.init_trackers(recipe.name, config=shown)
    return RunContext(
        recipe=recipe,
        source=source,
        extractor=source.extractor(),
        labels=labels(recipe.target_language),
        train=open_split(data, "train"),
        dev=open_split(data, "dev"),
        test=open_split(data, "test"),
        data_name=account.name,
        fingerprint=fingerprint(recipe, source, account, accelerator),
        folder=launch.folder,
        accelerator=accelerator,
        resume=launch.resume,
        allow_change=launch.allow_change,
    )


def _accelerator(launch: Launch) -> Accelerator:
    """One process or many; on a CPU the group is gloo, and bf16 where the device has it."""
    cpu, training = not has_accelerator(), launch.recipe.training
    precision = training.precision
    if precision == "auto":
        precision = "bf16" if has_bf16() else "fp32"
    if cpu:
        keep_memory()
    use_tf32(precision)
    if cpu and int(os.environ.get("WORLD_SIZE", "1")) == 1:
        use_all_cores(training.threads)
    return Accelerator(
        cpu=cpu,
        mixed_precision="bf16" if precision == "bf16" else "no",
        log_with=list(launch.trackers) or None,
        project_dir=launch.folder / "logs",
        kwargs_handlers=[
            ddp_settings(training.exchange, layerdrop=launch.recipe.regularisation.layerdrop),
            InitProcessGroupKwargs(timeout=timedelta(seconds=training.timeout_s)),
        ],
    )
