"""Run: python -m pytest tests/scoring/test_compare.py

golden/sc_stats.tsv holds three readings and what NIST's sc_stats 1.3 (SCTK 2.4.10) says of them;
`tests/referees/sc_stats.py` makes it again.
"""

import math
import re

import numpy as np
import pytest
from places import GOLDEN
from scored import split_of, word_ops

from xlt.scoring import compare as comparing
from xlt.scoring.align import MINIMUM, SCLITE
from xlt.scoring.significance import segments
from xlt.scoring.utterances import Scored


def scored(references, hypotheses, **more) -> list[Scored]:
    return [
        Scored(id=f"u{k}", reference=r, hypothesis=h, **{f: v[k] for f, v in more.items()})
        for k, (r, h) in enumerate(zip(references, hypotheses, strict=True))
    ]


def compare(a, of_a, b, of_b, **more):
    splits = (split_of(list(of), normaliser="n-1", **more) for of in (of_a, of_b))
    return comparing.compare(a, next(splits), b, next(splits))


def test_sc_stats_agrees():
    text = (GOLDEN / "sc_stats.tsv").read_text(encoding="utf-8")
    first, *rows = text.splitlines()
    number, mean, z = re.fullmatch(r"# segments (\d+), mean (\S+), z (\S+)", first).groups()
    references, a, b = zip(*(row.split("\t") for row in rows), strict=True)
    found = compare("a", scored(references, a), "b", scored(references, b))
    assert (found.segments, round(found.z, 3)) == (int(number), float(z))
    pairs = segments(word_ops(references, a), word_ops(references, b))
    assert round(sum(x - y for x, y in pairs) / len(pairs), 3) == float(mean)


def two(utterances: int, better: float, worse: float, **more):
    """Two recognisers of ten words an utterance that get each word wrong with a chance."""
    random = np.random.default_rng(0)
    references = ["a b c d e f g h i j"] * utterances

    def heard(rate: float) -> list[str]:
        wrong = random.random((utterances, 10)) < rate
        return [
            " ".join("x" if w else c for w, c in zip(row, "abcdefghij", strict=True))
            for row in wrong
        ]

    return (scored(references, heard(rate), **more) for rate in (better, worse))


def test_a_clear_difference_is_found_and_said():
    a, b = two(400, 0.10, 0.15, duration_s=[9.0] * 400, speaker=[f"{k % 40}" for k in range(400)])
    found = compare("near", a, "far", b)
    assert found.p < 0.001 and found.p_permutation < 0.001
    assert found.interval[0] < found.difference < found.interval[1] < 0
    assert (found.resampled, found.hours) == ("40 speakers", 1.0)
    assert 0 < found.share_needed < 1
    assert found.verdict.startswith("near makes fewer word errors; chance")
    rows = dict(found.rows())
    assert rows["WER of near"].startswith("10.") and "of 4,000 words" in rows["WER of near"]
    assert rows["p, permutations"].endswith("over 40 speakers")
    assert rows["speech that separates them"].endswith("this test has 1.00 hours")
    assert f"{found.share_needed:.2f} hours" in rows["speech that separates them"]
    assert all(f"{what}" in str(found) and value in str(found) for what, value in rows.items())


def test_a_small_difference_needs_more_speech():
    a, b = two(60, 0.10, 0.11)
    found = compare("a", a, "b", b)
    assert found.p > 0.05 and found.verdict == "This test does not separate the two."
    assert found.share_needed > 1
    needed = dict(found.rows())["speech that separates them"]
    assert needed.startswith(f"{math.ceil(found.share_needed * 60):,} utterances")


def test_the_same_recogniser_twice():
    a, _ = two(20, 0.1, 0.1)
    found = compare("a", a, "b", a)
    assert (found.difference, found.p, found.p_permutation) == (0.0, 1.0, 1.0)
    assert dict(found.rows())["speech that separates them"] == "none: error counts are equal"


