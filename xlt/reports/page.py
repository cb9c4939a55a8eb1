"""One self-contained HTML file: the results of a run or a score, and the errors to mend first.

The file needs no network and no scripts, and forbids both to whatever text might smuggle them in:
every text is escaped, and a policy in its head allows nothing but its own style and sound.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from xlt.dataset.findings import ClipFinding
from xlt.reports.advice import advice
from xlt.reports.analysis import Analysis, WorstUtterance, analyse, worst
from xlt.reports.causes import causes
from xlt.reports.curves import curves_svg
from xlt.reports.embedded_audio import LONGEST_S, files_in, silence
from xlt.reports.summary import account_tables, facts, headline, notes, transfer_tables
from xlt.reports.table import HEADINGS, arms, cells, percent, rates, resampled, used
from xlt.scoring.align import MINIMUM, tally, word_paths
from xlt.scoring.compare import Comparison
from xlt.scoring.errors import Counts, Score, counted
from xlt.scoring.scored_split import ScoredSplit
from xlt.scoring.significance import PERMUTATIONS
from xlt.scoring.utterances import Scored, aligned_words
from xlt.system.files import write_atomically

MARKED, LETTERS, WORDS, MORE_WORDS, ALTERNATIVES = 40, 12, 12, 100, 4
"""Rows of marked and of plain letters and of words that are in sight at once, words in all, and
mistakes that a row lists."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; media-src data:; base-uri 'none'"
"""Content security policy: the page may load nothing, and plays only the sound inside it."""

EMPTY: Mapping[str, Any] = {
    "notes": [],
    "advice": [],
    "findings": [],
    "views": [],
    "comparison": None,
    "rows": [],
    "columns": [],
    "resampled": "",
    "curves": "",
    "timed": False,
    "transfers": [],
    "analysis": None,
    "account": [],
    "worst": [],
    "shown": 0,
    "facts": [],
}
"""Parts that a page leaves out."""


def write_report(
    record: Mapping[str, Any],
    path: Path,
    *,
    analysis: Analysis | None = None,
    views: Mapping[str, Score] | None = None,
    findings: Sequence[ClipFinding] = (),
) -> None:
    """Write the report of a run; whole or not at all.

    Args:
        record: Of the run.
        path: Where the report goes.
        analysis: The errors of the chosen arm; without it the record's samples are shown alone.
        views: Name of a view -> the chosen arm's score, counted so.
        findings: Clips of the run's data to look at first.
    """
    _write(render(record, analysis, views, findings), path)


def write_score_report(
    views: Mapping[str, Score],
    split: ScoredSplit,
    path: Path,
    *,
    title: str = "Score",
    remarks: Sequence[str] = (),
    folder: Path | None = None,
    training_words: Mapping[str, int] | None = None,
    comparison: Comparison | None = None,
) -> None:
    """Write the report of a score of any recogniser.

    Args:
        views: Name of a view -> its score; the first is the one that the errors are taken from.
        split: The test of the first view.
        path: Where the report goes.
        title: Name of the file or run that was scored.
        remarks: Caveats to be read first, a sentence each.
        folder: Where the recordings lie that the utterances name; by default the working folder.
        training_words: Word -> occurrences in training; None: unknown.
        comparison: A paired comparison with another recogniser; the views are of its a.
    """
    analysis = analyse(split, trained=training_words, listen=files_in(folder or Path()))
    page = render_score(views, analysis, title=title, remarks=remarks, comparison=comparison)
    _write(page, path)


def render(
    record: Mapping[str, Any],
    analysis: Analysis | None = None,
    views: Mapping[str, Score] | None = None,
    findings: Sequence[ClipFinding] = (),
) -> str:
    """The report of a run as HTML."""
    rows = arms(record)
    return _page(
        title=str(record.get("name") or "run"),
        headline=headline(record, rows),
        notes=notes(record),
        findings=findings,
        views=[_view(name, score) for name, score in (views or {}).items()],
        rows=[(row.name == record.get("chosen"), cells(row)) for row in rows],
        columns=used([cells(row) for row in rows]),
        resampled=resampled(rows),
        curves=Markup(curves_svg(record.get("curves") or {})),  # matplotlib escapes its text
        timed=any(row.reached is not None for row in rows) and len(rows) > 1,
        transfers=transfer_tables(record),
        account=account_tables(record.get("account") or {}),
        facts=facts(record),
        **(_samples(record) if analysis is None else _errors(analysis, causes(record))),
    )


