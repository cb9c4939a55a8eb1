"""Run: python -m pytest tests/scoring/test_views.py"""

import json

import pytest
from scored import split_of

from xlt.scoring import views
from xlt.scoring.align import SCLITE
from xlt.scoring.errors import Counts, Score
from xlt.scoring.utterances import Scored


def utterance(k: int, reference: str, hypothesis: str, **more) -> Scored:
    return Scored(id=f"u{k}", reference=reference, hypothesis=hypothesis, duration_s=1800.0, **more)


def test_three_views_of_one_test():
    raw = {"raw_reference": "El niño, ¿qué?", "raw_hypothesis": "El nino, qué"}
    found = views.views(
        split_of([utterance(0, "el niño qué", "el nino qué", **raw)], normaliser="xlt-1")
    )
    assert {name: one.words for name, one in found.items()} == {
        "normalised": Counts(hits=2, substitutions=1),
        "without accents": Counts(hits=3),
        "as published": Counts(hits=1, substitutions=2),
    }
    assert [one.conditions.normaliser for one in found.values()] == [
        "xlt-1",
        "xlt-1, without accents",
        "none",
    ]
    for one in found.values():
        at = one.conditions
        assert (at.data, at.split, at.decoder, at.seed) == ("d", "test", "greedy", 0)
        assert one.hours == 0.5


def test_no_raw_view_where_the_data_has_no_raw_texts():
    same = {"raw_reference": "el sol", "raw_hypothesis": "El col."}
    unknown = {"raw_reference": "El sol.", "raw_hypothesis": None}
    for more in ({}, same, unknown):
        found = views.views(
            split_of([utterance(0, "el sol", "el col", **more)], normaliser="xlt-1")
        )
        assert list(found) == ["normalised", "without accents"]


def test_texts_that_were_not_normalised_are_called_so():
    given = [utterance(0, "El sol", "el sol")]
    found = views.views(split_of(given, normaliser="none"))
    assert list(found) == ["as given", "without accents"]
    assert found["as given"].words.errors == 1
    assert "capitals and punctuation count" in views.remarks(given)[0]
    assert views.remarks([utterance(0, "el sol d'água", "el sol")]) == []


def test_a_recogniser_without_capitals_is_kept_apart_from_a_bad_one():
    bare = utterance(0, "el sol", "el sol", raw_reference="El sol.", raw_hypothesis="el sol")
    missing = utterance(1, "la", "", raw_reference="La.", raw_hypothesis="", missing=True)
    assert "neither capitals nor punctuation" in views.remarks([bare, missing])[0]
    cased = utterance(2, "la", "la", raw_reference="La.", raw_hypothesis="La")
    assert views.remarks([bare, missing, cased]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("años à caça, über größe", "anos a caca, uber grosse"),
        ("Ñ Ç Ü ẞ", "N C U SS"),
        ("n\u0303", "n"),
        ("d'água", "d'agua"),
    ],
)
def test_plain_letters(text, expected):
    assert views.plain(text) == expected


def test_all_of_it_as_data():
    given = [utterance(0, "el sol", "el", speaker="ana"), utterance(1, "la", "", missing=True)]
    split = split_of(given, normaliser="xlt-1", costs=SCLITE)
    found = views.views(split)
    content = json.loads(views.to_json(found, split, ["One."]))
    assert Score.from_dict(content["views"]["normalised"]) == found["normalised"]
    assert content["remarks"] == ["One."]
    first, second = content["utterances"]
    assert first["words"] == {"hits": 1, "substitutions": 0, "deletions": 1, "insertions": 0}
    assert (first["speaker"], first["duration_s"], first["missing"]) == ("ana", 1800.0, False)
    assert second["missing"] and second["characters"]["deletions"] == 2
    for field, whole in (("words", found["normalised"].words),):
        assert sum(row[field]["deletions"] for row in content["utterances"]) == whole.deletions


def test_views_side_by_side_in_a_terminal():
    found = views.views(split_of([utterance(0, "el niño", "el nino")], normaliser="xlt-1"))
    heading, first, second = views.lines(found).splitlines()
    assert heading.split()[:2] == ["view", "WER"]
    assert first.split()[:2] == ["normalised", "50.00%"] and first.endswith("xlt-1")
    assert second.split()[:3] == ["without", "accents", "0.00%"]
    assert first.index("50.00%") + len("50.00%") == heading.index("WER") + len("WER")
