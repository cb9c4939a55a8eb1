"""Pickled weights written as safetensors, in a child process that reads tensors and runs nothing.

The child unpickles by torch's `weights_only`, an allow-list of tensors and plain containers. It sees no
credential, and has limits of memory, of CPU time and of the size of what it writes.
"""

import hashlib
import os
import pickle
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import constants

import xlt
from xlt.models.hub_files import PICKLES, SMALL_FILES
from xlt.models.location import folder_with
from xlt.models.safety import ModelRefused
from xlt.system.redaction import without_secrets

WEIGHTS = "model.safetensors"
START = "import sys; sys.path.append(sys.argv[1]); from xlt.models import pickled; pickled.main(sys.argv[2:])"
UNREADABLE = (
    *(pickle.UnpicklingError, OSError, EOFError, MemoryError, RuntimeError),
    *(TypeError, ValueError, KeyError, IndexError, AttributeError),
)
"""Errors of a damaged pickle, or of one that asks for more than tensors."""
CPU_S = 600
"""CPU time of the child; a GB takes it a few seconds."""
BESIDE_BYTES = 2_000_000_000
"""Memory of the child beside the weights and their copies."""


def pickles(folder: Path) -> list[Path]:
    """The files of pickled weights in a model folder, in order."""
    return sorted(p for p in folder.glob("*.bin") if PICKLES.fullmatch(p.name))


def as_safetensors(folder: Path) -> Path:
    """A copy of a model folder with safetensors, in the cache of Hugging Face; made once.

    Raises:
        ModelRefused: the pickle holds other things than tensors.
    """
    digest = hashlib.sha256()
    for file in pickles(folder):
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    place = Path(constants.HF_HOME) / "xlt" / "converted" / digest.hexdigest()
    if not (place / WEIGHTS).is_file():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as draft:
            convert(folder, Path(draft) / "model")
            if not place.is_dir():  # another process of the run may have made it
                (Path(draft) / "model").rename(place)
    copy_small_files(folder, place)
    return place


def convert(folder: Path, out: Path) -> Path:
    """Write the pickled weights of a model folder as safetensors to `out`, beside its small files.

    Raises:
        ModelRefused: there are no pickled weights, or they hold other things than tensors.
    """
    files = pickles(folder)
    if not files:
        raise ModelRefused(
            f"{folder} holds no pickled weights (pytorch_model.bin): there is nothing to convert."
        )
    if (out / WEIGHTS).exists():
        raise ModelRefused(f"{out / WEIGHTS} is there already: name another folder with --out.")
    out.mkdir(parents=True, exist_ok=True)
    package = str(Path(xlt.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-P", "-c", START, package, str(out / WEIGHTS), *map(str, files)],
        env={**without_secrets(os.environ), "CUDA_VISIBLE_DEVICES": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        (out / WEIGHTS).unlink(missing_ok=True)
        said = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise ModelRefused(
            f"{files[0]} can't be read as plain tensors: {said[:500]}. Nothing in it was run. Take a "
            "checkpoint with safetensors weights."
        )
    copy_small_files(folder, out)
    return out


def copy_small_files(folder: Path, out: Path) -> None:
    """Copy configuration, labels, extractor and card of a model beside its converted weights."""
    for name in SMALL_FILES:
        place = folder_with(folder, name) / name
        if place.is_file():
            shutil.copyfile(place, out / name)


def main(arguments: Sequence[str]) -> None:
    """The child: first argument the file to write, the others pickles to read."""
    import torch
    from safetensors.torch import save_file

    out, files = Path(arguments[0]), [Path(name) for name in arguments[1:]]
    _limit(sum(file.stat().st_size for file in files))
    tensors: dict[str, torch.Tensor] = {}
    try:
        for file in files:
            content = torch.load(file, map_location="cpu", weights_only=True)
            if not isinstance(content, dict):
                raise TypeError(f"it holds a {type(content).__name__}, not weights by name")
            for name, value in content.items():
                if isinstance(name, str) and isinstance(value, torch.Tensor):
                    tensors[name] = value.detach().clone().contiguous()
        if not tensors:
            raise TypeError("it holds no weights by name")
        save_file(tensors, out, metadata={"format": "pt"})
    except UNREADABLE as error:  # the parent says it
        said = str(error).split("\n")[0]
        sys.exit(f"{type(error).__name__}: {said}")


def _limit(size: int) -> None:
    """Set the limits of this process, by the size of the pickled weights."""
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 2 * size + 1_000_000,
        resource.RLIMIT_CPU: CPU_S,
    }
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limits[resource.RLIMIT_AS] = pages * resource.getpagesize() + 4 * size + BESIDE_BYTES
    for kind, most in limits.items():
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
