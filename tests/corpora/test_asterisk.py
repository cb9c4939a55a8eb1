"""Asterisk's prompts from packages made here, and apt-get played by a script. Run: pytest tests/corpora/test_asterisk.py.

Also tests: xlt/corpora/readers/debian.py
"""

import gzip
import io
import re
import stat
import tarfile
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest

from xlt.corpora.asterisk import (
    VOICES,
    Asterisk,
    Fixes,
    correct,
    parse_texts,
    read_fixes,
    split_key,
)
from xlt.corpora.base import CorpusError, RefusedRow, Row
from xlt.corpora.readers.archives import ArchiveRefused

TEXTS = """; Core Asterisk Sounds in Spanish

agent-pass: Por favor ingrese su contrasena seguida por la tecla de numero
beep: [tono simple]
conf-hasjoin: Ya esta en la conferencia.
confbridge-join: (beep)
digits/0: cero
digits/0: diez
digits/9: nueve: y punto
dir-welcome:
spy-skinny: skinny
vm-lost: perdido
"""
SOUNDS = "usr/share/asterisk/sounds/es_MX_f_Allison"
HEARD = ["agent-pass", "beep", "conf-hasjoin", "confbridge-join", "digits/0", "digits/9"]
HEARD += ["dir-welcome", "silence/1", "spy-skinny"]


