"""Every layout of recordings that people have, opened with tiny files. Run: pytest tests/corpora/test_layouts.py.

Also tests: xlt/corpora/readers/delimited.py, xlt/corpora/readers/kaldi.py,
xlt/corpora/readers/text_files.py, xlt/corpora/readers/segments.py,
xlt/corpora/readers/recording_finder.py, xlt/corpora/readers/hf_files.py, xlt/corpora/readers/webdataset.py, xlt/corpora/readers/headless.py
"""

import json
import logging
import shutil
import subprocess
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import datasets
import numpy as np
import pytest
import soundfile
from own_recordings import (
    INSIDE,
    OPENS,
    SAID,
    each,
    lines,
    moved,
    pandas_frame,
    recordings,
    tar,
    text_files,
)
from places import ROOT

from xlt.audio.decode import decode
from xlt.corpora.base import CorpusError, RefusedRow, Row
from xlt.corpora.folder import Folder
from xlt.corpora.layouts import layout_of
from xlt.corpora.readers.webdataset import is_shard


def read(path: Path) -> tuple[list[Row], list[RefusedRow]]:
    rows = list(Folder(path=path, language="es", title="mine").rows())
    return [r for r in rows if isinstance(r, Row)], [r for r in rows if isinstance(r, RefusedRow)]


@pytest.mark.parametrize("layout", OPENS)
def test_it_opens(tmp_path: Path, layout: str):
    rows, refused = read(OPENS[layout][1](tmp_path))
    assert refused == []
    assert sorted(row.transcript for row in rows) == sorted(SAID.values())
    assert len({row.id for row in rows}) == 3
    for row in rows:
        assert isinstance(row.audio, Path) is (layout not in INSIDE)
        content = row.audio.read_bytes() if isinstance(row.audio, Path) else row.audio
        assert SAID[content.decode()] == row.transcript
        assert str(tmp_path) not in row.id


@pytest.mark.parametrize(
    ("layout", "speakers", "splits"),
    [
        ("Piper", {"mine:ana"}, {None}),
        ("no header", {"mine:ana"}, {None}),
        ("Kaldi", {"mine:ana"}, {None}),
        ("LJSpeech", {None}, {None}),
        ("one folder per split", {None}, {"train", "dev", "test"}),
        ("DeepSpeech", {None}, {"train", "test"}),
        ("WebDataset", {None}, {"train", "test"}),
        ("lists of VITS", {None}, {"train", "dev"}),
    ],
)
def test_speakers_and_splits(tmp_path: Path, layout: str, speakers: set, splits: set):
    rows, _ = read(OPENS[layout][1](tmp_path))
    assert ({row.speaker for row in rows}, {row.split for row in rows}) == (speakers, splits)


@pytest.mark.parametrize(
    ("name", "rows", "speakers"),
    [
        ("x.csv", ["a.wav,uno dos", "b.wav,tres"], [None, None]),
        ("x.csv", ['"a.wav","uno, dos"', "b.wav,tres"], [None, None]),
        ("x.csv", ["a.wav;uno, dos", "b.wav;tres"], [None, None]),
        ("x.tsv", ["uno dos\ta.wav", "tres\tb.wav"], [None, None]),
        ("x.txt", ["a.wav\tuno dos", "b.wav\ttres"], [None, None]),
        ("x.csv", ["ana,a.wav,uno dos", "ana,b.wav,tres"], ["ana", "ana"]),
        ("x.csv", ["0,a.wav,uno dos", "1,b.wav,tres"], [None, None]),
        ("x.csv", ["a.wav,uno dos,1.5", "b.wav,tres,0.75"], [None, None]),
        ("x.csv", ["C:\\voz\\a.WAV,uno dos", "C:\\voz\\b.WAV,tres"], [None, None]),
        ("x.csv", ["a.wav,sí", "b.wav,sí", "a.wav,sí, sí"], [None, None]),
    ],
)
def test_a_first_row_that_is_data(tmp_path: Path, name: str, rows: list, speakers: list, caplog):
    recordings(tmp_path)
    with caplog.at_level(logging.WARNING):
        found, refused = read(lines(tmp_path / name, *rows))
    assert [row.speaker and row.speaker.removeprefix("mine:") for row in found] == speakers
    assert [row.audio.name for row in found] == ["a.wav", "b.wav"]
    assert found[0].transcript in ("uno dos", "uno, dos", "sí")
    assert len(refused) == len(rows) - 2
    assert caplog.text.count("its first line is a row, not a header; the columns are read as") == 1


