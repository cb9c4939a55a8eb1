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
    return flat_settings(record.get("recipe") or {})


def flat_settings(recipe: Mapping[str, Any]) -> dict[str, str]:
    """The same of a recipe as plain data, whose fields may be flat already."""
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
    """Setting -> its value in each of several runs, where they are not all alike.

    A field that one run does not note is not taken for another value; an entry of a list, such as
    `data.1.path`, that one lacks is.
    """
    names = dict.fromkeys(name for one in of for name in one)
    return {name: [one.get(name, UNSET) for one in of] for name in names if _differs(name, of)}


def _differs(name: str, of: Sequence[Mapping[str, str]]) -> bool:
    known = {one[name] for one in of if name in one}
    entry = any(part.isdecimal() for part in name.split("."))
    return len(known) > 1 or (entry and any(name not in one for one in of))
