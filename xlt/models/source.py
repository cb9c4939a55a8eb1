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
    name: str | Path, *, revision: str | None = None, allow_pickle: bool = False
) -> Source:
    """Read a checkpoint: a run, a local folder, `xlt:<name>` from the package, or a Hub id.

    Keywords are those of `Opening`.

    Raises:
        ModelRefused: for an unknown family, pickled weights, a configuration that asks for
            foreign code, or a folder that is not there.
    """
    found = open_model(name, Opening(revision=revision, allow_pickle=allow_pickle))
    fields = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
    return Source(**fields, digest=weights_digest(found.folder))


def weights_digest(folder: Path) -> str:
    """SHA-256 over the weight files of a model folder."""
    digest = hashlib.sha256()
    for file in weight_files(folder):
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
