"""The model card of a run, made from its record alone.

Every text that comes from the record is escaped where the template prints it, so a corpus or a
file with a hostile name can't add markup, links or metadata to the card.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources
from typing import Any

from huggingface_hub import ModelCardData
from jinja2 import Environment, StrictUndefined

from xlt.dataset.account import account_rows
from xlt.models.licences import forbids_commerce
from xlt.reports.card_metadata import metadata, one_line
from xlt.reports.record import Record
from xlt.reports.summary import facts, headline, notes
from xlt.reports.table import (
    BASELINE,
    HEADINGS,
    YARDSTICK,
    Arm,
    arms,
    cells,
    last,
    percent,
    resampled,
    title,
    used,
)

SPECIALS = re.compile(r"[\\`*_{}\[\]#|~$]")
BEGIN = (
    "<!-- xlt: from here on written anew by every push; text before and after the marks is kept -->"
)
END = "<!-- xlt: to here -->"
VARIANTS: Mapping[str, str] = {
    "source": "the source as it was, not trained further",
    "scratch": "trained from random weights",
    "fresh": "fine-tuned from the source, output layer begun at random",
    "letters": "fine-tuned from the source, output layer begun from its letters",
}
"""Arm of a run -> its name for readers who know nothing of xlt; others keep their own."""
HEADING = {
    "arm": "model",
    f"reaches {YARDSTICK}'s at step": "as good as the one begun at random at step",
    f"CER vs {BASELINE}": "CER against random weights",
}
"""Headings of the run's table -> those of the card, where they differ."""
SMALL_HOURS = 10.0
"""Training speech below which the card warns that there was little."""


class Markdown(str):
    """Text that is Markdown already, so that the template prints it as it is."""

    __slots__ = ()


