"""One rule for lines, encodings and damage, in every reader of text files: run pytest tests/system/test_line_reader.py."""

import gzip
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xlt.corpora.readers.delimited import read_rows as _read
from xlt.corpora.readers.tables import read_table
from xlt.language.coverage.text_lines import TextLines
from xlt.scoring.files import read_entries
from xlt.system.line_reader import (
    MAX_LINE_BYTES,
    Fault,
    Line,
    TextFileError,
    check_encoding,
    read_lines,
    strict_lines,
)

PIECES = st.sampled_from(
    [
        b"el sol",
        "señor".encode(),
        "\u2028\x85\ufeff".encode(),
        b"\0",
        b"\xf1",
        b"\xed\xa0\x80",
        b"x",
    ]
)
LINES = st.lists(st.lists(PIECES, max_size=3).map(lambda parts: b"a" + b"".join(parts)), max_size=6)
FILES = st.builds(
    lambda lines, end, mark, pack, last: pack(mark + end.join([b"text", *lines]) + last * end),
    lines=LINES,
    end=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    pack=st.sampled_from(
        [
            bytes,
            gzip.compress,
            lambda data: gzip.compress(data)[:-9],
            lambda data: data.decode("utf-8", "replace").encode("utf-16"),
        ]
    ),
    last=st.sampled_from([0, 1]),
)
"""Files with the header `text` over lines of anything, in every kind of packing and line end."""


def by_each_reader(data: bytes, folder: Path) -> dict[str, object]:
    """Reader -> the refusal of the file, or its damaged lines by number and its other texts."""
    found: dict[str, object] = {}
    for name in ("x.tsv", "x.csv", "x.jsonl", "x.txt", "corpus.txt"):
        path = folder / name
        path.write_bytes(data)
        try:
            found[name] = READERS[name](path)
        except ValueError as error:
            found[name] = str(error).replace(str(path), "FILE").replace(path.suffix, "")
    return found


def of_table(rows: list[tuple[int | str, dict[str, str] | str]]) -> tuple[list[int], list[str]]:
    faulty = [int(place) for place, row in rows if isinstance(row, str)]
    return faulty, [row["text"] for _, row in rows if isinstance(row, dict)]


def tsv(path: Path) -> tuple[list[int], list[str]]:
    with path.open("rb") as file:
        rows = list(read_table(file, str(path)))
    assert rows == list(_read(path))
    return of_table(rows)


def jsonl(path: Path) -> tuple[list[int], list[str]]:
    """No line is JSON, so those that are not damaged are refused by the grammar."""
    faulty = [int(n) for n, said in _read(path) if not str(said).startswith("it is not JSON")]
    return faulty, []


def txt(path: Path) -> tuple[list[int], list[str]]:
    """The strict reader; the first fault is the end, so its line alone can be compared."""
    try:
        return [], [entry.fields["t"] for entry in read_entries(path, ["t"])][1:]
    except TextFileError as error:
        if "damaged gzip" in str(error) or "line " not in str(error):
            raise
        return [int("".join(filter(str.isdigit, str(error).split("line ")[1].split(" ")[0])))], []


def corpus(path: Path) -> tuple[list[int], list[str]]:
    lines = TextLines(path=path)
    texts = list(lines)[1:]
    return sorted(n for one in lines.skipped.values() for n in one.numbers), texts


READERS = {
    "x.tsv": tsv,
    "x.csv": lambda path: of_table(list(_read(path))),
    "x.jsonl": jsonl,
    "x.txt": txt,
    "corpus.txt": corpus,
}


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(FILES)
def test_the_same_bytes_are_the_same_lines_or_the_same_refusal(tmp_path_factory, data):
    found = by_each_reader(data, tmp_path_factory.mktemp("lines"))
    first = found["x.tsv"]
    if isinstance(first, str):
        strict = found.pop("x.txt")  # may end at a damaged line before the damage of the file
        assert strict == first or isinstance(strict, tuple)
        assert all(refusal == first for refusal in found.values())
        return
    faulty, texts = first
    assert found["x.csv"] == found["x.tsv"]
    assert found["x.jsonl"] == (faulty, [])
    assert found["x.txt"] == ((faulty[:1], []) if faulty else ([], texts))
    assert found["corpus.txt"] == (faulty, [text.strip() for text in texts])


def read(data: bytes, most_bytes: int = 100) -> list[Line]:
    return list(read_lines(io.BytesIO(data), "x.tsv", most_bytes))


def test_lines_by_hand():
    assert read(b"") == []
    assert read(b"\n") == [Line(number=1, text="")]
    data = b"\xef\xbb\xbfuno\r\n\nd\ros\n" + "tr\u2028es".encode()
    assert [line.text for line in read(data)] == ["uno", "", "d\ros", "tr\u2028es"]
    assert read(gzip.compress(data)) == read(data)


