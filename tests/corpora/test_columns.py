"""Column names: preparation and scoring read one table alike, and say which column they took."""

import itertools
import logging
from pathlib import Path

import pytest
from places import ROOT

from xlt.corpora import columns
from xlt.corpora.base import Row
from xlt.corpora.columns import AUDIO, HYPOTHESIS, SPEAKER, TEXT, choice, first_value, present
from xlt.corpora.folder import Folder
from xlt.scoring.pairing import read_pairs


def both(folder: Path, header: list[str], row: list[str]) -> tuple[Row, object]:
    """The one row of a table, as preparation and as scoring read it."""
    (folder / "a.wav").write_bytes(b"x")
    table = folder / "metadata.tsv"
    table.write_text("\t".join(header) + "\n" + "\t".join(row) + "\n")
    (folder / "h.tsv").write_text("a.wav\tx\n")
    (prepared,) = Folder(path=folder, language="es", title="mine").rows()
    (scored,) = read_pairs(table, folder / "h.tsv").utterances
    return prepared, scored


@pytest.mark.parametrize(("first", "second"), [*itertools.permutations(TEXT, 2)])
def test_a_table_with_two_texts_is_read_alike(tmp_path, first, second):
    prepared, scored = both(tmp_path, ["file_name", first, second], ["a.wav", "uno", "dos"])
    expected = "uno" if TEXT.index(first) < TEXT.index(second) else "dos"
    assert (prepared.transcript, scored.reference) == (expected, expected)


@pytest.mark.parametrize("name", [*SPEAKER, "Speaker"])
def test_a_speaker_is_known_to_both(tmp_path, name):
    prepared, scored = both(tmp_path, ["file_name", "text", name], ["a.wav", "uno", "ana"])
    assert (prepared.speaker, prepared.notes, scored.speaker) == ("mine:ana", {}, "ana")


@pytest.mark.parametrize(("first", "second"), [*itertools.permutations(AUDIO, 2)])
def test_a_table_with_two_paths_is_read_alike(tmp_path, first, second):
    header = [first, second, "text"]
    row = (
        ["a.wav", "b.wav", "x"]
        if AUDIO.index(first) < AUDIO.index(second)
        else ["b.wav", "a.wav", "x"]
    )
    prepared, scored = both(tmp_path, header, row)
    assert (prepared.id, scored.id, scored.audio) == ("mine/a.wav", "a.wav", "a.wav")


def test_both_say_which_column_they_took(tmp_path, caplog):
    header, row = ["file_name", "text", "sentence"], ["a.wav", "uno", "dos"]
    with caplog.at_level(logging.WARNING):
        both(tmp_path, header, row)
    assert caplog.messages == [
        f"{tmp_path}/metadata.tsv: Transcripts were read from the column 'sentence', not from 'text'."
    ]
    remarks = read_pairs(tmp_path / "metadata.tsv", tmp_path / "h.tsv").remarks
    assert "References were read from the column 'sentence', not from 'text'." in remarks


def test_hypotheses_beside_a_corpus_are_not_its_sentences(tmp_path):
    """`sentence` beside `text` in a file of hypotheses came along from the corpus."""
    (tmp_path / "r.tsv").write_text("path\tsentence\na.wav\tel sol\n")
    (tmp_path / "h.tsv").write_text("path\tsentence\ttext\na.wav\tel sol\tel col\n")
    (one,) = read_pairs(tmp_path / "r.tsv", tmp_path / "h.tsv").utterances
    assert (one.reference, one.hypothesis) == ("el sol", "el col")
    assert set(TEXT) < set(HYPOTHESIS)


def test_no_name_means_two_things():
    lists = {k: v for k, v in vars(columns).items() if k.isupper()}
    kinds = {k: v for k, v in lists.items() if k not in ("REFERENCE", "HYPOTHESIS")}
    names = [name for names in kinds.values() for name in names]
    assert len(names) == len(set(names)) > 30
    assert all(name == name.lower() for name in names)


def test_by_hand():
    assert present([" Text ", "x", "SENTENCE"], TEXT) == ("SENTENCE", " Text ")
    assert first_value({"speaker": " ", "spk": "ana"}, SPEAKER) == "ana"
    assert first_value({"x": "y"}, SPEAKER) is None
    assert choice("Texts", ["a", "b", "c"]) == (
        "Texts were read from the column 'a', not from 'b' or 'c'."
    )


def test_the_page_about_files_names_them_in_this_order():
    page = (ROOT / "xlt/scoring/README.md").read_text("utf-8")
    for names in (
        (*columns.ID, *AUDIO),
        columns.REFERENCE,
        SPEAKER,
        columns.ACCENT,
        columns.GENDER,
    ):
        assert f"| {', '.join(names)} |" in page
    assert f"| {', '.join(AUDIO)}: seen from" in page
    assert f"| {', '.join(columns.RECOGNISED)}; in a file of its own also " in page
    assert f"also {', '.join(HYPOTHESIS[len(columns.RECOGNISED) :])} |" in page
