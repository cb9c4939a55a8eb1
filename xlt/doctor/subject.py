"""Subject of an overfitting check: a recipe file, the folder of a run, or a prepared dataset.

Read without torch, so that a wrong path is answered at once.
"""

from dataclasses import dataclass
from pathlib import Path

from xlt.dataset.account import REPORT, Account
from xlt.language import rules
from xlt.language.rules import Language
from xlt.models.location import located
from xlt.recipe.options import SMALL_SOURCE
from xlt.recipe.recipe_file import read_recipe
from xlt.reports.record import Record
from xlt.transfer.options import Transfer

PEAK = 5e-4
"""Learning rate where no recipe names one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Prepared data, a source and options, as a user named them."""

    data: Path
    language: Language
    source: str
    revision: str | None = None
    transfer: Transfer = Transfer()
    peak: float = PEAK


def subject(
    what: Path, source: str | None = None, *, revision: str | None = None, out: Path = Path("runs")
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
        source, peak = source or recipe.source, recipe.training.schedule.peak
        revision = revision or recipe.revision
    else:
        data = what / "data" if (what / "data").is_dir() else what
        record = what / "record.json"
        known = str(Record.load(record).source["id"]) if record.is_file() else SMALL_SOURCE
        source = source or known
    if not (data / REPORT).is_file():
        raise ValueError(
            f"{data} is not a prepared dataset. Make it: `xlt prepare`, or the recipe with "
            "--prepare-only."
        )
    language = rules.get(Account.load(data).language)
    located(source)
    return Subject(
        data=data,
        language=language,
        source=source,
        revision=revision,
        transfer=options,
        peak=peak,
    )