def tar(members: dict[str, bytes], mode: str = "w:xz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def deb(members: dict[str, bytes]) -> bytes:
    data = tar(members)
    head = f"{'data.tar.xz':<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n"
    return b"!<arch>\n" + head.encode() + data + b"\n" * (len(data) % 2)


def text_package() -> bytes:
    doc = "usr/share/doc/asterisk-core-sounds-es"
    return deb({f"./{doc}/core-sounds-es.txt.gz": gzip.compress(TEXTS.encode("utf-8-sig"))})


def sound_package() -> bytes:
    return deb(
        {f"./{SOUNDS}/{key}.g722": key.encode() for key in HEARD} | {"./usr/share/doc/x": b"no"}
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "asterisk-core-sounds-es_1.6.1-1_all.deb").write_bytes(text_package())
    (tmp_path / "asterisk-core-sounds-es-g722_1.6.1-1_all.deb").write_bytes(sound_package())
    return tmp_path


def test_every_recording_and_every_text_is_accounted_for(folder: Path):
    rows = list(Asterisk(language="es", folder=folder).rows())
    kept = {row.id: row for row in rows if isinstance(row, Row)}
    assert {name: row.transcript for name, row in kept.items()} == {
        "asterisk-es/agent-pass.g722": "Por favor ingrese su contraseña seguida por la tecla de número",
        "asterisk-es/conf-hasjoin.g722": "Ya está en la conferencia.",
        "asterisk-es/digits/0.g722": "cero",
        "asterisk-es/digits/9.g722": "nueve: y punto",
    }
    assert [(row.id, row.reason) for row in rows if isinstance(row, RefusedRow)] == [
        ("asterisk-es/digits/0#6", "repeated_key"),
        ("asterisk-es/beep.g722", "not_speech"),
        ("asterisk-es/confbridge-join.g722", "not_speech"),
        ("asterisk-es/dir-welcome.g722", "not_speech"),
        ("asterisk-es/silence/1.g722", "no_text"),
        ("asterisk-es/spy-skinny.g722", "left_out_by_review"),
        ("asterisk-es/vm-lost", "no_audio"),
    ]


def test_a_row_says_what_was_corrected_and_who_speaks(folder: Path):
    corpus = Asterisk(language="es", folder=folder)
    row = next(row for row in corpus.rows() if isinstance(row, Row))
    assert (row.audio, row.suffix) == (b"agent-pass", ".g722")
    assert row.speaker == "asterisk:es_MX_f_Allison"
    assert (row.corpus, row.language, row.licence) == ("asterisk-es", "es", "CC-BY-SA-3.0")
    assert row.notes["corrected"] == "2"
    assert row.notes["published"].count("contrasena") == 1
    assert corpus.same_speaker
    assert not corpus.synthetic


def test_the_projects_own_archive_gives_the_same(folder: Path, tmp_path: Path):
    own = {"core-sounds-es.txt": TEXTS.encode()} | {f"{k}.g722": k.encode() for k in HEARD}
    (tmp_path / "own.tar.gz").write_bytes(tar(own, "w:gz"))
    by_archive = Asterisk(language="es", archive=tmp_path / "own.tar.gz")
    by_archive.fetch()
    assert list(by_archive.rows()) == list(Asterisk(language="es", folder=folder).rows())


def test_italian_has_its_own_licence():
    assert Asterisk(language="it").licence == "CC-BY-3.0"
    with pytest.raises(ValueError, match="'pt'.*en, es, fr, it"):
        Asterisk(language="pt")  # type: ignore[arg-type]


def test_missing_packages_are_named_with_what_to_do(tmp_path: Path):
    with pytest.raises(CorpusError, match=r"lacks the packages .*g722.*current\.tar\.gz"):
        list(Asterisk(language="es", folder=tmp_path).rows())
    with pytest.raises(CorpusError, match=r"no archive at .*gone\.tar"):
        list(Asterisk(language="es", archive=tmp_path / "gone.tar").rows())


def test_another_languages_archive_is_named(tmp_path: Path):
    (tmp_path / "fr.tar.gz").write_bytes(tar({"core-sounds-fr.txt": b"a: b"}, "w:gz"))
    with pytest.raises(CorpusError, match=r"holds no core-sounds-es\.txt"):
        list(Asterisk(language="es", archive=tmp_path / "fr.tar.gz").rows())


def test_an_archive_without_recordings_is_named(tmp_path: Path):
    (tmp_path / "es.tar.gz").write_bytes(tar({"core-sounds-es.txt": b"a: b"}, "w:gz"))
    with pytest.raises(CorpusError, match="holds no recordings"):
        list(Asterisk(language="es", archive=tmp_path / "es.tar.gz").rows())


def test_a_cut_package_is_refused(folder: Path):
    package = folder / "asterisk-core-sounds-es-g722_1.6.1-1_all.deb"
    package.write_bytes(package.read_bytes()[:-40])
    with pytest.raises(ArchiveRefused, match="get it again"):
        list(Asterisk(language="es", folder=folder).rows())


# --------------------------------------------------------------------------- fetch

APT_GET = """#!/bin/sh
for name; do :; done
if [ "$1" = --print-uris ]; then
    {uris}
    echo "'http://mirror.test/pool/$name.deb' ${{name}}_1_all.deb 5 SHA256:{sha}"
else
    {download}
fi
"""


@pytest.fixture
def apt_get(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A function that puts an apt-get of the given behaviour on the PATH."""

    def put(download: str = 'printf whole > "${name}_1_all.deb"', uris: str = ":") -> None:
        script = tmp_path / "bin" / "apt-get"
        script.parent.mkdir()
        sha = sha256(b"whole").hexdigest()
        script.write_text(APT_GET.format(sha=sha, download=download, uris=uris))
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{script.parent}:/usr/bin:/bin")

    return put


def test_fetch_downloads_once_and_says_from_where(apt_get, tmp_path: Path, capsys):
    apt_get()
    corpus = Asterisk(language="es", folder=tmp_path / "data")
    corpus.fetch()
    names = ["asterisk-core-sounds-es-g722_1_all.deb", "asterisk-core-sounds-es_1_all.deb"]
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == names
    said = capsys.readouterr().out
    assert "CC-BY-SA-3.0" in said
    assert "http://mirror.test/pool/asterisk-core-sounds-es-g722.deb" in said
    (tmp_path / "bin" / "apt-get").unlink()
    corpus.fetch()
    assert "is there" in capsys.readouterr().out


def test_the_folder_follows_xlt_data(apt_get, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    apt_get()
    monkeypatch.setenv("XLT_DATA", str(tmp_path / "elsewhere"))
    Asterisk(language="es").fetch()
    assert len(list((tmp_path / "elsewhere" / "asterisk").glob("*.deb"))) == 2


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ({"uris": "echo E: Unable to locate package $name >&2; exit 100"}, "sudo apt-get update"),
        ({"uris": "echo no address; exit 0"}, "doesn't say where"),
        ({"download": 'printf whol > "${name}_1_all.deb"'}, "isn't whole"),
        ({"download": "exit 0"}, "isn't whole"),
        ({"download": 'printf w > "${name}_1_all.deb"; kill -9 $$'}, "can't download"),
        ({"download": "echo E: Could not connect >&2; exit 100"}, "Could not connect"),
    ],
)
def test_a_failed_download_says_what_to_do_and_leaves_nothing(
    apt_get, tmp_path: Path, behaviour: dict[str, str], said: str
):
    apt_get(**behaviour)
    with pytest.raises(CorpusError, match=said):
        Asterisk(language="es", folder=tmp_path / "data").fetch()
    assert not list((tmp_path / "data").rglob("*"))


def test_without_apt_get_the_projects_archive_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CorpusError, match=r"no apt-get .*asterisk-core-sounds-es-g722-current"):
        Asterisk(language="es", folder=tmp_path).fetch()


# --------------------------------------------------------------------------- texts

FIXES = Fixes(words={"numero": "número", "ó": "o"}, phrases={"k": [("esta en", "está en")]})


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("a", "el numero, Numero y NUMERO", ("el número, Número y Número", 3)),
        ("a", "numeros y enumero", ("numeros y enumero", 0)),
        ("k", "ya esta en casa; esta no", ("ya está en casa; esta no", 1)),
        ("a", "ya esta en casa", ("ya esta en casa", 0)),
        ("a", "uno  [nota] ó <x> dos (beep)", ("uno o dos", 1)),
        ("a", "[solo nota]", ("", 0)),
    ],
)
def test_correct(key: str, text: str, expected: tuple[str, int]):
    assert correct(key, text, FIXES) == expected


def test_parse_texts_keeps_empty_ones_and_drops_comments():
    text = "; c: d\n\nkey: a: b\nempty:\nno colon\n"
    assert list(parse_texts(text)) == [("key", "a: b"), ("empty", "")]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"{SOUNDS}/digits/0.g722", ("digits/0", ".g722")),
        ("digits/0.G722", ("digits/0", ".g722")),
        ("hello-world.wav", ("hello-world", ".wav")),
        ("LICENSE", ("LICENSE", "")),
    ],
)
def test_split_key(path: str, expected: tuple[str, str]):
    assert split_key(path) == expected


@pytest.mark.parametrize("language", VOICES)
def test_the_word_tables_hold_together(language: str):
    fixes = read_fixes(language)
    for wrong, right in fixes.words.items():
        assert wrong == wrong.lower() != right.lower()
        assert right.lower() not in fixes.words, "a correction is final"
        assert re.fullmatch(r"\w+(-\w+)*", wrong)
    for key, pairs in fixes.phrases.items():
        assert key not in fixes.skipped
        assert all(wrong and right for wrong, right in pairs)
    assert all(fixes.skipped.values()), "what is left out has a reason"
    lines = (
        files("xlt.corpora")
        .joinpath(f"data/asterisk_{language}.tsv")
        .read_text("utf-8")
        .splitlines()
    )
    assert len(lines) == len(set(lines))


def test_the_spanish_table_knows_the_known():
    fixes = read_fixes("es")
    said = "Por favor ingese su contrasenia y la extension. Trés es mas que dos ó uno."
    fixed = "Por favor ingrese su contraseña y la extensión. Tres es más que dos o uno."
    assert correct("x", said, fixes) == (fixed, 6)
    assert correct("vm-isunavail", "No esta libre", fixes) == ("No está libre", 1)
    assert correct("dir-instr", "Si esta es la persona", fixes) == ("Si esta es la persona", 0)
