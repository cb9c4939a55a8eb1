"""Location of a checkpoint: a folder, one that comes with the package, or a Hub id.

Nothing heavy is imported here, so that a wrong name is refused before torch is loaded.
"""

from pathlib import Path

EMBEDDED = Path(__file__).parent / "sources"
"""Folder of the checkpoints that come with the package; `xlt:en-mini` names one of them."""
PREFIX = "xlt:"


class SourceRefused(ValueError):
    """A checkpoint that can't be used; the message says what was seen and what is allowed."""


def located(name: str) -> Path | None:
    """Folder of a checkpoint on this machine; None for a Hub id, which is downloaded later.

    Raises:
        SourceRefused: there is no such checkpoint, or the folder is not one of a model.
    """
    if name.startswith(PREFIX):
        folder = EMBEDDED / name.removeprefix(PREFIX)
        if not folder.is_dir():
            known = ", ".join(sorted(f"xlt:{p.name}" for p in EMBEDDED.iterdir() if p.is_dir()))
            raise SourceRefused(f"No checkpoint {name} comes with the package. There is: {known}.")
        return folder
    if Path(name).is_dir():
        configuration_file(Path(name), name)
        return Path(name)
    if name.count("/") != 1 or name.startswith((".", "/")):
        raise SourceRefused(
            f"No checkpoint at {name}: not a folder here, and not a Hub id (owner/name)."
        )
    return None


def configuration_file(folder: Path, name: str) -> Path:
    """The config.json of a model folder.

    Raises:
        SourceRefused: the folder has none.
    """
    file = folder / "config.json"
    if not file.is_file():
        raise SourceRefused(f"{name} has no config.json ({file}): it is not a model folder.")
    return file


def check_model_folder(folder: Path) -> None:
    """Refuse a folder that lacks a file of a trained recogniser.

    Raises:
        ValueError: with the files that are missing, and what to give instead.
    """
    needed = ("config.json", "model.safetensors", "vocab.json")
    missing = [name for name in needed if not (folder / name).is_file()]
    if (folder / "model.safetensors.index.json").is_file() and "model.safetensors" in missing:
        missing.remove("model.safetensors")
    if missing:
        state = f"lacks {', '.join(missing)}" if folder.is_dir() else "is not there"
        raise ValueError(
            f"the model folder {folder} {state}: give a folder that a run has finished "
            "(runs/<name>/model) or a downloaded checkpoint with safetensors weights"
        )
