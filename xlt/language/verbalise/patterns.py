"""Regular expressions made from the tables of a language: one tree of characters for many keys."""

import re
from collections.abc import Iterable
from typing import Any

NEVER = "(?!)"
"""A pattern that matches nothing: what an empty table becomes."""
BEFORE = r"(?<![\w.,:/+-])"
"""No digit, letter or separator stands before: a date, time or range starts here."""


END = r"(?!\w)"
"""End of a key that is a word."""


def any_of(keys: Iterable[str], *, spaces: str = " ", end: str = END) -> str:
    r"""One of the keys, the longest that fits; one that ends in a letter must end its word there.

    `spaces` is what a space in a key stands for: `\\s?` where the text may leave it out; `end` is
    what must be after a word.
    """
    tree: dict[str, Any] = {}
    for key in keys:
        node = tree
        for character in key:
            node = node.setdefault(character, {})
        node[""] = {}
    return _branches(tree, "", spaces, end) if tree else NEVER


def squeezed(text: str) -> str:
    """Without white space, in lower case: what keys and findings are compared by."""
    return re.sub(r"\s", "", text).lower()


def apart(match: re.Match[str], words: str) -> str:
    """Set words apart from letters and digits beside them, not from a hyphen: `AP-7` has no minus."""
    following = match.string[match.end() : match.end() + 1]
    return f" {words}{' ' if following.isalnum() else ''}"


def _branches(node: dict[str, Any], last: str, spaces: str, end: str) -> str:
    found = [
        (spaces if character == " " else re.escape(character))
        + _branches(below, character, spaces, end)
        for character, below in sorted(node.items())
        if character
    ]
    if "" in node:
        found.append(end if last.isalpha() and last not in "ºª" else "")
    return found[0] if len(found) == 1 else f"(?:{'|'.join(found)})"
