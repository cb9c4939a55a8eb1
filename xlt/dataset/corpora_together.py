"""Corpora that are prepared together: of one language or varieties written alike, with names of their own."""

from collections.abc import Sequence
from pathlib import Path

from xlt.corpora.base import Corpus
from xlt.corpora.builders import in_language
from xlt.corpora.folder import Folder
from xlt.language.labels import labels
from xlt.language.rules import Language, codes, get


def in_one_language(corpora: Sequence[Corpus], language: Language) -> list[Corpus]:
    """The corpora, those that name no language in the one that is prepared.

    Raises:
        ValueError: there is none, one is in a language with other letters, or two folders have one
            name, by which their clips are named.
    """
    if not corpora:
        raise ValueError("no corpus was given: name at least one")
    told = [in_language(corpus, language.code) for corpus in corpora]
    for corpus in told:
        if corpus.language != language.code and not _written_alike(corpus.language, language):
            raise ValueError(
                f"corpus {corpus.name} is in {corpus.language!r}, but {language.code!r} is being "
                "prepared: give corpora of one language, or of varieties with the same letters"
            )
    _check_names([corpus for corpus in told if isinstance(corpus, Folder)])
    return told


def _check_names(folders: Sequence[Folder]) -> None:
    paths: dict[str, Path] = {}
    for folder in folders:
        if (before := paths.setdefault(folder.name, folder.path)) is not folder.path:
            raise ValueError(
                f"{before} and {folder.path} are both called {folder.name!r}, so their clips could not "
                "be told apart: rename one of them, or in a recipe give one a title (--data.1.title NAME)"
            )


def _written_alike(code: str, language: Language) -> bool:
    """True for another variety of a language with the same letters, such as pt-PT beside pt."""
    if code.split("-")[0] != language.code.split("-")[0] or code not in codes():
        return False
    return labels(get(code)).tokens == labels(language).tokens
