"""Run: python -m pytest tests/scoring/test_scored_split.py"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scored import alignments_counted, character_ops, split_of, texts_of, under, word_ops

from xlt.reports.analysis import analyse
from xlt.reports.page import write_score_report
from xlt.scoring import views
from xlt.scoring.align import MINIMUM, SCLITE
from xlt.scoring.compare import compare
from xlt.scoring.errors import score
from xlt.scoring.scored_split import ScoredSplit
from xlt.scoring.utterances import Scored

WORDS = st.lists(st.sampled_from("a la casa sol se ñu".split()), max_size=7).map(" ".join)
PAIRS = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(PAIRS, st.sampled_from([MINIMUM, SCLITE]), st.booleans())
def test_a_split_has_the_score_of_its_texts_whether_edits_are_listed_or_not(pairs, costs, listed):
    said, heard = zip(*pairs, strict=True)
    conditions = under(costs=costs, seed=3)
    split = ScoredSplit(utterances=texts_of(said, heard), conditions=conditions, listed=listed)
    assert split.score == score(said, heard, conditions)
    assert list(split.character_ops()) == character_ops(said, heard, costs)
    for ours, bare in zip(split.word_ops(), word_ops(said, heard, costs), strict=True):
        assert sorted(kind for kind, _, _ in ours) == sorted(kind for kind, _, _ in bare)


def utterances() -> list[Scored]:
    return [
        Scored(
            id=f"u{k}",
            reference=f"él vio {k} niños",
            hypothesis=f"el vio {k} niño y" if k % 2 else f"él vio {k} niños",
            raw_reference=f"Él vio {k} niños.",
            raw_hypothesis=f"El vio {k} niño y",
            duration_s=1.0,
        )
        for k in range(12)
    ]


def test_all_that_is_made_of_a_test_aligns_it_once_a_kind_of_text_and_once_a_view(tmp_path):
    split = split_of(utterances())
    with alignments_counted() as calls:
        found = views.views(split)
        comparison = compare(
            "a", split, "b", split_of(texts_of(split.references, split.references))
        )
        write_score_report(found, split, tmp_path / "r.html", comparison=comparison)
        views.to_json(found, split, [])
        analyse(split)
    own = [name for name, *texts in calls if texts == [split.references, split.hypotheses]]
    assert sorted(own) == ["character_paths", "word_paths"]
    others = sorted(name for name, *texts in calls if texts != [split.references, split.hypotheses])
    assert others == [
        *["character_counts"] * 2,  # without accents, as published
        "character_paths",  # the other recogniser of the comparison, and its words below
        *["word_counts"] * 2,
        "word_paths",
    ]


def test_a_score_alone_lists_no_edit():
    split = ScoredSplit(utterances=utterances(), conditions=under(), listed=False)
    with alignments_counted() as calls:
        assert split.score == split.score == split_of(utterances()).score
    assert sorted(name for name, *_ in calls[:2]) == ["character_counts", "word_counts"]
    assert len(calls) == 4  # two of the split, two of the one that it is held against


def test_the_same_weights_are_the_same_split_and_others_are_counted_anew():
    split = split_of(texts_of(["a a a b b"], ["b b x c c"]), costs=SCLITE)
    assert split.counted_by(SCLITE) is split
    fewest = split.counted_by(MINIMUM)
    assert (split.words[0].errors, fewest.words[0].errors) == (6, 5)
    assert fewest.conditions == under()
    assert analyse(split).words == analyse(fewest).words == fewest.words[0]


def test_no_utterance_is_no_test():
    with pytest.raises(ValueError, match="0 utterances: a score needs at least one"):
        split_of([])


def test_hours_are_unknown_unless_all_are_known():
    one, other = utterances()[:2]
    assert split_of([one, other]).hours == 2 / 3600
    unknown = Scored(id="x", reference="", hypothesis="")
    assert split_of([one, unknown]).hours is None
