"""Safety checks of model folders from strangers, made before transformers reads them.

transformers does what a configuration says: it imports code that `auto_map` names, fetches kernels
that `_attn_implementation` names, opens whatever file an index lists. So the files are read here
first, as data: keys that ask for code from elsewhere are refused, unknown keys are left out.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from xlt.system.mending import Mendable

MAX_BYTES = 20_000_000
"""Limit of one JSON file; a vocabulary is the longest there is."""
FOREIGN_CODE_KEYS = frozenset(
    "auto_map custom_pipelines trust_remote_code quantization_config use_kernels kernel_config "
    "_attn_implementation_internal _experts_implementation_internal custom_generate".split()
)
"""Keys by which a configuration makes transformers import code (CVE-2026-4372 among them)."""
ATTENTION = ("eager", "sdpa", "flash_attention_2", "flash_attention_3", "flex_attention")
"""Implementations inside transformers; any other name is fetched from the Hub and run."""
DTYPES = ("float16", "bfloat16", "float32", "float64")
MOST = {
    "num_hidden_layers": 512,
    "num_attention_heads": 512,
    "num_feat_extract_layers": 64,
    "num_adapter_layers": 64,
    "hidden_size": 65_536,
    "intermediate_size": 262_144,
    "vocab_size": 2_000_000,
}
"""Far above any model that there is: a configuration costs its author a line, and us the memory."""
JSON_FILES = ("config.json", "preprocessor_config.json", "processor_config.json")
INDEX = "model.safetensors.index.json"
ADAPTER = "adapter_config.json"


class ModelRefused(Mendable):
    """A pretrained model that can't be used; the message says what was seen and what is allowed."""


class ForeignRefused(ModelRefused):
    """A model folder that is not safe to open; the message says which file asks for what."""


def check_folder(folder: Path) -> None:
    """Refuse a model folder before transformers sees it.

    Raises:
        ForeignRefused: a file asks for code from elsewhere, is not JSON, or lists weights other
            than safetensors in this folder.
    """
    for name in JSON_FILES:
        if (folder / name).is_file():
            settings(folder / name)
    if (folder / INDEX).exists():
        _check_index(folder)


def settings(file: Path) -> dict[str, Any]:
    """Read a JSON file in which no key asks for code from elsewhere.

    Raises:
        ForeignRefused: one does, or the file is not a JSON object.
    """
    content = _json(file)
    if asked := foreign_code_keys(content):
        raise ForeignRefused(
            f"{file} asks transformers to run code from elsewhere ({', '.join(asked)}). "
            "Such a checkpoint is not opened; remove the key only if you trust the author."
        )
    for dtype in (content.get("dtype"), content.get("torch_dtype")):
        if dtype is not None and dtype not in DTYPES:
            raise ForeignRefused(
                f"{file} says dtype {str(dtype)[:80]!r}; known are {', '.join(DTYPES)}."
            )
    for key, most in MOST.items():
        value = content.get(key)
        if value is not None and (
            not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most
        ):
            raise ForeignRefused(
                f"{file} says {key} {str(value)[:80]!r}; a whole number up to {most} is meant."
            )
    return content


def foreign_code_keys(content: Mapping[str, Any]) -> list[str]:
    """The keys, at any depth, by which a configuration makes transformers run foreign code."""
    return sorted({key for key, value in _pairs(content) if _asks_for_code(key, value)})


def known(content: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a configuration that the class whose `to_dict` has these keys understands."""
    return {key: value for key, value in content.items() if key in keys and key[0] != "_"}


def _json(file: Path) -> dict[str, Any]:
    size = file.stat().st_size
    if size > MAX_BYTES:
        raise ForeignRefused(f"{file} has {size} bytes; up to {MAX_BYTES} are read.")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ForeignRefused(f"{file} is not a JSON file ({error}): get it again.") from error
    if not isinstance(content, dict):
        raise ForeignRefused(f"{file} must hold a JSON object, not {type(content).__name__}.")
    return content


def _pairs(content: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, at any depth; json.loads has bounded the depth."""
    if isinstance(content, dict):
        yield from content.items()
    for part in content.values() if isinstance(content, dict) else content:
        if isinstance(part, dict | list):
            yield from _pairs(part)


def _asks_for_code(key: str, value: Any) -> bool:
    if key in FOREIGN_CODE_KEYS or (key.startswith("__") and key.endswith("__")):
        return True
    if "attn_implementation" in key or "experts_implementation" in key:
        return value is not None and not isinstance(value, bool) and value not in ATTENTION
    return False


def _check_index(folder: Path) -> None:
    """Weights that an index lists are safetensors beside it: another file may be a pickle."""
    listed = _json(folder / INDEX).get("weight_map")
    names = set(map(str, listed.values())) if isinstance(listed, dict) else {"no weight_map"}
    wrong = [name for name in sorted(names) if not re.fullmatch(r"[\w-][\w.-]*\.safetensors", name)]
    if wrong:
        raise ForeignRefused(
            f"{folder / INDEX} lists {wrong[0][:80]!r}; only safetensors of the same folder are read."
        )
