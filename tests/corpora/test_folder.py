"""Folders with a table, in every form that people keep them. Run: pytest tests/corpora/test_folder.py.

Also tests: xlt/corpora/base.py, xlt/corpora/metadata_table.py
"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from xlt.corpora.base import CorpusError, RefusedRow, Row
from xlt.corpora.columns import AUDIO, TEXT
from xlt.corpora.folder import Folder

CLIPS = ["clips/a.wav", "clips/b.opus", "clips/c.m4a"]
COLUMNS = ["path", "sentence", "speaker", "split", "licence", "original_name"]
ROWS = [
    ["clips/a.wav", 'Dijo: "sí", y se fue', "ana", "train", "CC0-1.0", "1.wav"],
    ["clips/b.opus", "NA", "", "validation", "", "2.wav"],
    ["clips/c.m4a", "uno, dos; tres", "luis", "", "", ""],
]


def clips(folder: Path) -> None:
    for name in CLIPS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def table(folder: Path, kind: str, columns: Sequence[str] = COLUMNS, rows: Sequence = ROWS) -> Path:
    clips(folder)
    path = folder / f"metadata.{kind}"
    if kind == "csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
    elif kind == "tsv":
        path.write_text("".join("\t".join(row) + "\n" for row in [columns, *rows]))
    else:
        lines = [json.dumps(dict(zip(columns, row, strict=True))) for row in rows]
        path.write_text("\n".join(lines))
    return path


def read(folder: Path, **options: object) -> tuple[list[Row], list[RefusedRow]]:
    rows = list(Folder(path=folder, language="es", title="mine", **options).rows())
    return [r for r in rows if isinstance(r, Row)], [r for r in rows if isinstance(r, RefusedRow)]


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
def test_every_kind_of_table_gives_the_same_rows(tmp_path: Path, kind: str):
    table(tmp_path, kind)
    rows, refused = read(tmp_path, licence="CC-BY-4.0")
    assert refused == []
    assert [(r.id, r.transcript, r.speaker, r.split, r.licence) for r in rows] == [
        ("mine/clips/a.wav", 'Dijo: "sí", y se fue', "mine:ana", "train", "CC0-1.0"),
        ("mine/clips/b.opus", "NA", None, "dev", "CC-BY-4.0"),
        ("mine/clips/c.m4a", "uno, dos; tres", "mine:luis", None, "CC-BY-4.0"),
    ]
    assert [row.suffix for row in rows] == [".wav", ".opus", ".m4a"]
    assert [row.audio for row in rows] == [tmp_path / name for name in CLIPS]
    assert rows[0].notes == {"original_name": "1.wav"}


@pytest.mark.parametrize("path", AUDIO)
@pytest.mark.parametrize("text", TEXT)
def test_column_names_that_people_use(tmp_path: Path, path: str, text: str):
    table(tmp_path, "csv", [path, text], [row[:2] for row in ROWS])
    assert [row.transcript for row in read(tmp_path)[0]] == [row[1] for row in ROWS]


def test_one_folder_per_split(tmp_path: Path):
    for folder in ("train", "validation", "test"):
        table(tmp_path / folder, "csv", ["file_name", "text"], [["clips/a.wav", folder]])
    rows, _ = read(tmp_path)
    assert [(row.id, row.split, row.transcript) for row in rows] == [
        ("mine/train/clips/a.wav", "train", "train"),
        ("mine/validation/clips/a.wav", "dev", "validation"),
        ("mine/test/clips/a.wav", "test", "test"),
    ]


def test_its_name_is_the_folders(tmp_path: Path):
    table(tmp_path / "my voice", "tsv")
    corpus = Folder(path=tmp_path / "my voice", language="es")
    assert corpus.name == "my voice"
    assert next(row.id for row in corpus.rows()) == "my voice/clips/a.wav"
    assert (corpus.licence, corpus.synthetic, corpus.same_speaker) == ("unknown", False, False)


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../a.wav", "clips/../../a.wav", "..\\a.wav", "", "a\0.wav"]
)
def test_a_path_that_leads_out_is_refused(tmp_path: Path, path: str):
    table(tmp_path / "in", "jsonl", ["path", "text"], [["clips/a.wav", "x"], [path, "y"]])
    (tmp_path / "a.wav").write_bytes(b"x")
    rows, refused = read(tmp_path / "in")
    assert [row.transcript for row in rows] == ["x"]
    assert [(row.id, row.reason) for row in refused] == [("mine/metadata.jsonl:2", "bad_path")]


def test_a_recording_that_is_not_there_is_refused(tmp_path: Path):
    table(tmp_path, "tsv", ["path", "text"], [["clips/a.wav", "x"], ["clips/gone.wav", "y"]])
    (refused,) = read(tmp_path)[1]
    assert (refused.id, refused.reason) == ("mine/clips/gone.wav", "no_audio")
    assert "metadata.tsv:3" in refused.detail


@pytest.mark.parametrize(
    ("kind", "text", "places"),
    [
        ("tsv", "path\ttext\nclips/a.wav\tx\n\nclips/b.opus\n", ["3", "4"]),
        ("csv", "path,text\nclips/a.wav,x\nclips/b.opus\nclips/b.opus,y,z\n", ["3", "4"]),
        ("csv", 'path,text\nclips/a.wav,x\nclips/b.opus,"y\nclips/c.m4a,z"\n', ["3-4"]),
        ("csv", 'path,text\nclips/a.wav,x\nclips/b.opus,"y\nclips/c.m4a,z\n', ["3-4"]),
        ("csv", "path,text\nclips/a.wav,x\nclips/b.opus,\udcff\ngone,ñ\n", ["3"]),
        ("jsonl", '{"path": "clips/a.wav", "text": "x"}\n{"path": 3\n[1]\n{"a": 1}\n', "234"),
        ("jsonl", '{"path": "clips/a.wav", "text": "x"}\n\n' + "[" * 99_999, "23"),
    ],
)
def test_every_bad_line_is_counted_with_its_place(
    tmp_path: Path, kind: str, text: str, places: Sequence[str]
):
    clips(tmp_path)
    (tmp_path / f"metadata.{kind}").write_bytes(text.encode("utf-8", "surrogateescape"))
    rows, refused = read(tmp_path)
    assert [row.transcript for row in rows] == ["x"]
    bad = [row.id for row in refused if row.reason == "bad_line"]
    assert bad == [f"mine/metadata.{kind}:{place}" for place in places]
    assert {row.reason for row in refused} - {"no_audio"} == {"bad_line"}


def test_values_of_json_that_are_no_text_are_notes(tmp_path: Path):
    clips(tmp_path)
    (tmp_path / "metadata.jsonl").write_text(
        '{"file_name": "clips/a.wav", "text": "año", "speaker_id": 7, "votes": [1, 2], "age": null}'
    )
    ((row,), _) = read(tmp_path)
    assert (row.speaker, row.notes) == ("mine:7", {"votes": "[1, 2]"})


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda d: None, r"no folder .*here.*metadata\.csv"),
        (clips, r"should hold one of metadata\.csv.*\['clips'\]"),
        (lambda d: (table(d, "csv"), table(d, "tsv")), "should hold one of"),
        (lambda d: table(d, "csv", ["path", "words"], [["a", "b"]]), r"what is said .*path, words"),
        (lambda d: table(d, "tsv", ["wav", "text"], [["a", "b"]]), r"recording's path .*wav, text"),
        (lambda d: (clips(d), (d / "metadata.csv").write_text("")), "isn't even a header"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, make, said: str):
    make(tmp_path / "here")
    with pytest.raises(CorpusError, match=said):
        read(tmp_path / "here")


def test_a_licence_beside_the_table_counts_where_nothing_else_names_one(tmp_path: Path) -> None:
    table(tmp_path, "csv")
    (tmp_path / "LICENSE.txt").write_text("Creative Commons Attribution-ShareAlike 3.0\n")
    licences = [r.licence for r in Folder(path=tmp_path).rows() if isinstance(r, Row)]
    assert licences == ["CC0-1.0", "CC-BY-SA-3.0", "CC-BY-SA-3.0"]
    given = Folder(path=tmp_path / "metadata.csv", licence="MIT").rows()
    assert [r.licence for r in given if isinstance(r, Row)] == ["CC0-1.0", "MIT", "MIT"]
