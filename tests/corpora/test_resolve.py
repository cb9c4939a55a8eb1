"""The corpus that a path holds, guessed. Run: pytest tests/corpora/test_resolve.py."""

import tarfile
import zipfile
from pathlib import Path

import pytest

from xlt.corpora.asterisk import Asterisk
from xlt.corpora.base import CorpusError
from xlt.corpora.common_voice import CommonVoice
from xlt.corpora.folder import Folder
from xlt.corpora.layouts import layout_of
from xlt.corpora.resolve import resolve


def release(folder: Path) -> Path:
    """A release of Common Voice with one clip."""
    (folder / "clips").mkdir(parents=True)
    (folder / "clips" / "a.mp3").write_bytes(b"x")
    for name in ("train", "dev", "test"):
        (folder / f"{name}.tsv").write_text("client_id\tpath\tsentence\nc\ta.mp3\thola\n")
    return folder


def packed(folder: Path, name: str) -> Path:
    path = folder.parent / name
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, f"cv-corpus-17.0-2024-03-15/{folder.name}")
    return path


@pytest.mark.parametrize("where", ["es", "cv-corpus-17.0-2024-03-15/es"])
def test_a_folder_of_common_voice_and_the_one_above(tmp_path: Path, where: str):
    folder = release(tmp_path / where)
    for path in (folder, tmp_path):
        assert resolve(path, "es") == CommonVoice(path=path, language="es")


@pytest.mark.parametrize("name", ["cv-corpus-17.0-es.tar.gz", "download.tgz"])
def test_an_archive_of_common_voice(tmp_path: Path, name: str):
    path = packed(release(tmp_path / "es"), name)
    corpus = resolve(path, "es")
    assert corpus == CommonVoice(path=path, language="es")
    assert len(list(corpus.rows())) == 3


def test_recordings_of_ones_own(tmp_path: Path):
    (tmp_path / "clips").mkdir()
    (tmp_path / "metadata.tsv").write_text("path\ttext\nclips/a.wav\thola\n")
    for path in (tmp_path, tmp_path / "metadata.tsv"):
        assert resolve(path, "es") == Folder(path=path, language="es")


def test_a_shard_of_webdataset(tmp_path: Path):
    for name in ("a.wav", "a.txt"):
        (tmp_path / name).write_text("hola")
    path = tmp_path / "mine.tar"
    with tarfile.open(path, "w") as archive:
        for name in ("a.wav", "a.txt"):
            archive.add(tmp_path / name, name)
    assert resolve(path, "es") == Folder(path=path, language="es")


def test_prompts_of_asterisk(tmp_path: Path):
    (tmp_path / "asterisk-core-sounds-es-g722-1.6.1.tar.gz").write_bytes(b"x")
    assert resolve(tmp_path, "es") == Asterisk(language="es", folder=tmp_path)


def _sentences(d: Path) -> Path:
    (d / "lines.txt").write_text("hola\n")
    return d / "lines.txt"


def _other_archive(d: Path) -> Path:
    (d / "es").mkdir()
    (d / "es" / "a.wav").write_bytes(b"x")
    return packed(d / "es", "mine.tar.gz")


def _zip(d: Path) -> Path:
    with zipfile.ZipFile(d / "mine.zip", "w") as archive:
        archive.writestr("es/a.wav", b"x")
    return d / "mine.zip"


def _prepared(d: Path) -> Path:
    (d / "report.json").write_text("{}")
    (d / "train-00000.parquet").write_bytes(b"x")
    return d


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (_sentences, "xlt prepare es {d}/lines.txt --kind espeak --out data/spoken"),
        (_other_archive, "tar -xf {d}/mine.tar.gz -C unpacked && xlt prepare es unpacked"),
        (_zip, "unzip -q {d}/mine.zip -d unpacked && xlt prepare es unpacked"),
        (_prepared, "`xlt verify {d}` says what is damaged"),
        (lambda d: d, "xlt prepare LANGUAGE table.csv --out data/mine"),
        (lambda d: d / "gone", "There is no folder {d}/gone: give one with metadata.csv"),
    ],
)
def test_a_refusal_says_what_would_do(tmp_path: Path, make, line: str):
    with pytest.raises(CorpusError) as error:
        resolve(make(tmp_path), "es")
    assert line.format(d=tmp_path) in str(error.value)


def test_a_recipe_is_told_that_it_is_common_voice(tmp_path: Path):
    with pytest.raises(CorpusError, match=r"data\.0:common-voice --data\.0\.path "):
        layout_of(release(tmp_path / "es"))
