"""Licence of a model's weights, read off its card."""

import re
from pathlib import Path

from xlt.models.hub_files import CARD

HEAD = re.compile(r"---\s*\n(.*?\n)---\s*(?:\n|$)", re.DOTALL)
LICENCE = re.compile(r"^licen[sc]e: *[\"']?([\w.+-]{1,80})[\"']? *$", re.MULTILINE)
LONGEST_CARD = 1_000_000


def stated_licence(folder: Path) -> str:
    """Licence in the head of a model's card (`cc-by-nc-4.0`); empty where none is stated."""
    file = folder / CARD
    if not file.is_file() or file.stat().st_size > LONGEST_CARD:
        return ""
    head = HEAD.match(file.read_text(encoding="utf-8", errors="replace"))
    found = LICENCE.search(head[1]) if head else None
    return found[1].lower() if found else ""


def forbids_commerce(licence: str) -> bool:
    """True for licences of Creative Commons with NC in them."""
    return "nc" in licence.lower().split("-")
