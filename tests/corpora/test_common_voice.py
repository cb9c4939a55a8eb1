"""Common Voice, packed and unpacked, old and new; no row goes missing. Run: pytest tests/corpora/test_common_voice.py.

Also tests: xlt/corpora/readers/row_index.py
"""

import errno
import io
import random
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from releases import NEW, new_row, packed

from xlt.corpora.base import SCRATCH, CorpusError, RefusedRow, Row, scratch_in
from xlt.corpora.common_voice import CommonVoice
from xlt.corpora.readers.archives import ArchiveRefused
from xlt.corpora.readers.row_index import Index, IndexedRow
from xlt.corpora.readers.tables import read_table
from xlt.system.line_reader import MAX_LINE_BYTES

OLD = "client_id\tpath\tsentence\tup_votes\tdown_votes\tage\tgender\taccent\n"


def old_row(client: str, path: str, sentence: str) -> str:
    return f"{client}\t{path}\t{sentence}\t2\t0\t\t\tMéxico\n"


def release(header: str = NEW) -> dict[str, bytes]:
    """A release of five clips: two train, one dev, one test, one that only `other` has."""
    row = new_row if header == NEW else old_row
    end = ".mp3" if header == NEW else ""
    tables = {
        "train.tsv": row("c1", f"a{end}", 'Dijo: "hola.') + row("c2", f"b{end}", "NA"),
        "dev.tsv": row("c3", f"c{end}", "Uno"),
        "test.tsv": row("c4", f"d{end}", "Dos"),
        "other.tsv": row("c5", f"e{end}", "Tres"),
    }
    files = {name: (header + text).encode() for name, text in tables.items()}
    return files | {f"clips/{name}.mp3": name.encode() for name in "abcde"}


