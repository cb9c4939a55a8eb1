"""What a person wrote into a published card stays when it is written anew."""

import pytest
from places import GOLDEN

from xlt.publication.kept_text import merged, metadata_of
from xlt.reports.card import BEGIN, END, model_card
from xlt.reports.record import Record

RECORD = Record.load(GOLDEN / "record.json")
OLD = model_card(RECORD, "you/es")
NEW = model_card(Record.from_dict(RECORD.to_dict() | {"name": "es-2"}), "you/es")


def test_text_outside_the_marks_and_further_metadata_stay():
    edited = OLD.replace(BEGIN, f"My introduction.\n\n{BEGIN}").replace("# es-mini", "# Mine")
    edited = edited.replace("---\nlanguage", "---\nthumbnail: a.png\nlanguage")
    edited = edited.replace("- cross-lingual-transfer\n", "- cross-lingual-transfer\n- radio\n")
    edited += "\n## Thanks\n\nTo all speakers.\n"
    found = merged(NEW, edited)
    before, _, rest = found.partition(BEGIN)
    between, _, after = rest.partition(END)
    assert before.endswith("My introduction.\n\n")
    assert after == "\n\n## Thanks\n\nTo all speakers.\n"
    assert between == NEW.partition(BEGIN)[2].partition(END)[0]
    data, new = metadata_of(found), metadata_of(NEW)
    assert data == new | {"thumbnail": "a.png", "tags": [*new["tags"], "radio"]}


def test_it_is_the_same_every_time():
    once = merged(NEW, OLD.replace(BEGIN, f"Mine.\n\n{BEGIN}"))
    assert merged(NEW, once) == once
    assert merged(NEW, NEW) == merged(NEW, merged(NEW, NEW))
    assert metadata_of(merged(NEW, NEW)) == metadata_of(NEW)


@pytest.mark.parametrize("head", ["", "---\nlicense: mit\n---\n", "---\nnot: [yaml\n---\n"])
def test_a_card_without_marks_is_kept_whole(head):
    found = merged(NEW, f"{head}# A card of my own\r\n\nwith two lines\n")
    assert (
        found.endswith(f"{END}\n\n# A card of my own\n\nwith two lines\n") or "not: [yaml" in found
    )
    assert metadata_of(found)["license"] == "cc-by-sa-3.0"


def test_a_licence_given_on_the_hub_stays_where_the_run_has_none():
    bare = model_card(Record.from_dict(RECORD.to_dict() | {"licence": ""}))
    published = "---\nlicense: other\nlicense_name: own\nlicense_link: LICENSE\n---\n"
    kept = metadata_of(merged(bare, published))
    assert (kept["license"], kept["license_name"], kept["license_link"]) == (
        "other",
        "own",
        "LICENSE",
    )
    assert "license_name" not in metadata_of(merged(NEW, published))
