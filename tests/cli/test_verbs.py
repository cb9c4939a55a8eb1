"""Words that are typed for a verb: each leads to a line of a verb that is there."""

import pytest

from xlt.cli import app
from xlt.cli.verbs import MEANT, check_verb


@pytest.mark.parametrize("word", MEANT)
def test_what_is_meant_is_a_verb(word: str) -> None:
    verbs = app.verbs
    assert word not in verbs
    assert MEANT[word].split()[1] in verbs
    with pytest.raises(ValueError, match="there is no verb .* Perhaps: xlt "):
        check_verb([word], verbs)


def test_a_misspelled_verb_is_recognised() -> None:
    with pytest.raises(ValueError, match="Perhaps: xlt transcribe --help"):
        check_verb(["transcibe"], app.verbs)
    with pytest.raises(ValueError, match="Perhaps: xlt --help"):
        check_verb(["zzz"], app.verbs)


def test_verbs_and_flags_pass() -> None:
    for words in ([], ["--help"], ["compare_scores"], *([verb] for verb in app.verbs)):
        check_verb(words, app.verbs)
