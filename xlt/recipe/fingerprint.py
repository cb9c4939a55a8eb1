"""Fingerprint of a run: every setting and fact that must be equal on resume, by name."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
import torchaudio
import transformers
from accelerate import Accelerator

from xlt import __version__
from xlt.dataset.account import Account
from xlt.language.labels import labels
from xlt.models.source import Source
from xlt.recipe.options import Recipe
from xlt.reports.record import plain
from xlt.system.redaction import known_secrets, redact
from xlt.system.resume import OnResume, policies
from xlt.training.progress import RunFacts

PREFIX = "recipe."
"""Before the names of the recipe's settings; --allow-change takes them without it, too."""


def fingerprint(
    recipe: Recipe, source: Source, account: Account, accelerator: Accelerator
) -> dict[str, Any]:
    """Dotted name -> value of all settings that are not free to change, and of the run's facts."""
    facts = RunFacts(
        data=account.digest,
        labels=" ".join(labels(recipe.target_language).tokens),
        source=source.digest,
        precision=accelerator.mixed_precision,
        xlt=__version__,
        torch=torch.__version__,
        transformers=transformers.__version__,
        torchaudio=torchaudio.__version__,
        numpy=np.__version__,
        processes=accelerator.num_processes,
        threads=torch.get_num_threads() if accelerator.device.type == "cpu" else None,
    )
    return {**decisive(recipe), **dataclasses.asdict(facts)}


def decisive(recipe: Recipe) -> dict[str, Any]:
    """Dotted name -> value of all settings of a recipe that are not free to change."""
    free = {k for k, policy in policies(Recipe, PREFIX).items() if policy is OnResume.FREE}
    return {name: value for name, value in settings(recipe).items() if name not in free}


def settings(recipe: Recipe) -> dict[str, Any]:
    """Dotted name -> value of every setting of a recipe, without secrets."""
    shown = redact(plain(dataclasses.asdict(recipe), "recipe"), known_secrets())
    return dict(_flattened(shown, PREFIX))


def _flattened(nested: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in nested.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
