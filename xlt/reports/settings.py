"""Settings of runs as flat texts, and those in which runs differ.

Reads records as plain mappings; light, so that a list of runs is there at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

NOT_SHOWN = frozenset({"name", "prepare_only", "trackers"})
"""Fields of a recipe that change no figure."""
UNSET = "–"


def settings(record: Mapping[str, Any]) -> dict[str, str]:
    """`training.schedule.peak` -> `0.0003`: the recipe of a record, its nested fields by dots."""
    recipe = record.get("recipe") or {}
    return dict(_flat({k: v for k, v in recipe.items() if k not in NOT_SHOWN}, ""))


def _flat(value: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{at}.{key}" if at else str(key))
    elif isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
        for k, inner in enumerate(value):
            yield from _flat(inner, f"{at}.{k}")
    elif at:
        yield at, _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return " ".join(map(_shown, value)) or UNSET
    return UNSET if value is None or value in ("", {}) else str(value)


def differing(of: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    """Setting -> its value in each of several runs, where they are not all alike."""
    names = dict.fromkeys(name for one in of for name in one)
    values = {name: [one.get(name, UNSET) for one in of] for name in names}
    return {name: found for name, found in values.items() if len(set(found)) > 1}
