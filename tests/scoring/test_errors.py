"""Run: python -m pytest tests/scoring/test_errors.py"""

import json

import jiwer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scored import CONDITIONS, under

from xlt.language.text import NORMALISER
from xlt.scoring import errors
from xlt.scoring.align import SCLITE
from xlt.scoring.errors import Counts, Score

TEXT = st.lists(st.sampled_from(["a", "la", "casa", "sol", "se", "ñu"]), max_size=8).map(" ".join)
KEYS = (
    "words characters word_interval character_interval utterances normaliser data split decoder hours "
    "resampled counting wer cer"
).split()
"""Fields of a stored score, which records of every version hold in this order."""
PAIRS = st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "hits", "substitutions", "deletions", "insertions"),
    [
        ("el sol sale", "el sol sale", 3, 0, 0, 0),
        ("el sol sale", "el col sale hoy", 2, 1, 0, 1),
        ("el sol sale", "", 0, 0, 3, 0),
        ("", "el sol", 0, 0, 0, 2),
        ("", "", 0, 0, 0, 0),
        ("el sol sale", "sale", 1, 0, 2, 0),
    ],
)
def test_words_by_hand(reference, hypothesis, hits, substitutions, deletions, insertions):
    expected = Counts(
        hits=hits, substitutions=substitutions, deletions=deletions, insertions=insertions
    )
    assert errors.word_errors([reference], [hypothesis]) == [expected]


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(PAIRS)
def test_rates_are_those_of_jiwer(pairs):
    references, hypotheses = map(list, zip(*pairs, strict=True))
    words = errors.total(errors.word_errors(references, hypotheses))
    characters = errors.total(errors.character_errors(references, hypotheses))
    assert words.rate == pytest.approx(jiwer.wer(references, hypotheses))
    assert characters.rate == pytest.approx(jiwer.cer(references, hypotheses))
    whole = jiwer.process_words(references, hypotheses)
    assert words.errors == whole.substitutions + whole.deletions + whole.insertions
    assert words.hits >= whole.hits  # of alignments with as few edits, jiwer may take one with less


def test_counts_are_views_and_add_up():
    counts = Counts(hits=6, substitutions=1, deletions=1, insertions=2)
    assert (counts.reference, counts.errors, counts.rate) == (8, 4, 4 / 8)
    assert (counts + Counts(hits=2, deletions=6)).rate == 10 / 16
    assert Counts(insertions=2).rate == 2.0
    assert Counts().rate == 0.0


def test_the_average_is_over_words_not_over_utterances():
    score = errors.score(["a", "uno dos tres"], ["b", "uno dos tres"], CONDITIONS)
    assert score.wer == 1 / 4


def test_a_score_names_its_conditions_and_survives_json():
    score = errors.score(["el sol", "la casa"], ["el col", "la casa"], under(data="tiny"))
    at = score.conditions
    assert (at.normaliser, at.data, at.split) == (NORMALISER, "tiny", "test")
    assert (at.decoder, score.utterances) == ("greedy", 2)
    stored = json.loads(json.dumps(score.to_dict()))
    assert stored["wer"] == 1 / 4
    assert Score.from_dict(stored) == score
    assert (score.hours, score.resampled, stored["counting"]) == (
        None,
        "utterances",
        "minimum edits",
    )
    assert list(stored) == KEYS
    before = {k: v for k, v in stored.items() if k not in ("hours", "resampled", "counting")}
    assert Score.from_dict(before) == score, "scores of older records"
    assert "WER 25.0 %" in str(score).replace("%", " %")


def test_the_interval_is_repeatable_holds_the_rate_and_narrows():
    random = np.random.default_rng(0)

    def ends(utterances: int, seed: int = 0) -> tuple[float, float]:
        errors_made = random.binomial(10, 0.3, size=utterances).tolist()
        counts = [Counts(hits=10 - e, substitutions=e) for e in errors_made]
        low, high = errors.interval(counts, seed)
        assert low < errors.total(counts).rate < high
        assert (low, high) == errors.interval(counts, seed)
        return low, high

    few, many = ends(50), ends(5000)
    assert 0.01 < few[1] - few[0] < 0.2
    assert many[1] - many[0] == pytest.approx(2 * 1.96 * np.sqrt(0.021 / 5000), rel=0.2)


def test_a_score_says_its_hours_its_speakers_and_its_counting():
    score = errors.score(
        ["el sol"] * 40,
        ["el col"] * 40,
        under(costs=SCLITE),
        durations_s=[90.0] * 40,
        speakers=[f"speaker {k % 20}" for k in range(40)],
    )
    assert (score.hours, score.resampled) == (1.0, "20 speakers")
    said = str(score)
    assert "1.00 hours" in said and "over 20 speakers" in said and "as sclite does" in said
    assert all(part in said for part in ("d/test", "decoder greedy", f"normaliser {NORMALISER}"))


def test_a_score_by_an_unknown_rule_is_not_read_as_another():
    stored = errors.score(["el sol"], ["el col"], CONDITIONS).to_dict()
    with pytest.raises(ValueError, match="by the rule 'new'; known are minimum edits, sclite"):
        Score.from_dict(stored | {"counting": "new"})


def test_a_stored_score_does_not_say_its_seed_and_can_not_be_drawn_again():
    stored = Score.from_dict(errors.score(["el sol"], ["el col"], CONDITIONS).to_dict())
    assert stored.conditions.seed is None
    with pytest.raises(ValueError, match="give the seed"):
        errors.score(["el sol"], ["el col"], stored.conditions)


@pytest.mark.parametrize("speakers", [["a"] * 40, [f"{k}" for k in range(39)] + [None]])
def test_few_or_unknown_speakers_are_not_resampled(speakers):
    score = errors.score(["el"] * 40, ["el"] * 40, CONDITIONS, speakers=speakers)
    assert score.resampled == "utterances"


def test_hours_are_unknown_unless_all_are_known():
    assert errors.hours_of([1800.0, 1800.0]) == 1.0
    assert errors.hours_of([1800.0, None]) is None
    assert errors.hours_of(None) is None


def test_speakers_who_differ_widen_the_interval():
    good, bad = Counts(hits=10), Counts(substitutions=10)
    counts = [bad if k % 30 < 15 else good for k in range(3000)]
    speakers = [f"speaker {k % 30}" for k in range(3000)]
    few = errors.interval(counts, 0)
    many = errors.interval(counts, 0, speakers)
    assert many[1] - many[0] > 5 * (few[1] - few[0])
    assert many[0] < 0.5 < many[1]


def test_one_utterance_has_an_interval_of_no_width():
    score = errors.score(["el sol"], ["el col"], CONDITIONS)
    assert score.word_interval == (0.5, 0.5)


def test_resampling_in_chunks_stays_within_memory(monkeypatch):
    counts = [Counts(hits=5, substitutions=k % 3) for k in range(100)]
    whole = errors.interval(counts, 1)
    monkeypatch.setattr(errors, "CHUNK", 250)
    assert errors.interval(counts, 1) == whole


@pytest.mark.parametrize(("references", "hypotheses"), [([], []), (["a"], []), (["a"], ["a", "b"])])
def test_lists_must_match(references, hypotheses):
    with pytest.raises(ValueError, match=f"{len(references)} references and {len(hypotheses)}"):
        errors.score(references, hypotheses, CONDITIONS)
