"""Tables: whatever stands in a file, every line is a row or is refused. Run: pytest tests/corpora/readers/test_tables.py."""

import csv
import io
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xlt.corpora.base import Corpus, CorpusError, RefusedRow, Row
from xlt.corpora.common_voice import CommonVoice
from xlt.corpora.folder import Folder
from xlt.corpora.readers.delimited import read_rows as _read
from xlt.corpora.readers.tables import is_there, read_table
from xlt.system.line_reader import MAX_LINE_BYTES, TextFileError

COLUMNS = ("client_id", "path", "sentence")
ODD = ['"', '""', "'", "\t", "\r", "\r\n", "\n", "\0", "\ufeff", "\u2028", "\x85", "NA", "\\", ","]
HUGE = "x" * (MAX_LINE_BYTES + 7)
WORDS = st.one_of(
    st.sampled_from([*ODD, "a.mp3", "clips/b.mp3", "../c.mp3", "d" * 300, "niño", ""]),
    st.text(max_size=9),
)
FIELDS = st.lists(WORDS, max_size=4).map("".join)
LINES = st.lists(FIELDS, max_size=6).map("\t".join)
BYTES = st.one_of(LINES.map(lambda line: line.encode("utf-8", "replace")), st.binary(max_size=30))
ENDS = st.sampled_from([b"\n", b"\r\n", b""])
BODIES = st.lists(BYTES, max_size=8).map(b"\n".join)
TABLES = st.tuples(
    st.sampled_from([b"", b"\xef\xbb\xbf"]), BODIES, st.sampled_from([b"", HUGE.encode()]), ENDS
).map(lambda parts: parts[0] + "\t".join(COLUMNS).encode() + b"\n" + b"".join(parts[1:]))
"""Files with a good header (and perhaps a mark before it) over lines of anything."""


def check_table(data: bytes) -> tuple[int, int]:
    """Rows and refusals of a table; each of its lines is one of them, in order."""
    body = data.split(b"\n", 1)[1]
    lines = body.split(b"\n")
    rows_in = len(lines) - (lines[-1] == b"")
    found = list(read_table(io.BytesIO(data), "t.tsv", COLUMNS))
    assert [number for number, _ in found] == list(range(2, rows_in + 2))
    good = [row for _, row in found if isinstance(row, dict)]
    assert all(tuple(row) == COLUMNS for row in good)
    whole = sum(_is_row(line) for line in lines[:rows_in])
    assert len(good) == whole, "a line of the right form is a row, and no other is"
    return len(good), len(found) - len(good)


