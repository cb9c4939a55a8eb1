"""A checkpoint is whole or passed over; what was there before a failure is still there after it."""

import errno
import json
import resource
import signal
from multiprocessing import get_context
from pathlib import Path

import pytest
import torch

from xlt.system.exit_status import exit_code
from xlt.training import checkpoint as module
from xlt.training.checkpoint import (
    BEST,
    Checkpoint,
    CheckpointError,
    damage,
    newest,
    read,
    save,
    sweep,
)

FILES = ["model.safetensors", "optimizer.safetensors", "state.json", "MANIFEST.json"]


def at(step: int, *, needs: tuple[str, ...] = ()) -> Checkpoint:
    return Checkpoint(
        needs=needs,
        step=step,
        tensors={
            "model": {"w": torch.full((3, 2), float(step))},
            "optimizer": {"w/m": torch.ones(2)},
        },
        state={"progress": {"losses": [1.5, step]}},
    )


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    save(at(7), tmp_path)
    found = newest(tmp_path)
    assert found is not None
    assert found.step == 7
    assert torch.equal(found.tensors["model"]["w"], torch.full((3, 2), 7.0))
    assert found.state["progress"] == {"losses": [1.5, 7]}
    assert newest(tmp_path / "empty") is None


def test_the_newest_are_kept_and_nothing_else_is_left(tmp_path: Path) -> None:
    for step in (8, 9, 10, 100):
        save(at(step), tmp_path, keep=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step-00000010", "step-00000100"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("harm", ["missing", "empty", "cut", "one bit"])
def test_a_damaged_checkpoint_is_passed_over_and_named(
    tmp_path: Path, name: str, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    save(at(1), tmp_path)
    file = save(at(2), tmp_path) / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(
            {"empty": b"", "cut": content[: len(content) // 2]}.get(harm, bytes(content))
        )
    found = newest(tmp_path)
    assert found is not None
    assert found.step == 1
    (warning,) = caplog.messages
    assert f"Passed over checkpoint {tmp_path / 'step-00000002'}: " in warning
    if name != "MANIFEST.json":
        assert name in warning


def test_a_run_never_starts_again_in_silence(tmp_path: Path) -> None:
    (save(at(1), tmp_path) / "model.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"No checkpoint in .* is whole .*model\.safetensors"):
        newest(tmp_path)


def test_a_manifest_that_lists_less_is_damage(tmp_path: Path) -> None:
    folder = save(at(1), tmp_path)
    (folder / "MANIFEST.json").write_text(json.dumps({}))
    assert damage(folder) == "MANIFEST.json does not list state.json"


def test_a_full_disk_leaves_the_last_good_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(at(1), tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "sync", full)  # the disk itself can't be filled in a test
    with pytest.raises(CheckpointError, match="The disk is full.*--resume"):
        save(at(2), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["step-00000001"]
    found = newest(tmp_path)
    assert found is not None
    assert found.step == 1


def test_a_half_written_one_does_not_count(tmp_path: Path) -> None:
    save(at(1), tmp_path)
    (tmp_path / ".tmp-step-00000002").mkdir()
    (tmp_path / ".tmp-step-00000002" / "model.safetensors").write_bytes(b"half")
    found = newest(tmp_path)
    assert found is not None
    assert found.step == 1
    save(at(2), tmp_path)
    assert not list(tmp_path.glob(".tmp*"))


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def best(step: int, folder: Path) -> str:
    return save(at(step), folder, keep=None, prefix=BEST).name


def test_a_best_model_stays_as_long_as_a_kept_checkpoint_needs_it(tmp_path: Path) -> None:
    first = best(1, tmp_path)
    save(at(2, needs=(first,)), tmp_path)
    second = best(3, tmp_path)
    assert names(tmp_path) == [first, second, "step-00000002"]  # nothing refers to it yet
    save(at(4, needs=(second,)), tmp_path)
    assert names(tmp_path) == [first, second, "step-00000002", "step-00000004"]
    save(at(6, needs=(second,)), tmp_path)
    assert names(tmp_path) == [second, "step-00000004", "step-00000006"]


def test_of_best_models_that_nothing_needs_only_the_newest_stays(tmp_path: Path) -> None:
    first = best(1, tmp_path)
    save(at(2, needs=(first,)), tmp_path)
    for step in (3, 5, 8):
        newest_one = best(step, tmp_path)
        assert names(tmp_path) == [first, newest_one, "step-00000002"]
    # The run was resumed from 2: what a lost future has left goes, whatever its number is.
    again = best(4, tmp_path)
    assert names(tmp_path) == [first, again, "step-00000002"]
    (tmp_path / "step-00000002" / "state.json").write_text("damaged")
    best(6, tmp_path)
    assert names(tmp_path) == [first, again, "best-00000006", "step-00000002"], "nobody knows"


@pytest.mark.parametrize("harm", ["missing", "empty"])
def test_a_checkpoint_is_not_whole_without_what_it_needs(
    tmp_path: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    save(at(2, needs=(best(1, tmp_path),)), tmp_path)
    second = best(3, tmp_path)
    save(at(4, needs=(second,)), tmp_path)
    file = tmp_path / second / "model.safetensors"
    file.unlink() if harm == "missing" else file.write_bytes(b"")
    found = newest(tmp_path)
    assert found is not None
    assert found.step == 2
    assert "it needs best-00000003, where model.safetensors is" in caplog.messages[0]
    with pytest.raises(CheckpointError, match="best-00000003 is not whole: model"):
        read(tmp_path / second)


def test_a_best_model_that_all_need_is_given_up_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    only = best(1, tmp_path)
    save(at(2, needs=(only,)), tmp_path)
    save(at(4, needs=(only,)), tmp_path)
    (tmp_path / only / "state.json").unlink()
    found = newest(tmp_path)
    assert found is not None
    assert (found.step, found.needs, found.lost) == (4, (), (only,))
    assert caplog.text.count("Passed over checkpoint") == 2
    assert "step-00000004, but without best-00000001" in caplog.text


def test_one_that_was_passed_over_never_outlives_a_whole_one(tmp_path: Path) -> None:
    save(at(4), tmp_path, keep=1)
    (save(at(8), tmp_path, keep=2) / "model.safetensors").write_bytes(b"")
    assert newest(tmp_path).step == 4
    save(at(6), tmp_path, keep=1)  # the run goes on from 4; by their numbers, 8 is the newest
    assert names(tmp_path) == ["step-00000006"]


def test_the_same_step_is_written_again(tmp_path: Path) -> None:
    save(at(4), tmp_path)
    (tmp_path / "step-00000004" / "model.safetensors").write_bytes(b"")
    save(at(4), tmp_path)
    assert names(tmp_path) == ["step-00000004"]
    assert damage(tmp_path / "step-00000004") is None


def test_every_bit_of_a_manifest_counts(tmp_path: Path) -> None:
    manifest = save(at(1), tmp_path) / "MANIFEST.json"
    content = manifest.read_bytes()
    for k in range(0, 8 * len(content), 7):  # all places, all positions in a byte
        flipped = bytearray(content)
        flipped[k // 8] ^= 1 << k % 8
        manifest.write_bytes(flipped)
        assert damage(manifest.parent) is not None, (k, bytes(flipped))


def test_a_manifest_can_not_name_files_elsewhere(tmp_path: Path) -> None:
    folder = save(at(1), tmp_path)
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    outside = tmp_path / "outside.safetensors"
    outside.write_bytes((folder / "model.safetensors").read_bytes())
    manifest["../outside.safetensors"] = manifest["model.safetensors"]
    (folder / "MANIFEST.json").write_text(json.dumps(manifest))
    assert damage(folder) == "../outside.safetensors is missing"


def test_what_is_not_in_the_manifest_is_not_loaded(tmp_path: Path) -> None:
    folder = save(at(1), tmp_path)
    (folder / "other.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    assert set(read(folder).tensors) == {"model", "optimizer"}


def test_leftovers_are_swept(tmp_path: Path) -> None:
    save(at(1), tmp_path)
    (tmp_path / ".tmp-old-step-00000000" / "deep").mkdir(parents=True)
    sweep(tmp_path)
    assert names(tmp_path) == ["step-00000001"]


def _write_under_a_limit(folder: Path, large: Checkpoint, limit: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        save(large, folder)
    except CheckpointError as error:
        (folder / "said").write_text(f"{exit_code(error)} {error}")


def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path) -> None:
    save(at(1), tmp_path)
    # made here: a fork of a process with OpenMP threads must not ask for threads of its own
    large = Checkpoint(step=2, tensors={"model": {"w": torch.ones(50_000)}}, state={})
    child = get_context("fork").Process(target=_write_under_a_limit, args=(tmp_path, large, 8192))
    child.start()
    child.join()
    said = (tmp_path / "said").read_text()
    assert said.startswith("74 The disk is full: checkpoint ")
    assert names(tmp_path) == ["said", "step-00000001"]
