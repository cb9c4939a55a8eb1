"""An alphabet checked by texts: shares, foreign letters, folds, collisions, and bad input.

Also tests: xlt/language/coverage/report.py, xlt/language/coverage/text_lines.py, xlt/cli/alphabets.py
"""

import csv
import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.audio.frames import Geometry
from xlt.cli.alphabets import vocab
from xlt.corpora.folder import Folder
from xlt.dataset.prepare import prepare
from xlt.language.coverage import check as coverage
from xlt.language.coverage.check import FREQUENT_LINES, check
from xlt.language.coverage.report import COUNTED, advice, counted_table, summary
from xlt.language.coverage.text_lines import TextLines
from xlt.language.letter_table import COLUMNS, letter_table
from xlt.language.rules import LANGUAGES, get
from xlt.language.text import normalise
from xlt.system.line_reader import MAX_LINE_BYTES

SPANISH, GERMAN = get("es"), get("de")


class Said(list[str]):
    """Sentences in memory."""

    name = "said"

    def remarks(self) -> list[str]:
        return []


def table(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["letter"]: row for row in rows}


# ---- counts by hand


def test_shares_by_hand():
    found = check([Said(["El niño ve 2 gatos.", "Да, señor", "Sí"])], SPANISH)
    assert (found.sentences, found.readable_sentences) == (3, 2)
    assert (found.words, found.readable_words) == (8, 7)
    assert (found.letters, found.readable_letters) == (23, 21)
    assert found.counts["ñ"] == 2
    assert {c: f.dropped for c, f in found.foreign.items()} == {"д": 1, "а": 1}
    assert set("kw") < set(found.unseen)
    assert not set("eñí") & set(found.unseen)
    said = summary(found)
    assert "21 of              23  91.304 %" in said
    assert "д U+0434" in said


def test_capitals_and_decomposed_letters_count_as_their_letter():
    found = check([Said(["ÑANDÚ", "n\u0303andu\u0301"])], SPANISH)
    assert (found.counts["ñ"], found.counts["ú"]) == (2, 2)
    assert not found.foreign
    assert found.readable_letters == found.letters == 10


def test_a_fold_is_shown_with_what_it_makes_equal():
    said = ["Una façade y la FASADE", "fasade, fašade", "façade", "ça"]
    found = check([Said(said)], SPANISH)
    cedilla = found.foreign["ç"]
    assert (cedilla.count, cedilla.words, cedilla.lines, cedilla.collided) == (3, 3, 3, 2)
    assert cedilla.examples == ["façade → fasade", "ça → sa"]
    assert [str(c) for c in cedilla.collisions] == [
        "façade (2) = fasade (2)",
        "façade (2) = fašade (1)",
    ]
    assert str(found.foreign["š"].collisions[0]) == "fašade (1) = fasade (2)"
    assert "ç folded to s: façade (2) = fasade (2); façade (2) = fašade (1)" in summary(found)


def test_what_is_read_aloud_is_not_missing():
    found = check([Said(["el 3º piso, 5 µm"] * 10)], SPANISH)
    assert found.foreign["º"].decision == "read aloud"
    assert found.readable_sentences == 10
    assert not any("º" in sentence for sentence in advice(found))


def test_a_lookalike_is_folded_in_latin_words_and_dropped_elsewhere():
    found = check([Said(["sеñor", "рука"])], SPANISH)  # е is Cyrillic in both
    assert found.foreign["е"].decision == "folded to e"
    assert found.foreign["а"].decision == "dropped"
    assert found.foreign["а"].examples == ["рука"]


# ---- what to do


def test_a_frequent_letter_that_is_dropped_belongs_into_the_language():
    found = check([Said([f"a word with ʔ, {n}" for n in range(FREQUENT_LINES)])], SPANISH)
    (sentence,) = [s for s in advice(found) if "dropped" in s]
    assert "'" not in sentence
    assert "ʔ (U+0294, 5 times in 5 lines)" in sentence
    assert "`letters`" in sentence
    assert "`folds`" in sentence
    fewer = check([Said(["ʔ"] * (FREQUENT_LINES - 1))], SPANISH)
    assert [s.partition(",")[0] for s in advice(fewer)] == ["Rare"]


def test_a_frequent_fold_by_the_common_table_is_asked_about_and_one_of_the_language_is_not():
    found = check([Said(["für ça"] * 10)], SPANISH)
    assert "ü" in SPANISH.letters
    assert not advice(found)
    (sentence,) = advice(check([Said(["è vero"] * 10)], SPANISH))
    assert "folded by the common table: è (U+00E8, 10 times in 10 lines)" in sentence


