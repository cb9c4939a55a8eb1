"""Subject of an overfitting check: a recipe file, the folder of a run, or a prepared dataset.

Read without torch, so that a wrong path is answered at once.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from xlt.corpora.prepared import not_prepared
from xlt.dataset.account import REPORT, Account
from xlt.language import rules
from xlt.language.rules import Language
from xlt.models.location import Opening, located
from xlt.recipe.options import SMALL_SOURCE
from xlt.recipe.recipe_file import read_recipe
from xlt.reports.record import Record
from xlt.system.mending import Mendable
from xlt.transfer.options import Transfer

PEAK = 5e-4
"""Learning rate where no recipe names one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Prepared data, a source and options, as a user named them."""

    data: Path
    language: Language
    source: str
    opening: Opening = Opening()
    transfer: Transfer = Transfer()
    peak: float = PEAK


def subject(
    what: Path,
    source: str | None = None,
    opening: Opening = Opening(),
    *,
    out: Path = Path("runs"),
) -> Subject:
    """The subject that a recipe file, a run folder, or a prepared dataset names.

    A recipe's data is that of its run under `out`; a finished run names its source itself.

    Raises:
        ValueError: with what to do, if nothing is prepared, or the source is not there.
    """
    options, peak = Transfer(), PEAK
    if what.suffix == ".py":
        recipe = read_recipe(what)
        data, options = out / recipe.name / "data", recipe.transfer
        if source in (None, recipe.source) and opening == Opening():
            opening = recipe.opening
        source, peak = source or recipe.source, recipe.training.schedule.peak
    else:
        data = what / "data" if (what / "data").is_dir() else what
        record = what / "record.json"
        of_run = Record.load(record).source if record.is_file() else {"id": SMALL_SOURCE}
        if source is None and of_run.get("commit"):
            opening = replace(opening, revision=str(of_run["commit"]))
        source = source or str(of_run["id"])
    if not (data / REPORT).is_file():
        raise (
            Mendable(
                f"{data} is not a prepared dataset. Make it: `xlt prepare`, or the recipe with "
                "--prepare-only.",
                line=f"python {what} --prepare-only --out {out}",
            )
            if what.suffix == ".py"
            else not_prepared(data)
        )
    language = rules.get(Account.load(data).language)
    located(source, opening.revision)
    return Subject(
        data=data,
        language=language,
        source=source,
        opening=opening,
        transfer=options,
        peak=peak,
    )
