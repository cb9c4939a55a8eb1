"""Run: python -m pytest tests/scoring/test_files.py"""

import csv
import io
import json
import re
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.scoring import files
from xlt.scoring.files import TextEntry, read_entries
from xlt.scoring.pairing import read_pairs

TEXTS = ["reference", "text"]
EXPECTED = [("a-1", "el sol"), ("a-2", ""), ("a-3", "¿Qué, «tal»?")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.tsv", "id\ttext\na-1\tel sol\na-2\t\na-3\t¿Qué, «tal»?\n"),
        ("x.tsv", "a-1\tel sol\na-2\t\na-3\t¿Qué, «tal»?"),
        ("x.tsv", "path\tspeaker\tTEXT\r\na-1\tp\tel sol\r\na-2\tp\t\r\na-3\tp\t¿Qué, «tal»?\r\n"),
        ("x.csv", 'id,text\na-1,el sol\na-2,\na-3,"¿Qué, «tal»?"\n'),
        ("x.CSV", '"a-1","el sol"\n"a-2",""\n\n"a-3","¿Qué, «tal»?"\n'),
        ("x.trn", ";; by hand\nel sol (a-1)\n(a-2)\n\n¿Qué, «tal»? (a-3)\n"),
        (
            "x.jsonl",
            '{"id": "a-1", "text": "el sol"}\n{"id": "a-2", "text": ""}\n\n'
            '{"id": "a-3", "text": "\\u00bfQué, «tal»?", "duration": 1.5, "speaker": null}\n',
        ),
    ],
)
def test_the_same_texts_in_every_format(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(b"\xef\xbb\xbf" + content.encode())
    entries = read_entries(path, TEXTS)
    assert [(e.id, e.fields.get("text", e.fields.get("reference"))) for e in entries] == EXPECTED


def test_other_columns_are_kept_and_numbers_of_json_are_text(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"audio_filepath": "a.wav", "text": "x", "duration": 1.5, "gender": null}\n')
    (entry,) = read_entries(path, TEXTS)
    assert entry == TextEntry(
        id="a.wav", line=1, fields={"audio_filepath": "a.wav", "text": "x", "duration": "1.5"}
    )


def test_texts_without_ids_are_known_by_their_line(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("el sol\n\nla luna (llena)\n")
    found = [(e.id, e.fields["reference"]) for e in read_entries(path, TEXTS)]
    assert found == [("line 1", "el sol"), ("line 2", ""), ("line 3", "la luna (llena)")]


def test_a_table_in_utf_16_is_read(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_text("id\ttext\r\na\tseñor\r\n", encoding="utf-16")
    assert [(e.id, e.fields["text"]) for e in read_entries(path, TEXTS)] == [("a", "señor")]


@pytest.mark.parametrize("end", ["\u2028", "\x0b", "\x85", "\r"])
def test_only_a_line_feed_ends_a_line(tmp_path, end):
    path = tmp_path / "x.tsv"
    path.write_bytes(f"id\ttext\na\tel{end}sol\nb\tx\n".encode())
    assert [e.fields["text"] for e in read_entries(path, TEXTS)] == [f"el{end}sol", "x"]


LONG = "a " * 60_000
BAD = {
    "UTF-32": ("x.tsv", "id\ttext\na\tx\n".encode("utf-32"), "x.tsv is UTF-32"),
    "UTF-16 without mark": (
        "x.tsv",
        "id\ttext\na\tx\n".encode("utf-16-le"),
        "UTF-16 without its mark .line 1.; .* iconv -f UTF-16LE",
    ),
    "Latin-1": (
        "x.tsv",
        "id\ttext\na\tx\nb\tseñor\n".encode("latin-1"),
        "not UTF-8: line 3 has the byte 0xf1; .* if it is Latin-1 or Windows-1252, iconv -f WINDOWS-1252",
    ),
    "UTF-16, the other way round": (
        "x.tsv",
        "id\ttext\na\tx\n".encode("utf-16-be"),
        "UTF-16 without its mark .line 1.; .* iconv -f UTF-16BE",
    ),
    "lines of old Macs": ("x.tsv", b"id\ttext\ra\tx\r", "carriage return alone, .* tr '.r' '.n' <"),
    "NUL": ("x.tsv", b"id\ttext\na\tel so\0l\n", "line 2 holds a NUL byte, at byte 8"),
    "a megabyte in a line": (
        "x.tsv",
        b"id\ttext\na\t" + b"x" * 2**20 + b"\n",
        "line 2 has 1,048,578 bytes, more than the 100,000",
    ),
    "a long text": (
        "x.tsv",
        f"id\ttext\na\t{LONG[:30_000]}\n".encode(),
        "line 2: the text of 'a' has 30,000 characters, more than the 20,000",
    ),
    "an id twice": (
        "x.tsv",
        b"id\ttext\na\tx\nb\ty\na\tz\n",
        "the id 'a' stands on line 2 and again on line 4",
    ),
    "no id": ("x.tsv", b"id\ttext\n\tx\n", "line 2: the utterance has no id .id is empty"),
    "no id column": ("x.tsv", b"name\ttext\na\tx\n", "the header has no column id or .* only name"),
    "no text column": (
        "x.tsv",
        b"id\twords\na\tx\n",
        "no column reference or text, only id, words",
    ),
    "a column twice": ("x.tsv", b"id\ttext\ttext\na\tx\ty\n", "names a column twice"),
    "too few fields": ("x.tsv", b"id\ttext\na\n", "line 2 has 1 tab-separated fields, where 2"),
    "no tabs": ("x.tsv", b"el sol sale\n", "line 1 has 1 tab-separated fields"),
    "JSON called TSV": ("x.tsv", b'{"id": "a", "text": "x"}\n', "looks like JSON: name the file"),
    "TSV called JSON": ("x.jsonl", b"id\ttext\n", "line 1 is not JSON"),
    "a list": ("x.jsonl", b'["a"]\n', "line 1 is not a JSON object"),
    "a number for a text": ("x.jsonl", b'{"id": "a", "text": 7}\n', "line 1: 'text' is 7"),
    "null for a text": ("x.jsonl", b'{"id": "a", "text": null}\n', "line 1: 'text' is null"),
    "a name twice": ("x.jsonl", b'{"id": "a", "text": "x", "text": "y"}\n', "names 'text' twice"),
    "a name twice, cased": ("x.jsonl", b'{"id": "a", "Text": "", "text": "y"}\n', "'text' twice"),
    "semicolons": ("x.csv", b"id;text\na;el sol\n", "parted by semicolons, .* save it with tabs"),
    "tabs called CSV": ("x.csv", b"id\ttext\na\tel sol\n", "parted by tabs: name the file .tsv"),
    "CSV called TSV": ("x.tsv", b"id,text\na,el sol\n", "parted by commas: name the file .csv"),
    "trn called TSV": ("x.tsv", b"el sol (a)\n", "looks like sclite's trn: name the file .trn"),
    "escapes": ("x.tsv", b"id\t\x1b[31m\n", r"only id, .x1b.31m\.$"),
    "deep JSON": ("x.jsonl", b"[" * 50_000 + b"\n", "line 1 is not JSON"),
    "TSV called trn": ("x.trn", b"id\ttext\n", "line 1 does not end with an id in parentheses"),
    "a quote left open": ("x.csv", b'id,text\na,"el sol\n', "line 2 can't be read as CSV"),
    "nothing": ("x.tsv", b"", "x.tsv holds no utterance"),
    "a header alone": ("x.tsv", b"id\ttext\n", "x.tsv holds no utterance"),
    "another ending": (
        "x.docx",
        b"PK",
        "can't tell what '.docx' holds; name it by its format: .tsv",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_get_a_sentence(tmp_path, case):
    name, content, expected = BAD[case]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=expected) as caught:
        read_entries(path, TEXTS)
    said = str(caught.value)
    assert str(path) in said and "\n" not in said and len(said) < 600


WORDS = st.text(
    st.characters(exclude_characters="\t\n\r\0", exclude_categories=["Cs"]), max_size=20
)


@settings(max_examples=100, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=5), st.sampled_from(["tsv", "csv", "jsonl"]))
def test_any_text_comes_back_as_it_was_written(tmp_path_factory, texts, kind):
    path = tmp_path_factory.mktemp("texts") / f"x.{kind}"
    rows = [("id", "text"), *((f"u{k}", text) for k, text in enumerate(texts))]
    if kind == "csv":
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(rows)
        content = stream.getvalue()
    elif kind == "tsv":
        content = "".join("\t".join(row) + "\n" for row in rows)
    else:
        content = "".join(json.dumps({"id": k, "text": v}) + "\n" for k, v in rows[1:])
    path.write_bytes(content.encode())
    assert [e.fields["text"] for e in read_entries(path, TEXTS)] == texts


def test_the_limits_are_in_the_right_order():
    assert files.MOST_CHARACTERS < files.MOST_BYTES


def test_ids_are_the_same_in_other_code_points(tmp_path):
    (tmp_path / "r.tsv").write_text(
        f"path\ttext\n{normalize('NFC', 'mañana.wav')}\tel sol\nb.wav\tsí\n"
    )
    (tmp_path / "h.tsv").write_text(
        f"path\ttext\n{normalize('NFD', 'mañana.wav')}\tel col\nb.wav\tsí\n"
    )
    found = read_pairs(tmp_path / "r.tsv", tmp_path / "h.tsv").utterances
    assert [u.hypothesis for u in found] == ["el col", "sí"]


BOTH = [("el sol", "el col"), ("la luna", "la luna")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("frame.csv", ",reference,prediction\n0,el sol,el col\n1,la luna,la luna\n"),
        ("frame.csv", "reference,prediction\nel sol,el col\nla luna,la luna\n"),
        ("frame.tsv", "Reference\tPrediction\nel sol\tel col\nla luna\tla luna\n"),
        ("frame.json", json.dumps([{"reference": r, "prediction": h} for r, h in BOTH], indent=1)),
        (
            "frame.jsonl",
            "".join(json.dumps({"text": r, "pred_text": h}) + "\n" for r, h in BOTH),
        ),
    ],
)
def test_a_row_with_both_texts_needs_no_id(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    found = read_pairs(tmp_path / name).utterances
    assert [(u.reference, u.hypothesis) for u in found] == BOTH
    assert len({u.id for u in found}) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2", "is not a JSON array"),
        ('[{"text": "a", "TEXT": "b"}]', "names 'text' twice"),
        ("[7]", "is not a JSON object but '7'"),
        ('[{"text": "a"}]', "has no id"),
    ],
)
def test_what_is_wrong_in_an_array_is_said(tmp_path, text, said):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match=re.escape(said)):
        read_entries(tmp_path / "a.json", ["text"])
