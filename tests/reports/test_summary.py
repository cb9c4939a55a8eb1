from places import GOLDEN

from xlt.reports.record import Record
from xlt.reports.summary import account_tables, facts, headline, notes, transfer_tables
from xlt.reports.table import arms

RECORD = GOLDEN / "record.json"


def record():
    return Record.load(RECORD).to_dict()


def test_the_source_is_not_credited_with_what_was_learned_from_scratch():
    data = record() | {"chosen": "scratch"}
    assert headline(data, arms(data)).startswith("A recogniser of Spanish (from scratch), makes")


def test_the_account_adds_up_on_the_page():
    tables = dict(account_tables(record()["account"]))
    number = {h: sum(int(n.replace(",", "")) for _, n, _ in rows) for h, rows in tables.items()}
    assert number["clips in"] == number["kept"] + number["rejected"] == 640
    assert account_tables({}) == []


def test_what_is_not_known_is_not_said():
    assert headline({}, []) == ("A recogniser of an unnamed language; the run has no test score.")
    assert (notes({}), transfer_tables({}), facts({})) == ([], [], [])


def test_every_row_of_the_head_is_in_one_kind():
    for table in transfer_tables(record()):
        assert sum(number for _, _, number in table["legend"]) == len(table["rows"])
