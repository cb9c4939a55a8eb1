"""The licence of a corpus by the file of that name beside its table."""

import re
from functools import lru_cache
from pathlib import Path

NAMES = tuple(
    f"{name}{suffix}"
    for name in ("LICENSE", "LICENCE", "COPYING", "License", "Licence", "license", "licence")
    for suffix in ("", ".txt", ".md")
)
READ_CHARACTERS = 4_000
"""Beginning of the file in which its name is looked for."""
ADDRESS = re.compile(r"creativecommons\.org/(?:licenses/([a-z-]+)/(\d\.\d)|publicdomain/zero/1\.0)")
SHORT = re.compile(r"\bcc[ -]by((?:[ -](?:nc|nd|sa)){0,2})[ -](\d\.\d)\b")
LONG = re.compile(
    r"(?:creative commons )?attribution"
    r"((?:[ -]*(?:noncommercial|non-commercial|noderivatives|no-?derivs|sharealike|share-alike))*)"
    r"[ -]*v?(\d\.\d)"
)
CONDITIONS = {"nonc": "NC", "non-c": "NC", "nod": "ND", "no-d": "ND", "share": "SA"}
TITLES = {
    r"\bcc0\b|cc0 1\.0|public domain dedication": "CC0-1.0",
    r"apache license,? *version 2\.0": "Apache-2.0",
    r"\bmit license\b|permission is hereby granted, free of charge": "MIT",
    r"gnu affero general public license *version 3": "AGPL-3.0",
    r"gnu lesser general public license *version 3": "LGPL-3.0",
    r"gnu general public license *version 3": "GPL-3.0",
    r"gnu general public license *version 2": "GPL-2.0",
    r"gnu free documentation license": "GFDL",
    r"open database license|\bodbl\b": "ODbL-1.0",
    r"open data commons attribution": "ODC-By-1.0",
}
"""Beginning of a licence's text, in small letters with single spaces -> its name."""


@lru_cache(maxsize=16)  # asked for every row
def licence_beside(folder: Path) -> str | None:
    """The licence that a folder's LICENSE, LICENCE or COPYING file names; None where there is none.

    One that is not recognised is `see LICENSE.txt`.
    """
    for name in NAMES:
        path = folder / name
        if path.is_file():
            with path.open(encoding="utf-8", errors="replace") as file:
                return licence_in(file.read(READ_CHARACTERS)) or f"see {path.name}"
    return None


def licence_in(text: str) -> str | None:
    """The licence that a text names first by its address, its short name or its title."""
    text = " ".join(text.lower().replace("_", "-").split())
    if found := ADDRESS.search(text):
        return "CC0-1.0" if found[1] is None else f"CC-{found[1].upper()}-{found[2]}"
    if found := SHORT.search(text):
        return f"CC-BY{found[1].upper().replace(' ', '-')}-{found[2]}"
    if found := LONG.search(text):
        parts = [CONDITIONS[word] for word in re.findall("non-?c|no-?d|share", found[1])]
        return "-".join(["CC-BY", *parts, found[2]])
    return next((name for title, name in TITLES.items() if re.search(title, text)), None)
