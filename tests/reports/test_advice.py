from scored import split_of

from xlt.reports.advice import advice
from xlt.reports.analysis import analyse
from xlt.scoring.utterances import Scored


def scored(pairs, **known):
    return [
        Scored(
            id=str(k),
            reference=said,
            hypothesis=heard,
            **{name: values[k] for name, values in known.items()},
        )
        for k, (said, heard) in enumerate(pairs)
    ]


def found(pairs, trained=None, **known):
    return "\n".join(advice(analyse(split_of(scored(pairs, **known)), trained=trained)))


RIGHT = ("el pan de casa", "el pan de casa")


def test_nothing_wrong_nothing_to_mend():
    assert found([RIGHT] * 5, trained={}) == ""


def test_lost_accents_are_counted():
    text = found([("el niño está", "el nino esta"), ("la casa", "la cosa")])
    assert "take part in 2 of 3 character errors (66.7 %): 2 lost their mark." in text


def test_joined_and_split_words_come_before_their_consequences():
    rows = [
        ("favor de esperar", "fa vor de esperar"),
        ("mensaje marque cero", "mensajemarque cero"),
    ]
    first = found(rows * 3).splitlines()[0]
    assert first.startswith(
        "6 of 6 character errors (100.0 %) are spaces: 3 lost, which joins words, "
    )
    assert "3 added, which splits them" in first
    assert "are spaces" not in found([("la casa", "la cosa")] * 12 + [("a b", "ab")])


def test_nothing_is_advised_that_xlt_does_not_have():
    rows = [("el pan", "el pon")] * 3 + [RIGHT] * 3
    assert "language model" not in found(rows, trained={"el": 1, "de": 1, "casa": 1}).lower()


def test_words_that_training_never_held_are_compared_with_the_others():
    rows = [("el pan", "el pon")] * 3 + [RIGHT] * 3
    text = found(rows, trained={"el": 1, "de": 1, "casa": 1})
    assert "missed 50.0 % of the time, others 0.0 %; they make 3 of 3 word errors" in text
    assert "training" not in found(rows)


def test_words_that_training_held_and_others_that_are_missed_as_often_are_no_finding():
    """0 of 10 and 1 of 2, pooled 1/12: z = 0.5 / sqrt(1/12 x 11/12 x (1/10 + 1/2)) = 2.3."""
    trained = dict.fromkeys("abcdefghij", 1)
    assert "never held" in found([(" ".join("abcdefghijkl"), " ".join("abcdefghijkx"))], trained)
    assert "never held" not in found([("a b", "x y")] * 20, {"a": 1})  # all are missed
    assert "never held" not in found([("a b", "a y"), ("a b", "x b")], {"a": 1})  # half of both


def test_left_out_and_added_words_are_named_with_their_place():
    assert "2 of 2 word errors are words that were left out" in found([("a b c", "b"), RIGHT])
    text = found([("", "eh"), ("sí", "sí eh"), RIGHT])
    assert "2 of 2 word errors are words that nobody said, 2 of them where silence" in text


def test_missing_hypotheses_stand_first():
    first = found([("a b", ""), RIGHT], missing=[True, False]).splitlines()[0]
    assert first.startswith("1 of 2 utterances have no hypothesis")


def test_a_group_is_named_where_chance_does_not_explain_it():
    bad = [("uno dos tres cuatro", "uno das tros cuatro")]
    text = found(bad * 12 + [RIGHT] * 88, speaker=["x"] * 12 + ["y"] * 44 + ["z"] * 44)
    assert "Speaker, x: 50.0 % word errors, 6.0 % overall (24 errors in 12 utterances)." in text


def test_a_group_that_chance_explains_is_not():
    wrong = ("uno dos tres cuatro", "uno das tres cuatro")
    rows = [wrong if k in (0, 1, 10, 20, 30) else RIGHT for k in range(40)]
    assert "Speaker" not in found(rows, speaker=[f"s{k // 10}" for k in range(40)])


def test_the_unknown_and_the_rest_are_no_group():
    bad = ("uno dos tres cuatro", "uno das tros cuatro")
    text = found([bad] * 10 + [RIGHT] * 90, speaker=[None] * 10 + ["y"] * 90)
    assert "Speaker" not in text


def test_among_many_groups_the_one_with_a_bad_day_is_not_named():
    wrong = ("el pan de casa", "el pan de cosa")
    voices = [f"s{k:02}" for k in range(15) for _ in range(10)]
    rows = [wrong if k % 10 < (5 if k < 10 else 1) else RIGHT for k in range(150)]
    assert "Speaker" not in found(rows, speaker=voices)
    rows = [wrong if k % 10 < (9 if k < 10 else 1) else RIGHT for k in range(150)]
    assert "Speaker, s00" in found(rows, speaker=voices)
