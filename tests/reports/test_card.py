"""The card is compared whole with a stored one. To remake it: python tests/reports/test_card.py"""

import re

import pytest
from huggingface_hub import ModelCard
from markdown_it import MarkdownIt
from places import GOLDEN

from xlt.reports.card import BEGIN, END, escape, model_card
from xlt.reports.card_metadata import metadata
from xlt.reports.record import Record

FOLDER = GOLDEN
GOLDEN = FOLDER / "model_card.md"


def golden_record():
    return Record.load(FOLDER / "record.json")


def changed(**fields):
    return Record.from_dict(golden_record().to_dict() | fields)


def test_the_card_is_the_stored_one():
    assert model_card(golden_record(), "you/es-mini") == GOLDEN.read_text(encoding="utf-8")


def test_the_hub_reads_the_metadata_back():
    data = ModelCard(model_card(golden_record(), "you/es-mini")).data
    wer, cer = data.eval_results
    assert (wer.metric_type, wer.metric_value) == ("wer", 34.24)  # 88 errors of 257 words
    assert (cer.metric_type, cer.metric_value) == ("cer", 13.35)  # 188 of 1,408 characters
    assert (wer.task_type, wer.dataset_name, wer.dataset_split) == (
        "automatic-speech-recognition",
        "asterisk-es",
        "test",
    )
    assert (data.language, data.license, data.model_name) == ("es", "cc-by-sa-3.0", "es-mini")


def test_what_is_written_anew_stands_between_marks():
    head, _, body = model_card(golden_record()).partition(BEGIN)
    assert head.startswith("---\n") and head.endswith("---\n\n")
    assert body.endswith(END + "\n")


def test_a_reader_of_the_hub_needs_no_word_of_the_recipe():
    card = model_card(golden_record())
    assert not re.search(r"\barms?\b|letter-aware|fresh", card)
    assert (
        'This is the model of the row "fine-tuned from the source, output layer begun from' in card
    )


@pytest.mark.parametrize(
    ("own", "given", "said"),
    [
        ("", None, "No licence is stated for this model"),
        ("unknown", None, "No licence is stated for this model"),
        ("", "CC BY 4.0", "Licence of the model: cc-by-4.0."),
        ("CC-BY-4.0", "mit", "Licence of the model: mit."),
        ("My Own Terms", None, "Licence of the model: my-own-terms; its text is not linked here."),
    ],
)
def test_the_licence_is_said_in_a_sentence(own: str, given: str | None, said: str):
    assert said in model_card(changed(licence=own), licence=given)


def test_the_source_is_named_with_its_revision():
    source = {
        "id": "owner/model@main",
        "repo": "owner/model",
        "commit": "c0ffee" * 6,
        "family": "x",
    }
    card = model_card(changed(source=source))
    assert ModelCard(card).data.base_model == "owner/model"
    assert f"- revision of the source: {'c0ffee' * 6}" in card


def test_the_card_says_if_transcripts_are_beside_it():
    card = model_card(golden_record(), with_transcripts=False)
    assert "The texts of the test are not published." in card and "transcripts/" not in card
    assert "`transcripts/` the reference and recognised texts" in model_card(golden_record())


def test_synthetic_speech_is_said_and_tagged():
    record = changed(account=golden_record().account | {"synthetic": True})
    card = model_card(record)
    assert "synthetic" in metadata(record).tags
    assert card.count("Synthetic speech: all recordings were made by a speech synthesiser.") == 2
    assert "synthetic" not in metadata(golden_record()).tags


def test_a_record_of_almost_nothing_makes_a_card():
    card = model_card(Record(name="x", language="es", recipe={}))
    assert "the run has no test score" in card
    assert "model-index" not in card
    assert not re.search(r"None|nan|\bundefined\b", card)


HOSTILE = (
    "evil\n---\nlicense: mit\n---\n# Owned <script>alert(1)</script> | [click](https://evil.org) "
    "![x](http://evil.org/p.png) `code` **bold** {{ 7 * 7 }} </details> ```"
)


def hostile_record():
    record = golden_record()
    score = record.scores["letters"] | {"data": HOSTILE, "split": HOSTILE, "decoder": HOSTILE}
    rows = [{"token": HOSTILE, "sources": [HOSTILE], "how": HOSTILE}]
    return changed(
        name=HOSTILE,
        licence=HOSTILE,
        labels=["|", "a", HOSTILE],
        command=HOSTILE,
        source={"id": HOSTILE, "family": HOSTILE, "sha256": HOSTILE},
        versions={HOSTILE: HOSTILE},
        account=record.account | {"licences": {HOSTILE: HOSTILE}, "rejected": {HOSTILE: 1}},
        transfer={"letters": {"rows": rows}},
        scores={HOSTILE: score, "letters": score},
    )


def test_hostile_text_stays_text():
    card = model_card(hostile_record(), "you/es-mini")
    _, yaml, body = re.split(r"^---$", card, maxsplit=2, flags=re.MULTILINE)
    assert len(re.findall(r"^license:", yaml, re.MULTILINE)) == 1
    assert ModelCard(card).data.license == "other"
    assert ModelCard(card).data.license_name.startswith("evil-license-mit-owned")
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(body)
    tags = set(re.findall(r"<(\w+)", page))
    assert tags <= set("h1 h2 p blockquote pre code table thead tbody tr th td ul li".split())
    (title,) = re.findall(r"<h1>.*</h1>", page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; | [click](https://evil.org)" in title
    assert len(re.findall(r"<h2>", page)) == len(re.findall(r"^## ", GOLDEN.read_text(), re.M))
    assert "://" not in escape(HOSTILE)  # so that nothing becomes a link by itself
    assert "{{ 7 * 7 }}" in page


def test_every_row_of_a_table_has_as_many_cells_as_its_heading():
    for record in (golden_record(), hostile_record()):
        for table in re.findall(r"(?:^\|.*\n)+", model_card(record), re.MULTILINE):
            cells = {len(re.split(r"(?<!\\)\|", line)) for line in table.splitlines()}
            assert len(cells) == 1, table


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("es_mini", r"es\_mini"),
        ("a\x00b\u202ec\r\nd", "a b c d"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("ñandú ß ¿?", "ñandú ß ¿?"),
    ],
)
def test_escape(text, escaped):
    assert escape(text) == escaped


if __name__ == "__main__":
    GOLDEN.write_text(model_card(golden_record(), "you/es-mini"), encoding="utf-8")
