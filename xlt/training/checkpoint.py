"""Checkpoints that are whole or not there: hashed, renamed into place, no pickle.

A checkpoint is a folder `step-<n>` with safetensors and JSON and a MANIFEST.json that holds the
SHA-256 of each. It is written as `.tmp-<n>`, synced, and appears by one rename.
"""

import errno
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

log = logging.getLogger(__name__)

MANIFEST = "MANIFEST.json"
STATE = "state.json"


class CheckpointError(ValueError):
    """A checkpoint that can't be written or used; says which file and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """What a run needs to go on: tensors by file, and plain state."""

    step: int
    tensors: Mapping[str, Mapping[str, Tensor]]
    """File stem -> name -> tensor, such as model -> lm_head.weight -> (V, D)."""
    state: Mapping[str, Any]
    passed_over: tuple[str, ...] = field(default=())
    """Newer checkpoints that did not verify, each with the reason."""


def save(checkpoint: Checkpoint, folder: Path, *, keep: int = 2, prefix: str = "step") -> Path:
    """Write `<folder>/<prefix>-<step>` and delete all but the newest `keep` only afterwards.

    Raises:
        CheckpointError: if the disk is full or the folder can't be written; what was there stays.
    """
    final = folder / f"{prefix}-{checkpoint.step:08d}"
    temporary = folder / f".tmp-{prefix}-{checkpoint.step:08d}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        _write(checkpoint, temporary)
        if final.exists():
            shutil.rmtree(final)
        temporary.rename(final)
        _sync(folder)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise CheckpointError(_why(error, final, checkpoint)) from error
    _delete_old(folder, prefix, keep)
    return final


def _write(checkpoint: Checkpoint, folder: Path) -> None:
    for stem, tensors in checkpoint.tensors.items():
        save_file({k: v.contiguous() for k, v in tensors.items()}, folder / f"{stem}.safetensors")
    state = {**checkpoint.state, "step": checkpoint.step}
    (folder / STATE).write_text(json.dumps(state), encoding="utf-8")
    files = sorted(folder.iterdir())
    manifest = {f.name: {"sha256": sha256(f), "bytes": f.stat().st_size} for f in files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    for file in [*files, folder / MANIFEST, folder]:
        _sync(file)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256(file: Path) -> str:
    """SHA-256 of a file, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _why(error: OSError, final: Path, checkpoint: Checkpoint) -> str:
    if error.errno != errno.ENOSPC:
        return (
            f"Could not write checkpoint {final}: {error}. Checkpoints written before it are whole."
        )
    size = sum(t.nbytes for tensors in checkpoint.tensors.values() for t in tensors.values())
    return (
        f"The disk is full: checkpoint {final} needs {size / 1e6:.0f} MB. Checkpoints written before "
        "it are whole. Free space and start again with --resume."
    )


def _numbered(folder: Path, prefix: str) -> list[Path]:
    """Checkpoint folders, newest step first."""
    found = [p for p in folder.glob(f"{prefix}-*") if p.name.removeprefix(f"{prefix}-").isdigit()]
    return sorted(found, key=lambda p: int(p.name.rpartition("-")[2]), reverse=True)


def _delete_old(folder: Path, prefix: str, keep: int) -> None:
    for old in _numbered(folder, prefix)[keep:]:
        try:
            shutil.rmtree(old)
        except OSError as error:
            log.warning("Could not delete the old checkpoint %s: %s", old, error)


def damage(folder: Path) -> str | None:
    """Why a checkpoint folder is not whole; None when every file is as the manifest says."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        entries = {str(name): str(entry["sha256"]) for name, entry in manifest.items()}
    except FileNotFoundError:
        return f"{MANIFEST} is missing"
    except (ValueError, TypeError, KeyError, AttributeError):
        return f"{MANIFEST} can't be read"
    for name in (STATE, *entries):
        if name not in entries:
            return f"{MANIFEST} does not list {name}"
        if not (folder / name).is_file():
            return f"{name} is missing"
        if sha256(folder / name) != entries[name]:
            return f"{name} is not what was written (SHA-256 differs)"
    return None


def newest(folder: Path, *, prefix: str = "step") -> Checkpoint | None:
    """The newest checkpoint that verifies; None when there has never been one.

    Raises:
        CheckpointError: if there are checkpoints and none of them is whole: a run never starts
            again from nothing in silence.
    """
    passed_over: list[str] = []
    for candidate in _numbered(folder, prefix):
        reason = damage(candidate)
        if reason is None:
            return _load(candidate, tuple(passed_over))
        passed_over.append(f"{candidate.name}: {reason}")
        log.warning("Passed over checkpoint %s: %s", candidate, reason)
    if passed_over:
        raise CheckpointError(
            f"No checkpoint in {folder} is whole ({'; '.join(passed_over)}). Restore one of them, or "
            "delete the folder to start from the beginning."
        )
    return None


def _load(folder: Path, passed_over: tuple[str, ...]) -> Checkpoint:
    state = json.loads((folder / STATE).read_text(encoding="utf-8"))
    tensors = {file.stem: load_file(file) for file in folder.glob("*.safetensors")}
    return Checkpoint(step=state["step"], tensors=tensors, state=state, passed_over=passed_over)
