"""Dataset card of a prepared folder: README.md, whose metadata names the splits for `datasets`."""

from huggingface_hub import DatasetCardData

from xlt.dataset.account import Account, AccountRow, account_rows
from xlt.dataset.splits import DEV, SPLITS

HUB_LICENCES = frozenset(
    ("cc0-1.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-nd-4.0", "gpl-3.0")
)
"""Licences that the Hub knows by these names; it shows any other as "other"."""

BODY = """# {title}

Speech with transcripts in {language}, prepared for CTC training: 16 kHz, mono, 16-bit FLAC.
Columns: `id`, `audio`, `sha256` (of its bytes), `samples_sha256` (of its 16-bit samples, the same
however they are encoded), `text` (normalised, rules {normaliser}), `transcript` (as published), `speaker`, `duration` (seconds), `corpus`, `language`, `licence`.

```python
from datasets import load_dataset

dataset = load_dataset("<this folder>")
```

`datasets` decodes `audio` by torchcodec (`pip install torchcodec`, and FFmpeg's libraries); without it,
`dataset.cast_column("audio", Audio(decode=False))` gives the FLAC bytes.

## Sources

{sources}

## Account

{account}

`rejected.tsv` names every rejected clip with its reason. `report.json` holds this table as data, and
the SHA-256 of every file: `xlt verify <this folder>` compares them.

## To know

{remarks}
"""


def dataset_card(account: Account) -> str:
    """README.md of a prepared folder: front matter for the Hub, then sources, account, remarks."""
    licences = set(account.licences.values())
    known = len(licences) == 1 and next(iter(licences)).lower() in HUB_LICENCES
    data = DatasetCardData(
        language=account.language,
        license=next(iter(licences)).lower() if known else "other",
        task_categories=["automatic-speech-recognition"],
        pretty_name=account.name,
        tags=["audio", "speech", *(["synthetic"] if account.synthetic else [])],
        configs=[{"config_name": "default", "data_files": _data_files()}],
    )
    body = BODY.format(
        title=_line(account.name),
        language=account.language,
        normaliser=account.normaliser,
        sources="\n".join(_source(account, name) for name in account.corpora),
        account=_table(account),
        remarks="\n".join(f"- {_line(remark)}" for remark in account.remarks()) or "Nothing.",
    )
    return f"---\n{data.to_yaml()}\n---\n\n{body}"


def _data_files() -> list[dict[str, str]]:
    """Files of each split; the Hub's name of dev is `validation`."""
    return [{"split": "validation" if s == DEV else s, "path": f"{s}-*.parquet"} for s in SPLITS]


def _source(account: Account, name: str) -> str:
    clips, licence = account.corpora[name], account.licences[name]
    return f"- {_line(name)}: {clips:,} clips, licence {_line(licence)}"


def _table(account: Account) -> str:
    lines = ["| | clips | hours |", "|---|---:|---:|"]
    for row in account_rows(account.to_dict()):
        hours = "" if row.hours is None else f"{row.hours:.2f}"
        lines.append(f"| {_line(_noted(row))} | {row.clips:,} | {hours} |")
    return "\n".join(lines)


def _noted(row: AccountRow) -> str:
    return f"{row.what} ({row.note})" if row.note else row.what


def _line(text: str) -> str:
    """Text of a corpus on one line, escaped for a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
