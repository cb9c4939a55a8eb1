"""Scores of the corpora in one test."""

from xlt.scoring.by_corpus import by_corpus


def test_each_corpus_has_a_line_and_they_add_up_to_the_whole() -> None:
    lines = by_corpus(["a b", "c", "d e"], ["a x", "c", ""], ["p", "q", "p"])
    assert lines == [
        "p: WER 75.0% (3 of 4 words), CER 66.7% (4 of 6 characters), 2 utterances",
        "q: WER 0.0% (0 of 1 words), CER 0.0% (0 of 1 characters), 1 utterances",
    ]


def test_one_corpus_or_an_unknown_one_has_none() -> None:
    assert by_corpus(["a", "b"], ["a", "b"], ["p", "p"]) == []
    assert by_corpus(["a", "b"], ["a", "b"], ["p", None]) == []
    assert by_corpus(["a"], ["a"], []) == []
