"""The table of corpora: every one is there, can be opened at a path, and is a choice of the verb."""

import importlib
import inspect
from pathlib import Path
from typing import get_args

import pytest

from xlt.cli.data import Kind
from xlt.corpora.base import CorpusError
from xlt.corpora.builders import BUILDERS, AnyCorpus
from xlt.recipe import options

CORPORA = Path(inspect.getfile(AnyCorpus.__args__[0])).parent


def test_every_corpus_of_the_room_is_in_the_table():
    """A corpus is a class of the room that has rows; none is forgotten in a union or a help text."""
    found = set()
    for path in CORPORA.glob("[a-z]*.py"):
        module = (
            importlib.import_module(f"xlt.corpora.{path.stem}")
            if "worker" not in path.stem
            else None
        )
        for value in vars(module).values() if module else ():
            own = inspect.isclass(value) and value.__module__ == module.__name__
            if own and hasattr(value, "rows") and value.__name__ != "Corpus":
                found.add(value)
    assert found == set(BUILDERS.values()) == set(get_args(AnyCorpus))
    assert list(BUILDERS) == ["asterisk", "common-voice", "folder", "hub", "espeak", "prepared"]


def test_verb_and_recipe_take_them_all():
    assert set(get_args(Kind)) == {"auto", *BUILDERS}
    assert options.AnyCorpus is AnyCorpus


@pytest.mark.parametrize("kind", BUILDERS)
def test_each_is_opened_at_a_path(tmp_path, kind):
    path = Path("ana/gone") if kind == "hub" else tmp_path / "gone"  # an id stands in for a path
    corpus = BUILDERS[kind].at(path, "es")
    if kind != "prepared":  # its language is the one that it was prepared in
        assert corpus.language == "es"
    with pytest.raises(CorpusError, match="gone"):
        list(corpus.rows())


def test_asterisk_is_opened_at_an_archive_or_at_a_folder_of_packages(tmp_path):
    with pytest.raises(CorpusError, match="lacks the packages"):
        list(BUILDERS["asterisk"].at(tmp_path, "it").rows())
    with pytest.raises(ValueError, match="no prompts in 'pt'"):
        BUILDERS["asterisk"].at(tmp_path, "pt")
