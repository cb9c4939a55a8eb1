"""Outlines of corpora: clips and hours before anything is prepared, of small and of large ones."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from recordings import write_recordings

from xlt.corpora import outline as module
from xlt.corpora.asterisk import Asterisk
from xlt.corpora.base import CorpusError
from xlt.corpora.common_voice import CommonVoice
from xlt.corpora.folder import Folder
from xlt.corpora.outline import brief, outline
from xlt.corpora.prepared import Prepared

CLIPS = 12


def archive(folder: Path, code: str = "es") -> Path:
    """A release as Common Voice packs it: clips of a second each, tables last."""
    noise = np.random.default_rng(0)
    path = folder / f"cv-corpus-{code}.tar.gz"
    with tarfile.open(path, "w:gz") as packed:

        def add(name: str, content: bytes) -> None:
            entry = tarfile.TarInfo(f"cv-corpus-25.0-2026-03-09/{code}/{name}")
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))

        for k in range(CLIPS):
            file = io.BytesIO()
            soundfile.write(file, 0.1 * noise.standard_normal(16_000), 16_000, format="WAV")
            add(f"clips/{k}.wav", file.getvalue())
        for split in ("train", "dev", "test"):
            rows = [f"me\t{k}.wav\thola" for k in range(CLIPS) if k % 3 == len(split) % 3]
            add(f"{split}.tsv", "\n".join(["client_id\tpath\tsentence", *rows]).encode())
    return path


def test_a_folder_is_counted_and_some_of_it_heard(tmp_path: Path) -> None:
    path = write_recordings(tmp_path / "mine")
    found = outline(Folder(path=path, language="es"))
    assert (found.clips, found.refused, found.heard, found.unheard) == (40, 1, 20, ())
    seconds = sum(soundfile.info(file).duration for file in path.glob("*.wav"))
    assert found.hours == pytest.approx(seconds / 3600, rel=0.05)
    assert "missing.wav" in found.first_refused
    assert len(found.transcripts) == 40
    assert (
        str(found)
        == f"mine (es): 40 clips, about {brief(found.hours)} h; rows that can't be used: 1"
    )


def test_recordings_that_do_not_decode_are_named(tmp_path: Path) -> None:
    path = write_recordings(tmp_path / "mine", 6)
    (path / "3.wav").write_bytes(b"not a recording")
    found = outline(Folder(path=path, language="es"))
    assert len(found.unheard) == 1
    assert found.unheard[0].startswith("mine/3.wav: ")


def test_of_a_large_table_the_beginning_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_recordings(tmp_path / "mine")
    monkeypatch.setattr(module, "ROWS", 30)
    found = outline(Folder(path=path, language="es"))
    assert (found.clips, found.at_least) == (30, True)
    assert "more than 30 clips" in str(found)


def test_a_small_archive_is_read_and_a_large_one_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = CommonVoice.at(archive(tmp_path), "es")
    whole = outline(corpus)
    assert whole.clips == CLIPS
    assert whole.hours == pytest.approx(CLIPS / 3600)
    monkeypatch.setattr(module, "SMALL_BYTES", 0)
    begun = outline(corpus)
    assert begun.clips == pytest.approx(CLIPS, rel=0.15), (
        "noise does not pack well, as MP3 does not"
    )
    assert begun.hours == pytest.approx(CLIPS / 3600, rel=0.15)


def test_a_large_archive_of_another_language_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SMALL_BYTES", 0)
    path = archive(tmp_path, "pt")
    with pytest.raises(CorpusError, match=r"is Common Voice in 'pt'.*xlt train pt .*pt\.tar\.gz"):
        outline(CommonVoice.at(path, "es"))


def test_what_is_fetched_later_has_no_figures_yet() -> None:
    found = outline(Asterisk(language="es"))
    assert (found.clips, found.hours) == (None, None)
    assert "fetched or made when the run starts" in str(found)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    for corpus in (
        Folder(path=tmp_path / "no", language="es"),
        CommonVoice.at(tmp_path / "no.tar.gz", "es"),
        Prepared(path=tmp_path / "no"),
    ):
        with pytest.raises(CorpusError, match=r"no\b"):
            outline(corpus)


@pytest.mark.parametrize(
    ("amount", "shown"), [(0.0123, "0.012"), (3.21, "3.2"), (320.4, "320"), (1320.0, "1,320")]
)
def test_estimates_are_not_more_exact_than_they_are(amount: float, shown: str) -> None:
    assert brief(amount) == shown
