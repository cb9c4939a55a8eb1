"""A run in words and rows of text: headline, notes, transfer, account, facts.

Reads a record as a plain mapping and shows what is in it; nothing in it is required. The report
and the model card both print these.
"""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from xlt.dataset.account import account_rows
from xlt.dataset.limitations import caveats
from xlt.language.rules import get
from xlt.reports.table import BASELINE, Arm, percent, title
from xlt.scoring.caveats import too_few

KINDS: Sequence[tuple[str, str, frozenset[str]]] = (
    ("same", "the source's own row", frozenset({"same letter", "blank", "delimiter", "unknown"})),
    ("fold", "another case or accent", frozenset({"case fold", "accent fold"})),
    ("mean", "mean or learned", frozenset({"mean of several", "learned map"})),
    ("fresh", "fresh, random", frozenset({"fresh"})),
)
"""Colour class, its meaning, and the values of `how` that it covers."""


def headline(record: Mapping[str, Any], rows: Sequence[Arm]) -> str:
    """The result in one or two sentences."""
    chosen = next((r for r in rows if r.name == record.get("chosen")), None)
    chosen = chosen or next((r for r in reversed(rows) if r.score), None)
    source = (record.get("source") or {}).get("id")
    moved = source and (chosen is None or chosen.name != BASELINE)
    what = f"A recogniser of {language(record)}" + (f", made from {source}" if moved else "")
    if chosen is None or chosen.score is None:
        return f"{what}; the run has no test score."
    score = chosen.score
    text = (
        f"{what} ({chosen.title}), makes {percent(score.characters.rate)} character errors and "
        f"{percent(score.words.rate)} word errors on {score.utterances:,} utterances of "
        f"{score.conditions.data} ({score.conditions.split})."
    )
    if chosen.against_baseline is not None:
        less = "fewer" if chosen.against_baseline < 0 else "more"
        text += (
            f" That is {abs(100 * chosen.against_baseline):.0f} % {less} character errors than "
            "the same steps from scratch."
        )
    return text


def language(record: Mapping[str, Any]) -> str:
    """Name of the record's language; its code where xlt has no rules for it."""
    code = str(record.get("language") or "an unnamed language")
    try:
        return get(code).name
    except ValueError:
        return code


def notes(record: Mapping[str, Any]) -> list[str]:
    """Caveats for a reader who compares the figures with others."""
    score = (record.get("scores") or {}).get(record.get("chosen")) or {}
    few = too_few(score["utterances"]) if "utterances" in score else []
    return [*few, *caveats(record.get("account") or {})]


def transfer_tables(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For every arm with rows: its labels, each with where it came from, and counts by kind."""
    tables = []
    for arm, report in (record.get("transfer") or {}).items():
        rows = [_transfer_row(row) for row in report.get("rows") or ()]
        if rows:
            seen = Counter(row["kind"] for row in rows)
            legend = [(kind, what, seen[kind]) for kind, what, _ in KINDS if seen[kind]]
            dropped = (report.get("layers_before") or 0) - (report.get("layers_after") or 0)
            tables.append(
                {
                    "title": title(arm),
                    "open": arm == record.get("chosen"),
                    "rows": rows,
                    "legend": legend,
                    "dropped": dropped,
                }
            )
    return tables


def _transfer_row(row: Mapping[str, Any]) -> dict[str, str]:
    how = str(row.get("how") or "fresh")
    return {
        "token": str(row.get("token")),
        "sources": " + ".join(map(str, row.get("sources") or ())),
        "how": how,
        "kind": next((kind for kind, _, hows in KINDS if how in hows), "mean"),
    }


def account_tables(account: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Heading and rows of (what, count, remark) of the account; empty tables are left out."""
    tables: dict[str, list[tuple[str, str, str]]] = {}
    for row in account_rows(account, ranked=True):
        line = row.name or "all corpora", f"{row.clips:,}", row.note or _hours(row.hours)
        tables.setdefault(row.kind, []).append(line)
    more = [
        ("corrections of transcripts", _ranked({"made": account.get("corrected") or 0})),
        ("letters folded", _ranked(account.get("folded"))),
        ("characters dropped", _ranked(account.get("dropped"))),
    ]
    return [(heading, rows) for heading, rows in [*tables.items(), *more] if rows]


def _hours(hours: float | None) -> str:
    return "" if hours is None else f"{hours:.2f} h" if hours >= 1 else f"{60 * hours:.1f} min"


def _ranked(counts: Mapping[str, int] | None) -> list[tuple[str, str, str]]:
    items = sorted(((k, n) for k, n in (counts or {}).items() if n), key=lambda i: (-i[1], i[0]))
    return [(what.replace("_", " "), f"{n:,}", "") for what, n in items]


def facts(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Facts needed to judge or repeat the run: source, versions, machine, command."""
    source, hardware = record.get("source") or {}, record.get("hardware") or {}
    score: Mapping[str, Any] = next(iter((record.get("scores") or {}).values()), {})
    timings = record.get("timings_s") or {}
    found = {
        "source": _joined(source.get("id"), source.get("family"), _short(source.get("sha256"))),
        "normaliser": score.get("normaliser"),
        "decoder": score.get("decoder"),
        "seeds": _listed(record.get("seeds")),
        "time": ", ".join(f"{k} {_minutes(v)}" for k, v in timings.items()),
        "hardware": _joined(hardware.get("processor"), _cores(hardware), hardware.get("system"))
        + "".join(f", {name}" for name in hardware.get("accelerators") or ()),
        "versions": _listed(record.get("versions")),
        "command": _command(record.get("command")),
    }
    return [(what, str(value)) for what, value in found.items() if value]


def _short(digest: str | None) -> str:
    return f"sha256 {digest[:12]}…" if digest else ""


def _cores(hardware: Mapping[str, Any]) -> str:
    return f"{hardware['cores']} cores" if hardware.get("cores") else ""


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _joined(*parts: str | None) -> str:
    return ", ".join(str(part) for part in parts if part)


def _listed(values: Mapping[str, Any] | None) -> str:
    return ", ".join(f"{key} {value}" for key, value in (values or {}).items())


def _command(command: str | Sequence[str] | None) -> str:
    return command if isinstance(command, str) else shlex.join(command or ())
