"""Corpora that go together, and those that don't. Run: pytest tests/dataset/test_corpora_together.py."""

from pathlib import Path

import pytest

from xlt.corpora.asterisk import Asterisk
from xlt.corpora.base import Corpus
from xlt.corpora.common_voice import CommonVoice
from xlt.corpora.espeak import Espeak
from xlt.corpora.folder import Folder
from xlt.dataset.corpora_together import in_one_language
from xlt.language.rules import get


@pytest.mark.parametrize("kind", [Folder, CommonVoice])
def test_a_corpus_without_a_language_is_in_the_one_that_is_prepared(
    kind: type[Folder | CommonVoice],
):
    (told,) = in_one_language([kind(path=Path("a"))], get("pt"))
    assert told == kind(path=Path("a"), language="pt")


def test_so_is_synthetic_speech():
    assert in_one_language([Espeak()], get("pt")) == [Espeak(language="pt")]


@pytest.mark.parametrize(("other", "code"), [("pt-PT", "pt"), ("pt", "pt-PT")])
def test_varieties_with_the_same_letters_go_together(other: str, code: str):
    corpora = [Folder(path=Path("a"), language=other), Folder(path=Path("b"))]
    assert [corpus.language for corpus in in_one_language(corpora, get(code))] == [other, code]


@pytest.mark.parametrize(
    ("other", "code"), [("de-CH", "de"), ("es", "pt"), ("en", "de"), ("xx", "de"), ("de-XX", "de")]
)
def test_other_languages_and_letters_are_refused(other: str, code: str):
    with pytest.raises(
        ValueError, match=f"corpus a is in '{other}', but '{code}' is being prepared"
    ):
        in_one_language([Folder(path=Path("a"), language=other)], get(code))


def test_no_corpus_is_refused():
    with pytest.raises(ValueError, match="name at least one"):
        in_one_language([], get("es"))


def test_folders_of_one_name_are_refused_until_one_has_a_title(tmp_path: Path):
    one, other = tmp_path / "a" / "rec", tmp_path / "b" / "rec"
    corpora: list[Corpus] = [Folder(path=one), Asterisk(), Folder(path=other)]
    with pytest.raises(
        ValueError, match=r"a/rec and .*b/rec are both called 'rec'.*--data\.1\.title"
    ):
        in_one_language(corpora, get("es"))
    corpora[2] = Folder(path=other, title="other")
    assert [corpus.name for corpus in in_one_language(corpora, get("es"))] == [
        "rec",
        "asterisk-es",
        "other",
    ]