def _is_row(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return (
        b"\0" not in line and line.count(b"\t") == len(COLUMNS) - 1 and len(line) <= MAX_LINE_BYTES
    )


def rows_unless_another_encoding(corpus: Corpus, data: bytes) -> list[Row | RefusedRow] | None:
    """All rows; None for a table that is refused as a whole, which is never one in UTF-8."""
    try:
        return list(corpus.rows())
    except CorpusError as error:
        if not isinstance(error.__cause__, TextFileError):
            raise
        with pytest.raises(UnicodeDecodeError):
            data.decode("utf-8")
        return None


def check_corpora(data: bytes, folder: Path) -> None:
    """The same lines as Common Voice and as a folder's table: rows in = rows + refused."""
    rows_in = sum(check_table(data))
    for name in ("train.tsv", "metadata.tsv"):
        (folder / name).write_bytes(data)
    (folder / "clips").mkdir(exist_ok=True)
    (folder / "clips" / "a.mp3").write_bytes(b"x")
    (folder / "a.mp3").write_bytes(b"x")
    for corpus in (
        CommonVoice(path=folder, language="es", splits=("train",)),
        Folder(path=folder, language="es", title="mine"),
    ):
        found = rows_unless_another_encoding(corpus, data)
        if found is None:
            continue
        assert len(found) == rows_in
        assert all(isinstance(row, Row | RefusedRow) for row in found)
        json.dumps([row.id for row in found], ensure_ascii=False).encode()  # as the journal does


def check_csv_and_jsonl(data: bytes, folder: Path) -> None:
    """Every line of a .csv or .jsonl stands in exactly one row or refusal."""
    heads = {"csv": b"path,text\n", "jsonl": b'{"path": "a.mp3", "text": "x"}\n'}
    for kind, head in heads.items():
        for old in folder.glob("metadata.*"):
            old.unlink()
        table = folder / f"metadata.{kind}"
        table.write_bytes(head + data)
        found = rows_unless_another_encoding(Folder(path=folder, language="es", title="mine"), data)
        if found is None:
            continue
        json.dumps([row.id for row in found], ensure_ascii=False).encode()
        spans = [str(place).split("-") for place, _ in _read(table)]
        assert len(found) == len(spans)
        lines = [line for span in spans for line in range(int(span[0]), int(span[-1]) + 1)]
        with table.open("rb") as file:
            rows_in = sum(1 for _ in file)
        assert lines == list(range(1 if kind == "jsonl" else 2, rows_in + 1))


ROOM = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@pytest.mark.slow
@settings(max_examples=200, **ROOM)
@given(TABLES)
def test_every_line_is_a_row_or_is_refused(data: bytes):
    check_table(data)


@pytest.mark.slow
@settings(max_examples=200, **ROOM)
@given(TABLES)
def test_rows_in_are_rows_and_refused(data: bytes):
    with tempfile.TemporaryDirectory() as folder:
        check_corpora(data, Path(folder))


@pytest.mark.slow
@settings(max_examples=200, **ROOM)
@given(BODIES)
def test_csv_and_jsonl_lose_no_line(data: bytes):
    with tempfile.TemporaryDirectory() as folder:
        check_csv_and_jsonl(data, Path(folder))


def test_a_field_of_a_megabyte_is_refused_and_the_next_line_read():
    data = "\t".join(COLUMNS) + f"\nc\t{HUGE}\tx\nc\ta.mp3\ty\n"
    assert check_table(data.encode()) == (1, 1)


QUOTED = [
    '"Ore retã',
    "ha'e he'i: \"Aháta",
    'Peteĩ " mokõi',
    '""Mba\'éichapa',
    "\"Che róga'",
    'oho."',
    '"',
]
"""Sentences with unclosed quotes of the kinds that stand in Guarani's other.tsv of Common Voice 23
(github.com/common-voice/common-voice, issue 5189); the words are ours."""


def test_unclosed_quotes_lose_no_row(tmp_path: Path):
    sentences = [text for quoted in QUOTED for text in (quoted, "Iporã", "Mba'e")]
    lines = [f"c{k}\tclip{k}.mp3\t{text}" for k, text in enumerate(sentences)]
    table = "\n".join(["\t".join(COLUMNS), *lines]) + "\n"
    (tmp_path / "clips").mkdir()
    (tmp_path / "other.tsv").write_text(table, encoding="utf-8")
    for k in range(len(sentences)):
        (tmp_path / "clips" / f"clip{k}.mp3").write_bytes(b"x")
    rows = list(CommonVoice(path=tmp_path, language="gn", splits=("other",)).rows())
    assert [row.transcript for row in rows if isinstance(row, Row)] == sentences
    naive = list(csv.DictReader(io.StringIO(table), delimiter="\t"))
    assert len(naive) < len(sentences), "a reader that knows quotes loses some of them"


def test_what_no_file_can_be_called_is_not_there(tmp_path: Path):
    assert not is_there(tmp_path / ("d" * 300))
    assert not is_there(tmp_path / "a\0b")
    assert not is_there(tmp_path)
    (tmp_path / "a").write_bytes(b"")
    assert is_there(tmp_path / "a")


@pytest.mark.parametrize(
    "line", ['{"path": "a.mp3", "text": "\\ud800"}', '{"path": "a\\udc80.mp3", "text": "x"}']
)
def test_a_lone_surrogate_is_refused(tmp_path: Path, line: str):
    (tmp_path / "metadata.jsonl").write_text(line)
    (found,) = Folder(path=tmp_path, language="es").rows()
    assert isinstance(found, RefusedRow)
    assert (found.reason, "lone surrogate" in found.detail) == ("bad_line", True)


def test_a_header_that_is_not_csv_is_said(tmp_path: Path):
    (tmp_path / "metadata.csv").write_text('"path"x,text\na.wav,x\n')
    with pytest.raises(CorpusError, match="The header of .* is not CSV"):
        list(Folder(path=tmp_path, language="es").rows())
