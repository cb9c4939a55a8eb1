"""Splits as they are read again. Run: pytest tests/dataset/test_reader.py."""

import hashlib
import io
import multiprocessing
import pickle
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile

from xlt.audio.decode import samples_sha256
from xlt.dataset import shards
from xlt.dataset.reader import INDEX, Split, open_split
from xlt.dataset.shards import ShardWriter

RATE_HZ = 16_000
LENGTHS = [RATE_HZ // 2 + 100 * k for k in range(120)]


def clip(k: int) -> np.ndarray:
    """A tone with its own pitch and length."""
    return (0.5 * np.sin(np.arange(LENGTHS[k]) * (0.05 + k / 200))).astype(np.float32)


def flac(samples: np.ndarray) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples, RATE_HZ, format="FLAC", subtype="PCM_16")
    return out.getvalue()


def stored(k: int, **more: object) -> dict[str, object]:
    fields = {
        "id": f"tones/{k}",
        "audio": {"bytes": flac(clip(k)), "path": f"{k}.flac"},
        "sha256": hashlib.sha256(flac(clip(k))).hexdigest(),
        "samples_sha256": samples_sha256(clip(k)),
        "text": f"tono {k}",
        "transcript": f"Tono {k}.",
        "speaker": None if k % 3 else f"v{k}",
        "duration": LENGTHS[k] / RATE_HZ,
        "corpus": "tones",
        "language": "es",
        "licence": "CC0-1.0",
    }
    return fields | more


def write(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    writer = ShardWriter(folder / name)
    for row in rows:
        writer.write(row)
    writer.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write(folder, "train-00000.parquet", [stored(k) for k in range(70)])
    write(folder, "train-00001.parquet", [stored(k) for k in range(70, 120)])
    write(folder, "test-00000.parquet", [stored(0)])
    return folder


@pytest.fixture(scope="module")
def train(folder) -> Split:
    return open_split(folder, "train")


def test_rows_come_back_in_order_over_shards(train):
    assert len(train) == 120
    assert train.ids == [f"tones/{k}" for k in range(120)]
    assert train.texts[71] == "tono 71"
    assert train.durations_s == [n / RATE_HZ for n in LENGTHS]
    assert train.speakers[:4] == ["v0", None, None, "v3"]


@pytest.mark.parametrize("k", [0, 69, 70, 119])
def test_samples_are_those_that_were_stored(train, k):
    samples = train.samples(k)
    assert samples.dtype == np.float32
    assert np.abs(samples - clip(k)).max() < 1 / 30_000


def length(split: Split, k: int) -> int:
    return len(split.samples(k))


def test_worker_processes_read_the_same_and_get_no_recordings_sent(train):
    assert len(pickle.dumps(train)) < 40_000
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.starmap(length, [(train, k) for k in (0, 80, 119)]) == [
            LENGTHS[0],
            LENGTHS[80],
            LENGTHS[119],
        ]


def test_recordings_are_read_from_their_places_without_a_copy(train, folder):
    for k in (0, 49, 50, 69, 70, 119):
        assert train.recordings[k] == flac(clip(k))
    parquet = sum(f.stat().st_size for f in folder.glob("*.parquet"))
    everything = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    assert everything < 1.05 * parquet


def test_places_are_remembered(folder, train):
    remembered = {f: f.stat().st_mtime_ns for f in (folder / INDEX).iterdir()}
    assert remembered
    again = open_split(folder, "train")
    assert np.array_equal(again.recordings.places, train.recordings.places)
    assert {f: f.stat().st_mtime_ns for f in (folder / INDEX).iterdir()} == remembered


def test_equal_recordings_have_their_own_places(tmp_path):
    write(tmp_path, "dev-00000.parquet", [stored(5, id=f"x/{k}") for k in range(60)])
    places = open_split(tmp_path, "dev").recordings.places
    assert len(np.unique(places[:, 1])) == 60


def test_a_compressed_table_of_somebody_else_is_refused(tmp_path):
    table = pa.Table.from_pylist([stored(k) for k in range(3)], schema=shards.schema())
    pq.write_table(table, tmp_path / "dev-00000.parquet", compression="zstd")
    with pytest.raises(ValueError, match="was not written by `xlt prepare`"):
        open_split(tmp_path, "dev")


def test_a_flipped_bit_is_no_other_sound(tmp_path):
    write(tmp_path, "dev-00000.parquet", [stored(1), stored(2)])
    split = open_split(tmp_path, "dev")
    _, start, size = split.recordings.places[1].tolist()
    with (tmp_path / "dev-00000.parquet").open("r+b") as file:
        file.seek(start + size // 2)
        byte = file.read(1)
        file.seek(start + size // 2)
        file.write(bytes([byte[0] ^ 1]))
    assert len(split.samples(0)) == LENGTHS[1]
    with pytest.raises(ValueError, match=r"clip tones/2 .* damaged"):
        split.samples(1)


def test_a_new_dataset_in_the_same_place_is_not_read_from_the_old_cache(tmp_path):
    write(tmp_path, "dev-00000.parquet", [stored(0)])
    assert open_split(tmp_path, "dev").texts == ["tono 0"]
    write(tmp_path, "dev-00000.parquet", [stored(1, text="otro")])
    assert open_split(tmp_path, "dev").texts == ["otro"]


def test_opening_shows_no_bar(tmp_path, capfd):
    write(tmp_path, "dev-00000.parquet", [stored(0)])
    open_split(tmp_path, "dev")
    assert capfd.readouterr().err == ""


def test_a_damaged_clip_is_named(tmp_path):
    write(tmp_path, "dev-00000.parquet", [stored(1, duration=1.0)])
    with pytest.raises(ValueError, match=r"clip tones/1 holds samples of shape \(8100,\)"):
        open_split(tmp_path, "dev").samples(0)


def test_what_is_missing_is_said(tmp_path, folder):
    with pytest.raises(ValueError, match="'eval' is not a split: take one of train, dev, test"):
        open_split(folder, "eval")
    with pytest.raises(ValueError, match=r"holds no dev-\*.parquet"):
        open_split(folder, "dev")
    with pytest.raises(ValueError, match="is not there"):
        open_split(tmp_path / "nowhere", "dev")


def test_a_shard_is_written_in_groups(tmp_path):
    rows = [stored(k) for k in range(shards.GROUP_CLIPS + 1)]
    write(tmp_path, "x.parquet", rows)
    assert list(shards.rows(tmp_path / "x.parquet")) == rows
