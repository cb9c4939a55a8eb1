"""Causes in the training itself, which come before any detail of the errors.

Reads a record as a plain mapping; nothing in it is required.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xlt.reports.table import percent
from xlt.training.loss_levels import exploded

FALLING = 0.95
"""Ratio of the last dev CER to the one before, at which a model was still learning."""
LEARNED_CER = 0.02
"""Dev CER below which more steps are not what is missing."""


def causes(record: Mapping[str, Any]) -> list[str]:
    """Sentences on the training of the chosen arm: what explains most of its errors, if anything does."""
    curve = (record.get("curves") or {}).get(record.get("chosen")) or ()
    if not curve:
        return []
    recipe = record.get("recipe") or {}
    return list(_causes(curve, recipe.get("training") or {}, recipe.get("transfer") or {}))


def _causes(
    curve: Sequence[Mapping[str, Any]], training: Mapping[str, Any], transfer: Mapping[str, Any]
) -> Iterator[str]:
    steps, planned = int(curve[-1]["step"]), training.get("steps")
    if exploded(curve[-1]):
        peak = (training.get("schedule") or {}).get("peak")
        rate = "" if peak is None else f" ({peak:g})"
        yield (
            f"The training went wrong: the loss ended at {curve[-1]['loss_now']:.1f} a letter, after "
            f"{curve[-1]['loss_lowest']:.1f} before. The learning rate{rate} is too high: try half of "
            "it (--training.schedule.peak) before anything below."
        )
        return
    if _head_only(steps, transfer):
        yield (
            f"Only the head was trained: all {steps:,} steps are in its own phase "
            f"(--transfer.head-only-steps {transfer['head_only_steps']}). Train longer, or give it "
            "fewer of the steps."
        )
    evaluated = [(int(p["step"]), p["dev_cer"]) for p in curve if p.get("dev_cer") is not None]
    if len(evaluated) < 2 or (planned is not None and steps < planned):  # patience ended it
        return
    (before, was), (last, now) = evaluated[-2:]
    if LEARNED_CER < now <= FALLING * was:
        yield (
            f"The model was still learning when the run ended: dev CER fell from {percent(was)} to "
            f"{percent(now)} in the last {last - before:,} of {last:,} steps. More steps come first: "
            f"--resume --training.steps {2 * last} --allow-change training.steps."
        )


def _head_only(steps: int, transfer: Mapping[str, Any]) -> bool:
    """True if the head's own phase was as long as the run, and more was meant to learn."""
    asked = transfer.get("weights", "source") == "source" and transfer.get("freeze_below") != "all"
    return asked and 0 < steps <= int(transfer.get("head_only_steps") or 0)