@pytest.mark.parametrize(
    "rows",
    [
        ["a.wav,uno,dos", "b.wav,tres", "c.wav,cuatro", "c.wav,cinco"],  # cut by its commas
        ["a.wav,b.wav", "b.wav,c.wav"],
        ["a.wav,ana,7", "b.wav,ana,8"],
        ["a,uno dos", "b,tres"],
        ["file,words", "a.wav,uno dos"],
        ["a.wav", "b.wav"],
    ],
)
def test_a_first_row_of_which_nothing_is_sure(tmp_path: Path, rows: list):
    recordings(tmp_path)
    with pytest.raises(CorpusError, match=r"ut a line above it that names the columns: file_name,"):
        read(lines(tmp_path / "x.csv", *rows))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_of_other_names_are_named(tmp_path: Path, delimiter: str):
    rows = [delimiter.join(row) for row in (("Archivo", "nivel", "frase"), ("a.wav", "B1", "hola"))]
    path = lines(recordings(tmp_path) / "x.csv", *rows)
    with pytest.raises(
        CorpusError, match=r"it has Archivo, nivel, frase\. Say which .*--audio-column N"
    ):
        read(path)
    half = Folder(path=path, language="es", audio_column="archivo")
    with pytest.raises(
        CorpusError, match=r"for what is said \(sentence, .*--data\.0\.text-column N"
    ):
        list(half.rows())
    with pytest.raises(CorpusError, match=r"for what is said \(frases\); it has"):
        list(replace(half, text_column="frases").rows())
    whole = replace(half, text_column="frase")
    (row,) = whole.rows()
    assert (row.transcript, row.audio, dict(row.notes)) == (
        "hola",
        tmp_path / "a.wav",
        {"nivel": "B1"},
    )
    assert [name for name, _ in whole.inputs()] == ["x.csv", "a.wav"]


def test_columns_of_a_parquet_file_and_of_none(tmp_path: Path):
    _dataset(["a"]).rename_column("sentence", "words").to_parquet(tmp_path / "train.parquet")
    named = Folder(path=tmp_path, language="es", audio_column="audio", text_column="words")
    assert [row.transcript for row in named.rows()] == [SAID["a"]]
    for name in ("c", "d"):
        text_files(tmp_path / name)
    with pytest.raises(CorpusError, match="has no columns to choose from: leave"):
        list(replace(named, path=tmp_path / "c").rows())


def test_an_index_is_not_a_note(tmp_path: Path):
    assert [row.notes for row in read(pandas_frame(tmp_path))[0]] == [{}, {}, {}]


def test_the_page_names_what_opens():
    page = (ROOT / "xlt/corpora/README.md").read_text("utf-8")
    table = [f"| {name} | {looks} |" for name, (looks, _) in OPENS.items()]
    assert "\n".join(table) in page


# ------------------------------------------------------------------- datasets of Hugging Face


def _dataset(part: list[str]) -> datasets.Dataset:
    rows = {
        "audio": [{"bytes": f"recording {n}".encode(), "path": f"{n}.wav"} for n in part],
        "sentence": [SAID[n] for n in part],
        "speaker_id": [7 for _ in part],
    }
    return datasets.Dataset.from_dict(rows).cast_column("audio", datasets.Audio(decode=False))


def _parquet(d: Path) -> Path:
    (d / "data").mkdir(parents=True)
    _dataset(["a", "b"]).to_parquet(d / "data" / "train-00000-of-00001.parquet")
    _dataset(["c"]).to_parquet(d / "data" / "test-00000-of-00001.parquet")
    return d


def _saved(d: Path) -> Path:
    datasets.DatasetDict(train=_dataset(["a", "b"]), test=_dataset(["c"])).save_to_disk(d)
    return d


def _saved_split(d: Path) -> Path:
    _dataset(["a", "b", "c"]).save_to_disk(d)
    return d


@pytest.mark.parametrize(
    ("make", "splits"),
    [
        (_parquet, {"a": "train", "b": "train", "c": "test"}),
        (_saved, {"a": "train", "b": "train", "c": "test"}),
        (_saved_split, {"a": None, "b": None, "c": None}),
    ],
)
def test_datasets_of_hugging_face(tmp_path: Path, make, splits):
    rows, refused = read(make(tmp_path / "set"))
    assert refused == []
    assert {row.audio.decode().split()[-1]: row.split for row in rows} == splits
    assert sorted(row.transcript for row in rows) == sorted(SAID.values())
    assert {(row.suffix, row.speaker) for row in rows} == {(".wav", "mine:7")}
    assert len({row.id for row in rows}) == 3