def unpacked(path: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def read(path: Path, **options: object) -> tuple[dict[str, Row], list[RefusedRow]]:
    rows = list(CommonVoice(path=path, language="es", **options).rows())
    kept = [row for row in rows if isinstance(row, Row)]
    assert len(kept) == len({row.id for row in kept})
    return {row.id: row for row in kept}, [row for row in rows if isinstance(row, RefusedRow)]


def content(row: Row) -> bytes:
    return row.audio.read_bytes() if isinstance(row.audio, Path) else row.audio


@pytest.mark.parametrize("header", [OLD, NEW], ids=["6.1", "17.0"])
@pytest.mark.parametrize("form", ["tables first", "clips first", "flat", "folder", "parent", "top"])
def test_every_release_and_form_gives_the_same_rows(tmp_path: Path, header: str, form: str):
    files = release(header)
    path = tmp_path / "cv-corpus-17.0-2024-03-15-es.tar.gz"
    if form == "tables first":
        packed(path, files)
    elif form == "clips first":
        packed(path, dict(sorted(files.items())))
    elif form == "flat":
        packed(path, files, root="")
    else:
        whole = unpacked(tmp_path / "cv-corpus-17.0-2024-03-15" / "es", files)
        path = {"folder": whole, "parent": whole.parent, "top": tmp_path}[form]
    rows, refused = read(path)
    assert refused == []
    assert {name: (r.transcript, r.speaker, r.split, content(r)) for name, r in rows.items()} == {
        "common_voice-es/clips/a.mp3": ('Dijo: "hola.', "common_voice:c1", "train", b"a"),
        "common_voice-es/clips/b.mp3": ("NA", "common_voice:c2", "train", b"b"),
        "common_voice-es/clips/c.mp3": ("Uno", "common_voice:c3", "dev", b"c"),
        "common_voice-es/clips/d.mp3": ("Dos", "common_voice:c4", "test", b"d"),
    }
    first = rows["common_voice-es/clips/a.mp3"]
    assert (first.suffix, first.licence, first.corpus) == (".mp3", "CC0-1.0", "common_voice-es")
    expected = {"accents": "Andes", "locale": "es"} if header == NEW else {"accent": "México"}
    assert expected.items() <= first.notes.items()
    assert first.notes["release"] == ("17.0" if form != "top" else first.notes["release"])


def test_other_splits_may_be_chosen(tmp_path: Path):
    rows, _ = read(packed(tmp_path / "es.tar.gz", release()), splits=("other",))
    assert {name: row.split for name, row in rows.items()} == {"common_voice-es/clips/e.mp3": None}
    assert [row.notes["release"] for row in rows.values()] == ["17.0"]
    with pytest.raises(ValueError, match=r"\['training'\] not in train, dev"):
        CommonVoice(path=tmp_path, language="es", splits=("training",))


def test_columns_are_read_by_name(tmp_path: Path):
    table = b"sentence\tlocale\tpath\tnew column\tclient_id\nHola\tes\tz.mp3\t?\tc9\n"
    files = release() | {"train.tsv": table}
    rows, refused = read(unpacked(tmp_path, files | {"clips/z.mp3": b"z"}))
    assert rows["common_voice-es/clips/z.mp3"].transcript == "Hola"
    assert not refused


@pytest.mark.parametrize("form", ["archive", "folder"])
def test_every_bad_line_is_counted_with_its_number(tmp_path: Path, form: str):
    train = (
        NEW.encode()
        + new_row("c1", "a.mp3", "Bien").encode()
        + b"too\tshort\n"
        + new_row("c2", "b.mp3", "con\ttabulador").encode()
        + b"\n"
        + new_row("c2", "b.mp3", "X").replace("X", "\xff").encode("latin-1")
        + new_row("c1", "a.mp3", "otra vez").encode()
        + new_row("c3", "../../x.mp3", "fuera").encode()
        + new_row("c3", "", "sin").encode()
        + new_row("c4", "gone.mp3", "perdido").encode()
    )
    files = release() | {"train.tsv": train}
    path = packed(tmp_path / "es.tar.gz", files) if form == "archive" else unpacked(tmp_path, files)
    rows, refused = read(path, splits=("train",))
    assert [row.transcript for row in rows.values()] == ["Bien"]
    assert [(row.id.split("/", 1)[1], row.reason) for row in refused] == [
        ("train.tsv:3", "bad_line"),
        ("train.tsv:4", "bad_line"),
        ("train.tsv:5", "bad_line"),
        ("train.tsv:6", "bad_line"),
        ("train.tsv:7", "repeated_row"),
        ("train.tsv:8", "bad_line"),
        ("train.tsv:9", "bad_line"),
        ("clips/gone.mp3", "no_audio"),
    ]
    details = [row.detail for row in refused]
    assert "it has 2 fields, the header has 13" in details[0]
    assert "not UTF-8" in details[3]
    assert "train.tsv:10" in details[-1]


def test_unclosed_quotes_lose_no_row(tmp_path: Path):
    sentences = ['"Oré', "ha'e", '""doble""', "'", '"', 'fin"', "normal"]
    lines = "".join(new_row("c", f"{n}.mp3", text) for n, text in enumerate(sentences))
    files = {f"clips/{n}.mp3": b"x" for n in range(len(sentences))}
    rows, refused = read(
        unpacked(tmp_path, files | {"train.tsv": (NEW + lines).encode()}), splits=("train",)
    )
    assert [row.transcript for row in rows.values()] == sentences
    assert not refused


def test_an_unknown_speaker_is_none(tmp_path: Path):
    files = {"train.tsv": (NEW + new_row("", "a.mp3", "x")).encode(), "clips/a.mp3": b"a"}
    rows, _ = read(unpacked(tmp_path, files), splits=("train",))
    assert [row.speaker for row in rows.values()] == [None]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda d: d / "gone.tar.gz", "nothing at .*gone.*Mozilla Data Collective"),
        (
            lambda d: packed(d / "x.tar.gz", release(), "cv-corpus-17.0-2024-03-15/de"),
            r"lacks es/dev\.tsv, es/test\.tsv, es/train\.tsv; it holds .*de/train\.tsv",
        ),
        (
            lambda d: packed(d / "x.tar.gz", {"other.tsv": NEW.encode()}),
            r"lacks es/dev\.tsv.*it holds .*es/other\.tsv",
        ),
        (
            lambda d: packed(d / "cv-corpus-18.0-delta-2024-06-14-es.tar.gz", release()),
            "is a delta",
        ),
        (
            lambda d: packed(d / "x.tar.gz", release(), "cv-corpus-18.0-delta-2024-06-14/es"),
            "is a delta",
        ),
        (
            lambda d: packed(d / "x.tar.gz", release(), "cv-corpus-16.1-2023-12-06/es"),
            r"release 16\.1 .* not 17\.0",
        ),
        (
            lambda d: unpacked(d / "cv-corpus-16.1-2023-12-06" / "es", release()),
            r"release 16\.1 .* not 17\.0",
        ),
        (
            lambda d: unpacked(d / "cv-corpus-17.0-2024-03-15" / "de", release()),
            r"should hold one release .* 'es'.*train\.tsv",
        ),
        (
            lambda d: unpacked(d / "cv-corpus-17.0" / "de", release()).parent,
            r"should hold one release .* holds none: \['de'\]",
        ),
        (
            lambda d: {unpacked(d / f"cv-corpus-{v}/es", release()).parents[1] for v in "89"}.pop(),
            "several releases",
        ),
        (
            lambda d: unpacked(d, {"train.tsv": NEW.encode(), "clips/a.mp3": b""}),
            r"lacks es/dev\.tsv, es/test\.tsv",
        ),
        (
            lambda d: unpacked(d, release() | {"train.tsv": b"a\tb\n"}),
            r"train\.tsv has no column client_id, path, sentence.*a, b",
        ),
        (lambda d: unpacked(d, release() | {"dev.tsv": b""}), r"dev\.tsv has no column"),
    ],
)
def test_what_is_not_there_is_said(tmp_path: Path, make, said: str):
    with pytest.raises(CorpusError, match=said):
        read(make(tmp_path), release="17.0")


