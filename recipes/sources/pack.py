"""A finished run's model in fp16, small enough to come with the package.

python recipes/sources/pack.py runs/en-mini/model xlt/models/sources/en-mini
"""

import json
import shutil
from pathlib import Path
from typing import Annotated

import torch
import tyro
from safetensors.torch import load_file, save

COPIED = (
    "vocab.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "preprocessor_config.json",
)
MOST_BYTES = 12_000_000

Folder = Annotated[Path, tyro.conf.Positional]


def pack(model: Folder, out: Folder) -> None:
    """Write the folder `out`, unless it would take more than 12 MB.

    Args:
        model: the model folder of a finished run.
        out: folder for the copy.

    Raises:
        ValueError: it would be too large.
        FileNotFoundError: the model folder isn't whole.
    """
    config = json.loads((model / "config.json").read_text("utf-8"))
    tensors = load_file(model / "model.safetensors")
    halves = {n: t.half() if t.is_floating_point() else t for n, t in tensors.items()}
    overflown = sorted(name for name, half in halves.items() if not torch.isfinite(half).all())
    if overflown:
        raise ValueError(f"fp16 can't hold {', '.join(overflown)}: its largest number is 65,504.")
    files = {name: (model / name).read_bytes() for name in COPIED}
    files["config.json"] = (json.dumps(config | {"dtype": "float16"}, indent=2) + "\n").encode()
    files["model.safetensors"] = save(halves, metadata={"format": "pt"})
    size = sum(map(len, files.values()))
    if size > MOST_BYTES:
        raise ValueError(f"{model} takes {size:,} bytes in fp16, allowed are {MOST_BYTES:,}.")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for name, data in files.items():
        (out / name).write_bytes(data)
    print(f"{out}: {size:,} bytes")


if __name__ == "__main__":
    tyro.cli(pack)
