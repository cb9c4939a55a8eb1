"""One account, shown in four places, with the same rows and caveats. Run: pytest tests/dataset/test_account.py.

Also tests: xlt/dataset/card.py
"""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from places import GOLDEN

from xlt.dataset.account import REPORT, Account, account_rows
from xlt.dataset.card import dataset_card
from xlt.dataset.limitations import caveats
from xlt.reports.card import account_cells, limits
from xlt.reports.record import Record
from xlt.reports.summary import account_tables, notes

ACCOUNT = Account(
    language="es",
    normaliser="xlt-2",
    corpora={"tones": 1_200},
    licences={"tones": "CC0-1.0"},
    clips_in=1_264,
    kept={"train": 1_000, "dev": 100, "test": 100},
    hours={"train": 1.25, "dev": 0.125, "test": 0.125},
    rejected={"duplicate_audio": 3, "too_short": 60, "unknown_letters": 1},
    speakers={"train": 3, "dev": 1, "test": 1},
    unknown_speakers=0,
    shared_speakers=1,
    same_speaker=True,
    synthetic=False,
    synthetic_clips=1_100,
    digest="0" * 64,
)
ROWS = {
    "clips in": 1_264,
    "kept: train": 1_000,
    "kept: dev": 100,
    "kept: test": 100,
    "rejected: duplicate audio": 3,
    "rejected: too short": 60,
    "rejected: unknown letters": 1,
}


def number(text: str) -> int:
    return int(text.replace(",", ""))


def on_the_terminal(account: Account) -> dict[str, int]:
    found = re.findall(r"^(clips in|\w+: [\w ]+?) +([\d,]+)(?:  .*)?$", str(account), re.MULTILINE)
    return {what: number(clips) for what, clips in found}


def in_the_dataset_card(account: Account) -> dict[str, int]:
    found = re.findall(r"^\| ([^|]+) \| ([\d,]+) \| [^|]*\|$", dataset_card(account), re.MULTILINE)
    return {what: number(clips) for what, clips in found}


def in_the_model_card(account: Account) -> dict[str, int]:
    return {what: number(clips) for what, clips, _ in account_cells(account.to_dict())}


def on_the_page(account: Account) -> dict[str, int]:
    tables = account_tables(account.to_dict())
    return {
        kind if name == "all corpora" else f"{kind}: {name}": number(clips)
        for kind, rows in tables
        for name, clips, _ in rows
    }


@pytest.mark.parametrize(
    "shown", [on_the_terminal, in_the_dataset_card, in_the_model_card, on_the_page]
)
def test_the_account_has_the_same_rows_wherever_it_is_shown(shown):
    assert shown(ACCOUNT) == ROWS
    assert {row.what: row.clips for row in account_rows(ACCOUNT.to_dict())} == ROWS


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["1,100 clips were made by a speech synthesiser.", "Same-speaker test: "]),
        ({"synthetic": True}, ["Synthetic speech: all recordings", "Same-speaker test: "]),
        (
            {"same_speaker": False, "shared_speakers": 2_000, "synthetic_clips": 0},
            ["2,000 speakers are heard in more than one split."],
        ),
        ({"same_speaker": False, "shared_speakers": 0, "synthetic_clips": 0}, []),
    ],
)
def test_the_caveats_are_the_same_wherever_they_are_shown(changes, expected):
    account = replace(ACCOUNT, **changes)
    found = caveats(account.to_dict())
    assert [
        line for line, begin in zip(found, expected, strict=True) if line.startswith(begin)
    ] == found
    record = replace(Record.load(GOLDEN / "record.json"), account=account.to_dict())
    assert notes(record.to_dict()) == found
    assert account.remarks() == found
    assert [line for line in limits(record) if line in found] == found
    terminal, card = str(account), dataset_card(account)
    assert all(line in terminal and f"- {line}" in card for line in found)


def test_the_most_frequent_reason_comes_first_where_rows_are_ranked():
    names = [row.name for row in account_rows(ACCOUNT.to_dict(), ranked=True)]
    assert names[-3:] == ["too short", "duplicate audio", "unknown letters"]


def test_an_account_that_lacks_everything_has_no_rows_and_no_caveats():
    assert (account_rows({}), caveats({})) == ([], [])


def test_an_account_comes_back_from_its_report(tmp_path: Path):
    (tmp_path / REPORT).write_text(json.dumps({"account": ACCOUNT.to_dict()}))
    assert Account.load(tmp_path) == ACCOUNT
    with pytest.raises(ValueError, match="is not a prepared dataset: there is no such folder"):
        Account.load(tmp_path / "elsewhere")
