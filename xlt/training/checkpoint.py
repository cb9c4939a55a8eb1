"""Checkpoints that are whole or not there: hashed, renamed into place, no pickle.

A checkpoint is a folder `step-<n>` with safetensors and JSON and a MANIFEST.json that holds size
and SHA-256 of each. It is written as `.tmp-…`, synced, and appears by one rename; it disappears
by one, too. The weights of the best evaluation lie beside it as `best-<n>`, and stay as long as a
kept checkpoint needs them, or they are the newest.
"""

import errno
import json
import logging
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from xlt.system.disk_full import FULL
from xlt.system.files import sha256, sync

log = logging.getLogger(__name__)

MANIFEST = "MANIFEST.json"
STATE = "state.json"
STEP, BEST = "step", "best"
"""Prefixes of the folders: to go on from, and the weights of the best evaluation."""
DRAFT = ".tmp-"
"""Prefix of folders that are being written or deleted; they are worthless after a crash."""

_NAME = re.compile(r"([a-z]+)-(\d+)")
_FILE = re.compile(r"[\w.-]+")
_OS_ERROR = re.compile(r"os error (\d+)")


class CheckpointError(ValueError):
    """A checkpoint that can't be written or used; says which file and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """State from which a run can go on: tensors by file, and plain values."""

    step: int
    tensors: Mapping[str, Mapping[str, Tensor]]
    """File stem -> name -> tensor, such as model -> lm_head.weight -> (V, D)."""
    state: Mapping[str, Any]
    needs: tuple[str, ...] = ()
    """Names of checkpoints beside it that must be whole as well, such as best-00000500."""
    lost: tuple[str, ...] = ()
    """Those that it needed and that no checkpoint has whole."""


def name_of(prefix: str, step: int) -> str:
    """Name of the folder of a checkpoint."""
    return f"{prefix}-{step:08d}"


def save(checkpoint: Checkpoint, folder: Path, *, keep: int | None = 2, prefix: str = STEP) -> Path:
    """Write `<folder>/<prefix>-<step>`, then delete what is no longer needed.

    What goes is all but the newest `keep` of the prefix, whatever is newer than this one (it was
    passed over when the run was resumed), and those beside them that none of the kept needs.
    Where `keep` is None, what goes is those of the prefix that nothing beside them needs, but for
    this one.

    Raises:
        CheckpointError: if the disk is full or the folder can't be written; what was there stays.
    """
    final = folder / name_of(prefix, checkpoint.step)
    draft = folder / f"{DRAFT}{final.name}"
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync(folder.parent)
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        _write(checkpoint, draft)
        if final.exists():
            _delete(final)
        draft.rename(final)
        sync(folder)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise CheckpointError(_why(error, final, checkpoint)) from error
    if keep is None:
        _delete_beside(folder, final)
    else:
        _delete_unneeded(folder, prefix, keep, checkpoint.step)
    return final


def _write(checkpoint: Checkpoint, folder: Path) -> None:
    for stem, tensors in checkpoint.tensors.items():
        contiguous = {k: v.contiguous() for k, v in tensors.items()}
        try:
            save_file(contiguous, folder / f"{stem}.safetensors")
        except SafetensorError as error:
            raise as_os_error(error) from error
    state = {**checkpoint.state, "step": checkpoint.step, "needs": list(checkpoint.needs)}
    (folder / STATE).write_text(json.dumps(state), encoding="utf-8")
    files = sorted(folder.iterdir())
    manifest = {f.name: {"sha256": sha256(f), "bytes": f.stat().st_size} for f in files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    for file in [*files, folder / MANIFEST, folder]:
        sync(file)


def as_os_error(error: OSError | SafetensorError) -> OSError:
    """The error of the operating system that safetensors has only the text of."""
    if isinstance(error, OSError):
        return error
    number = _OS_ERROR.search(str(error))
    return OSError(int(number[1]) if number else errno.EIO, str(error))


def _why(error: OSError, final: Path, checkpoint: Checkpoint) -> str:
    if error.errno not in FULL:
        return (
            f"Could not write checkpoint {final}: {error}. Checkpoints written before it are whole."
        )
    size = sum(t.nbytes for tensors in checkpoint.tensors.values() for t in tensors.values())
    return (
        f"The disk is full: checkpoint {final} needs {size / 1e6:.0f} MB ({error}). Checkpoints "
        "written before it are whole. Free space and start again with --resume."
    )


def _numbered(folder: Path, prefix: str) -> list[Path]:
    """Checkpoint folders, newest step first."""
    found = [p for p in folder.glob(f"{prefix}-*") if _NAME.fullmatch(p.name)]
    return sorted(found, key=_step, reverse=True)


def _step(folder: Path) -> int:
    return int(folder.name.rpartition("-")[2])


def _delete_unneeded(folder: Path, prefix: str, keep: int, step: int) -> None:
    every = [p for p in folder.iterdir() if _NAME.fullmatch(p.name)]
    kept = [p for p in _numbered(folder, prefix) if _step(p) <= step][:keep]
    _delete_others(every, kept, kept)


def _delete_beside(folder: Path, newest_one: Path) -> None:
    """Those of the same prefix that no checkpoint of another needs."""
    every = [p for p in folder.iterdir() if _NAME.fullmatch(p.name)]
    prefix = newest_one.name.rpartition("-")[0]
    same = [p for p in every if p.name.startswith(f"{prefix}-")]
    _delete_others(same, [newest_one], [p for p in every if p not in same])


def _delete_others(among: Sequence[Path], kept: Sequence[Path], needing: Sequence[Path]) -> None:
    """Of some checkpoints, those that are neither kept nor needed by others."""
    try:
        needed = {name for p in needing for name in _needs(p)} | {p.name for p in kept}
    except (OSError, ValueError) as error:
        log.warning("Deleted no old checkpoint: %s", error)
        return
    for old in sorted(p for p in among if p.name not in needed):
        try:
            _delete(old)
        except OSError as error:
            log.warning("Could not delete the old checkpoint %s: %s", old, error)


def _needs(folder: Path) -> list[str]:
    needs: list[str] = json.loads((folder / STATE).read_text(encoding="utf-8")).get("needs", [])
    return needs


def _delete(folder: Path) -> None:
    """Take a checkpoint away at once, then delete its files: it is never there in part."""
    draft = folder.with_name(f"{DRAFT}old-{folder.name}")
    shutil.rmtree(draft, ignore_errors=True)
    folder.rename(draft)
    shutil.rmtree(draft)


def sweep(folder: Path) -> None:
    """Delete what a killed run left half-written or half-deleted."""
    for draft in folder.glob(f"{DRAFT}*"):
        shutil.rmtree(draft, ignore_errors=True)


def damage(folder: Path) -> str | None:
    """Damage of a checkpoint folder, as a phrase; None if every file is as the manifest says."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        entries = {
            str(name): (str(entry["sha256"]), int(entry["bytes"]))
            for name, entry in manifest.items()
        }
    except FileNotFoundError:
        return f"{MANIFEST} is missing"
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return f"{MANIFEST} can't be read"
    for name in (STATE, *entries):
        if name not in entries:
            return f"{MANIFEST} does not list {name}"
        if not _FILE.fullmatch(name) or not (folder / name).is_file():
            return f"{name} is missing"
        if (sha256(folder / name), (folder / name).stat().st_size) != entries[name]:
            return f"{name} is not what was written (SHA-256 or size differs)"
    return None


