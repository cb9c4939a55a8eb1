"""Splits of Common Voice from its tables to a dataset. Run: pytest tests/corpora/test_common_voice_splits.py.

Also tests: xlt/cli/data.py
"""

from pathlib import Path

import datasets
import numpy as np
import pytest
import soundfile
from releases import NEW, new_row, packed

from xlt.audio.frames import Geometry
from xlt.cli.data import prepare as xlt_prepare
from xlt.corpora.base import RefusedRow, Row
from xlt.corpora.common_voice import EVALUATIONS, PUBLISHED, SPLITS, CommonVoice
from xlt.dataset.account import Account
from xlt.dataset.options import Preparation
from xlt.dataset.prepare import prepare
from xlt.language.rules import get

GEOMETRY = Geometry(kernels=(10, 3, 3, 3, 3, 2, 2), strides=(5, 2, 2, 2, 2, 2, 2))
TEXTS = "el mar|la sal|un pan|mi voz|tu flor|su luz|el sol|la paz|un pez|mi red|tu fe|su gas".split(
    "|"
)
CLIPS = {
    "train": [("ana", 0), ("ana", 1)],
    "dev": [("bea", 2)],
    "test": [("carla", 3)],
    "validated": [
        *[("ana", 0), ("ana", 1), ("bea", 2), ("carla", 3)],  # those of the three above
        *[("ana", 4), ("diana", 5), ("diana", 6), ("eva", 7)],
        ("bea", 8),  # a speaker of dev
        ("eva", 3),  # a sentence of test
    ],
    "other": [("flora", 9), ("gala", 10), ("hugo", 11)],
    "invalidated": [("hilda", 4), ("iris", 5), ("juan", 6)],
}
"""Table -> speaker and number of the sentence of each clip."""


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release in which `validated` holds more than the published splits, as real ones do."""
    root = tmp_path_factory.mktemp("cv-corpus-17.0-2024-03-15") / "es"
    (root / "clips").mkdir(parents=True)
    noise = np.random.default_rng(0)
    for table, clips in CLIPS.items():
        lines = [NEW]
        for speaker, k in clips:
            name = f"{speaker}{k}.wav"
            lines.append(new_row(speaker, name, TEXTS[k]))
            if not (root / "clips" / name).exists():
                samples = 0.1 * noise.standard_normal(16_000)
                soundfile.write(root / "clips" / name, samples, 16_000)
        (root / f"{table}.tsv").write_text("".join(lines), encoding="utf-8")
    return root


def made(release: Path, folder: Path, *splits: str) -> dict[str, set[str]]:
    """Split -> names of the clips of the dataset that is prepared from some tables."""
    corpus = CommonVoice(path=release, language="es", splits=splits)
    prepare([corpus], get("es"), GEOMETRY, 1.1, folder, Preparation(workers=1))
    found = {"dev": "validation"}
    opened = datasets.load_dataset(str(folder), cache_dir=str(folder.with_suffix(".cache")))
    return {
        split: {name.split("/")[-1][:-4] for name in opened[found.get(split, split)]["id"]}
        for split in PUBLISHED
    }


def test_validated_beside_the_published_splits_adds_to_train(release: Path, tmp_path: Path):
    found = made(release, tmp_path / "data", "train", "validated", "dev", "test")
    assert found == {
        "train": {"ana0", "ana1", "ana4", "diana5", "diana6", "eva7"},
        "dev": {"bea2"},
        "test": {"carla3"},
    }
    account = Account.load(tmp_path / "data")
    assert account.clips_in == 10
    assert dict(account.rejected) == {"leak": 2}
    told = (tmp_path / "data" / "rejected.tsv").read_text(encoding="utf-8")
    assert "bea8.wav\tleak\tvalidated.tsv:10: its speaker is also in dev or test" in told
    assert "eva3.wav\tleak\ta train sentence that is also in test" in told


@pytest.mark.parametrize("table", ["validated", "other", "invalidated"])
def test_a_table_alone_is_split_by_speaker(release: Path, tmp_path: Path, table: str):
    found = made(release, tmp_path / "data", table)
    assert all(found.values())
    voices = [{name.rstrip("0123456789") for name in names} for names in found.values()]
    assert sum(map(len, voices)) == len(set.union(*voices))
    assert Account.load(tmp_path / "data").clips_in == len(CLIPS[table])


@pytest.mark.parametrize("table", SPLITS)
def test_every_table_works_beside_the_published_ones(release: Path, tmp_path: Path, table: str):
    found = made(release, tmp_path / "data", *PUBLISHED, *({table} - {*PUBLISHED}))
    alone = {f"{speaker}{k}" for speaker, k in CLIPS[table]}
    kept = set.union(*found.values())
    assert alone & kept
    assert (found["dev"], found["test"]) == ({"bea2"}, {"carla3"})
    assert not {"bea8", "eva3"} & kept


@pytest.mark.parametrize("table", EVALUATIONS)
def test_a_published_evaluation_is_kept_and_the_other_is_drawn(
    release: Path, tmp_path: Path, table: str
):
    found = made(release, tmp_path / "data", "validated", table)
    assert found[table] == {f"{speaker}{k}" for speaker, k in CLIPS[table]}
    assert all(found.values())


def read(path: Path, *splits: str) -> list[Row | RefusedRow]:
    return list(CommonVoice(path=path, language="es", splits=splits).rows())


@pytest.mark.parametrize(
    "order", [("train", "dev", "test", "validated"), ("validated", "train", "dev", "test")]
)
def test_the_order_of_the_tables_changes_nothing(
    release: Path, tmp_path: Path, order: tuple[str, ...]
):
    files = {f"{table}.tsv": (release / f"{table}.tsv").read_bytes() for table in order}
    files |= {f"clips/{clip.name}": clip.read_bytes() for clip in (release / "clips").iterdir()}
    rows = read(packed(tmp_path / "es.tar.gz", files), *order)
    expected = read(release, *PUBLISHED, "validated")

    def facts(row: Row | RefusedRow) -> tuple[str, str | None]:
        return row.id, row.split if isinstance(row, Row) else row.reason

    assert sorted(map(facts, rows)) == sorted(map(facts, expected))
    assert len(rows) == 10


def test_a_clip_that_two_published_splits_name_is_refused_once(release: Path, tmp_path: Path):
    files = {f"{table}.tsv": (NEW + new_row("ana", "a.wav", "x")).encode() for table in PUBLISHED}
    rows = read(packed(tmp_path / "es.tar.gz", files | {"clips/a.wav": b"a"}), *PUBLISHED)
    assert [row.reason for row in rows if isinstance(row, RefusedRow)] == ["repeated_row"] * 2
    assert "in train.tsv already" in rows[0].detail


def test_splits_are_a_flag(release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    xlt_prepare("es", (release,), out=tmp_path / "data", splits=("validated",))
    assert "clips in                               10" in capsys.readouterr().out
