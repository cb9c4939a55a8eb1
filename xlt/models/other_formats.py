"""Sentences on models that are not opened: other toolkits, adapters, models without a CTC head.

Nothing heavy is imported here, and nothing in these files is opened but small JSON.
"""

import json
import re
from pathlib import Path

from xlt.models.safety import ADAPTER, MAX_BYTES, ForeignRefused, ModelRefused

OPENED = (
    "xlt opens CTC models of wav2vec2, HuBERT, WavLM and Wav2Vec2-BERT in Hugging Face's layout"
)
INSTEAD = (
    "Take one that is trained for CTC, such as facebook/wav2vec2-large-960h-lv60-self, or as a source "
    "also a bare encoder, such as facebook/wav2vec2-xls-r-300m"
)
ANOTHER_WAY = f"{OPENED} (config.json with model.safetensors). {INSTEAD}"
GIVE = (
    "give a run (runs/<name>), a folder with config.json, safetensors weights and vocab.json, "
    "xlt:en-mini, or a Hub id (owner/name)"
)
FILES = {
    ".nemo": "a NeMo archive, which only NeMo reads",
    ".pt": "a pickle, as fairseq, Whisper and others write it, and is never opened",
    ".pth": "a pickle, and is never opened",
    ".ckpt": "a pickle, as Lightning writes it, and is never opened",
    ".onnx": "an ONNX graph, which can't be trained further",
    ".gguf": "a file of llama.cpp or whisper.cpp",
}
"""Ending of a model file -> what it is."""
DECODERS = ("whisper", "speech_to_text", "moonshine", "seamless_m4t", "seamless_m4t_v2")
"""`model_type`s that write with a decoder: nothing of a CTC head is in them."""
MERGE = (
    'python -c "from peft import PeftModel; from transformers import AutoModelForCTC; '
    "PeftModel.from_pretrained(AutoModelForCTC.from_pretrained('{base}'), '{adapter}')"
    ".merge_and_unload().save_pretrained('{merged}')\""
)
"""Line that makes a whole checkpoint of an adapter and the model it was trained on."""
PLAIN = re.compile(r"[\w./+-]{1,200}")


def refuse_file(path: Path) -> None:
    """Refuse a file where a folder is meant, by its ending.

    Raises:
        ModelRefused: always, with what it is and what to give.
    """
    if path.suffix == ".safetensors":
        raise ModelRefused(
            f"{path} is one file of a model: give the folder that holds it with config.json and "
            f"vocab.json, {path.parent}."
        )
    if path.suffix in FILES:
        raise ModelRefused(f"{path} is {FILES[path.suffix]}. {ANOTHER_WAY}.")
    raise ModelRefused(f"{path} is a file, and a model is a folder. {ANOTHER_WAY}.")


def refuse_adapter(folder: Path, name: str) -> None:
    """Refuse a folder that PEFT wrote, with the line that merges it into its model.

    Raises:
        ForeignRefused: the folder holds adapter_config.json.
    """
    if not (folder / ADAPTER).exists():
        return
    base = small_json(folder / ADAPTER).get("base_model_name_or_path")
    base = base if isinstance(base, str) and PLAIN.fullmatch(base) else "BASE"
    own = str(folder) if PLAIN.fullmatch(str(folder)) else "ADAPTER"
    line = MERGE.format(base=base, adapter=own, merged=f"{own}-merged")
    raise ForeignRefused(
        f"{name} holds {ADAPTER}: it is an adapter of PEFT ({base} is the model it was trained on), "
        "and another model would be loaded with it. Merge the two first, then give the merged folder: "
        f"{line} (vocab.json, tokenizer_config.json and preprocessor_config.json of its training belong "
        "beside it)."
    )


def refuse_folder(folder: Path, name: str) -> None:
    """Refuse a folder without a config.json, with what it seems to be.

    Raises:
        ModelRefused: always.
    """
    if checkpoints := trainer_checkpoints(folder):
        raise ModelRefused(
            f"{name} has no config.json, but checkpoints of a Trainer: give one of them, such as "
            f"{checkpoints[-1]}."
        )
    if any((folder / part).is_dir() for part in ("arms", "checkpoints")):
        raise ModelRefused(
            f"{name} is a run that has no model yet ({folder / 'model'} is not there): go on with it, "
            "by its recipe with --resume."
        )
    for ending, kind in FILES.items():
        if found := sorted(folder.glob(f"*{ending}")):
            raise ModelRefused(
                f"{name} has no config.json; it holds {found[0].name}, {kind}. {ANOTHER_WAY}."
            )
    raise ModelRefused(
        f"{name} has no config.json ({folder / 'config.json'}): it is not a model folder. {GIVE[0].upper()}{GIVE[1:]}."
    )


def trainer_checkpoints(folder: Path) -> list[Path]:
    """The folders `checkpoint-120` of transformers' Trainer in a folder, by their steps."""
    found = [p for p in folder.glob("checkpoint-*") if is_checkpoint(p)]
    return sorted(found, key=lambda p: int(p.name.removeprefix("checkpoint-")))


def is_checkpoint(folder: Path) -> bool:
    """True for a folder `checkpoint-120` as transformers' Trainer names them, with a model in it."""
    named = re.fullmatch(r"checkpoint-\d+", folder.name)
    return bool(named) and (folder / "config.json").is_file()


def not_ctc(model_type: object, name: str) -> str | None:
    """A sentence on a model that writes with a decoder; None for other types."""
    if model_type not in DECODERS:
        return None
    return (
        f"{name} is a {model_type!r} checkpoint: such a model writes with a decoder, and has no CTC head "
        f"to carry letters over from. {OPENED}. {INSTEAD}."
    )


def small_json(file: Path) -> dict[str, object]:
    """A small JSON object; empty where the file is not there, or something else."""
    if not file.is_file() or file.stat().st_size > MAX_BYTES:
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
