"""Resume policy of options: declared in the annotation of each, and one comparison of settings.

    keep: Free[int] = 2

says that a run may go on with another value of `keep`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

Value = TypeVar("Value")


class OnResume(Enum):
    """Answer to the question whether an option may differ when work is resumed."""

    FIXED = "fixed"
    INEXACT = "inexact"
    LATE = "late"
    FREE = "free"


Fixed = Annotated[Value, OnResume.FIXED]
"""An option that decides the result: another value is refused, unless the user allows it."""
Inexact = Annotated[Value, OnResume.INEXACT]
"""Another value gives a result as good, but not bit-identical: accepted with a warning."""
Late = Annotated[Value, OnResume.LATE]
"""An option that only the last stage reads: free until that is done, then fixed."""
Free = Annotated[Value, OnResume.FREE]
"""An option that changes no result, such as a number of threads."""


def policies(options: type, prefix: str = "") -> dict[str, OnResume]:
    """Dotted name -> policy of every option of a dataclass; those of nested ones are descended into.

    Raises:
        TypeError: if an option does not declare its policy.
    """
    return dict(_policies(options, prefix))


def _policies(options: type, prefix: str) -> Iterator[tuple[str, OnResume]]:
    hints = get_type_hints(options, include_extras=True)
    for field in fields(options):
        hint, name = hints[field.name], f"{prefix}{field.name}"
        declared = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
        found = [policy for policy in declared if isinstance(policy, OnResume)]
        if found:
            yield name, found[-1]
        elif isinstance(hint, type) and is_dataclass(hint):
            yield from _policies(hint, f"{name}.")
        else:
            raise TypeError(
                f"{options.__name__}.{field.name} does not say whether it may differ on resume: "
                f"annotate it with Fixed, Inexact, Late or Free of xlt.system.resume"
            )


def differences(
    stored: Mapping[str, Any], now: Mapping[str, Any], show: Callable[[Any], str] = repr
) -> dict[str, str]:
    """Key -> `key: stored -> now` of all settings that differ; a missing one equals None."""
    shown = {
        key: [show(side[key]) if key in side else "not set" for side in (stored, now)]
        for key in sorted({*stored, *now})
        if stored.get(key) != now.get(key)
    }
    return {key: f"{key}: {old} -> {new}" for key, (old, new) in shown.items()}


def check_unchanged(
    stored: Mapping[str, Any],
    now: Mapping[str, Any],
    *,
    what: str,
    remedy: str,
    allowed: Collection[str] = (),
    show: Callable[[Any], str] = repr,
) -> None:
    """Refuse to resume work whose settings have changed.

    Args:
        stored: The settings with which the work was begun.
        now: Those with which it is to go on.
        what: First line of the error, such as `This run was started with other settings`.
        remedy: Last line of the error: the ways out.
        allowed: Keys that may differ.
        show: Turns a value into text.

    Raises:
        ValueError: with every key that differs, its stored and its new value.
    """
    changed = [text for key, text in differences(stored, now, show).items() if key not in allowed]
    if changed:
        raise ValueError("\n  ".join([f"{what}:", *changed]) + f"\n{remedy}")


def known_keys(asked: Collection[str], keys: Collection[str], prefix: str) -> set[str]:
    """The keys that a user names, which may leave out `prefix`.

    Raises:
        ValueError: for the first that is not a key, with similar ones.
    """
    found = {key for name in asked for key in (name, f"{prefix}{name}") if key in keys}
    unknown = [name for name in asked if not found & {name, f"{prefix}{name}"}]
    if unknown:
        near = get_close_matches(unknown[0], [key.removeprefix(prefix) for key in keys], n=3)
        raise ValueError(
            f"--allow-change {unknown[0]}: there is no such setting"
            + (f". Is {' or '.join(near)} meant?" if near else ".")
        )
    return found