def test_a_cut_download_is_said_after_what_is_whole(tmp_path: Path):
    files = release() | {"clips/d.mp3": random.Random(0).randbytes(90_000)}
    path = packed(tmp_path / "es.tar.gz", files)
    path.write_bytes(path.read_bytes()[:-1_000])
    corpus = CommonVoice(path=path, language="es")
    stream = corpus.rows()
    assert [next(stream).id[-5:] for _ in range(3)] == ["a.mp3", "b.mp3", "c.mp3"]
    with pytest.raises(ArchiveRefused, match=r"ends in the middle after .*clips/d\.mp3"):
        list(stream)


FIELD = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('\t\r\n"\0\ufeff\u2028'))


@settings(max_examples=200, deadline=None)
@given(st.lists(FIELD, max_size=8), st.booleans())
def test_every_line_is_a_row_or_is_refused(sentences: list[str], ended: bool):
    data = NEW + "".join(new_row("c", f"{n}.mp3", s) for n, s in enumerate(sentences))
    if not ended:
        data = data.removesuffix("\n")
    lines = data.encode().removesuffix(b"\n").split(b"\n")
    found = list(read_table(io.BytesIO(data.encode()), "t.tsv", ("path",)))
    assert [number for number, _ in found] == list(range(2, len(lines) + 1))
    good = [row["sentence"] for _, row in found if isinstance(row, dict)]
    whole = [s for s in sentences if not {"\t", "\n", "\0"} & set(s)]
    assert [s for s in good if s in whole] == [s for s in whole if s in good]
    assert len(good) >= len(whole)


def test_a_huge_line_is_refused_and_the_next_is_read():
    data = b"path\n" + b"x" * (3 * MAX_LINE_BYTES) + b"\nok\n"
    found = list(read_table(io.BytesIO(data), "t.tsv", ("path",)))
    assert found[0] == (
        2,
        f"it has {3 * MAX_LINE_BYTES:,} bytes, more than the {MAX_LINE_BYTES:,} that are read",
    )
    assert found[1] == (3, {"path": "ok"})


def test_rows_wait_beside_the_dataset_and_leave_nothing(tmp_path: Path):
    archive = packed(tmp_path / "es.tar.gz", dict(sorted(release().items())))
    work = tmp_path / "work"
    work.mkdir()
    with scratch_in(work):
        stream = CommonVoice(path=archive, language="es").rows()
        next(stream)
        assert len(list(work.glob(f"{SCRATCH}*/rows.sqlite"))) == 1
        list(stream)
    assert not list(work.iterdir())


def test_a_full_disk_below_the_rows_is_a_sentence(tmp_path: Path):
    with closing(Index(tmp_path / "rows.sqlite")) as index:
        index._db.execute("COMMIT")
        index._db.execute("PRAGMA max_page_count = 4")
        index._db.execute("BEGIN")
        entries = (
            IndexedRow(place=f"p{n}", table="t", line=n, fields={"text": "x" * 200})
            for n in range(1_000)
        )
        with pytest.raises(OSError, match=r"the disk of .* is full: at least") as error:
            all(map(index.add, entries))
    assert error.value.errno == errno.ENOSPC
