"""A prepared folder that was altered is found out, by file and by clip. Run: pytest tests/dataset/test_verify.py."""

import contextlib
import json
import os
import pickle
import random
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sounds import speechlike, written

from xlt import cli
from xlt.audio.frames import Geometry
from xlt.corpora.folder import Folder
from xlt.dataset.account import Account
from xlt.dataset.prepare import prepare
from xlt.dataset.reader import open_split
from xlt.dataset.shards import rows
from xlt.dataset.verify import verify
from xlt.language.rules import get

WORDS = "una casa roja tres perros el camino largo mar y sol noche clara pan tierno".split()


def prepared(folder: Path, clips: int = 16) -> Path:
    """A small dataset of noise under different words."""
    (folder / "own").mkdir(parents=True)
    lines = ["path\ttext"]
    for k in range(clips):
        sound = speechlike(1 + k / 50)
        (folder / "own" / f"{k}.wav").write_bytes(written(sound))
        lines.append(f"{k}.wav\t{WORDS[k % len(WORDS)]} {WORDS[k * k % 7]}")
    (folder / "own" / "metadata.tsv").write_text("\n".join(lines) + "\n")
    geometry = Geometry(kernels=(10, 3, 3, 3, 3, 2, 2), strides=(5, 2, 2, 2, 2, 2, 2))
    corpora = [Folder(path=folder / "own", language="es")]
    prepare(corpora, get("es"), geometry, 1.1, folder / "data")
    return folder / "data"


def altered(data: Path, count: int, seed: int = 0) -> list[tuple[str, bool]]:
    """Change one bit, or cut, one file of a prepared folder at a time: its name, and whether it was found."""
    chance = random.Random(seed)
    files = sorted(p for p in data.iterdir() if p.suffix in (".parquet", ".tsv", ".md"))
    found = []
    for k in range(count):
        path = files[k % len(files)]
        whole = path.read_bytes()
        bad = bytearray(whole)
        if k % 4 == 3:
            bad = bad[: chance.randrange(len(bad))]
        else:
            bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        path.write_bytes(bad)
        damaged = verify(data).damaged
        path.write_bytes(whole)
        found.append((path.name, any(path.name in sentence for sentence in damaged)))
    return found


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("verify"))


@pytest.fixture
def copy(data: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(data, tmp_path / "copy"))


def test_what_is_whole_is_whole(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = verify(data)
    assert found.damaged == ()
    assert found.clips == 16
    assert str(found) == f"{found.files} files, 16 clips compared: all as prepared"


def test_every_alteration_is_found(copy: Path) -> None:
    found = altered(copy, 50)
    assert len({name for name, _ in found}) >= 4
    assert [name for name, seen in found if not seen] == []
    assert verify(copy).damaged == ()


def test_the_damaged_clip_is_named(copy: Path) -> None:
    shard = copy / "train-00000.parquet"
    content = bytearray(shard.read_bytes())
    row = list(rows(shard))[3]
    content[content.index(row["audio"]["bytes"]) + 500] ^= 1
    shard.write_bytes(content)
    (said,) = verify(copy).damaged
    assert f"train-00000.parquet is not what was prepared: clips {row['id']}." in said


FILES = ("report.json", "train-00000.parquet", "rejected.tsv", "README.md")


def canaries(data: Path, ran: Path) -> dict[str, bool]:
    """Put a pickle in place of each file of a prepared folder: whether it was found by verify or refused."""
    seen = {}
    for name in FILES:
        whole = (data / name).read_bytes()
        (data / name).write_bytes(pickle.dumps(Canary(ran)))
        try:
            open_split(data, "train").samples(0)
            Account.load(data)
            seen[name] = bool(verify(data).damaged)
        except ValueError:
            seen[name] = True
        (data / name).write_bytes(whole)
    return seen


class Canary:
    """Unpickled, it leaves a folder behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def extension(path: Path, ran: Path) -> Path:
    """A shard whose schema names a pickled extension type, which pyarrow once unpickled (CVE-2023-47248)."""
    table = pq.read_table(path)
    field = table.schema.field("text").with_metadata(
        {
            "ARROW:extension:name": "arrow.py_extension_type",
            "ARROW:extension:metadata": pickle.dumps(Canary(ran)),
        }
    )
    schema = table.schema.set(table.schema.get_field_index("text"), field)
    pq.write_table(pa.table(table.columns, schema=schema), path, compression="none")
    return path


def test_no_pickle_in_a_dataset_is_opened(copy: Path, tmp_path: Path) -> None:
    assert canaries(copy, tmp_path / "ran") == dict.fromkeys(FILES, True)
    extension(copy / "train-00000.parquet", tmp_path / "ran")
    assert len(list(rows(copy / "train-00000.parquet"))) > 9
    with contextlib.suppress(ValueError):
        open_split(copy, "train")
    assert verify(copy).damaged
    assert not (tmp_path / "ran").exists()


def test_missing_and_added_files_are_named(copy: Path) -> None:
    shutil.copy(copy / "dev-00000.parquet", copy / "dev-00001.parquet")
    (copy / "rejected.tsv").unlink()
    said = verify(copy).damaged
    assert [sentence.split("/")[-1] for sentence in said] == [
        "rejected.tsv is missing.",
        "dev-00001.parquet was added after the dataset was made.",
    ]


def test_a_folder_without_hashes_is_refused(copy: Path, tmp_path: Path) -> None:
    report = json.loads((copy / "report.json").read_text())
    del report["files"]
    (copy / "report.json").write_text(json.dumps(report))
    with pytest.raises(ValueError, match="prepared without hashes"):
        verify(copy)
    with pytest.raises(ValueError, match="is not a prepared dataset"):
        verify(tmp_path / "nowhere")


def test_the_verb(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["xlt", "verify", str(copy)])
    cli.main()
    assert "16 clips compared: all as prepared" in capsys.readouterr().out
    (copy / "README.md").write_text("another card")
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 1
    assert "README.md is not what was prepared" in capsys.readouterr().err
