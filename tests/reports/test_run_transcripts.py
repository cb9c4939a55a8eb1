"""Run: python -m pytest tests/reports/test_run_transcripts.py"""

import json

import pytest
from scored import under

from xlt.reports.run_transcripts import RunTranscripts, transcripts
from xlt.scoring.errors import score


def test_a_run_is_its_chosen_transcripts_under_the_conditions_of_its_record(tmp_path):
    with pytest.raises(ValueError, match="is not the folder of a finished run"):
        transcripts(tmp_path)
    one = score(["el"], ["el"], under(data="luna", normaliser="n-1"))
    record = tmp_path / "record.json"
    record.write_text(json.dumps({"chosen": "letters", "scores": {"letters": one.to_dict()}}))
    with pytest.raises(ValueError, match="has no transcripts: .*letters.tsv is missing"):
        transcripts(tmp_path)
    (tmp_path / "transcripts").mkdir()
    table = tmp_path / "transcripts/letters.tsv"
    table.write_text("id\treference\thypothesis\na\tel\tel\n")
    found = transcripts(tmp_path)
    assert found == transcripts(record)
    assert found == RunTranscripts(
        path=table, data="luna", split="test", decoder="greedy", normaliser="n-1", run=tmp_path
    )


def test_any_other_file_names_itself(tmp_path):
    assert transcripts(tmp_path / "x.tsv") == RunTranscripts(
        path=tmp_path / "x.tsv", data="x", split="all", decoder="x", normaliser=None
    )


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"chosen": "a"}', '{"chosen": 1, "scores": 2}']
)
def test_a_record_that_says_nothing_is_refused(tmp_path, content):
    (tmp_path / "record.json").write_text(content)
    with pytest.raises(ValueError, match="is not the folder of a finished run"):
        transcripts(tmp_path)