def _damage_with_needs(folder: Path) -> str | None:
    """Damage of a checkpoint or of those that it needs."""
    reason = damage(folder)
    if reason is not None:
        return reason
    others = ((name, damage(folder.with_name(name))) for name in _needs(folder))
    return next((f"it needs {name}, where {reason}" for name, reason in others if reason), None)


def newest(folder: Path, *, prefix: str = STEP) -> Checkpoint | None:
    """The newest checkpoint that verifies with all that it needs; None when there has never been one.

    Where none has all that it needs, the newest that is whole itself, and what it lost.

    Raises:
        CheckpointError: if there are checkpoints and none of them is whole: a run never starts
            again from nothing in silence.
    """
    passed_over: list[str] = []
    for candidate in _numbered(folder, prefix):
        reason = _damage_with_needs(candidate)
        if reason is None:
            return _load(candidate)
        passed_over.append(f"{candidate.name}: {reason}")
        log.warning("Passed over checkpoint %s: %s", candidate, reason)
    for candidate in _numbered(folder, prefix):
        if damage(candidate) is None:
            lost = [name for name in _needs(candidate) if damage(folder / name)]
            log.warning("Took checkpoint %s, but without %s.", candidate, ", ".join(lost))
            return replace(_load(candidate), needs=(), lost=tuple(lost))
    if passed_over:
        raise CheckpointError(
            f"No checkpoint in {folder} is whole ({'; '.join(passed_over)}). Restore one of them, or "
            "delete the folder to start from the beginning."
        )
    return None


def newest_state(folder: Path, *, prefix: str = STEP) -> Mapping[str, Any] | None:
    """Plain values of the newest checkpoint, with its `step`; nothing is verified and no tensor read.

    None where there is no checkpoint whose values can be read.
    """
    for candidate in _numbered(folder, prefix):
        try:
            state: Mapping[str, Any] = json.loads((candidate / STATE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        return state
    return None


def read(folder: Path) -> Checkpoint:
    """The checkpoint in a folder.

    Raises:
        CheckpointError: if it is not whole.
    """
    reason = damage(folder)
    if reason is not None:
        raise CheckpointError(f"Checkpoint {folder} is not whole: {reason}. Restore it.")
    return _load(folder)


def _load(folder: Path) -> Checkpoint:
    state = json.loads((folder / STATE).read_text(encoding="utf-8"))
    listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    files = [folder / name for name in listed if name.endswith(".safetensors")]
    return Checkpoint(
        step=state["step"],
        tensors={file.stem: load_file(file) for file in files},
        state=state,
        needs=tuple(state.get("needs", ())),
    )
