"""Run: python -m pytest tests/scoring/test_pairing.py

Also tests: xlt/scoring/caveats.py
"""

import pytest
from scored import CONDITIONS

from xlt.language.rules import get
from xlt.language.text import NORMALISER
from xlt.scoring.errors import score
from xlt.scoring.pairing import read_pairs

HEADER = "id\ttext\tspeaker\tduration\taccent\tgender\tsnr\taudio\n"


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return write


def test_all_that_is_known_comes_along(write):
    reference = write("r.tsv", HEADER + "a\tEl Sol.\tana\t1.5\tandaluz\tf\t20.5\ta.wav\n")
    hypothesis = write("h.tsv", "a\tel  col\n")
    pairs = read_pairs(reference, hypothesis, get("es"))
    (one,) = pairs.utterances
    assert (one.reference, one.hypothesis, one.missing) == ("el sol", "el col", False)
    assert (one.raw_reference, one.raw_hypothesis) == ("El Sol.", "el col")
    assert (one.speaker, one.duration_s, one.accent) == ("ana", 1.5, "andaluz")
    assert (one.gender, one.snr_db, one.audio) == ("f", 20.5, "a.wav")
    assert (pairs.normaliser, pairs.remarks) == (NORMALISER, [])


def test_without_a_language_texts_stay_as_they_are(write):
    pairs = read_pairs(write("r.tsv", "a\tEl  Sen\u0303or.\n"), write("h.tsv", "a\tel señor\n"))
    assert pairs.utterances[0].reference == "El Señor."
    assert pairs.utterances[0].raw_reference is None
    assert pairs.normaliser == "none"


def test_unknown_stays_unknown(write):
    reference = write("r.tsv", HEADER + "a\tx\t\t\t\t\t\t\n")
    one = read_pairs(reference, write("h.tsv", "a\tx\n")).utterances[0]
    assert (
        one.speaker is one.duration_s is one.accent is one.gender is one.snr_db is one.audio is None
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [("duration", "long"), ("duration", "-1"), ("duration", "nan"), ("snr", "x")],
)
def test_a_number_that_is_none_is_refused(write, column, value):
    reference = write("r.tsv", f"id\ttext\t{column}\na\tx\t{value}\n")
    with pytest.raises(ValueError, match=f"r.tsv, line 2: '{value}' is not a number of "):
        read_pairs(reference, write("h.tsv", "a\tx\n"))


def test_one_file_with_both(write):
    content = '{"id": "a", "text": "el sol", "pred_text": "el col"}\n{"id": "b", "text": "la"}\n'
    pairs = read_pairs(write("x.jsonl", content))
    assert [(u.reference, u.hypothesis, u.missing) for u in pairs.utterances] == [
        ("el sol", "el col", False),
        ("la", "", True),
    ]


@pytest.mark.parametrize("name", ["r.trn", "r.txt", "r.tsv"])
def test_references_alone_are_not_scored_against_themselves(write, name):
    content = {"r.trn": "el sol (a)\n", "r.txt": "el sol\n", "r.tsv": "a\tel sol\n"}[name]
    with pytest.raises(ValueError, match="has no column of hypotheses"):
        read_pairs(write(name, content))


def test_missing_hypotheses_are_deletions_and_named(write):
    reference = write("r.tsv", "".join(f"u{k}\tel sol\n" for k in range(9)))
    pairs = read_pairs(reference, write("h.tsv", "u0\tel sol\nu8\t\n"))
    assert pairs.remarks == [
        "7 utterances without a hypothesis: all 14 words count as deleted (u1, u2, u3, u4, u5 and "
        "2 more).",
        "1 hypothesis without a word: all 2 words count as deleted (u8).",
    ]
    assert [u.missing for u in pairs.utterances] == [False, *[True] * 7, False]
    texts = ([getattr(u, side) for u in pairs.utterances] for side in ("reference", "hypothesis"))
    assert score(*texts, CONDITIONS).words.deletions == 16


def test_extra_hypotheses_are_named_and_not_counted(write):
    pairs = read_pairs(write("r.tsv", "a\tel\n"), write("h.tsv", "a\tel\nz\tsol\n"))
    assert len(pairs.utterances) == 1
    assert pairs.remarks == ["1 hypothesis without a reference: not counted (z)."]


def test_references_that_normalise_to_nothing_stay_and_are_named(write):
    reference, hypothesis = (
        write("r.tsv", "a\t...\nb\tsol\n"),
        write("h.tsv", "a\tel sol\nb\tsol\n"),
    )
    pairs = read_pairs(reference, hypothesis, get("es"))
    assert pairs.remarks == [
        "1 reference without a word (such as '...'): the 2 words recognised there count as "
        "inserted (a)."
    ]
    assert len(pairs.utterances) == 2


