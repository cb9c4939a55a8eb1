"""Location of a checkpoint by its name: a folder, one that comes with the package, or a Hub id.

Every verb and every recipe finds models by these rules. Nothing heavy is imported here, so that a
wrong name is refused before torch is loaded.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from xlt.models.other_formats import (
    GIVE,
    is_checkpoint,
    not_ctc,
    refuse_adapter,
    refuse_file,
    refuse_folder,
    small_json,
)
from xlt.models.safety import INDEX, ModelRefused
from xlt.system.mending import near_path

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
RUNS = Path("runs")
"""Folder of runs, in which a bare name is looked for."""
HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
REVISION = re.compile(r"[A-Za-z0-9][\w./-]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class HubId:
    """A repository on the Hub, at a revision of it."""

    repo: str
    """owner/name."""
    revision: str | None = None
    """Branch, tag, commit id, or a pull request's ref (`refs/pr/5`); None: main."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """Options of opening a model by its name: the same flags for every verb."""

    revision: str | None = None
    """Revision of a Hub id: a branch, a commit id, refs/pr/5; or name the model owner/name@revision."""
    source_language: str | None = None
    """Language to take of a model that has a head and an adapter for each, as MMS: deu, or de."""
    allow_pickle: bool = False
    """Open a model that has pickled weights alone: they are read by torch's weights_only."""


def located(name: str, revision: str | None = None) -> Path | None:
    """Folder of a checkpoint on this machine; None for a Hub id, which is downloaded later.

    A run (`runs/es`) stands for its chosen model.

    Raises:
        ModelRefused: there is no such checkpoint, or the folder is not one of a model.
    """
    if name.startswith(PREFIX):
        folder = EMBEDDED / name.removeprefix(PREFIX)
        if not folder.is_dir():
            known = ", ".join(sorted(f"xlt:{p.name}" for p in EMBEDDED.iterdir() if p.is_dir()))
            near = get_close_matches(name, known.split(", "), n=1, cutoff=0.3)
            raise ModelRefused(
                f"No checkpoint {name} comes with the package. There is: {known}.",
                words={name: near[0]} if near else {},
            )
        return folder
    path = Path(name)
    if path.is_file():
        refuse_file(path)
    if path.is_dir():
        folder = path if (path / "config.json").exists() else _model_of_run(path)
        refuse_adapter(folder, name)
        content = small_json(configuration_file(folder, name))
        if sentence := not_ctc(content.get("model_type"), name):
            raise ModelRefused(sentence)
        return folder
    hub_id(name, revision)
    return None


def hub_id(name: str, revision: str | None = None) -> HubId:
    """The repository that `owner/name` or `owner/name@revision` names.

    Raises:
        ModelRefused: it is not such a name, or says another revision than `revision`.
    """
    repo, at, own = name.partition("@")
    if not HUB_NAME.fullmatch(repo):
        raise ModelRefused(
            f"No checkpoint at {name}: not a folder here, and not a Hub id (owner/name).",
            words=meant(name),
        )
    if at and not REVISION.fullmatch(own):
        raise ModelRefused(
            f"{name} names no revision after @: write it as {repo}@main, {repo}@refs/pr/5, or with a "
            "commit id."
        )
    if own and revision not in (None, own):
        raise ModelRefused(
            f"{name} and the revision {revision} contradict each other: give one of the two."
        )
    return HubId(repo=repo, revision=own or revision)


def configuration_file(folder: Path, name: str) -> Path:
    """The config.json of a model folder.

    Raises:
        ModelRefused: the folder has none.
    """
    file = folder / "config.json"
    if not file.is_file():
        refuse_folder(folder, name)
    return file


def folder_with(folder: Path, *files: str) -> Path:
    """The folder that has one of the files: the model's own, or the one above a Trainer's checkpoint.

    The model's own where neither has them.
    """
    places = (folder, folder.absolute().parent) if is_checkpoint(folder) else (folder,)
    return next((p for p in places if any((p / file).is_file() for file in files)), folder)


def located_recogniser(name: str, opening: Opening = Opening()) -> Path | None:
    """Folder of a recogniser on this machine; None for a Hub id.

    Raises:
        ModelRefused: there is no such model, or it lacks a file of a trained recogniser.
    """
    known = name.startswith(PREFIX) or HUB_NAME.fullmatch(name.partition("@")[0])
    if not known and not Path(name).exists():
        raise ModelRefused(_not_there(Path(name)), words=meant(name))
    folder = located(name, opening.revision)
    if folder is not None:
        check_model_folder(folder)
    return folder


def check_model_folder(folder: Path) -> None:
    """Refuse a folder that lacks a file of a trained recogniser.

    Raises:
        ModelRefused: with the files that are missing, and what to give instead.
    """
    if not folder.is_dir():
        raise ModelRefused(_not_there(folder))
    missing = [name for name, also in NEEDED.items() if not _has(folder, (name, *also))]
    rows = small_json(folder / "config.json").get("vocab_size")
    if missing == ["vocab.json"] and isinstance(rows, int):
        raise ModelRefused(f"{labels_unknown(str(folder), rows)}.")
    if missing:
        raise ModelRefused(f"the model folder {folder} lacks {', '.join(missing)}: {GIVE}")


def labels_unknown(name: str, rows: int) -> str:
    """A sentence on a head whose labels nobody knows."""
    return (
        f"{name} has a head of {rows} labels, but no vocab.json that says which letters they are: copy "
        "it from the training, with tokenizer_config.json, into the folder or, for a Trainer's "
        "checkpoint, into the one above"
    )


def run_of(path: Path) -> Path:
    """The run that a model folder belongs to; the path itself where it is none of a run.

    `runs/es/model` stands for `runs/es`, as a run stands for its model elsewhere.
    """
    above = path.absolute().parent
    own = path.name == "model" and not (path / "record.json").exists()
    return path.parent if own and (above / "record.json").is_file() else path


def _has(folder: Path, files: tuple[str, ...]) -> bool:
    """True if one of the files is there; labels and extractor may lie above a checkpoint."""
    weights = files[0] in ("config.json", "model.safetensors")
    place = folder if weights else folder_with(folder, *files)
    return any((place / file).is_file() for file in files)


def _not_there(folder: Path) -> str:
    return f"the model folder {folder} is not there: {GIVE}"


def meant(name: str) -> dict[str, str]:
    """The name of a model that is not there -> the one that is: the run of that name, or one like it."""
    run = RUNS / name
    found = run if (run / "record.json").is_file() else near_path(Path(name))
    return {} if found is None or not found.is_dir() else {name: str(found)}


def _model_of_run(path: Path) -> Path:
    """The chosen model of a run, of which it has one; else the folder itself."""
    is_run = (path / "record.json").is_file() or (path / "arms").is_dir()
    return path / "model" if is_run and (path / "model").is_dir() else path