def render_score(
    views: Mapping[str, Score],
    analysis: Analysis,
    *,
    title: str = "Score",
    remarks: Sequence[str] = (),
    comparison: Comparison | None = None,
) -> str:
    """The report of a score as HTML."""
    first = next(iter(views.values()))
    return _page(
        title=title,
        headline=comparison.verdict if comparison else _result(first),
        notes=[*remarks, *_counted_otherwise(first)],
        views=[_view(name, score) for name, score in views.items()],
        resampled=first.resampled,
        comparison=comparison,
        facts=[(name, str(score)) for name, score in views.items()],
        **_errors(analysis),
    )


def _result(score: Score) -> str:
    at = score.conditions
    if not score.words.reference:
        return (
            f"Nothing is said in the {score.utterances:,} utterances of {at.data} "
            f"({at.split}); {score.words.insertions:,} words were recognised."
        )
    return (
        f"{percent(score.words.rate)} word errors and {percent(score.characters.rate)} character "
        f"errors on {score.utterances:,} utterances of {at.data} ({at.split})."
    )


def _counted_otherwise(score: Score) -> list[str]:
    costs = score.conditions.costs
    if costs == MINIMUM:
        return []
    return [
        f"The scores count errors as {costs.name} does; the errors below are the fewest edits "
        "that explain the hypotheses, and may be a few less."
    ]


def _samples(record: Mapping[str, Any]) -> dict[str, Any]:
    """The errors of a page without an analysis: those of the record's samples."""
    samples = record.get("samples") or ()
    return {"worst": worst_samples(samples), "shown": len(samples)}


def _errors(analysis: Analysis, before: Sequence[str] = ()) -> dict[str, Any]:
    """The part of a page that an analysis fills; `before` are causes that come first."""
    return {
        "analysis": analysis,
        "advice": [*before, *advice(analysis)],
        "worst": analysis.worst,
        "shown": analysis.utterances,
    }


def _view(name: str, score: Score) -> tuple[str, ...]:
    """Cells of a view: name, then rate, interval and counts of words and of characters."""
    words, characters = score.words, score.characters
    return (
        name,
        *(*rates(words, score.word_interval), _kinds(words)),
        *(*rates(characters, score.character_interval), _kinds(characters)),
    )


def _kinds(counts: Counts) -> str:
    """As in `S 12 · D 3 · I 4`."""
    return (
        f"S\u00a0{counts.substitutions:,} · D\u00a0{counts.deletions:,} · "
        f"I\u00a0{counts.insertions:,}"
    )


def worst_samples(samples: Sequence[Mapping[str, str]]) -> list[WorstUtterance]:
    """The samples of a record with the most word errors, most errors first."""
    utterances = [
        Scored(
            id=str(sample.get("id")),
            reference=sample.get("reference") or "",
            hypothesis=sample.get("hypothesis") or "",
        )
        for sample in samples
    ]
    if not utterances:
        return []
    paths = word_paths([u.reference for u in utterances], [u.hypothesis for u in utterances])
    words = [counted(tally(path)) for path in paths]
    return worst(utterances, words, list(map(aligned_words, utterances, paths)), silence)


def _page(**content: Any) -> str:
    limits = {
        "marked": MARKED,
        "letters": LETTERS,
        "words": WORDS,
        "more_words": MORE_WORDS,
        "alternatives": ALTERNATIVES,
        "longest_s": LONGEST_S,
        "permutations": PERMUTATIONS,
    }
    page = _environment().get_template("report.html.jinja")
    return page.render({**EMPTY, **content}, headings=HEADINGS, limits=limits, policy=POLICY)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    return environment


def _template(name: str) -> str:
    return resources.files("xlt.reports").joinpath("templates", name).read_text(encoding="utf-8")


def _write(page: str, path: Path) -> None:
    write_atomically(path, page, errors="replace")  # a lone surrogate has no bytes