def test_letters_that_are_never_seen_are_named_in_a_text_that_is_large_enough():
    assert not advice(check([Said(["hola"])], SPANISH))
    (sentence,) = advice(check([Said(["hola que tal " * 100] * 10)], SPANISH))
    assert sentence.startswith("Never seen: b c d f g")


def test_text_that_was_misread_before_is_said():
    (*_, sentence) = advice(check([Said(["seÃ±or", "se\ufffdor", "Ã"])], SPANISH))
    assert sentence.startswith("Lines with U+FFFD or pairs like 'Ã±': 2.")


# ---- properties


@settings(max_examples=150, deadline=None)
@given(
    texts=st.lists(st.text(max_size=30), min_size=1, max_size=6), code=st.sampled_from(LANGUAGES)
)
def test_any_text_is_counted(texts, code):
    language = get(code)
    found = check([Said(texts)], language)
    assert found.sentences == len(texts)
    assert 0 <= found.readable_words <= found.words
    unread = sum(normalise(text, language).unread for text in texts)
    assert found.readable_letters == found.letters - unread
    assert found.readable_sentences == sum(not normalise(t, language).unread for t in texts)
    assert not set(found.foreign) & set(language.letters)
    rows = [*counted_table(found)]
    assert {len(row) for row in rows} == {len(COUNTED)}
    assert not any("\t" in field or "\n" in field for row in rows for field in row)
    seen = {row[0]: int(row[len(COLUMNS)]) for row in rows[1:]}
    assert len(seen) == len(rows) - 1
    assert sum(seen.values()) <= found.letters
    assert summary(found)


@given(st.permutations(["façade y fasade", "ʔa", "Straße", "fašade 3º", "façade"]))
def test_the_order_of_lines_changes_no_count(lines):
    def counts(found):
        return {
            c: (f.count, f.dropped, f.lines, f.words, f.collided, f.collisions)
            for c, f in found.foreign.items()
        }

    known = check([Said(sorted(lines))], SPANISH)
    found = check([Said(lines[:2]), Said(lines[2:])], SPANISH)
    assert counts(found) == counts(known)
    assert found.counts == known.counts


def test_folded_words_beyond_the_limit_are_said(monkeypatch):
    monkeypatch.setattr(coverage, "MOST_SPELLINGS", 3)
    found = check([Said([f"ça{'b' * n}" for n in range(5)])], SPANISH)
    assert found.foreign["ç"].words == 5
    assert advice(found)[-1].startswith("More folded words than are kept")


def test_a_word_without_end_is_counted_and_not_kept():
    found = check([Said(["ç" * 100_000, "ça"])], SPANISH)
    assert found.foreign["ç"].count == 100_001
    assert found.foreign["ç"].examples == ["ça → sa"]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_text(tmp_path):
    peaks = []
    for times in (1, 8):
        path = tmp_path / f"{times}.txt"
        path.write_text("El niño de la façade comió 3 peras.\n" * 500 * times, encoding="utf-8")
        check([TextLines(path=path)], SPANISH)  # tables of the language are made
        tracemalloc.start()
        assert check([TextLines(path=path)], SPANISH).sentences == 500 * times
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


# ---- files


def test_plain_gzipped_and_marked_files_read_the_same(tmp_path):
    text = "\nUno.\r\n  Dos\u2028y tres. \n\n¿Cuatro?"
    (tmp_path / "plain").write_bytes(text.encode())
    (tmp_path / "bom").write_bytes(b"\xef\xbb\xbf" + text.encode())
    (tmp_path / "zip.gz").write_bytes(gzip.compress(text.encode()))
    for path in tmp_path.iterdir():
        lines = TextLines(path=path)
        assert [*lines] == [*lines] == ["Uno.", "Dos\u2028y tres.", "¿Cuatro?"]
        assert not lines.remarks()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_bad_lines_are_left_out_counted_and_named(tmp_path, pack):
    path = tmp_path / "c.txt"
    long = b"a" * (3 * MAX_LINE_BYTES)
    lines = [
        b"uno",
        b"se\xf1or",
        b"a\0b",
        long,
        b"a" * MAX_LINE_BYTES,
        b"dos",
        *[b"\xff"] * 7,
        b"tres",
    ]
    path.write_bytes(pack(b"\n".join(lines)))
    text = TextLines(path=path)
    read = [*text]
    assert [*map(len, read)] == [3, MAX_LINE_BYTES, 3, 4]
    assert text.remarks() == [
        f"{path}: 8 lines left out, not UTF-8: save the file as UTF-8 (line 2, 7, 8, 9, 10 and 3 more).",
        f"{path}: 1 line left out, with a NUL byte: is the file text, and UTF-8? (line 3).",
        f"{path}: 1 line left out, longer than {MAX_LINE_BYTES:,} bytes: is it one sentence a line? (line 4).",
    ]
    assert [*text] == read
    assert len(text.remarks()) == 3  # counted anew, not twice


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "c.txt holds no sentence"),
        (b"\n \n", "c.txt holds no sentence"),
        (b"\xff\n\xfe\n", r"no sentence\. .*2 lines left out, not UTF-8"),
        ("hola".encode("utf-16-le"), "c.txt .*UTF-16 without its mark|hola"),
        ("hola".encode("utf-32"), "c.txt is UTF-32; .* iconv -f UTF-32 -t UTF-8"),
        (gzip.compress(b"hola" * 100, mtime=0)[:-9], "damaged gzip"),
        (gzip.compress(b"hola" * 100, mtime=0)[:-8] + b"12345678", "damaged gzip"),
    ],
)
def test_files_that_are_no_text_get_a_sentence(tmp_path, content, message):
    path = tmp_path / "c.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        check([TextLines(path=path)], SPANISH)


