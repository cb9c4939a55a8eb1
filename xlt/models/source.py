"""Source checkpoints: pretrained models that are transferred, known by the digest of their weights."""

import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path

from xlt.models.location import Opening
from xlt.models.pretrained import Pretrained, weight_files
from xlt.models.resolver import open_model


@dataclass(frozen=True, kw_only=True, slots=True)
class Source(Pretrained):
    """A pretrained model that is transferred to another language."""

    digest: str
    """SHA-256 of its weight files."""


def load_source(
    name: str | Path,
    *,
    target: str | None = None,
    revision: str | None = None,
    source_language: str | None = None,
    allow_pickle: bool = False,
) -> Source:
    """Read a checkpoint: a run, a local folder, `xlt:<name>` from the package, or a Hub id.

    `target` is the code of the language that it is to be transferred to; of a checkpoint with an adapter
    for each language (MMS), `source_language` is taken, else the target's own where it is the one that
    the weights hold. Further keywords are those of `Opening`.

    Raises:
        ModelRefused: for an unknown family, pickled weights, a configuration that asks for
            foreign code, or a folder that is not there.
    """
    opening = Opening(revision=revision, source_language=source_language, allow_pickle=allow_pickle)
    found = open_model(name, opening, target=target)
    fields = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
    return Source(**fields, digest=weights_digest(found.folder, found.part.adapter))


def weights_digest(folder: Path, adapter: Path | None = None) -> str:
    """SHA-256 over the weight files of a model folder, and over the adapter that is put into it."""
    digest = hashlib.sha256()
    for file in [*weight_files(folder), *([adapter] if adapter else [])]:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
