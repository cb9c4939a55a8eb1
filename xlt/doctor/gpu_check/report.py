"""All checks in their order, printed as they are made, and their results as one JSON file."""

import json
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers

from xlt import __version__
from xlt.doctor.gpu_check import numbers, processes, reading, steps
from xlt.doctor.gpu_check.check import Bench, Result
from xlt.system.files import write_atomically
from xlt.training.device import has_accelerator

CHECKS = (*numbers.CHECKS, *steps.CHECKS, *reading.CHECKS, *processes.CHECKS)


def named(only: Sequence[str]) -> None:
    """Refuse a name that no check has.

    Raises:
        ValueError: with the names that there are.
    """
    known = [check.name for check in CHECKS]
    unknown = [name for name in only if name not in known]
    if unknown:
        raise ValueError(f"No check {', '.join(unknown)}; there are {', '.join(known)}.")


def gpu_check(out: Path, only: Sequence[str] = ()) -> list[Result]:
    """Make all checks, or those named, print each, and write the JSON file.

    Args:
        out: The file; temporary folders are made beside it, so that its disk is the one measured.
        only: Names of checks.
    """
    named(only)
    device = torch.accelerator.current_accelerator() if has_accelerator() else None
    device = device or torch.device("cpu")
    print(", ".join(f"{key} {value}" for key, value in facts(device).items()), flush=True)
    results = []
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".gpu-check-", dir=out.parent) as folder:
        bench = Bench(device=device, folder=Path(folder))
        for check in CHECKS:
            if not only or check.name in only:
                results.append(check.result(bench))
                print(results[-1], flush=True)
    content: dict[str, Any] = {
        "facts": facts(device),
        "checks": [result.to_dict() for result in results],
    }
    write_atomically(out, json.dumps(content, indent=1) + "\n")
    return results


def facts(device: torch.device) -> dict[str, str]:
    """Versions and device, for who reads the file elsewhere."""
    found = {
        "xlt": __version__,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "device": device.type,
    }
    if device.type == "cuda":
        free, whole = torch.cuda.mem_get_info(device)
        found |= {
            "gpu": torch.cuda.get_device_name(device),
            "gpus": str(torch.cuda.device_count()),
            "memory": f"{free / 1e9:.0f} of {whole / 1e9:.0f} GB free",
            "cuda": str(torch.version.cuda),
        }
    return found