def test_no_file():
    with pytest.raises(ValueError, match="no text file nowhere"):
        check([TextLines(path=Path("nowhere"))], SPANISH)


# ---- the verb


def test_the_verb_writes_counts_and_the_labels_of_the_language(tmp_path, capsys):
    text = tmp_path / "corpus.txt"
    text.write_text("Das Café in der Straße\nsmørrebrød und Söß\nCafe\n", encoding="utf-8")
    vocab(("de",), out=tmp_path / "plain")
    vocab(("de",), out=tmp_path / "counted", text=(text, text))
    plain, counted = tmp_path / "plain" / "de", tmp_path / "counted" / "de"
    for name in ("vocab.json", "tokenizer_config.json", "special_tokens_map.json"):
        assert (plain / name).read_bytes() == (counted / name).read_bytes()
    rows, known = table(counted / "letters.tsv"), table(plain / "letters.tsv")
    assert [*rows] == [*known]
    assert [[row[c] for c in COLUMNS] for row in rows.values()] == [
        [row[c] for c in COLUMNS] for row in known.values()
    ]
    assert rows["ß"]["count"] == "4"
    assert rows["x"]["count"] == rows["ñ"]["count"] == "0"
    assert [rows["é"][c] for c in ("count", "words", "examples", "collisions")] == [
        *("2", "2", "café → cafe", "café (2) = cafe (2)")
    ]
    assert rows["ø"]["examples"] == "smørrebrød → smörrebröd"
    assert "German (de) on corpus.txt, corpus.txt" in capsys.readouterr().out


def test_a_letter_that_no_table_lists_gets_a_row():
    found = check([Said(["ạ ʔ ﬁn"])], SPANISH)
    rows = {row[0]: row for row in counted_table(found)}
    assert len(rows) == len([*letter_table(SPANISH)]) + 3
    assert rows["ạ"][3:6] == ("folded to a", "without its accent", "1")
    assert rows["ʔ"][3] == "dropped"
    assert rows["ﬁ"][3:5] == ("folded to fi", "another form of the same letter")


def test_a_prepared_dataset_is_read_by_its_published_transcripts(tmp_path, capsys):
    said = [f"¡{word} número {n}, façade!" for n, word in enumerate("uno dos tres cuatro".split())]
    said += [f"frase {word}" for word in "alta baja corta dulce exacta fina gris honda".split()]
    (tmp_path / "raw").mkdir()
    lines = ["file_name\ttext"]
    for n, text in enumerate(said):
        noise = np.random.default_rng(n).standard_normal(40_000) * 0.1
        soundfile.write(tmp_path / "raw" / f"{n}.wav", noise, 16_000)
        lines.append(f"{n}.wav\t{text}")
    (tmp_path / "raw" / "metadata.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    geometry = Geometry(kernels=(10, 8), strides=(10, 8))
    prepare(
        (Folder(path=tmp_path / "raw", language="es"),), SPANISH, geometry, 1.0, tmp_path / "data"
    )
    capsys.readouterr()
    vocab(("es",), out=tmp_path, text=(tmp_path / "data",))
    assert "sentences                        12 of              12  100.000 %" in (
        printed := capsys.readouterr().out
    )
    assert "rejected.tsv" in printed
    assert table(tmp_path / "es" / "letters.tsv")["ç"]["count"] == "4"
    with pytest.raises(ValueError, match="is not a prepared dataset"):
        vocab(("es",), out=tmp_path, text=(tmp_path / "raw",))
