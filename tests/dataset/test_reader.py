"""Splits as they are read again. Run: pytest tests/dataset/test_reader.py.

Also tests: xlt/dataset/clip_index.py, xlt/dataset/clip_corpora.py
"""

import hashlib
import io
import multiprocessing
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile

from xlt.audio.decode import samples_sha256
from xlt.dataset import clip_index, reader, shards
from xlt.dataset.clip_index import INDEX
from xlt.dataset.reader import MOST_OPEN, Split, open_split
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
    assert list(train.ids) == [f"tones/{k}" for k in range(120)]
    assert train.texts[71] == "tono 71"
    assert list(train.durations_s) == [n / RATE_HZ for n in LENGTHS]
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
    assert [again.recordings.places.place(k) for k in (0, 69, 70, 119)] == [
        train.recordings.places.place(k) for k in (0, 69, 70, 119)
    ]
    assert {f: f.stat().st_mtime_ns for f in (folder / INDEX).iterdir()} == remembered


def test_equal_recordings_have_their_own_places(tmp_path):
    write(tmp_path, "dev-00000.parquet", [stored(5, id=f"x/{k}") for k in range(60)])
    places = open_split(tmp_path, "dev").recordings.places
    assert len({places.place(k)[1] for k in range(60)}) == 60


def test_a_compressed_table_of_somebody_else_is_refused(tmp_path):
    table = pa.Table.from_pylist([stored(k) for k in range(3)], schema=shards.schema())
    pq.write_table(table, tmp_path / "dev-00000.parquet", compression="zstd")
    with pytest.raises(ValueError, match="was not written by `xlt prepare`"):
        open_split(tmp_path, "dev")


def test_a_flipped_bit_is_no_other_sound(tmp_path):
    write(tmp_path, "dev-00000.parquet", [stored(1), stored(2)])
    split = open_split(tmp_path, "dev")
    _, start, size = split.recordings.places.place(1)
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
    assert open_split(tmp_path, "dev").texts[:] == ["tono 0"]
    write(tmp_path, "dev-00000.parquet", [stored(1, text="otro")])
    assert open_split(tmp_path, "dev").texts[:] == ["otro"]


def test_opening_shows_no_bar(tmp_path, capfd):
    write(tmp_path, "dev-00000.parquet", [stored(0)])
    open_split(tmp_path, "dev")
    assert capfd.readouterr().err == ""


def test_a_damaged_clip_is_named(tmp_path):
    write(tmp_path, "dev-00000.parquet", [stored(1, duration=1.0)])
    with pytest.raises(ValueError, match=r"clip tones/1 holds samples of shape \(8100,\)"):
        open_split(tmp_path, "dev").samples(0)


FEW_DESCRIPTORS = """
import os, resource, sys
from pathlib import Path
from xlt.dataset import reader
from xlt.dataset.reader import open_split

resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
splits = [open_split(Path(sys.argv[1]), "train") for _ in range(2)]
assert len(splits[0]) == 2_000
for k in [*range(2_000), *range(1_999, -1, -7)]:
    for split in splits:
        assert split.recordings[k] == b"fLaC" + str(k).encode() * 20, k
print(len(reader._OPEN), len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0)
"""