def model_card(
    record: Record,
    repo: str | None = None,
    licence: str | None = None,
    *,
    with_transcripts: bool = True,
) -> str:
    """The whole README.md of the published model: metadata and text.

    Args:
        record: of the finished run.
        repo: Hub id that it is published as; None: the text shows a placeholder.
        licence: licence of the model; None: the record's.
        with_transcripts: transcripts/ goes up beside it.
    """
    data = record.to_dict()
    rows = [replace(row, title=variant(row.name)) for row in arms(data)]
    terms = metadata(record, repo, licence)
    columns = used([cells(row) for row in rows])
    environment = Environment(
        finalize=lambda value: value if isinstance(value, Markdown) else escape(str(value)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(code=code, cell=cell, block=block)
    template = resources.files("xlt.reports").joinpath("templates", "card.md.jinja")
    body = environment.from_string(template.read_text(encoding="utf-8")).render(
        name=record.name,
        repo=repo or f"you/{record.name}",
        headline=headline(data, rows),
        notes=notes(data),
        headings=[HEADING.get(HEADINGS[i], HEADINGS[i]) for i in columns],
        rows=[[cells(row)[i] for i in columns] for row in rows],
        resampled=resampled(rows),
        chosen=variant(record.chosen),
        courses=courses(record, rows),
        corpora=corpora(record.account),
        account=account_cells(record.account),
        letters=[t for t in record.labels if not _special(t)],
        specials=[t for t in record.labels if _special(t)],
        transfer=transfer_rows(record),
        limits=limits(record),
        licence=licence_sentence(terms),
        facts=[(what, value) for what, value in facts(data) if what != "command"],
        revision=record.source.get("commit"),
        command=record.command,
        with_transcripts=with_transcripts,
    )
    return f"---\n{terms.to_yaml()}\n---\n\n{BEGIN}\n\n{body}\n{END}\n"


def variant(arm: str) -> str:
    """Name of an arm for readers who know nothing of xlt."""
    return VARIANTS.get(arm, title(arm))


def licence_sentence(data: ModelCardData) -> str:
    """A sentence on the licence of the model, or on there being none."""
    if data.license is None:
        return "No licence is stated for this model, so nobody is told what they may do with it. Ask its author."
    if data.license != "other":
        return f"Licence of the model: {data.license}."
    return f"Licence of the model: {data.license_name}" + (
        f", {data.license_link}." if data.license_link else "; its text is not linked here."
    )


def corpora(account: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Corpora: (name, clips kept, licence)."""
    kept, licences = account.get("corpora") or {}, account.get("licences") or {}
    return [
        (name, f"{kept[name]:,}" if name in kept else "", licences.get(name, "not stated"))
        for name in dict.fromkeys([*kept, *licences])
    ]


def account_cells(account: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Cells of the account's table: (what, clips, hours)."""
    return [
        (row.what, f"{row.clips:,}", "" if row.hours is None else f"{row.hours:.2f}")
        for row in account_rows(account)
    ]


def transfer_rows(record: Record) -> list[tuple[str, int, str]]:
    """Rows of the chosen arm's head by how they were made: (how, count, labels)."""
    rows = record.transfer.get(record.chosen, {}).get("rows") or ()
    counts = Counter(row["how"] for row in rows)
    return [
        (how, n, "  ".join(_origin(row) for row in rows if row["how"] == how))
        for how, n in counts.items()
    ]


def _origin(row: Mapping[str, Any]) -> str:
    sources = "+".join(row.get("sources") or ())
    return row["token"] if sources in ("", row["token"]) else f"{row['token']}←{sources}"


def courses(record: Record, rows: Sequence[Arm]) -> list[tuple[str, str, str, str, str]]:
    """Training in short: (arm, steps, epochs, last loss, last and best dev CER)."""
    found = []
    for row in rows:
        curve = record.curves.get(row.name) or ()
        if curve:
            epoch, loss = last(curve, "epoch"), last(curve, "loss")
            dev = f"{percent(row.dev_cer)} (best {percent(row.best_dev_cer)})"
            found.append(
                (
                    row.title,
                    f"{row.steps:,}" if row.steps is not None else "–",
                    f"{epoch:.0f}" if epoch is not None else "–",
                    f"{loss:.3f}" if loss is not None else "–",
                    dev,
                )
            )
    return found


def limits(record: Record) -> list[str]:
    """Limits of the model, from the record's own figures."""
    found = notes(record.to_dict())
    train_hours = (record.account.get("hours") or {}).get("train")
    if train_hours is not None and train_hours < SMALL_HOURS:
        found.append(
            f"Little speech: fine-tuned on {train_hours:.2f} hours. Other microphones, rooms, "
            "accents and subjects will give more errors."
        )
    licence = one_line(str(record.source.get("licence") or ""))
    if forbids_commerce(licence):
        found.append(
            f"Its source, {record.source.get('id')}, is under {licence}: not for commercial use, and so "
            "are the weights that were made of it."
        )
    found.append(
        "It writes only the letters of its alphabet: no capitals, no punctuation, no digits."
    )
    found.append("It hears 16 kHz mono speech, and writes letters for music and noise, too.")
    return found


def escape(text: str) -> str:
    """Text as Markdown that shows just this text: no markup, HTML, links or line breaks."""
    text = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = SPECIALS.sub(r"\\\g<0>", text)
    return text.replace("://", "&#58;//").replace("www.", "www&#46;").replace("@", "&#64;")


def code(text: str) -> Markdown:
    """Text as a code span; backticks become quotes."""
    line = one_line(str(text)).replace("`", "'")
    return Markdown(f"`{line}`" if line else "")


def cell(text: str) -> Markdown:
    """Text as a code span inside a table, where a bar must be escaped."""
    return Markdown(code(text).replace("|", "\\|"))


def block(text: str) -> Markdown:
    """Text for a fenced block: printable, and unable to close the fence."""
    lines = [one_line(line) for line in str(text).splitlines()]
    return Markdown("\n".join(lines).replace("```", "'''").replace("~~~", "'''"))


def _special(token: str) -> bool:
    return len(token) > 1 or token == "|"