def test_faults_say_what_and_where():
    damaged = read(b"a\nse\xf1or\nb\0c\n" + b"x" * 101 + b"\nb")
    assert [(line.number, line.fault.kind) for line in damaged if line.fault] == [
        (2, "not UTF-8"),
        (3, "NUL byte"),
        (4, "too long"),
    ]
    assert [line.text for line in damaged] == ["a", "se\ufffdor", "b\ufffdc", "", "b"]
    assert [str(line.fault) for line in damaged[1:4]] == [
        "it has the byte 0xf1, at byte 3: it is not UTF-8",
        "it holds a NUL byte, at byte 2",
        "it has 101 bytes, more than the 100 that are read",
    ]


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_the_limit_is_of_what_a_line_holds(end):
    assert [len(line.text) for line in read(b"x" * 100 + end)] == [100]
    (line,) = read(b"x" * 354 + end)
    assert line.fault == Fault(
        kind="too long", seen="has 354 bytes, more than the 100 that are read"
    )
    assert [line.number for line in read(b"x" * 354 + b"\ny" + end)] == [1, 2]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            "a\nbc".encode("utf-16")[:-1],
            r"x.tsv is damaged UTF-16 \(truncated data\): get it again",
        ),
        ("a\n".encode("utf-16") + b"\x00\xd8\n\x00", r"x.tsv is damaged UTF-16 \(illegal"),
        (
            gzip.compress("a\n".encode("utf-16")),
            r"x.tsv is UTF-16; .* iconv -f UTF-16 -t UTF-8 x.tsv",
        ),
        ("a\nb\n".encode("utf-32"), "x.tsv is UTF-32; "),
        ("ab\nb\n".encode("utf-16-le"), r"UTF-16 without its mark \(line 1\); .* -f UTF-16LE"),
        ("ab\nb\n".encode("utf-16-be"), "-f UTF-16BE"),
        (b"a\rb\r", r"x.tsv ends its lines with a carriage return alone.* tr '\\r' '\\n'"),
        (b"a\r" + b"b" * 300, "a carriage return alone"),
        (
            gzip.compress(b"hola" * 100, mtime=0)[:-9],
            r"x.tsv is a damaged gzip file .*get it again",
        ),
    ],
)
def test_files_of_another_kind_are_refused(data, said):
    with pytest.raises(TextFileError, match=said):
        read(data)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_its_mark_is_read(encoding):
    text = "\ufeffaño\t😀\r\nel\u2028sol\u010a\n\nlast"
    file = io.BytesIO(text.encode(encoding))
    lines = list(read_lines(file, "x.tsv", 100))
    assert [line.text for line in lines] == ["año\t😀", "el\u2028sol\u010a", "", "last"]
    assert [line.number for line in lines] == [1, 2, 3, 4]
    assert not file.closed
    long = list(read_lines(io.BytesIO(("\ufeffa\n" + "ñ" * 60 + "\nb").encode(encoding)), "x", 100))
    assert [(line.text, line.fault and line.fault.kind) for line in long] == [
        ("a", None),
        ("", "too long"),
        ("b", None),
    ]


def test_a_stream_that_can_not_be_read_twice_is_read():
    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_):
            raise OSError

    assert [line.text for line in read_lines(Stream(b"a\nb"), "s")] == ["a", "b"]


def test_the_strict_reader_ends_at_the_first_fault(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_bytes(b"a\n\xff\n")
    lines = strict_lines(path)
    assert next(lines) == (1, "a")
    with pytest.raises(TextFileError, match=r"x.tsv is not UTF-8: line 2 has the byte 0xff; "):
        next(lines)


def test_memory_does_not_grow_with_the_line():
    data = gzip.compress(b"x" * (64 * MAX_LINE_BYTES))
    tracemalloc.start()
    (line,) = read(data, MAX_LINE_BYTES)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert line.fault is not None
    assert peak < 8 * MAX_LINE_BYTES


@pytest.mark.parametrize(
    ("text", "encoding", "refused"),
    [
        ("größe\nstraße\nweg\n", "cp1252", True),
        ("größe\nstraße\nweg\n", "utf-8", False),
        ("weg\n", "cp1252", False),
        ("größe\n", "utf-16", False),
        ("weg\n", "utf-16-le", True),
    ],
)
def test_another_encoding_is_refused_as_a_whole(tmp_path, text, encoding, refused):
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode(encoding))
    if not refused:
        return check_encoding(path)
    with pytest.raises(TextFileError, match=r"iconv -f \S+ -t UTF-8 "):
        check_encoding(path)


def test_one_damaged_line_among_sound_ones_is_not_another_encoding(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes("größe\n".encode() + b"stra\xdfe\n")
    check_encoding(path)