def test_a_dataset_without_texts_says_what_it_has(tmp_path: Path):
    _dataset(["a"]).rename_column("sentence", "words").to_parquet(tmp_path / "train.parquet")
    with pytest.raises(
        CorpusError,
        match=r"has the columns audio, words, speaker_id; it needs a text .*--text-column",
    ):
        read(tmp_path)


def test_a_damaged_file_is_a_sentence(tmp_path: Path):
    (tmp_path / "train.parquet").write_bytes(b"PAR1" + b"x" * 30)
    with pytest.raises(CorpusError, match=r"train\.parquet can't be read .*: get it again"):
        read(tmp_path)


def test_a_parquet_file_is_named_itself(tmp_path: Path):
    rows, refused = read(_parquet(tmp_path) / "data" / "train-00000-of-00001.parquet")
    assert (len(rows), refused) == (2, [])


# ------------------------------------------------------------------- shards


def test_a_sample_is_what_stands_side_by_side(tmp_path: Path):
    said = {"sentence": "hola", "speaker_id": 7, "age": None, "license": "CC0-1.0"}
    path = tar(
        tmp_path / "mine.tar",
        {
            **{"x/1.5.mp3": "one", "x/1.5.json": json.dumps(said), "x/1.5.cls": "3"},
            **{"x/2.wav": "two", "x/2.json": json.dumps({"text": "no", "spk": "8"})},
            **{"x/2.txt": "\ufeffadiós,\n mundo\n", "x/3.wav": "three", "x/4.txt": "cuatro"},
            **{
                "x/5.wav": "five",
                "x/5.json": "[1]",
                "x/6.opus": "six",
                "x/6.json": '{"words": "a"}',
            },
        },
    )
    rows, refused = read(path)
    assert [(r.id, r.audio, r.suffix, r.transcript, r.speaker) for r in rows] == [
        ("mine/mine.tar/x/1.5.mp3", b"one", ".mp3", "hola", "mine:7"),
        ("mine/mine.tar/x/2.wav", b"two", ".wav", "adiós, mundo", "mine:8"),
    ]
    assert [row.licence for row in rows] == ["CC0-1.0", "unknown"]
    assert [r.detail.removeprefix("mine.tar/x/") for r in refused] == [
        "3.wav: it has no text (.txt, or .json with sentence, text, transcript, transcription, "
        "raw_transcription, normalized_text) beside it",
        "4: it has no recording beside it",
        "5.wav: it is not a JSON object, but list",
        refused[0].detail.removeprefix("mine.tar/x/3.wav").join(["6.opus", ""]),
    ]


def test_a_shard_with_a_text_in_another_encoding_is_refused_whole(tmp_path: Path):
    path = tar(tmp_path / "mine.tar", {"a.wav": "a", "a.txt": "año"})
    path.write_bytes(path.read_bytes().replace("año".encode(), "año".encode("cp1252") + b" "))
    with pytest.raises(CorpusError, match=r"a\.txt is not UTF-8 \(byte 0xf1\)"):
        read(path)


def test_another_tar_file_is_not_a_shard(tmp_path: Path):
    for n, members in enumerate(({"a.wav": "a", "metadata.csv": "x"}, {"a.txt": "a"}, {})):
        path = tar(tmp_path / str(n) / "mine.tar", members)
        assert not is_shard(path)
        with pytest.raises(CorpusError):
            read(path.parent)
    (tmp_path / "bad.tar").write_bytes(b"x" * 600)
    assert not is_shard(tmp_path / "bad.tar")


# ------------------------------------------------------------------- names that differ


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_in_other_code_points(tmp_path: Path, form: str, caplog):
    other = {"NFC": "NFD", "NFD": "NFC"}[form]
    folder = tmp_path / unicodedata.normalize(other, "grabación")
    folder.mkdir()
    (folder / unicodedata.normalize(other, "mañana.wav")).write_bytes(b"x")
    written = unicodedata.normalize(form, "grabación/mañana.wav")
    lines(tmp_path / "metadata.csv", "file_name,text", f"{written},hola")
    with caplog.at_level(logging.WARNING):
        (row,), refused = read(tmp_path)
    assert (row.id, refused) == (f"mine/{unicodedata.normalize('NFC', written)}", [])
    assert "in other code points (NFC and NFD)" in caplog.text