@pytest.mark.slow
def test_two_thousand_shards_are_read_with_256_descriptors(tmp_path):
    for k in range(2_000):
        audio = {"bytes": b"fLaC" + str(k).encode() * 20, "path": "x.flac"}
        row = dict.fromkeys(stored(0), "x") | {"audio": audio, "duration": 1.0}
        table = pa.Table.from_pylist([row], schema=shards.schema())
        pq.write_table(
            table, tmp_path / f"train-{k:05d}.parquet", compression="none", use_dictionary=False
        )
    done = subprocess.run(
        [sys.executable, "-c", FEW_DESCRIPTORS, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shards_open, all_open = map(int, done.stdout.split())
    assert shards_open == MOST_OPEN
    assert all_open < MOST_OPEN + 30


def test_shards_are_let_go_with_the_split(folder):
    split = open_split(folder, "train")
    before = len(reader._OPEN)
    assert split.recordings[0] and split.recordings[119]
    assert len(reader._OPEN) == before + 2
    del split
    assert len(reader._OPEN) == before


def test_a_folder_that_can_t_be_written_is_indexed_in_memory(tmp_path, monkeypatch):
    write(tmp_path, "dev-00000.parquet", [stored(k) for k in range(3)])

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(clip_index, "atomic_file", refused)
    split = open_split(tmp_path, "dev")
    assert not (tmp_path / INDEX).exists()
    for again in (split, pickle.loads(pickle.dumps(split))):
        assert again.ids[:] == ["tones/0", "tones/1", "tones/2"]
        assert again.recordings[2] == flac(clip(2))


@pytest.mark.parametrize("damage", [b"", b"ARROW1", b"x" * 500])
def test_a_damaged_index_is_made_again(tmp_path, damage):
    write(tmp_path, "dev-00000.parquet", [stored(k) for k in range(3)])
    open_split(tmp_path, "dev")
    (path,) = (tmp_path / INDEX).iterdir()
    path.write_bytes(damage)
    assert open_split(tmp_path, "dev").texts[:] == ["tono 0", "tono 1", "tono 2"]
    assert path.stat().st_size > 500


def test_an_index_of_older_shards_is_deleted(tmp_path):
    for k in range(2):
        write(tmp_path, "dev-00000.parquet", [stored(k)])
        open_split(tmp_path, "dev")
        assert len(list((tmp_path / INDEX).iterdir())) == 1


def test_columns_are_sequences(train):
    assert train.texts[-1] == "tono 119"
    assert [f"tono {k}" for k in range(120)] == train.texts
    assert train.texts != train.ids
    assert train.speakers[2:5] == [None, "v3", None]
    assert list(train.texts)[69:71] == ["tono 69", "tono 70"]
    with pytest.raises(IndexError, match="clip 120 of 120"):
        train.ids[120]


MEMORY = """
import gc, sys
from pathlib import Path
from xlt.dataset.clip_index import ClipIndex, Column

def private():
    gc.collect()
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(l.split()[1]) for l in lines if l.startswith(("Anonymous:", "Swap:"))) * 1024

warm = ClipIndex(Path(sys.argv[2]))
list(Column(warm, "id")), warm.durations_s()
before = private()
index = ClipIndex(Path(sys.argv[1]))
columns = [Column(index, name) for name in ("id", "text", "speaker")]
seconds = index.durations_s()
for k in range(0, len(index), 7):
    [column[k] for column in columns], index.place(k)
print((private() - before) / len(index))
"""


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's smaps")
def test_a_clip_takes_less_than_60_bytes_of_a_process_of_its_own(tmp_path):
    paths = []
    for shards_ in (2, 400):
        path = tmp_path / f"{shards_}.arrow"
        with path.open("wb") as stream, pa.ipc.new_file(stream, clip_index.SCHEMA) as writer:
            for shard in range(shards_):
                names = [
                    f"common_voice-de/clips/common_voice_de_{shard}_{k}.mp3" for k in range(500)
                ]
                rows = {
                    "id": names,
                    "text": [
                        f"ein satz von etwa sechzig zeichen, und zwar {name}" for name in names
                    ],
                    "speaker": ["common_voice:" + "a" * 128] * 500,
                    "duration": [5.0] * 500,
                    "start": list(range(500)),
                    "size": [100_000] * 500,
                }
                writer.write_batch(pa.record_batch(rows, schema=clip_index.SCHEMA))
        paths.append(str(path))
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, paths[1], paths[0]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert 0 < float(done.stdout) < 60


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


def test_corpora_are_read_in_the_order_of_the_clips_also_by_another_process(tmp_path):
    write(tmp_path, "dev-00000.parquet", [stored(0), stored(1, corpus="bells")])
    write(tmp_path, "dev-00001.parquet", [stored(2)])
    split = open_split(tmp_path, "dev")
    expected = ["tones", "bells", "tones"]
    assert list(split.corpora) == expected and len(split.corpora) == 3
    assert list(pickle.loads(pickle.dumps(split)).corpora) == expected
