"""Inputs of a dataset: a corpus that was corrected is read again, one that was moved is not.

Also tests: xlt/recipe/data.py
"""

import logging
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from places import SUPPORT

from xlt.audio.frames import Geometry
from xlt.corpora.asterisk import Asterisk
from xlt.corpora.common_voice import CommonVoice
from xlt.corpora.espeak import Espeak
from xlt.corpora.folder import Folder
from xlt.corpora.readers.segments import Segments
from xlt.dataset import inputs
from xlt.dataset.account import Account
from xlt.dataset.inputs import changes, described, write_inputs
from xlt.dataset.options import Preparation
from xlt.dataset.prepare import prepare
from xlt.dataset.shards import rows
from xlt.language import rules
from xlt.language.custom import read_language
from xlt.language.rules import get

GEOMETRY = Geometry(kernels=(10, 3, 3, 3, 3, 2, 2), strides=(5, 2, 2, 2, 2, 2, 2))
TEXTS = ("buenos días", "buenas tardes", "buenas noches", "hasta luego", "hasta mañana")


def record(folder: Path, *texts: str) -> Folder:
    """A corpus of tones, each of its own height, that are said to be these texts."""
    folder.mkdir(exist_ok=True)
    lines = [f"c{k}.wav,{text}\n" for k, text in enumerate(texts)]
    (folder / "metadata.csv").write_text("file_name,text\n" + "".join(lines))
    for k in range(len(texts)):
        tone(folder / f"c{k}.wav", 200 + 30 * k)
    return Folder(path=folder, language="es")


def tone(path: Path, hz: float) -> None:
    if not path.exists():
        soundfile.write(path, 0.5 * np.sin(np.arange(24_000) * hz * 2 * np.pi / 16_000), 16_000)


def make(corpus: Folder, folder: Path, *, keep: str = "") -> Account:
    return prepare([corpus], get("es"), GEOMETRY, 1.1, folder, Preparation(workers=1), keep=keep)


def held(folder: Path) -> dict[str, str]:
    """Text of every clip in a dataset."""
    return {
        row["id"].split("/")[-1]: row["text"]
        for shard in folder.glob("*.parquet")
        for row in rows(shard)
    }


def test_a_corpus_that_fails_and_is_mended_and_is_corrected_is_read_each_time(tmp_path, capsys):
    data = tmp_path / "data"
    with pytest.raises(ValueError, match="empty split"):
        make(record(tmp_path / "mine", "texto malo", "otro texto malo"), data)
    corpus = record(tmp_path / "mine", *TEXTS)
    make(corpus, data)
    assert "Begun anew, as the corpus has changed: 1/metadata.csv" in capsys.readouterr().out
    assert sorted(held(data).values()) == sorted(TEXTS)
    (tmp_path / "mine" / "c2.wav").unlink()
    tone(tmp_path / "mine" / "c2.wav", 700)
    corrected = ["corregido ahora", *TEXTS[1:], "una frase nueva"]
    assert make(record(tmp_path / "mine", *corrected), data).clips_in == 6
    said = capsys.readouterr().out
    assert "Prepared anew" in said
    assert "1/c2.wav has changed; 1/c5.wav is there" in said
    assert "Path(" not in said
    assert sorted(held(data).values()) == sorted(corrected)
    make(corpus, data)
    assert "Nothing new: used what was prepared on" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "mine"]


def test_a_named_column_is_noted_and_none_is_as_before(tmp_path):
    folder = Folder(path=tmp_path / "mine", language="es")
    assert "column" not in described(folder)
    assert "text_column='frase'" in described(replace(folder, text_column="frase"))


def test_a_moved_corpus_and_another_spelling_are_the_same(tmp_path, capsys, monkeypatch):
    corpus = record(tmp_path / "mine", *TEXTS)
    account = make(corpus, tmp_path / "data")
    (tmp_path / "elsewhere").mkdir()
    shutil.copytree(tmp_path / "mine", tmp_path / "elsewhere" / "mine", copy_function=shutil.copy)
    shutil.rmtree(tmp_path / "mine")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert make(Folder(path=Path("mine"), language="es"), tmp_path / "data") == account
    assert "Nothing new" in capsys.readouterr().out


def test_a_dataset_that_a_model_was_trained_on_is_not_made_anew(tmp_path):
    corpus = record(tmp_path / "mine", *TEXTS)
    make(corpus, tmp_path / "data")
    record(tmp_path / "mine", "corregido", *TEXTS[1:])
    with pytest.raises(ValueError, match=r"changed since: 1/metadata.csv has changed\. Because\."):
        make(corpus, tmp_path / "data", keep="Because.")


