"""The line `xlt train WHAT DATA ... FLAGS`: a language or a recipe file, data by its paths, flags.

`WHAT` is read as `recipe_file` says, every path as `corpora.resolve` does, and the flags are those of
the recipe. A run on named data has a name of its own: `xlt train es data/mine` makes runs/es-mine.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from xlt.corpora.base import CorpusError
from xlt.corpora.builders import AnyCorpus
from xlt.corpora.common_voice import CommonVoice
from xlt.corpora.folder import Folder
from xlt.corpora.hub import is_hub_id
from xlt.corpora.prepared import REPORT, Prepared
from xlt.corpora.resolve import ARCHIVES, resolve
from xlt.language.custom import named
from xlt.recipe.launch import Launch, parse
from xlt.recipe.recipe_file import recipe_for
from xlt.system.mending import Mendable, near_path

SWITCHES = frozenset(
    "mini no-mini smoke no-smoke resume no-resume prepare-only no-prepare-only dry-run no-dry-run "
    "traceback no-traceback compare no-compare".split()
)
"""Flags without a value, after which a path is data all the same."""
OF_A_RUN = "data"
"""Folder of a run that holds its dataset."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainLine:
    """Parts of a command line."""

    what: str
    """A language or the file of a recipe."""
    data: tuple[Path, ...]
    flags: tuple[str, ...]

    @classmethod
    def of(cls, arguments: Sequence[str]) -> "TrainLine":
        """The parts of the words after `xlt train`.

        Raises:
            ValueError: nothing says what is to be trained.
        """
        if not arguments or arguments[0].startswith("-"):
            raise Mendable(
                "name a language, or the file of a recipe, first.",
                line="xlt train es my-recordings --dry-run",
            )
        data, flags, free = [], [], True
        for word in arguments[1:]:
            named = word.startswith("-") or re.match(r"data\.\d+:", word) is not None
            if free and not named:
                data.append(Path(word))
                continue
            free = word.removeprefix("--").replace("_", "-") in SWITCHES
            flags.append(word)
        return cls(what=arguments[0], data=tuple(data), flags=tuple(flags))

    def instead(self, before: str, after: str) -> "TrainLine":
        """The line with another value of a flag."""
        flags = tuple(after if word == before else word for word in self.flags)
        given = f"--language={before}"
        return replace(self, flags=tuple(f"--language={after}" if w == given else w for w in flags))

    def value(self, flag: str) -> str | None:
        """The value that a flag is given, --flag VALUE or --flag=VALUE; None without it."""
        for i, word in enumerate(self.flags):
            if word == flag and i + 1 < len(self.flags):
                return self.flags[i + 1]
            if word.startswith(f"{flag}="):
                return word.partition("=")[2]
        return None


def launch_of(line: TrainLine) -> Launch:
    """The launch that a line asks for.

    Raises:
        ValueError: an unknown language or recipe, or a path with nothing that could be trained on.
    """
    recipe = recipe_for(line.what, line.value("--source"))
    if given := line.value("--language"):
        line = line.instead(given, named(given).code)
    language = line.value("--language") or recipe.language
    if not line.data:
        if not recipe.data and not any(word.startswith("data.") for word in line.flags):
            raise Mendable(
                "no data is named: give a folder, a table, an archive or a prepared dataset.",
                line=shlex.join(["xlt", "train", line.what, "my-recordings", *line.flags]),
            )
        return parse(recipe, list(line.flags), prog=f"xlt train {line.what}")
    resumed = "--resume" in line.flags
    data = tuple(_corpus(path, language, line.what, resumed) for path in line.data)
    recipe = replace(recipe, name=_name(recipe.name, line.data[0]), language=language, data=data)
    return parse(recipe, list(line.flags), data=data, prog=f"xlt train {line.what} DATA")


def _corpus(path: Path, language: str, what: str, resumed: bool) -> AnyCorpus:
    """The corpus at a path; one that has gone is only named, where a run is resumed without it."""
    if not path.exists():
        near = near_path(path)
        if near is None and is_hub_id(path):
            return resolve(path, language)
        if resumed:
            archive = path.name.lower().endswith(ARCHIVES)
            return CommonVoice.at(path, language) if archive else Folder.at(path, language)
        raise CorpusError(
            f"There is nothing at {path}: give a folder of recordings, a table, an archive, a prepared "
            "dataset, or the id of one on the Hub.",
            words={} if near is None else {str(path): str(near)},
            line="" if near else f"xlt train {what} my-recordings --dry-run",
        )
    for folder in (path, path / OF_A_RUN):
        if (folder / REPORT).is_file():
            return Prepared(path=folder)
    return resolve(path, language)


def _name(recipe: str, data: Path) -> str:
    """Name of a run on named data: that of the recipe and that of the data."""
    whole = data.resolve()
    if whole.name == OF_A_RUN and (whole / REPORT).is_file():
        whole = whole.parent
    plain = re.sub(r"[^\w-]+", "-", whole.name.split(".")[0] or whole.name).strip("-") or "data"
    return (
        plain if plain.startswith(f"{recipe}-") and whole == data.resolve() else f"{recipe}-{plain}"
    )
