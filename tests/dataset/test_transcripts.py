"""Transcripts of all splits of a prepared dataset. Run: pytest tests/dataset/test_transcripts.py."""

from pathlib import Path

import pytest

from xlt.dataset.account import REPORT
from xlt.dataset.shards import ShardWriter, features
from xlt.dataset.transcripts import TranscriptColumn


def write(path: Path, transcripts: list[str]) -> None:
    writer = ShardWriter(path)
    for k, text in enumerate(transcripts):
        row = dict.fromkeys(features(), "x") | {"id": f"{path.stem}/{k}", "transcript": text}
        writer.write(row | {"audio": {"bytes": b"x" * 99, "path": "x"}, "duration": 1.0})
    writer.close()


def test_every_transcript_is_read_as_published_and_more_than_once(tmp_path: Path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / REPORT).write_text("{}")
    write(folder / "train-00000.parquet", ["¿Qué?", "  Dos  ", "a\tb"])
    write(folder / "dev-00000.parquet", ["Número 7."])
    column = TranscriptColumn(path=folder)
    assert list(column) == ["Número 7.", "¿Qué?", "  Dos  ", "a\tb"]
    assert list(column) == list(column)
    assert column.name == "data"
    assert "rejected.tsv" in column.remarks()[0]


@pytest.mark.parametrize("there", [(), (REPORT,), ("train-00000.parquet",)])
def test_another_folder_is_refused(tmp_path: Path, there: tuple[str, ...]):
    for name in there:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ValueError, match="is not a prepared dataset: name one"):
        next(iter(TranscriptColumn(path=tmp_path)))
