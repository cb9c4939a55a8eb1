"""Second pass of a preparation: ends anywhere, goes on, and needs hardly more room than the recordings.

Run: pytest tests/dataset/test_placing.py.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from xlt.dataset import placing, shards
from xlt.dataset.clip_index import index_of
from xlt.dataset.journal import PLACED, Journal, open_journal
from xlt.dataset.placing import Placing
from xlt.dataset.reader import open_split
from xlt.dataset.splits import SPLITS

CLIPS = 60


class Ended(Exception):
    """A build that ends on the way."""


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of seven clips, written three at a time."""
    monkeypatch.setattr(shards, "SHARD_CLIPS", 7)
    monkeypatch.setattr(placing, "SHARD_CLIPS", 7)
    monkeypatch.setattr(shards, "GROUP_CLIPS", 3)


def recording(k: int) -> bytes:
    return b"fLaC" + hashlib.sha256(str(k).encode()).digest() * 20


def split_of(k: int) -> str | None:
    return None if k % 11 == 5 else "test" if k % 9 == 0 else "dev" if k % 10 == 3 else "train"


def first_pass(work: Path) -> None:
    """Rows of which each seventh is rejected."""
    work.mkdir(parents=True, exist_ok=True)
    with open_journal(work, {"a": "1"}) as journal:
        for k in range(CLIPS):
            audio = {"bytes": recording(k), "path": f"{k}.flac"}
            names = (
                "sha256",
                "samples_sha256",
                "transcript",
                "speaker",
                "corpus",
                "language",
                "licence",
            )
            row = dict.fromkeys(names, "x") | {
                "id": str(k),
                "text": f"t{k}",
                "duration": 1.0,
                "audio": audio,
            }
            journal.row({"id": str(k)}, row)
            if k % 7 == 0:
                journal.row({"id": f"no{k}", "reason": "bad", "detail": "x"}, None)
        journal.commit()


def placed(work: Path, check: Callable[[], None] = lambda: None, digest: str = "d") -> Placing:
    with open_journal(work, {"a": "1"}) as journal:
        journal.check = check
        found = Placing(journal, [split_of(k) for k in range(CLIPS)], digest)
        found.finish()
        return found


def contents(whole: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in whole.glob("*.parquet")}


def test_every_clip_comes_to_its_split_and_the_work_shards_go(tmp_path: Path):
    first_pass(tmp_path)
    whole = placed(tmp_path).whole
    for split in SPLITS:
        opened = open_split(whole, split)
        wanted = [k for k in range(CLIPS) if split_of(k) == split]
        assert opened.ids[:] == [str(k) for k in wanted]
        assert [opened.recordings[i] for i in range(len(wanted))] == [recording(k) for k in wanted]
    assert not list(tmp_path.glob("*.parquet"))


def test_the_index_is_there_and_is_the_one_that_opening_would_make(tmp_path: Path):
    first_pass(tmp_path)
    whole = placed(tmp_path).whole
    (path,) = (whole / ".cache" / "index").glob("train-*.arrow")
    written = path.read_bytes()
    path.unlink()
    index_of(sorted(whole.glob("train-*.parquet")), "train")
    assert path.read_bytes() == written


@pytest.mark.parametrize("asked", range(0, CLIPS + 3, 3))
def test_an_interrupted_pass_goes_on_to_the_same_bytes(tmp_path: Path, asked: int):
    first_pass(tmp_path / "a")
    first_pass(tmp_path / "b")
    left = iter(range(asked))

    def check() -> None:
        if next(left, None) is None:
            raise Ended

    with pytest.raises(Ended):
        placed(tmp_path / "a", check)
    log = tmp_path / "a" / PLACED
    log.write_bytes(log.read_bytes() + b'{"split": "tra')  # a line that a crash has cut
    assert contents(placed(tmp_path / "a").whole) == contents(placed(tmp_path / "b").whole)


def test_work_shards_go_on_the_way(tmp_path: Path):
    first_pass(tmp_path)
    most = [0]

    def check() -> None:
        held = sum(path.stat().st_size for path in tmp_path.rglob("*.parquet"))
        most.append(held)

    before = sum(path.stat().st_size for path in tmp_path.glob("*.parquet"))
    placed(tmp_path, check)
    assert max(most) < 1.9 * before


def test_other_splits_are_refused_once_work_shards_are_gone(tmp_path: Path):
    first_pass(tmp_path)
    placed(tmp_path)
    with pytest.raises(ValueError, match="half written, with other splits than are asked for now"):
        placed(tmp_path, digest="other")


def test_other_splits_begin_anew_while_all_is_there(tmp_path: Path):
    first_pass(tmp_path)

    def check() -> None:
        raise Ended

    with pytest.raises(Ended):
        placed(tmp_path, check)
    placed(tmp_path, digest="other")
    head = (tmp_path / PLACED).read_text().splitlines()[0]
    assert json.loads(head) == {"digest": "other"}


def test_a_build_that_begins_anew_forgets_what_was_placed(tmp_path: Path):
    first_pass(tmp_path)
    placed(tmp_path)
    with open_journal(tmp_path, {"a": "1"}, same=lambda: False):
        pass
    first_pass(tmp_path)
    assert len(contents(placed(tmp_path, digest="other").whole)) > 3


def test_the_room_that_is_asked_for_is_what_is_there_twice(tmp_path: Path):
    first_pass(tmp_path)
    with open_journal(tmp_path, {"a": "1"}) as journal:
        assert _needed(journal, ["train"] * 59 + ["dev"]) == 600
        assert _needed(journal, (["train", "dev"] * 30)) == round(600 * 7 / 30)
        assert _needed(journal, [None] * 60) == 0


def _needed(journal: Journal, splits: list[str | None]) -> int:
    (journal.folder / PLACED).unlink(missing_ok=True)
    return Placing(journal, splits, "d").needed_bytes([10] * 60)
