"""Resolver of models: a name in, an opened model out, in the same way for every verb and recipe.

A name is a run (`runs/es`), a model folder, a checkpoint of transformers' Trainer, `xlt:en-mini` from the
package, or a Hub id, with its revision behind an @ if need be.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

from xlt.models.hub_files import HubFolder, fetch
from xlt.models.language_parts import adapter_names, language_part
from xlt.models.location import Opening, hub_id, located
from xlt.models.pickled import as_safetensors, pickles
from xlt.models.pretrained import Pretrained, open_pretrained
from xlt.models.safety import ModelRefused


def open_model(
    name: str | Path, opening: Opening = Opening(), *, target: str | None = None
) -> Pretrained:
    """Find a model by its name, fetch it where it is on the Hub, check and open it.

    `target` is the code of the language that it is to be transferred to.

    Raises:
        ModelRefused: there is no such model, or it can't be opened; the message says what to give.
    """
    known = str(name)
    folder, fetched = located(known, opening.revision), None
    if folder is None:
        fetched = fetch(
            hub_id(known, opening.revision),
            also=adapter_names(opening.source_language),
            allow_pickle=opening.allow_pickle,
            check=partial(_check_language, known, opening, target),
        )
        folder = fetched.folder
    if opening.allow_pickle and pickles(folder) and not any(folder.glob("*.safetensors")):
        folder = as_safetensors(folder)
    part = language_part(folder, known, opening, target)
    found = open_pretrained(folder, known, part)
    return found if fetched is None else _of_hub(found, fetched)


def _check_language(name: str, opening: Opening, target: str | None, folder: Path) -> None:
    """Refuse before its weights are fetched a source of which nobody said the language."""
    if target and not opening.source_language:
        part = language_part(folder, name, opening, target)
        if part.undecided:
            raise ModelRefused(part.undecided)


def _of_hub(found: Pretrained, fetched: HubFolder) -> Pretrained:
    """The model with its repository and commit."""
    return replace(found, origin=fetched.origin, remarks=(*fetched.remarks, *found.remarks))