@pytest.mark.parametrize(
    ("written", "files", "found"),
    [
        ("clips/a.WAV", ["clips/a.wav"], "clips/a.wav"),
        ("CLIPS/a.wav", ["clips/a.wav"], "clips/a.wav"),
        ("clips\\a.wav", ["clips/a.wav"], "clips/a.wav"),
        ("./clips/a.wav", ["clips/a.wav"], "clips/a.wav"),
        ("clips/a", ["clips/a.opus", "clips/a.txt"], "clips/a.opus"),
        ("a", ["wavs/a.wav"], "wavs/a.wav"),
        ("a.1", ["a.1.wav"], "a.1.wav"),
        ("a.WAV", ["a.wav", "A.WAV", "A.wav"], None),
        ("a", ["a.wav", "a.flac"], None),
        ("a.wav ", ["a.wav"], "a.wav"),
        ("\u00a0clips/A.wav ", ["clips/a.wav"], "clips/a.wav"),
        ("a.wav ", ["a.wav ", "a.wav"], "a.wav "),
        ("a.mp3", ["a.wav"], None),
    ],
)
def test_a_name_finds_the_one_file_that_fits(tmp_path: Path, written: str, files, found):
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(b"x")
    lines(tmp_path / "metadata.tsv", "path\ttext", f"{written}\thola")
    rows, refused = read(tmp_path)
    assert [row.audio for row in rows] == ([tmp_path / found] if found else [])
    assert [row.reason for row in refused] == ([] if found else ["no_audio"])
    if not found:
        assert f"{str(tmp_path / written)!r}" in refused[0].detail


def test_spaces_around_a_name_are_said(tmp_path: Path, caplog):
    lines(
        recordings(tmp_path) / "metadata.csv", "file_name, text", "a.wav ,x", " b.wav,y", "c.wav,z"
    )
    with caplog.at_level(logging.WARNING):
        assert len(read(tmp_path)[0]) == 3
    assert "2 recordings were found by their names without the spaces around them" in caplog.text


def test_a_beginning_that_was_taken_off_is_said(tmp_path: Path, caplog):
    with caplog.at_level(logging.WARNING):
        read(moved(tmp_path))
    assert "all paths begin with '/home/ana/corpus'; it was taken off 3 of them" in caplog.text


# ------------------------------------------------------------------- parts of recordings


def _tone(path: Path, seconds: float = 4.0) -> np.ndarray:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.linspace(-0.5, 0.5, int(16000 * seconds), dtype=np.float32)
    soundfile.write(path, samples, 16000, subtype="FLOAT")
    return samples


def _cuts(tmp_path: Path) -> Path:
    rows = [
        {"audio_filepath": "long.wav", "offset": start, "duration": length, "text": "x"}
        for start, length in ((0, 1.0), (1.0, 2.5), (3.5, 9.0))
    ]
    return lines(tmp_path / "manifest.json", *(json.dumps(row) for row in rows))


def _kaldi_cuts(tmp_path: Path) -> Path:
    lines(tmp_path / "wav.scp", "talk long.wav")
    lines(tmp_path / "segments", "u1 talk 0 1", "u2 talk 1 3.5", "u3 talk 3.5 12.5")
    lines(tmp_path / "text", "u1 x", "u2 x", "u3 x")
    return tmp_path


@pytest.mark.parametrize("make", [_cuts, _kaldi_cuts])
def test_a_part_is_cut_out(tmp_path: Path, make):
    whole = _tone(tmp_path / "long.wav")
    rows, (refused,) = read(make(tmp_path))
    assert [row.id for row in rows] == ["mine/long.wav@0+1", "mine/long.wav@1+2.5"]
    for row, (start, end) in zip(rows, ((0, 16000), (16000, 56000)), strict=True):
        np.testing.assert_allclose(decode(row.audio), whole[start:end], atol=2**-15)
    assert refused.reason == "bad_segment"
    assert "lasts 4.00 s; it has no part of 9.0 s from 3.5 s on" in refused.detail


# ------------------------------------------------------------------- wrong inputs


def _latin(d: Path) -> Path:
    rows = each("{name}.wav;{text}")
    lines(recordings(d) / "metadata.csv", "file_name;text", *rows, encoding="cp1252")
    return d


def _utf16(d: Path) -> Path:
    lines(
        recordings(d) / "metadata.tsv",
        "path\ttext",
        *each("{name}.wav\t{text}"),
        encoding="utf-16-le",
    )
    return d


def _two_texts(d: Path) -> Path:
    lines(recordings(d) / "metadata.csv", *each('{name}.wav,"{text}","{text} a"'))
    return d


def _command(d: Path) -> Path:
    lines(d / "wav.scp", f"u1 touch {d}/ran; cat a.wav |")
    lines(d / "text", "u1 hola")
    return d


def _latin_texts(d: Path) -> Path:
    recordings(d)
    for name, text in SAID.items():
        lines(d / f"{name}.txt", text, encoding="cp1252")
    return d


