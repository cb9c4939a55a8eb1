"""Logs and lists of texts whose lines hold numbers or ids: they are not scored as words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from xlt.scoring.pairing import read_pairs
from xlt.scoring.plain_texts import plain_texts

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, content: str) -> Path:
        (tmp_path / name).write_text(content, encoding="utf-8")
        return tmp_path / name

    return written


def texts(content: str) -> list[tuple[int, str, str]]:
    return list(plain_texts(list(enumerate(content.splitlines(), 1))))


def test_numbers_on_lines_of_their_own_are_ids() -> None:
    assert texts("0\nbuen día\n1\n\n2\nadiós") == [
        (2, "number 0", "buen día"),
        (4, "number 1", ""),
        (6, "number 2", "adiós"),
    ]
    assert [name for _, name, _ in texts("1\nuno\n2\ndos")] == ["number 1", "number 2"]


def test_first_words_that_are_ids_are_not_text() -> None:
    assert texts("s1_001 buen día\ns1_002\ns2_001  a b") == [
        (1, "s1_001", "buen día"),
        (2, "s1_002", ""),
        (3, "s2_001", "a b"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "0\nbuen día",  # too few to be a pattern
        "7\nbuen día\n9\nadiós",  # they don't count up
        "3\nuno\n4\ndos",
        "0\nuno\n1",
        "a-1 uno\na-1 dos",  # no ids: they are alike
        "s1_001 uno\nbuen día",
        "covid-19 es",
        "el sol\nla luna",
        "2024 fue\n2025 es",
        "",
    ],
)
def test_other_texts_are_taken_as_they_are(content: str) -> None:
    lines = content.splitlines()
    assert texts(content) == [(k, f"line {k}", line) for k, line in enumerate(lines, 1)]


def test_logs_of_an_evaluation_script_are_scored_without_their_numbers(write: Write) -> None:
    said = write("targets.txt", "0\nbuen día\n1\nhasta luego\n")
    heard = write("predictions.txt", "0\nbuen tía\n1\nhasta luego\n")
    found = read_pairs(said, heard)
    assert [(u.reference, u.hypothesis) for u in found.utterances] == [
        ("buen día", "buen tía"),
        ("hasta luego", "hasta luego"),
    ]
    assert "Every other line is a number: they were read as ids, not as texts." in found.remarks


def test_texts_in_another_order_are_paired_by_their_ids(write: Write) -> None:
    said = write("text.txt", "s1_001 buen día\ns1_002 adiós\n")
    heard = write("hyp.txt", "s1_002 a dios\ns1_001 buen día\n")
    found = read_pairs(said, heard)
    assert [u.hypothesis for u in found.utterances] == ["buen día", "a dios"]
    assert (
        "The first word of every line was read as its id, not as text: 's1_001'." in found.remarks
    )


def test_numbers_on_one_side_alone_are_refused(write: Write) -> None:
    said, heard = write("r.txt", "0\nbuen día\n1\nadiós\n"), write("h.txt", "buen día\nadiós\n")
    with pytest.raises(ValueError, match="'number 0' there, 'line 1' here"):
        read_pairs(said, heard)


def test_the_score_behind_an_id_of_sphinx_is_no_part_of_it(write: Write) -> None:
    said = write("r.trn", "buen día (s1_001)\nhasta luego (s1_002)\n")
    heard = write("h.trn", "buen tía (s1_001 -7716)\nhasta luego (s1_002 -91.5)\n")
    assert [u.hypothesis for u in read_pairs(said, heard).utterances] == ["buen tía", "hasta luego"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", ",reference,prediction\n0,buen día,buen tía\n1,hola,hola\n"),
        ("x.csv", "reference,prediction\nbuen día,buen tía\nhola,hola\n"),
        ("x.tsv", "prediction\treference\nbuen tía\tbuen día\nhola\thola\n"),
        (
            "x.json",
            '[{"reference": "buen día", "prediction": "buen tía"},\n{"ref": "hola", "hyp": "hola"}]',
        ),
    ],
)
def test_both_texts_in_one_row_need_no_id(write: Write, name: str, content: str) -> None:
    found = read_pairs(write(name, content)).utterances
    assert [(u.reference, u.hypothesis) for u in found] == [
        ("buen día", "buen tía"),
        ("hola", "hola"),
    ]