def test_a_dataset_is_used_where_its_corpus_is_gone(tmp_path, capsys):
    corpus = record(tmp_path / "mine", *TEXTS)
    account = make(corpus, tmp_path / "data")
    shutil.rmtree(tmp_path / "mine")
    assert make(corpus, tmp_path / "data") == account
    assert "now: There is no folder" in capsys.readouterr().out


def test_bytes_are_hashed_only_where_the_time_differs(tmp_path, monkeypatch):
    corpus = record(tmp_path / "mine", *TEXTS)
    write_inputs([corpus], "es", tmp_path)
    hashed: list[str] = []
    real = inputs.sha256
    monkeypatch.setattr(inputs, "sha256", lambda path: hashed.append(path.name) or real(path))
    assert changes([corpus], "es", tmp_path) == []
    assert hashed == []
    os.utime(tmp_path / "mine" / "c1.wav", (1, 1))
    assert changes([corpus], "es", tmp_path) == []
    assert hashed == ["c1.wav"]
    (tmp_path / "mine" / "c1.wav").unlink()
    assert changes([corpus], "es", tmp_path) == ["1/c2.wav is there in the place of 1/c1.wav"]


def test_a_newer_archive_under_the_same_name_is_seen(tmp_path):
    archive = tmp_path / "cv-corpus-es.tar.gz"
    archive.write_bytes(b"one")
    corpus = CommonVoice(path=archive, language="es")
    write_inputs([corpus], "es", tmp_path)
    assert changes([corpus], "es", tmp_path) == []
    archive.write_bytes(b"three")
    assert changes([corpus], "es", tmp_path) == ["1/cv-corpus-es.tar.gz has changed"]
    assert str(tmp_path) not in described(corpus)


def test_an_edit_of_a_language_file_is_seen(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(rules, "_REGISTERED", {})
    file = tmp_path / "it.py"
    file.write_text((SUPPORT / "languages" / "it.py").read_text(encoding="utf-8"), encoding="utf-8")
    italian = read_language(file)
    corpus = replace(
        record(tmp_path / "mine", "il mare", "la luna", "un gatto", "due cani"), language="it"
    )

    def again() -> str:
        prepare([corpus], italian, GEOMETRY, 1.1, tmp_path / "data", Preparation(workers=1))
        return capsys.readouterr().out

    again()
    assert "Nothing new" in again()
    file.write_text(file.read_text(encoding="utf-8") + "# an edit\n", encoding="utf-8")
    italian = read_language(file)
    assert "Prepared anew, as the corpus has changed: language/it.py has changed" in again()
    assert "Nothing new" in again()


def test_tables_of_the_package_are_inputs(tmp_path):
    (tmp_path / "asterisk.tar.gz").write_bytes(b"")
    for corpus in (
        Espeak(language="pt"),
        Asterisk(language="es", archive=tmp_path / "asterisk.tar.gz"),
    ):
        name, path = list(corpus.inputs())[-1]
        assert name in ("pt.txt", "asterisk_es.tsv")
        assert path.read_text(encoding="utf-8").count("\n") > 10


def test_a_table_is_spoken_of_once(tmp_path, caplog):
    record(tmp_path / "mine", *TEXTS)
    table = tmp_path / "mine" / "metadata.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    both = [f"{lines[0]},sentence", *(f"{line},{line.split(',')[1]}" for line in lines[1:])]
    table.write_text("\n".join(both) + "\n", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        make(Folder(path=tmp_path / "mine"), tmp_path / "data")
    assert [text for text in caplog.messages if "were read from the column" in text] == [
        f"{table}: Transcripts were read from the column 'sentence', not from 'text'."
    ]


def test_a_recording_of_several_utterances_is_one_input_and_is_not_cut(tmp_path, monkeypatch):
    folder = tmp_path / "kaldi"
    folder.mkdir()
    tone(folder / "long.wav", 300)
    (folder / "wav.scp").write_text("long long.wav\n")
    (folder / "segments").write_text(
        "".join(f"u{k} long {k / 10} {k / 10 + 0.4}\n" for k in range(3))
    )
    (folder / "text").write_text("".join(f"u{k} {TEXTS[k]}\n" for k in range(3)))
    monkeypatch.setattr(Segments, "cut", lambda *_: pytest.fail("a segment was cut"))
    names = [name for name, _ in Folder(path=folder, language="es").inputs()]
    assert names.count("long.wav") == 1
    assert {"wav.scp", "segments", "text"} < set(names)