def test_what_the_normaliser_cannot_read_is_said(write):
    reference, hypothesis = write("r.tsv", "a\tsol Привет\n"), write("h.tsv", "a\tsol 日本\n")
    remarks = read_pairs(reference, hypothesis, get("es")).remarks
    assert [remark.split(" with ")[0] for remark in remarks] == ["1 reference", "1 hypothesis"]
    assert all(remark.endswith("these are left out there (a).") for remark in remarks)


def test_letters_that_were_lost_before_are_said(write):
    reference = write("r.tsv", "a\tse\ufffdor\nb\tseÃ±or\nc\tSÃO\nd\t{ eh / ah } {sí} y/o\n")
    pairs = read_pairs(reference, write("h.tsv", "a\tx\nb\tx\nc\tStraÃŸe\nd\tIRMÃ…\n"))
    assert pairs.remarks == [
        "1 utterance with U+FFFD, which stands for a letter that was lost (a).",
        "2 utterances with letters like 'Ã±': UTF-8 that was read as Latin-1 (b, c).",
        "1 utterance with sclite's alternatives { a / b }: all of them are taken for words (d).",
    ]


def test_no_id_in_common(write):
    reference = write("r.tsv", "a\tel\n")
    with pytest.raises(ValueError, match="No id of .*r.tsv is in .*h.tsv: 'a' there, 'z' here. Gi"):
        read_pairs(reference, write("h.tsv", "z\tel\n"))
    with pytest.raises(ValueError, match="'A' here. They differ in case alone: write them alike"):
        read_pairs(reference, write("h.tsv", "A\tel\n"))


def test_ids_that_differ_in_case_are_told(write):
    reference, hypothesis = write("r.tsv", "a\tx\nb\tx\n"), write("h.tsv", "a\tx\nB\tx\n")
    remarks = read_pairs(reference, hypothesis).remarks
    assert remarks[2] == (
        "1 id differs in case alone from one without a reference, and was not paired: write them "
        "alike (b)."
    )


def test_lone_surrogates_and_control_characters_in_ids_are_told(write):
    """Escaped, since a terminal would obey them."""
    row = '{"id": "b\\u001b[31m", "text": "a \\ud800"}\n'
    remarks = read_pairs(write("r.jsonl", row), write("h.jsonl", row)).remarks
    assert remarks == ["1 utterance with a lone surrogate (b\\x1b[31m)."]


def test_the_column_that_was_read_is_named_where_another_might_be_meant(write):
    reference = write("r.tsv", "id\ttext\tsentence\na\tel\tsol\n")
    remarks = read_pairs(reference, write("h.tsv", "a\tel\n")).remarks
    assert remarks == ["References were read from the column 'sentence', not from 'text'."]
    plain = write("p.tsv", "id\treference\ttext\na\tel\tsol\n")
    both = write("b.tsv", "id\ttext\tpred_text\na\tel\tel\n")
    assert read_pairs(plain, both).remarks == []


def test_ids_that_are_files_are_paired_by_their_names(write):
    reference = write("r.tsv", "path\tsentence\nes_1.mp3\tuno\nes_2.mp3\tdos\n")
    hypothesis = write("h.tsv", "/data/clips/es_2.mp3\tdos\n/data/clips/es_3.mp3\ttres\n")
    pairs = read_pairs(reference, hypothesis)
    assert [(u.id, u.hypothesis) for u in pairs.utterances] == [
        ("es_1.mp3", ""),
        ("es_2.mp3", "dos"),
    ]
    assert pairs.remarks[0] == (
        "Ids were paired as names of files, without folders: '/data/clips/es_2.mp3'."
    )
    assert "not counted (/data/clips/es_3.mp3)" in pairs.remarks[2]
    endless = write("e.tsv", "wav/es_2.wav\tdos\n")
    assert "without folders and endings" in read_pairs(reference, endless).remarks[0]


def test_names_that_stand_twice_pair_nothing(write):
    hypothesis = write("h.tsv", "x/a.wav\tdos\ny/a.wav\ttres\n")
    with pytest.raises(ValueError, match="No id of"):
        read_pairs(write("r.tsv", "a.wav\tuno\n"), hypothesis)


def test_lines_without_ids_must_be_as_many(write):
    with pytest.raises(ValueError, match="r.txt has 2 lines and .*h.txt has 1: texts without ids"):
        read_pairs(write("r.txt", "uno\ndos\n"), write("h.txt", "uno\n"))