def _several(d: Path) -> Path:
    lines(d / "first.csv", "path,text")
    lines(d / "second.csv", "path,text")
    return d


WRONG: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a table in Windows-1252": (
        _latin,
        "iconv -f WINDOWS-1252 -t UTF-8 {d}/metadata.csv > new.csv && mv new.csv {d}/metadata.csv",
    ),
    "a table in UTF-16 without its mark": (
        _utf16,
        "iconv -f UTF-16LE -t UTF-8 {d}/metadata.tsv > new.tsv && mv new.tsv {d}/metadata.tsv",
    ),
    "texts in Windows-1252": (
        _latin_texts,
        "iconv -f WINDOWS-1252 -t UTF-8 {d}/a.txt > new.txt && mv new.txt {d}/a.txt",
    ),
    "no header, and two texts": (
        _two_texts,
        "Put a line above it that names the columns: file_name,text,speaker",
    ),
    "a command in wav.scp": (_command, "u1 wavs/u1.wav"),
    "recordings without texts": (recordings, "xlt prepare LANGUAGE table.csv --out data/mine"),
    "several tables": (_several, "xlt prepare LANGUAGE {d}/first.csv --out data/mine"),
    "another file": (lambda d: lines(d / "mine.docx", "x"), "xlt prepare LANGUAGE table.csv"),
}
"""Wrong input -> a maker of it, and the line that mends it."""


@pytest.mark.parametrize("wrong", WRONG)
def test_a_refusal_ends_with_what_mends_it(tmp_path: Path, wrong: str):
    make, line = WRONG[wrong]
    with pytest.raises(CorpusError) as error:
        read(make(tmp_path))
    assert line.format(d=tmp_path) in str(error.value)[-300:]
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(shutil.which("iconv") is None, reason="no iconv on this machine")
@pytest.mark.parametrize("make", [_latin, _utf16])
def test_the_line_that_converts_a_table_works(tmp_path: Path, make):
    with pytest.raises(CorpusError) as error:
        read(make(tmp_path))
    line = str(error.value).partition("iconv")
    subprocess.run("".join(line[1:]), shell=True, check=True, cwd=tmp_path)
    rows, refused = read(tmp_path)
    assert (sorted(row.transcript for row in rows), refused) == (sorted(SAID.values()), [])


def test_a_path_that_leads_out_of_a_folder_names_the_way(tmp_path: Path):
    (tmp_path / "x.wav").write_bytes(b"x")
    recordings(tmp_path / "in")
    lines(tmp_path / "in" / "metadata.csv", "path,text", "a.wav,x", "../x.wav,y")
    rows, (refused,) = read(tmp_path / "in")
    assert (len(rows), refused.reason) == (1, "bad_path")
    assert "a table that is itself named on the command line may lead elsewhere" in refused.detail
    assert len(read(tmp_path / "in" / "metadata.csv")[0]) == 2


def test_what_has_no_counterpart_is_named(tmp_path: Path):
    text_files(tmp_path)
    (tmp_path / "d.wav").write_bytes(b"x")
    (tmp_path / "README.txt").write_text("mine")
    rows, refused = read(tmp_path)
    assert len(rows) == 3
    assert [row.detail.split(": ")[-1] for row in refused] == [
        "it has no text file d.txt",
        "README.txt has no recording beside it",
    ]


def test_a_text_file_of_nearly_the_same_name(tmp_path: Path):
    for name, text in (("A.WAV", "a.TXT"), ("mañana.wav", "mañana.txt"), ("b.wav", "b.txt")):
        (tmp_path / unicodedata.normalize("NFD", name)).write_bytes(b"x")
        (tmp_path / unicodedata.normalize("NFC", text)).write_text(f"dice {name[0].lower()}")
    (tmp_path / "B.txt").write_text("another")
    (tmp_path / "c.wav").write_bytes(b"x")
    for name in ("C.txt", "C.TXT"):
        (tmp_path / name).write_text("which")
    rows, refused = read(tmp_path)
    assert [row.transcript for row in rows] == ["dice a", "dice b", "dice m"]
    assert sorted(row.detail.split(": ")[-1] for row in refused) == [
        *(f"{name} has no recording beside it" for name in ("B.txt", "C.TXT", "C.txt")),
        "it has no text file c.txt",
    ]


def test_settings_are_not_a_manifest(tmp_path: Path):
    text_files(tmp_path)
    (tmp_path / "settings.json").write_text('{\n "rate": 16000\n}')
    assert layout_of(tmp_path).kind == "texts"
