"""Location of a checkpoint: a folder, one that comes with the package, or a Hub id.

Nothing heavy is imported here, so that a wrong name is refused before torch is loaded.
"""

from pathlib import Path

from xlt.models.safety import INDEX, ModelRefused

EMBEDDED = Path(__file__).parent / "sources"
"""Folder of the checkpoints that come with the package; `xlt:en-mini` names one of them."""
PREFIX = "xlt:"
PICKLE = "pytorch_model.bin"
EXTRACTOR_FILES = ("preprocessor_config.json", "processor_config.json")
"""Files that may hold the feature extractor, the first that is there."""
NEEDED = {
    "config.json": (),
    "model.safetensors": (INDEX, PICKLE),  # the latter is refused by who opens weights
    "vocab.json": (),
    EXTRACTOR_FILES[0]: EXTRACTOR_FILES[1:],
}
"""Files of a folder that a recogniser opens -> files that may be there instead."""


def located(name: str) -> Path | None:
    """Folder of a checkpoint on this machine; None for a Hub id, which is downloaded later.

    Raises:
        ModelRefused: there is no such checkpoint, or the folder is not one of a model.
    """
    if name.startswith(PREFIX):
        folder = EMBEDDED / name.removeprefix(PREFIX)
        if not folder.is_dir():
            known = ", ".join(sorted(f"xlt:{p.name}" for p in EMBEDDED.iterdir() if p.is_dir()))
            raise ModelRefused(f"No checkpoint {name} comes with the package. There is: {known}.")
        return folder
    if Path(name).is_dir():
        configuration_file(Path(name), name)
        return Path(name)
    if name.count("/") != 1 or name.startswith((".", "/")):
        raise ModelRefused(
            f"No checkpoint at {name}: not a folder here, and not a Hub id (owner/name)."
        )
    return None


def configuration_file(folder: Path, name: str) -> Path:
    """The config.json of a model folder.

    Raises:
        ModelRefused: the folder has none.
    """
    file = folder / "config.json"
    if not file.is_file():
        raise ModelRefused(f"{name} has no config.json ({file}): it is not a model folder.")
    return file


def check_model_folder(folder: Path) -> None:
    """Refuse a folder that lacks a file of a trained recogniser.

    Raises:
        ModelRefused: with the files that are missing, and what to give instead.
    """
    missing = [
        name
        for name, also in NEEDED.items()
        if not any((folder / file).is_file() for file in (name, *also))
    ]
    if missing:
        state = f"lacks {', '.join(missing)}" if folder.is_dir() else "is not there"
        raise ModelRefused(
            f"the model folder {folder} {state}: give a folder that a run has finished "
            "(runs/<name>/model) or a downloaded checkpoint with safetensors weights"
        )
