"""Resolver of models: a name in, an opened model out, in the same way for every verb and recipe.

A name is a run (`runs/es`), a model folder, a checkpoint of transformers' Trainer, `xlt:en-mini` from the
package, or a Hub id, with its revision behind an @ if need be.
"""

from pathlib import Path

from xlt.models.location import HubId, hub_id, located
from xlt.models.pretrained import Pretrained, open_pretrained
from xlt.models.safety import ModelRefused


def open_model(name: str | Path, *, revision: str | None = None) -> Pretrained:
    """Find a model by its name, fetch it where it is on the Hub, check and open it.

    Raises:
        ModelRefused: there is no such model, or it can't be opened; the message says what to give.
    """
    known = str(name)
    folder = located(known, revision) or _download(hub_id(known, revision))
    return open_pretrained(folder, known)


def _download(wanted: HubId) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    from tqdm.auto import tqdm

    try:
        return Path(
            snapshot_download(
                wanted.repo,
                revision=wanted.revision,
                allow_patterns=["*.json", "*.safetensors", "vocab.txt"],
                tqdm_class=tqdm,  # shown even where bars of libraries are hidden
            )
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelRefused(
            f"Could not get {wanted.repo} from the Hub ({type(error).__name__}: {error}). Check the name "
            "and the network, or give a folder that holds the checkpoint."
        ) from error