def test_one_utterance_says_nothing_of_others():
    """Its segments vary, a bootstrap of one thing does not; p of 40 standard errors is no figure."""
    said, a = "a b c d " * 400, "a b c x " * 400
    found = compare("a", scored([said], [a]), "b", scored([said], ["x b c d " + said[8:]]))
    rows = dict(found.rows())
    assert rows["speech that separates them"] == "undefined: all utterances differ equally"
    assert rows["p, matched pairs"].startswith("below 1e-12 ") and found.p_permutation == 1.0


def test_segments_that_do_not_vary_leave_the_permutations():
    references = ["a b c"] * 3
    found = compare("a", scored(references, ["x b c"] * 3), "b", scored(references, references))
    assert found.p is None and "do not vary" in dict(found.rows())["p, matched pairs"]
    assert found.verdict == "This test does not separate the two."  # 2 of 8 ways are as extreme


def test_tests_that_disagree_are_named():
    """Forty segments a speaker, and all of one speaker's point the same way."""
    references = ["a b c d e f"] * 800
    better = [k % 20 < 13 for k in range(800)]
    a = ["a b x d e f" if good else "a b c d e f" for good in better]
    b = ["a b c d e f" if good else "a b x d e f" for good in better]
    speakers = [f"{k % 20}" for k in range(800)]
    found = compare(
        "a", scored(references, a, speaker=speakers), "b", scored(references, b, speaker=speakers)
    )
    assert found.p < 0.001 < 0.05 < found.p_permutation
    assert "the two tests disagree: segments are not as independent as speakers" in found.verdict


def test_only_the_same_test_is_compared():
    one, other = scored(["el sol"], ["el sol"]), scored(["el col"], ["el sol"])
    with pytest.raises(ValueError, match="not scored on the same references: 'u0' is 'el sol'"):
        compare("a", one, "b", other)
    with pytest.raises(comparing.OtherReferences, match="a has 1 utterances and b has 2: ") as seen:
        compare("a", one, "b", one + other)
    assert not seen.value.same_ids


def test_letters_tell_two_apart_whose_words_are_all_wrong():
    references = ["abcdefgh ijklmnop"] * 40
    near = ["abcdefgx ijklmnox"] * 20 + ["abcdefxx ijklmnox"] * 20
    far = ["abcxxxxx ijkxxxxx"] * 40
    found = compare("near", scored(references, near), "far", scored(references, far))
    assert found.difference == 0 and found.p_characters < 0.001
    assert found.verdict.startswith("This test does not separate the two by words, but near makes")
    rows = dict(found.rows())
    assert rows["CER of near"] == "14.71% (100 of 680 characters)"
    assert rows["CER of far"] == "58.82% (400 of 680 characters)"
    low, high = found.character_interval
    assert low <= found.character_difference <= high < 0
    assert "\u221244.12 points (" in rows["difference of CER"]
    assert "by permutations" in rows["difference of CER"]


def test_a_comparison_names_its_conditions():
    a, b = scored(["el sol"], ["el sol"]), scored(["el sol"], ["el col"])
    rows = dict(compare("a", a, "b", b).rows())
    assert rows["test"] == "d/test: 1 utterances, hours unknown, normaliser n-1"
    rows = dict(compare("a", a, "b", b, costs=SCLITE).rows())
    assert rows["test"].endswith("normaliser n-1, errors counted as sclite does")


def test_only_figures_of_one_rule_are_compared():
    one = scored(["el sol"], ["el sol"])
    a, b = split_of(one, costs=MINIMUM), split_of(one, costs=SCLITE)
    with pytest.raises(ValueError, match="a is counted by minimum edits .*, b by sclite: count"):
        comparing.compare("a", a, "b", b)


def test_both_normalisers_are_named_where_they_differ():
    one = scored(["el sol"], ["el sol"])
    found = comparing.compare(
        "a", split_of(one, normaliser="n-1"), "b", split_of(one, normaliser="n-2")
    )
    assert found.normaliser == "n-1 and n-2"


def test_the_order_of_the_utterances_does_not_matter():
    a, b = two(60, 0.1, 0.3)
    b = list(b)
    turned = compare("a", a, "b", b[::-1])
    assert str(turned) == str(compare("a", a, "b", b))
