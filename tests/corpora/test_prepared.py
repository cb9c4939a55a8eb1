"""A prepared dataset as a corpus: its facts, its rows, and what is not one."""

import json
from pathlib import Path

import pytest
from recordings import write_recordings

from xlt.audio.frames import Geometry
from xlt.corpora.base import CorpusError
from xlt.corpora.folder import Folder
from xlt.corpora.prepared import Prepared
from xlt.dataset.account import Account
from xlt.dataset.prepare import prepare
from xlt.dataset.reader import open_split
from xlt.dataset.splits import SPLITS
from xlt.language import rules

GEOMETRY = Geometry(kernels=(400,), strides=(320,))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("prepared")
    corpus = Folder(path=write_recordings(place / "rec"), language="es", licence="CC0-1.0")
    prepare((corpus,), rules.get("es"), GEOMETRY, 1.1, place / "data")
    return place / "data"


def test_its_facts_are_those_of_the_account(folder: Path) -> None:
    corpus = Prepared(path=folder)
    assert (corpus.name, corpus.language, corpus.licence) == ("rec", "es", "CC0-1.0")
    assert not corpus.synthetic and not corpus.same_speaker


def test_its_rows_are_the_kept_clips_in_their_splits(folder: Path) -> None:
    rows = list(Prepared(path=folder).rows())
    for split in SPLITS:
        opened = open_split(folder, split)
        mine = [row for row in rows if row.split == split]
        assert [row.id for row in mine] == opened.ids
        assert [row.audio for row in mine] == list(opened.recordings)
        assert [row.speaker for row in mine] == opened.speakers
    assert all(" " in row.transcript for row in rows)


def test_beside_another_corpus_its_clips_keep_their_splits(folder: Path, tmp_path: Path) -> None:
    more = Folder(path=write_recordings(tmp_path / "more", clips=20), language="es")
    both = (Prepared(path=folder), more)
    account = prepare(both, rules.get("es"), GEOMETRY, 1.1, tmp_path / "both")
    assert account.corpora["rec"] > 20
    for split in ("dev", "test"):
        before, now = open_split(folder, split).ids, open_split(tmp_path / "both", split).ids
        assert {clip for clip in now if clip.startswith("rec/")} <= set(before)


def test_what_is_not_one_is_said_with_the_line_that_works(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="there is no such folder. Make one: xlt prepare LANG"):
        Prepared(path=tmp_path / "gone").fetch()
    with pytest.raises(CorpusError, match="has no report.json.*data.0:folder --data.0.path"):
        Prepared(path=tmp_path).fetch()
    (tmp_path / "report.json").write_text("{}")
    with pytest.raises(CorpusError, match="can't be read.*xlt verify"):
        Prepared(path=tmp_path).fetch()
    with pytest.raises(
        CorpusError, match=f"{folder} is a prepared dataset already, .* xlt train trains on it"
    ):
        list(Folder(path=folder, language="es").rows())


def test_an_account_that_is_older_is_read(folder: Path, tmp_path: Path) -> None:
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    account = Account.load(folder).to_dict() | {"licences": {}}
    (tmp_path / "report.json").write_text(json.dumps(report | {"account": account}))
    assert Prepared(path=tmp_path).licence == "see rows"
