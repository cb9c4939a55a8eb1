"""Licences by the file beside a corpus. Run: pytest tests/corpora/test_licence_file.py."""

from pathlib import Path

import pytest

from xlt.corpora.licence_file import licence_beside, licence_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Creative Commons Legal Code\n\nCC0 1.0 Universal\n", "CC0-1.0"),
        (
            "All in the public domain:\nhttps://creativecommons.org/publicdomain/zero/1.0/",
            "CC0-1.0",
        ),
        ("Licensed under CC BY-NC-SA 4.0.", "CC-BY-NC-SA-4.0"),
        ("cc-by-4.0", "CC-BY-4.0"),
        ("Creative Commons Attribution 4.0 International", "CC-BY-4.0"),
        ("Attribution-NonCommercial-NoDerivs 3.0 Unported", "CC-BY-NC-ND-3.0"),
        ("Attribution-NonCommercial-ShareAlike 4.0", "CC-BY-NC-SA-4.0"),
        ("See http://creativecommons.org/licenses/by-sa/3.0/es/ for this.", "CC-BY-SA-3.0"),
        ("    Apache License\n    Version 2.0, January 2004", "Apache-2.0"),
        ("MIT License\n\nCopyright (c) someone", "MIT"),
        ("GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007", "GPL-3.0"),
        ("GNU LESSER GENERAL PUBLIC LICENSE\n Version 3", "LGPL-3.0"),
        ("Open Database License (ODbL) v1.0", "ODbL-1.0"),
        ("You may use this for research.", None),
        ("", None),
    ],
)
def test_a_text_names_its_licence(text: str, found: str | None) -> None:
    assert licence_in(text) == found


@pytest.mark.parametrize("name", ["LICENSE", "LICENSE.txt", "licence.md", "COPYING"])
def test_the_file_is_found_by_its_usual_names(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("CC0", encoding="utf-8")
    assert licence_beside(tmp_path) == "CC0-1.0"


def test_terms_of_ones_own_are_pointed_to(tmp_path: Path) -> None:
    (tmp_path / "LICENSE.txt").write_bytes("Nur für Forschung".encode("latin-1"))
    assert licence_beside(tmp_path) == "see LICENSE.txt"
    (tmp_path / "other").mkdir()
    assert licence_beside(tmp_path / "other") is None
