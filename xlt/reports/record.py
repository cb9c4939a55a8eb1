"""The run as data: one `record.json` from which cards, reports and studies are made.

No secret enters a record: everything that looks like a credential is replaced when the record is
made, so nothing made from a record can show one.
"""

import dataclasses
import importlib.metadata
import json
import math
import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlt.scoring.errors import Score
from xlt.system.cores import usable_cores
from xlt.system.files import sha256, write_atomically
from xlt.system.mending import Mendable, near_path
from xlt.system.redaction import known_secrets, redact

SCHEMA = 1
"""Version of the fields below; raised when a reader of the old ones would misread the new."""

LIBRARIES = (
    "xlt torch torchaudio transformers accelerate datasets huggingface_hub jiwer librosa numpy "
    "safetensors soundfile soxr av num2words"
).split()


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """Everything known about a finished run; every value is plain JSON.

    Raises:
        ValueError: for a number that JSON does not have (NaN, infinity) or a value that is not
            data, with its place in the record.
    """

    name: str
    language: str
    """Code of the target language, such as `es`."""
    recipe: Mapping[str, Any]
    source: Mapping[str, Any] = field(default_factory=dict)
    """Origin of the weights: `id` (Hub id, folder or `xlt:<name>`), `sha256`, `family`,
    `local` (true for a folder), and what else is known."""
    labels: Sequence[str] = ()
    """The alphabet in the order of the ids, specials included."""
    licence: str = ""
    """Licence of the weights, as an identifier of the Hub (`apache-2.0`); empty: not stated."""
    versions: Mapping[str, str] = field(default_factory=dict)
    hardware: Mapping[str, Any] = field(default_factory=dict)
    seeds: Mapping[str, int] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    """The account of the data: clips in = kept + rejected by reason."""
    transfer: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Arm -> content of `TransferReport.to_dict`: `rows` of `token`, `sources`, `how`, the layers
    before and after, the digests."""
    curves: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Arm -> points of `step`, `epoch`, `loss`, `lr`, `dev_cer`, `dev_wer`, `wall_s`."""
    scores: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Arm -> score on the test split."""
    samples: Sequence[Mapping[str, str]] = ()
    """`id`, `reference`, `hypothesis` of the chosen arm on the test split."""
    timings_s: Mapping[str, float] = field(default_factory=dict)
    chosen: str = ""
    """Arm of the model in `model/`."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path in the run folder -> SHA-256; see `digests`."""
    command: str = ""
    """The command line that makes this run again."""
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        secrets = known_secrets()
        for item in dataclasses.fields(self):
            value = plain(getattr(self, item.name), item.name)
            object.__setattr__(self, item.name, redact(value, secrets))

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON-able data, in the order of the fields."""
        return {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}

    @property
    def test_scores(self) -> dict[str, Score]:
        """Arm -> its score, typed."""
        return scores_of(self.to_dict())

    def save(self, path: Path) -> None:
        """Write the record as JSON; whole or not at all."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)
        write_atomically(path, text + "\n")

    @classmethod
    def load(cls, path: Path) -> "Record":
        """Read a record.

        Raises:
            ValueError: if the file is missing, cut short, of a newer version, or not a record.
        """
        if not path.is_file():
            near = Path("runs") / path.parent.name
            if not (near / path.name).is_file():
                near = near_path(path.parent) or near
            raise Mendable(
                f"No record at {path}. A finished run folder holds a record.json.",
                words={str(path.parent): str(near)} if (near / path.name).is_file() else {},
            )
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(
                f"{path} is not valid JSON ({error}): restore it, or run again."
            ) from error
        return cls.from_dict(data, where=str(path))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], where: str = "record") -> "Record":
        """Make a record of the data that `to_dict` gives."""
        if not isinstance(data, Mapping) or not isinstance(data.get("schema"), int):
            raise ValueError(f"{where} is not a record: it has no schema number.")
        if data["schema"] > SCHEMA:
            raise ValueError(
                f"{where} has schema {data['schema']}; this version of xlt reads up to {SCHEMA}. "
                "Upgrade xlt."
            )
        fields = {item.name for item in dataclasses.fields(cls)}
        unknown, missing = set(data) - fields, {"name", "language", "recipe"} - set(data)
        if unknown or missing:
            raise ValueError(
                f"{where} is not a record of schema {SCHEMA}: unknown fields {sorted(unknown)}, "
                f"missing fields {sorted(missing)}."
            )
        return cls(**data)


def scores_of(record: Mapping[str, Any]) -> dict[str, Score]:
    """Arm -> its score, typed, of a record as plain data; empty where it holds none."""
    return {arm: Score.from_dict(stored) for arm, stored in (record.get("scores") or {}).items()}


def plain(value: Any, where: str) -> Any:
    """The value as JSON-able data: tuples become lists, paths text, array scalars numbers.

    Raises:
        ValueError: for NaN, infinity, and what is not data; `where` names the place.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(
                f"{where} is {value}, which JSON does not have: leave it out, or give None."
            )
        return value
    if isinstance(value, Path):
        return value.as_posix()
    if isinstance(value, Mapping):
        return {str(k): plain(v, f"{where}.{k}") for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v, f"{where}[{i}]") for i, v in enumerate(value)]
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a number of an array library
        return plain(value.item(), where)
    raise ValueError(f"{where} is a {type(value).__name__}; a record holds plain data only.")


def digests(run: Path) -> dict[str, str]:
    """SHA-256 of every file of a run's model and transcripts, by its path in the run folder."""
    return {path.relative_to(run).as_posix(): sha256(path) for path in _results(run)}


def _results(run: Path) -> Iterator[Path]:
    for folder in ("model", "transcripts"):
        yield from sorted(p for p in (run / folder).rglob("*") if p.is_file())


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that a result depends on, where installed."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def hardware(root: Path = Path("/")) -> dict[str, Any]:
    """Machine of the run; accelerators are named where torch has been imported. No host name.

    `root` is the file tree in which the quota of a container is looked for.
    """
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": usable_cores(root),
        "memory_gib": _memory_gib(),
        "accelerators": _accelerators(),
    }


def _accelerators() -> list[str]:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return []
    return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8", errors="replace") if info.is_file() else ""
    found = re.search(r"^model name\s*:\s*(.+)$", lines, re.MULTILINE)
    return found[1].strip() if found else platform.processor()


def _memory_gib() -> float | None:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
