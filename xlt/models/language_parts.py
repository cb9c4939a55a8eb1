"""Languages of a checkpoint that has labels, a head and adapter layers for each, as MMS has.

Its vocab.json holds a table for each language, and `adapter.deu.safetensors` the weights of German beside
those of the rest. Without being asked, no language starts from the adapter of another.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from transformers import PreTrainedModel

from xlt.language.rules import iso_639_3, nearest
from xlt.models.location import Opening, folder_with
from xlt.models.other_formats import small_json
from xlt.models.safety import ModelRefused

PLAIN = re.compile(r"[A-Za-z]{2,3}[\w-]*")
"""Codes of MMS: `deu`, `azj-script_cyrillic`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguagePart:
    """The language that is taken of a checkpoint."""

    code: str | None = None
    """Key of vocab.json; None where that holds one language without its name."""
    adapter: Path | None = None
    """File with its head and layers; None where the weights hold them already."""
    undecided: str = ""
    """Sentence that refuses a transfer, where nobody said which language it starts from."""
    remark: str = ""
    """Sentence on a language that is taken unasked, for who only transcribes."""


def adapter_names(asked: str | None) -> tuple[str, ...]:
    """Names that the adapter of a language may have on the Hub."""
    return tuple(f"adapter.{code}.safetensors" for code in _spellings(asked)) if asked else ()


def language_part(
    folder: Path, name: str, opening: Opening, target: str | None = None
) -> LanguagePart:
    """The language of a model folder that is asked for, or that is the target's own.

    Raises:
        ModelRefused: the folder has no such language, or not its adapter.
    """
    place = folder_with(folder, "vocab.json")
    vocabulary = small_json(place / "vocab.json")
    offered = [code for code, table in vocabulary.items() if isinstance(table, dict)]
    asked = opening.source_language
    if not offered:
        if asked:
            raise ModelRefused(
                f"{name} has the labels of one language, or none: leave the source language {asked} out."
            )
        return LanguagePart()
    default = small_json(place / "tokenizer_config.json").get("target_lang")
    default = default if default in offered else offered[0] if len(offered) == 1 else None
    if asked:
        return _asked_for(folder, name, asked, offered, default)
    if len(offered) == 1 or (target and default in _spellings(target)):
        return LanguagePart(code=str(default))
    remark = (
        f"{name} has labels of {len(offered)} languages; those of {default} are taken: --source-language "
        "takes others."
    )
    return LanguagePart(
        code=str(default) if default else None,
        undecided=_undecided(name, offered, default, target),
        remark=remark if default else "",
    )


def read_adapter(file: Path) -> dict[str, Tensor]:
    """Weights of an adapter, by their names in the model.

    Raises:
        ModelRefused: the file is damaged, or not safetensors.
    """
    try:
        with safe_open(file, framework="pt") as tensors:
            return {name: tensors.get_tensor(name).float() for name in tensors.keys()}  # noqa: SIM118
    except (SafetensorError, OverflowError, MemoryError) as error:
        raise ModelRefused(f"{file} is damaged, or not safetensors ({error}).") from error


def put_adapter(model: PreTrainedModel, file: Path, head: str, *, with_head: bool) -> None:
    """Put the layers of an adapter into a model; also its head, where the model writes its labels.

    Raises:
        ModelRefused: adapter and model are not of one release.
    """
    tensors = read_adapter(file)
    parameters = dict(model.named_parameters())
    wanted = {n for n in parameters if ".adapter_layer." in n}
    wanted |= {n for n in parameters if n.startswith(f"{head}.")} if with_head else set()
    wrong = [
        n for n in sorted(wanted) if n not in tensors or tensors[n].shape != parameters[n].shape
    ]
    if wrong or not wanted:
        raise ModelRefused(
            f"{file} is not an adapter of this model: {wrong[0] if wrong else 'its layers'} is missing "
            "there or of another shape. Take both from one release."
        )
    with torch.no_grad():
        for name in wanted:
            parameters[name].copy_(tensors[name])


def _asked_for(
    folder: Path, name: str, asked: str, offered: Sequence[str], default: str | None
) -> LanguagePart:
    codes = [c for c in _spellings(asked) if c in offered and PLAIN.fullmatch(c)]
    if not codes:
        near = get_close_matches(asked, offered, n=5, cutoff=0.4) or sorted(offered)[:5]
        raise ModelRefused(
            f"{name} has labels of {len(offered)} languages, but not of {asked}. Near it: "
            f"{', '.join(near)}."
        )
    file = folder / f"adapter.{codes[0]}.safetensors"
    if file.is_file():
        return LanguagePart(code=codes[0], adapter=file)
    if codes[0] == default:  # its adapter is in the weights
        return LanguagePart(code=codes[0])
    there = sorted(p.name for p in folder.glob("adapter.*.safetensors"))
    raise ModelRefused(
        f"{name} has labels of {codes[0]}, but its adapter, {file.name}, is not there"
        f"{' beside ' + ', '.join(there[:5]) if there else ''}. Copy it from the release into the folder "
        f"(`hf download OWNER/NAME {file.name} --local-dir {folder}`)."
    )


def _undecided(name: str, offered: Sequence[str], default: object, target: str | None) -> str:
    own = next((c for c in _spellings(target) if c in offered), None) if target else None
    from_default = f", and would start from {default}" if default else ""
    other = (
        f", or --source-language {default} to start from that one all the same" if default else ""
    )
    if own:
        return (
            f"{name} has an adapter and labels of {own}, the language of this transfer{from_default}. Say "
            f"which: --source-language {own}{other}."
        )
    some = ", ".join(sorted(offered)[:5])
    return (
        f"{name} has labels of {len(offered)} languages ({some}, …){from_default}. Say which one to start "
        f"from: --source-language CODE{other}."
    )


def _spellings(code: str | None) -> tuple[str, ...]:
    """A code as it is, and in three letters: `de` is `deu` in MMS."""
    if not code:
        return ()
    three = (iso_639_3(code), iso_639_3(nearest(code) or ""))
    return tuple(dict.fromkeys(c for c in (code, *three) if c))
