"""Rows from fields: what goes into its own place, and what is kept as a note. Run: pytest tests/corpora/test_fields.py."""

import pytest

from xlt.corpora.base import Row
from xlt.corpora.fields import row_of, split_in


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train", "train"),
        ("train.clean.360", "train"),
        ("dev-other", "dev"),
        ("Validation", "dev"),
        ("test_manifest", "test"),
        ("validated", None),
        ("retrained", None),
    ],
)
def test_a_split_is_a_word_of_a_name(name: str, split: str | None):
    assert split_in(name) == split


def made(fields: dict[str, str], split: str | None = None) -> Row:
    return row_of(
        *("mine", "a.wav", b"x", ".wav", {"path": "a.wav", "text": "hola"} | fields),
        ("path", "text"),
        language="es",
        licence="unknown",
        split=split,
    )


def test_fields_go_to_their_places():
    row = made({"Speaker": "7", "license": "CC0-1.0", "split": "valid", "age": "30", "note": ""})
    assert (row.id, row.transcript, row.speaker) == ("mine/a.wav", "hola", "mine:7")
    assert (row.licence, row.split, dict(row.notes)) == ("CC0-1.0", "dev", {"age": "30"})


def test_what_no_field_says():
    row = made({"speaker": " "}, split="test")
    assert (row.licence, row.split, row.speaker) == ("unknown", "test", None)
    assert made({"split": "validated"}).split == "validated"  # as published; refused later
