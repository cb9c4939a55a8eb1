"""A person's own text in a published card, kept when the card is written anew."""

import re
from typing import Any

import yaml

from xlt.reports.card import BEGIN, END

METADATA = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$\n?", re.DOTALL | re.MULTILINE)
LISTS = ("tags", "datasets", "metrics")
"""Keys whose values are united; of others the new value counts, where the new card has one."""


def merged(new: str, published: str) -> str:
    """The new card with what a person wrote into the published one.

    That is the text outside the marks (all of it where there are none), metadata with other keys,
    and further tags.
    """
    head, body = _parts(new)
    old_head, old_body = _parts(published)
    before, begin, rest = old_body.partition(BEGIN)
    _, end, after = rest.rpartition(END)
    if not begin or not end:
        before, after = "", old_body
    licensed = "license" in head
    for key, value in old_head.items():
        if key in LISTS and isinstance(value, list):
            ours = head.get(key) or []
            head[key] = [*ours, *(item for item in value if item not in ours)]
        elif key not in head and not (key.startswith("license_") and licensed):
            head[key] = value
    parts = [before.strip(), body.strip(), after.strip()]
    return _front(head) + "\n" + "\n\n".join(part for part in parts if part) + "\n"


def metadata_of(card: str) -> dict[str, Any]:
    """The metadata of a card."""
    return _parts(card)[0]


def _parts(card: str) -> tuple[dict[str, Any], str]:
    """Metadata and text; what is not YAML with keys is text."""
    card = card.replace("\r\n", "\n").removeprefix("\ufeff")
    if found := METADATA.match(card):
        try:
            head = yaml.safe_load(found[1])
        except yaml.YAMLError:
            head = None
        if isinstance(head, dict):
            return head, card[found.end() :]
    return {}, card


def _front(head: dict[str, Any]) -> str:
    text = yaml.safe_dump(head, sort_keys=False, allow_unicode=True)
    return f"---\n{text}---\n"
