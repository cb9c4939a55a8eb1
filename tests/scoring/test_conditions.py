"""Run: python -m pytest tests/scoring/test_conditions.py"""

import dataclasses
import inspect

import pytest
from scored import CONDITIONS, under

from xlt.scoring import align
from xlt.scoring.align import MINIMUM, SCLITE
from xlt.scoring.conditions import Conditions
from xlt.scoring.errors import Score, score


@pytest.mark.parametrize("name", ["data", "split", "decoder", "normaliser", "seed"])
def test_nothing_that_is_only_a_name_has_a_default(name):
    given = {f.name: getattr(CONDITIONS, f.name) for f in dataclasses.fields(Conditions)}
    del given[name]
    with pytest.raises(TypeError, match=f"missing 1 required .*'{name}'"):
        Conditions(**given)


def test_no_score_is_made_without_its_conditions():
    parameter = inspect.signature(score).parameters["conditions"]
    assert parameter.default is parameter.empty
    assert not {"decoder", "normaliser", "data"} & set(inspect.signature(score).parameters)
    assert {f.name for f in dataclasses.fields(Score)}.isdisjoint({"decoder", "data", "split"})


@pytest.mark.parametrize("costs", align.RULES.values())
def test_stored_conditions_are_read_as_they_were(costs):
    conditions = under(costs=costs, decoder="beam 8")
    assert Conditions.from_dict(conditions.to_dict() | {"wer": 0.5}) == conditions


def test_conditions_of_other_weights_differ_and_of_another_seed_do_not():
    assert under(seed=1) == CONDITIONS
    assert under(costs=SCLITE) != under(costs=MINIMUM)


def test_what_older_records_lack_is_the_rule_that_they_were_counted_by():
    stored = CONDITIONS.to_dict()
    del stored["counting"]
    assert Conditions.from_dict(stored).costs == MINIMUM
