import pytest
from places import GOLDEN

from xlt.reports.card import limits
from xlt.reports.record import Record
from xlt.reports.summary import account_tables, facts, headline, notes, transfer_tables
from xlt.reports.table import arms
from xlt.scoring.caveats import FEW, too_few

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


@pytest.mark.parametrize(("utterances", "said"), [(1, True), (FEW - 1, True), (FEW, False)])
def test_a_test_of_a_few_utterances_is_a_caveat_of_the_run_and_its_card(utterances, said):
    data = record()
    data["scores"][data["chosen"]]["utterances"] = utterances
    (found,) = too_few(1)
    sentence = (
        found.replace("1 utterance is", f"{utterances} utterances are") if utterances > 1 else found
    )
    assert (sentence in notes(data)) == said
    assert (sentence in limits(Record.from_dict(data))) == said


def test_every_row_of_the_head_is_in_one_kind():
    for table in transfer_tables(record()):
        assert sum(number for _, _, number in table["legend"]) == len(table["rows"])
