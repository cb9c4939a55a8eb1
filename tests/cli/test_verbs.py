"""Words that are typed for a verb: each leads to a line of a verb that is there."""

import pytest

from xlt.cli import app
from xlt.cli.verbs import EXAMPLES, MEANT, check_verb
from xlt.system.mending import Mendable


@pytest.mark.parametrize("word", MEANT)
def test_what_is_meant_is_a_verb(word: str) -> None:
    assert word not in app.verbs
    assert MEANT[word].split()[1] in app.verbs
    with pytest.raises(Mendable, match="there is no verb") as caught:
        check_verb([word], app.verbs)
    assert caught.value.mended(["xlt", word]) == MEANT[word]


def test_every_verb_has_an_example() -> None:
    assert {*EXAMPLES} == {*app.verbs}
    assert all(line.split()[:2] == ["xlt", verb] for verb, line in EXAMPLES.items())


@pytest.mark.parametrize(
    ("typed", "mended"),
    [
        ("transcibe talk.mp3", "xlt transcribe talk.mp3"),
        ("transcibe", "xlt transcribe talk.mp3"),
        ("finetune de mine", "xlt train de mine"),
        ("wer a.tsv", "xlt score ref.tsv hyp.tsv --language es"),
        ("zzz a", "xlt --help"),
    ],
)
def test_a_misspelled_verb_keeps_its_arguments(typed: str, mended: str) -> None:
    with pytest.raises(Mendable) as caught:
        check_verb(typed.split(), app.verbs)
    assert caught.value.mended(["xlt", *typed.split()]) == mended


def test_verbs_and_flags_pass() -> None:
    for words in ([], ["--help"], ["compare_scores"], *([verb] for verb in app.verbs)):
        check_verb(words, app.verbs)
