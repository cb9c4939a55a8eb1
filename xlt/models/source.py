"""Source checkpoints: found on disk, in the package or on the Hub, and known by their digest."""

import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path

from xlt.models.location import located
from xlt.models.pretrained import Pretrained, open_pretrained, weight_files
from xlt.models.safety import ModelRefused


@dataclass(frozen=True, kw_only=True, slots=True)
class Source(Pretrained):
    """A pretrained model that is transferred to another language."""

    digest: str
    """SHA-256 of its weight files."""


def load_source(name: str | Path, *, revision: str | None = None) -> Source:
    """Read a checkpoint: a local folder, `xlt:<name>` from the package, or a Hub id.

    Raises:
        ModelRefused: for an unknown family, pickled weights, a configuration that asks for
            foreign code, or a folder that is not there.
    """
    found = open_pretrained(_locate(str(name), revision), str(name))
    fields = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
    return Source(**fields, digest=weights_digest(found.folder))


def _locate(name: str, revision: str | None) -> Path:
    return located(name) or _download(name, revision)


def _download(repo: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    from tqdm.auto import tqdm

    try:
        return Path(
            snapshot_download(
                repo,
                revision=revision,
                allow_patterns=["*.json", "*.safetensors", "vocab.txt"],
                tqdm_class=tqdm,  # shown even where bars of libraries are hidden
            )
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelRefused(
            f"Could not get {repo} from the Hub ({type(error).__name__}: {error}). Check the name "
            "and the network, or give a folder that holds the checkpoint."
        ) from error


def weights_digest(folder: Path) -> str:
    """SHA-256 over the weight files of a model folder."""
    digest = hashlib.sha256()
    for file in weight_files(folder):
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
