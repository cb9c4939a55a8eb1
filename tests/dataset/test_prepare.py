"""Preparation of datasets from end to end. Run: pytest tests/dataset/test_prepare.py.

Also tests: xlt/dataset/assemble.py, xlt/dataset/journal.py, xlt/dataset/shards.py, xlt/system/disk_full.py
"""

import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import datasets
import numpy as np
import pytest
import soundfile

from xlt.audio.frames import Geometry
from xlt.audio.sandbox import Decoders, ResourceLimits
from xlt.corpora.base import RefusedRow, Row
from xlt.dataset import assemble as finishing
from xlt.dataset import journal as journals
from xlt.dataset import placing, shards
from xlt.dataset import prepare as preparing
from xlt.dataset.account import Account
from xlt.dataset.options import Preparation
from xlt.dataset.prepare import prepare
from xlt.dataset.vet import Bounds, Target, vet_row
from xlt.language.labels import labels
from xlt.language.rules import get

SPANISH = get("es")
GEOMETRY = Geometry(kernels=(10, 3, 3, 3, 3, 2, 2), strides=(5, 2, 2, 2, 2, 2, 2))
RATE_HZ = 16_000


def tone(seconds: float, hz: float = 440.0, level: float = 0.5, rate_hz: int = RATE_HZ) -> bytes:
    """WAV bytes of a tone."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return wav(level * np.sin(2 * np.pi * hz * t), rate_hz)


def wav(samples: np.ndarray, rate_hz: int = RATE_HZ, subtype: str = "PCM_16") -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples, rate_hz, format="WAV", subtype=subtype)
    return out.getvalue()


def row(key: str, transcript: str, audio: bytes | Path, **more: str | None) -> Row:
    fields = {"licence": "CC0-1.0", "suffix": ".wav"} | more
    return Row(
        id=f"tones/{key}",
        audio=audio,
        transcript=transcript,
        corpus="tones",
        language="es",
        **fields,
    )


@dataclass(frozen=True)
class Tones:
    """A corpus of one voice that says numbers, with whatever else a test needs."""

    clips: int = 20
    more: tuple[Row | RefusedRow, ...] = field(default=(), repr=False)
    stop_after: int | None = field(default=None, repr=False)
    """Rows after which the process kills itself, as a power cut would."""
    name: str = "tones"
    language: str = "es"
    licence: str = "CC0-1.0"
    synthetic: bool = False
    same_speaker: bool = True

    def rows(self) -> Iterator[Row | RefusedRow]:
        for k in range(self.clips):
            if k == self.stop_after:
                os.kill(os.getpid(), signal.SIGKILL)
            seconds = 1.0 + (k % 7) / 10
            yield row(f"{k}.wav", f"Número {k}.", tone(seconds, 200 + k), speaker="tones:ana")
        yield from self.more

    def inputs(self) -> Iterator[tuple[str, Path]]:
        yield from ()

    def fetch(self) -> None:
        pass


def build(folder: Path, corpus: Tones | None = None, **options) -> Account:
    options = Preparation(**{"workers": 2} | options)
    return prepare([corpus or Tones()], SPANISH, GEOMETRY, 1.1, folder, options)


def rejected(folder: Path) -> dict[str, tuple[str, str]]:
    head, *lines = (folder / "rejected.tsv").read_text().splitlines()
    assert head == "id\treason\tdetail"
    return {key: (reason, detail) for key, reason, detail in (ln.split("\t") for ln in lines)}


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


def test_a_folder_that_datasets_opens(tmp_path, monkeypatch):
    account = build(tmp_path / "data")
    assert account.clips_in == 20
    assert account.kept == {"train": 16, "dev": 2, "test": 2}
    opened = datasets.load_dataset(str(tmp_path / "data"), cache_dir=str(tmp_path / "cache"))
    assert {name: len(rows) for name, rows in opened.items()} == {
        "train": 16,
        "validation": 2,
        "test": 2,
    }
    assert opened["train"].features == shards.features()
    assert opened["train"].features["audio"].sampling_rate == RATE_HZ
    assert opened["train"].features["text"] == datasets.Value("string")
    first = opened["test"].cast_column("audio", datasets.Audio(decode=False))[0]
    assert re.fullmatch(r"número [a-zñáéíóú ]+", first["text"])
    assert first["transcript"].startswith("Número ")
    assert (first["speaker"], first["corpus"], first["language"]) == ("tones:ana", "tones", "es")
    with soundfile.SoundFile(io.BytesIO(first["audio"]["bytes"])) as file:
        assert (file.format, file.subtype, file.samplerate, file.channels) == (
            "FLAC",
            "PCM_16",
            RATE_HZ,
            1,
        )
        assert file.frames / RATE_HZ == first["duration"]


def test_nothing_is_left_beside_the_folder_and_the_account_is_in_it(tmp_path):
    account = build(tmp_path / "data")
    assert [p.name for p in tmp_path.iterdir()] == ["data"]
    assert Account.load(tmp_path / "data") == account
    assert Account.from_dict(json.loads(json.dumps(account.to_dict()))) == account
    card = (tmp_path / "data" / "README.md").read_text()
    assert "license: cc0-1.0" in card
    assert "- Same-speaker test: the test's sentences are new" in card
    assert "| kept: train | 16 | 0.01 |" in card


BAD = [
    ("too_short", "uno", tone(0.2), "0.20 s, at least 0.3 s are needed"),
    ("too_long", "cuenta larga " * 15, tone(31.0), "31.00 s, at most 30.0 s"),
    ("too_long", "cuenta larga " * 15, tone(61.0), "lasts too long"),
    ("silent", "nada", wav(np.zeros(RATE_HZ)), "peak -200 dB"),
    ("silent", "nada", tone(1.0, level=0.0009, rate_hz=RATE_HZ), "at least -60.0 dB"),
    ("empty_text", " ... ", tone(1.0), "nothing is left of"),
    ("unknown_letters", "Привет", tone(1.0), "(U+043F) x 1"),
    ("too_fast", "a" * 60, tone(1.0), "60.0 characters per second, 0.5 to 35.0"),
    ("too_slow", "a", tone(3.0), "0.3 characters per second"),
    ("infeasible", "ll" * 8, tone(0.5), "can't spell 16 labels"),
    ("not_finite", "uno", wav(np.full(RATE_HZ, np.nan), subtype="FLOAT"), "NaN"),
    ("empty_file", "uno", b"", "0 bytes"),
    ("undecodable", "uno", b"this is no sound" * 100, "can't be read as audio"),
    ("unreadable_file", "uno", Path("/nowhere/at/all.wav"), "/nowhere/at/all.wav: No such file"),
]


@pytest.mark.parametrize(("reason", "text", "audio", "detail"), BAD)
def test_a_bad_clip_gets_its_reason(reason, text, audio, detail):
    target = Target(language=SPANISH, labels=labels(SPANISH), geometry=GEOMETRY, max_speed=1.1)
    outcome = vet_row(row("bad.wav", text, audio), 0, target, Bounds())
    assert outcome.row is None
    assert outcome.facts["reason"] == reason
    assert detail in outcome.facts["detail"]


def test_frames_must_suffice_at_the_highest_speed():
    clip = row("fast.wav", "l" * 16, tone(0.65))
    target = Target(language=SPANISH, labels=labels(SPANISH), geometry=GEOMETRY, max_speed=1.0)
    outcomes = [vet_row(clip, 0, replace(target, max_speed=s), Bounds()) for s in (1.0, 1.1)]
    assert [o.facts.get("reason") for o in outcomes] == [None, "infeasible"]


def test_every_clip_in_is_kept_or_rejected_with_a_reason(tmp_path):
    bad = tuple(row(f"bad{k}.wav", text, audio) for k, (_, text, audio, _) in enumerate(BAD))
    again = row("again.wav", "otra cosa", tone(1.0, 200.0))
    elsewhere = row("held.wav", "algo nuevo", tone(1.1, 900.0), split="invalidated")
    refused = RefusedRow(id="tones/list.tsv:7", reason="no_audio", detail="a line\twithout file")
    account = build(tmp_path / "data", Tones(more=(*bad, again, elsewhere, refused)))
    assert account.clips_in == 20 + len(BAD) + 3
    assert account.clips_in == sum(account.kept.values()) + sum(account.rejected.values())
    table = rejected(tmp_path / "data")
    assert len(table) == sum(account.rejected.values())
    for k, (reason, *_) in enumerate(BAD):
        assert table[f"tones/bad{k}.wav"][0] == reason
    assert table["tones/again.wav"] == ("duplicate_audio", "the same samples as tones/0.wav")
    assert table["tones/held.wav"][0] == "unknown_split"
    assert table["tones/list.tsv:7"] == ("no_audio", "a line without file")
    shown = str(account)
    assert re.search(r"^clips in +37$", shown, re.MULTILINE)
    assert re.search(r"^rejected: silent +2$", shown, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("place", [0, 11, 20])
def test_one_poisoned_clip_anywhere_is_named_and_changes_nothing_else(tmp_path, place):
    good = list(Tones().rows())
    poison = {
        "NaN": ("not_finite", "uno", wav(np.full(RATE_HZ, np.nan), subtype="FLOAT")),
        "infinite": ("not_finite", "uno", wav(np.full(RATE_HZ, np.inf), subtype="FLOAT")),
        "infeasible": ("infeasible", "ll" * 8, tone(0.5)),
        "mislabelled": ("unknown_letters", "Привет", tone(1.0)),
        "unlabelled": ("empty_text", "", tone(1.0)),
    }
    bad = [row(f"{name}.wav", text, audio) for name, (_, text, audio) in poison.items()]
    clips = (*good[:place], *bad, *good[place:])
    account = build(tmp_path / "data", Tones(clips=0, more=clips))
    clean = build(tmp_path / "clean", Tones(clips=0, more=tuple(good)))
    assert (account.digest, account.kept) == (clean.digest, clean.kept)
    assert account.clips_in == 25 == sum(account.kept.values()) + sum(account.rejected.values())
    table = rejected(tmp_path / "data")
    assert {key: reason for key, (reason, _) in table.items()} == {
        f"tones/{name}.wav": reason for name, (reason, *_) in poison.items()
    }


def test_a_build_outlives_a_clip_that_ends_its_decoder(tmp_path, monkeypatch):
    long = wav(np.random.default_rng(0).standard_normal(20 * RATE_HZ) * 0.1)
    limits = ResourceLimits(memory_bytes=2_000_000)  # a few seconds of speech
    monkeypatch.setattr(preparing, "Decoders", lambda: Decoders(limits))
    account = build(tmp_path / "data", Tones(more=(row("long.wav", "una frase larga", long),)))
    assert account.kept == {"train": 16, "dev": 2, "test": 2}
    ((key, (reason, detail)),) = rejected(tmp_path / "data").items()
    assert key == "tones/long.wav"
    assert (reason, "needs more than 2 MB of memory" in detail) == ("too_costly", True)


def test_a_published_test_is_not_cut_by_length_or_rate(tmp_path):
    clips = [
        row("t1.wav", "una cuenta larga", tone(31.0), split="test"),
        row("t2.wav", "a" * 60, tone(1.2), split="validation"),
        row("t3.wav", "vacío", wav(np.zeros(RATE_HZ)), split="test"),
    ]
    account = build(tmp_path / "data", Tones(more=tuple(clips)))
    assert account.kept == {"train": 20, "dev": 1, "test": 1}
    assert account.rejected == {"silent": 1}


def test_other_rates_and_containers_come_out_alike(tmp_path):
    more = (row("high.wav", "algo más alto", tone(1.5, 1000.0, rate_hz=44_100)),)
    build(tmp_path / "data", Tones(more=more))
    files = [str(p) for p in (tmp_path / "data").glob("*.parquet")]
    table = datasets.Dataset.from_parquet(files, cache_dir=str(tmp_path / "cache"))
    rows = {r["id"]: r for r in table.cast_column("audio", datasets.Audio(decode=False))}
    samples, rate_hz = soundfile.read(io.BytesIO(rows["tones/high.wav"]["audio"]["bytes"]))
    assert rate_hz == RATE_HZ
    assert len(samples) == 1.5 * RATE_HZ
    peak_hz = np.argmax(np.abs(np.fft.rfft(samples))) / 1.5
    assert peak_hz == pytest.approx(1000, abs=2)


@pytest.mark.slow
def test_trimming_is_an_option(tmp_path):
    padded = np.concatenate([np.zeros(RATE_HZ), np.sin(np.arange(RATE_HZ)), np.zeros(RATE_HZ)])
    target = Target(language=SPANISH, labels=labels(SPANISH), geometry=GEOMETRY, max_speed=1.0)
    clip = row("p.wav", "algo que decir", wav(padded * 0.5))
    whole = vet_row(clip, 0, target, Bounds()).facts["duration_s"]
    cut = vet_row(clip, 0, target, Bounds(trim=True)).facts["duration_s"]
    assert whole == 3.0
    assert 1.0 < cut < 1.5


def test_a_finished_folder_is_taken_as_it_is(tmp_path, monkeypatch):
    first = build(tmp_path / "data")
    before = contents(tmp_path / "data")
    assert build(tmp_path / "data", workers=1) == first
    assert contents(tmp_path / "data") == before


@pytest.mark.parametrize(
    ("corpus", "options", "said"),
    [
        (Tones(), {"min_s": 0.5}, "min_s: 0.3 -> 0.5"),
        (Tones(), {"seed": 1}, "seed: 0 -> 1"),
        (Tones(clips=21), {}, "corpus 1: Tones(clips=20"),
    ],
)
def test_a_folder_made_from_something_else_is_refused(tmp_path, corpus, options, said):
    build(tmp_path / "data")
    with pytest.raises(ValueError, match=re.escape(said)) as error:
        build(tmp_path / "data", corpus, **options)
    assert "Choose another output folder, or delete this one" in str(error.value)


def test_a_folder_with_something_else_in_it_is_refused(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "thesis.tex").touch()
    with pytest.raises(ValueError, match=r"not empty, but holds no dataset \(report.json"):
        build(tmp_path / "data")


@pytest.mark.slow
def test_the_result_does_not_depend_on_the_threads(tmp_path):
    build(tmp_path / "one", workers=1)
    build(tmp_path / "many", workers=7)
    assert contents(tmp_path / "one") == contents(tmp_path / "many")


KILLED = """
import importlib.util, sys
from pathlib import Path
spec = importlib.util.spec_from_file_location("test_prepare", sys.argv[1])
tests = importlib.util.module_from_spec(spec)
sys.modules["test_prepare"] = tests
spec.loader.exec_module(tests)
tests.shards.SHARD_CLIPS = 5
tests.build(Path(sys.argv[2]), tests.Tones(stop_after=18))
"""


@pytest.mark.slow
def test_a_killed_build_goes_on_and_gives_the_same_bytes(tmp_path, monkeypatch):
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, __file__, str(tmp_path / "data")], capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    work = tmp_path / ".data.prepare"
    lines = [json.loads(ln) for ln in (work / "journal.jsonl").read_text().splitlines()]
    done = [ln["id"] for ln in lines if "id" in ln]
    assert 5 <= len(done) <= 15
    assert not (tmp_path / "data").exists()

    examined = []
    genuine = preparing.vet_row
    monkeypatch.setattr(
        preparing, "vet_row", lambda row, *a: (examined.append(row.id), genuine(row, *a))[1]
    )
    (work / "00099.parquet").write_bytes(b"half a shard")
    with (work / "journal.jsonl").open("a") as file:
        file.write('{"id": "tones/half of a li')
    account = build(tmp_path / "data")
    assert examined == [f"tones/{k}.wav" for k in range(len(done), 20)]
    assert not work.exists()
    monkeypatch.undo()
    assert build(tmp_path / "whole") == account
    assert contents(tmp_path / "data") == contents(tmp_path / "whole")


def begin(folder: Path, corpus: Tones) -> None:
    """Leave a build behind whose splits were impossible: all of its clips are in the journal."""
    with pytest.raises(ValueError, match="empty split"):
        build(folder, corpus)


class _Enough(Exception):
    """Raised by a `check`."""


@pytest.mark.slow
def test_a_build_that_is_asked_to_end_keeps_every_row_it_read(tmp_path):
    asked = []

    def check() -> None:
        asked.append(1)
        if len(asked) == 7:
            raise _Enough

    def made(check=lambda: None) -> Account:
        return prepare([Tones()], SPANISH, GEOMETRY, 1.1, tmp_path / "cut", Preparation(), check)

    with pytest.raises(_Enough):
        made(check)
    journal = (tmp_path / ".cut.prepare" / "journal.jsonl").read_text().splitlines()
    assert len(journal) == 1 + 7 + 1  # what it is made from, the rows, their commit
    assert json.loads(journal[-1]) == {"commit": 1}
    account = made()
    whole = build(tmp_path / "whole")
    assert account.digest == whole.digest


@pytest.mark.slow
def test_a_stop_is_heard_in_the_second_pass_and_the_bytes_stay_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "SHARD_CLIPS", 5)
    build(tmp_path / "whole")
    moments = {
        "in the draw": (finishing, "assign"),
        "at a recording": (placing, "ShardWriter"),
        "at a table": (finishing, "rejected_table"),
        "at a hash": (finishing, "hashes"),
    }
    for name, (owner, function) in moments.items():
        reached, genuine = [], getattr(owner, function)

        def noted(*args, genuine=genuine, reached=reached, **named):
            reached.append(1)
            return genuine(*args, **named)

        def check(reached=reached) -> None:
            if reached:
                raise _Enough

        options = Preparation(workers=2)
        with monkeypatch.context() as patched:
            patched.setattr(owner, function, noted)
            with pytest.raises(_Enough):
                prepare([Tones()], SPANISH, GEOMETRY, 1.1, tmp_path / name, options, check)
        assert not (tmp_path / name).exists()
        build(tmp_path / name)
        assert contents(tmp_path / name) == contents(tmp_path / "whole"), name


def test_a_stop_is_heard_while_known_rows_are_passed_over(tmp_path):
    corpus = Tones(clips=0, more=(row("0.wav", "lo mismo", tone(1.0)),))
    begin(tmp_path / "data", corpus)
    asked = []

    def check() -> None:
        asked.append(1)
        raise _Enough

    with pytest.raises(_Enough):
        prepare([corpus], SPANISH, GEOMETRY, 1.1, tmp_path / "data", Preparation(), check)
    assert asked == [1]


def test_a_build_goes_on_with_another_number_of_threads(tmp_path):
    with pytest.raises(ValueError, match="empty split"):
        build(tmp_path / "data", Tones(clips=0, more=(row("0.wav", "uno", tone(1.0)),)), workers=1)
    with pytest.raises(ValueError, match="empty split"):
        build(tmp_path / "data", Tones(clips=0, more=(row("0.wav", "uno", tone(1.0)),)), workers=3)


def test_other_shares_use_what_has_been_checked_before(tmp_path, monkeypatch):
    same = row("0.wav", "lo mismo", tone(1.0))
    other = row("1.wav", "lo mismo", tone(1.5))
    corpus = Tones(clips=0, more=(same, other))
    begin(tmp_path / "data", corpus)
    monkeypatch.setattr(preparing, "vet_row", None)
    with pytest.raises(ValueError, match="empty split"):
        build(tmp_path / "data", corpus, dev_share=0.3)


def test_a_corpus_that_changed_under_a_build_is_refused(tmp_path):
    one, two = (row(f"{k}.wav", "lo mismo", tone(1.0 + k)) for k in range(2))
    begin(tmp_path / "data", Tones(clips=0, more=(one, two)))
    with pytest.raises(ValueError, match=r"row 1 was tones/0.wav, is tones/1.wav\. Delete"):
        build(tmp_path / "data", Tones(clips=0, more=(two, one)))


def test_a_build_that_hashed_recordings_otherwise_is_refused_and_a_dataset_of_its_time_is_taken(
    tmp_path,
):
    """Digests decide on duplicates within one build; in a finished dataset they are only a name."""
    one = Tones(clips=0, more=(row("0.wav", "lo mismo", tone(1.0)),))
    begin(tmp_path / "data", one)
    journal = tmp_path / ".data.prepare" / "journal.jsonl"
    header, *lines = journal.read_text().splitlines(keepends=True)
    made_from = json.loads(header)["made_from"]
    assert made_from.pop("digest of recordings")
    before = json.dumps({"made_from": made_from}) + "\n"
    journal.write_text("".join([before, *lines]))
    with pytest.raises(ValueError, match=r"(?s)digest of recordings: not set -> .*delete this one"):
        build(tmp_path / "data", one)
    account = build(tmp_path / "whole")
    report = json.loads((tmp_path / "whole" / "report.json").read_text())
    assert "digest of recordings" not in report["made_from"]
    assert build(tmp_path / "whole") == account


def test_two_builds_of_one_folder_do_not_meet(tmp_path):
    with (
        journals.open_journal(tmp_path / ".data.prepare", {}),
        pytest.raises(
            ValueError,
            match=rf"Another preparation works in .*data.prepare: process {os.getpid()} on",
        ),
    ):
        build(tmp_path / "data")


def test_a_full_disk_is_a_sentence_and_finished_shards_stay(tmp_path, monkeypatch):
    with journals.open_journal(tmp_path / "work", {"a": "1"}) as journal:
        monkeypatch.setattr(shards, "SHARD_CLIPS", 3)
        row = dict.fromkeys(shards.features(), "x") | {
            "audio": {"bytes": bytes(2**20), "path": "x"},
            "duration": 1.0,
        }
        for k in range(3):
            journal.row({"id": str(k)}, row)
        journal.shard(1).symlink_to("/dev/full")
        journal.row({"id": "3"}, row)
        journal.row({"id": "4"}, row)
        with pytest.raises(OSError, match=r"is full: at least 3 MB are needed now") as error:
            journal.row({"id": "5"}, row)
        assert error.value.errno == errno.ENOSPC
        assert "1 finished shards with the outcomes of 3 rows are kept" in str(error.value)
    with journals.open_journal(tmp_path / "work", {"a": "1"}) as journal:
        assert [o["id"] for o in journal.outcomes()] == ["0", "1", "2"]
        assert len(list(shards.rows(journal.shard(0)))) == 3


USED_UP = {
    errno.ENOSPC: r"the disk of .* is full: at least 1 MB .* Make room and run the same command",
    errno.EDQUOT: r"the quota for .* is used up: at least 1 MB .* Make room there, or ask for more",
    errno.EFBIG: r"a file in .* has reached the file-size limit: at least 1 MB .*ulimit -f unlimited",
}


@pytest.mark.parametrize("number", USED_UP)
def test_whatever_is_used_up_is_a_sentence_and_nothing_false_is_noted(
    tmp_path, monkeypatch, number
):
    row = dict.fromkeys(shards.features(), "x") | {
        "audio": {"bytes": bytes(2**20), "path": "x"},
        "duration": 1.0,
    }
    work = tmp_path / "work"
    with journals.open_journal(work, {"a": "1"}) as journal:
        journal.row({"id": "0"}, row)
        journal.commit()
        journal.row({"id": "1"}, row)
        genuine = os.fsync

        def fsync(descriptor: int) -> None:
            if descriptor == journal.file.fileno():
                raise OSError(number, os.strerror(number))
            genuine(descriptor)

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", fsync)
            with pytest.raises(OSError, match=USED_UP[number]) as error:
                journal.commit()
        assert error.value.errno == number
        assert str(work) in str(error.value)
        assert not journal.shard(1).exists()
    with journals.open_journal(work, {"a": "1"}) as journal:
        assert ([o["id"] for o in journal.outcomes()], journal.shards) == (["0"], 1)


@pytest.mark.parametrize("number", USED_UP)
def test_whatever_is_used_up_in_the_second_pass_is_a_sentence(tmp_path, monkeypatch, number):
    def full(*_):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(finishing, "hashes", full)
        with pytest.raises(OSError, match="the checked recordings are kept there") as error:
            build(tmp_path / "data")
    assert error.value.errno == number
    assert not (tmp_path / "data").exists()
    assert build(tmp_path / "data") == build(tmp_path / "whole")
    assert contents(tmp_path / "data") == contents(tmp_path / "whole")


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
tests.build(Path(sys.argv[2]), tests.Tones())
"""


@pytest.mark.slow
@pytest.mark.parametrize("limit", [100, 3_000])
def test_a_real_file_size_limit_is_a_sentence(tmp_path, limit):
    code = KILLED[: KILLED.index("tests.build(")] + LIMITED
    command = [sys.executable, "-c", code, __file__, str(tmp_path / "data"), str(limit)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    last = ended.stderr.strip().splitlines()[-1]
    assert (ended.returncode, "has reached the file-size limit" in last) == (1, True), last
    assert "Exception ignored" not in ended.stderr
    account = build(tmp_path / "data")
    assert build(tmp_path / "whole") == account


def test_too_little_room_for_the_second_pass_is_said_before_it_begins(tmp_path, monkeypatch):
    monkeypatch.setattr(finishing, "SPACE", 1e12)
    with pytest.raises(OSError, match="the checked recordings are kept there") as error:
        build(tmp_path / "data")
    assert error.value.errno == errno.ENOSPC
    monkeypatch.undo()
    assert build(tmp_path / "data").clips_in == 20


def test_most_rows_out_for_one_reason_stops_with_it(tmp_path):
    gone = tuple(
        RefusedRow(id=f"tones/{k}.mp3", reason="no_audio", detail=f"there is no file {k}.mp3")
        for k in range(21)
    )
    with pytest.raises(
        ValueError, match=r"^21 of 41 clips were rejected for one reason: no_audio\."
    ) as error:
        build(tmp_path / "data", Tones(more=gone))
    assert "The first is tones/0.mp3: there is no file 0.mp3" in str(error.value)
    assert str(error.value).endswith("(in a recipe: --preparation.max-rejected 1)")
    assert not (tmp_path / "data").exists()
    assert build(tmp_path / "data", Tones(more=gone), max_rejected=1.0).rejected == {"no_audio": 21}


def test_half_of_the_rows_or_a_few_of_them_do_not_stop(tmp_path):
    gone = tuple(RefusedRow(id=f"tones/{k}.mp3", reason="no_audio", detail="x") for k in range(20))
    assert build(tmp_path / "half", Tones(more=gone)).rejected == {"no_audio": 20}


def test_an_empty_split_names_what_was_rejected_before(tmp_path):
    gone = (RefusedRow(id="tones/a.mp3", reason="no_audio", detail="there is no file a.mp3"),)
    with pytest.raises(ValueError, match="empty split") as error:
        build(tmp_path / "data", Tones(clips=1, more=gone))
    said = "Of 2 rows 1 were rejected before: {'no_audio': 1}; the first is tones/a.mp3: there is no file"
    assert said in str(error.value)


def test_nothing_usable_is_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="not one row came from tones"):
        build(tmp_path / "a", Tones(clips=0))
    mute = Tones(clips=0, more=(row("0.wav", "nada", wav(np.zeros(RATE_HZ))),))
    with pytest.raises(ValueError, match=r"all 1 clips were rejected: {'silent': 1}"):
        build(tmp_path / "b", mute)
    with pytest.raises(ValueError, match="corpus tones is in 'de', but 'es' is being prepared"):
        build(tmp_path / "c", Tones(language="de"))
    with pytest.raises(ValueError, match="no corpus was given"):
        prepare([], SPANISH, GEOMETRY, 1.0, tmp_path / "d")


def test_a_wrong_path_that_is_then_mended_does_not_get_in_the_way(tmp_path):
    with pytest.raises(ValueError, match="not one row"):
        build(tmp_path / "data", Tones(clips=0))
    assert build(tmp_path / "data", Tones(clips=20)).clips_in == 20


@pytest.mark.parametrize(
    ("voices", "same", "shared"),
    [(["a"], True, 1), (["a", "b", "c"], False, 0), ([None], False, 0)],
)
def test_the_account_says_whose_voices_are_tested(tmp_path, voices, same, shared):
    clips = tuple(
        replace(clip, speaker=voices[k % len(voices)]) for k, clip in enumerate(Tones().rows())
    )
    corpus = Tones(clips=0, more=clips, same_speaker=False)
    account = build(tmp_path / "data", corpus)
    assert (account.same_speaker, account.shared_speakers) == (same, shared)
    assert account.unknown_speakers == (20 if voices == [None] else 0)


def test_mixed_corpora_are_told_apart(tmp_path):
    human = Tones(more=(row("f.wav", "ção são", tone(1.0, 777.0), licence="GPL-3.0"),))
    machine = Tones(
        clips=0,
        name="robot",
        synthetic=True,
        more=tuple(
            replace(r, id=f"robot/{k}", audio=tone(1.0, 3000 + k), transcript=f"robot {k}")
            for k, r in enumerate(Tones(clips=10).rows())
        ),
    )
    account = prepare([human, machine], SPANISH, GEOMETRY, 1.0, tmp_path / "data")
    assert account.corpora == {"tones": 21, "robot": 10}
    assert account.licences == {"tones": "CC0-1.0, GPL-3.0", "robot": "CC0-1.0"}
    assert (account.synthetic, account.synthetic_clips) == (False, 10)
    assert account.name == "tones + robot"
    assert account.expanded == 30
    assert account.folded["ç"] == 1
    assert "10 clips were made by a speech synthesiser." in str(account)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"min_s": 5.0, "max_s": 4.0}, "0 < min_s < max_s"),
        ({"dev_share": 0.0}, "both must be above 0"),
        ({"dev_share": 0.6, "test_share": 0.5}, "together below 1"),
        ({"min_rate": 9.0, "max_rate": 8.0}, "0 <= min_rate < max_rate"),
        ({"min_peak_db": 3.0}, "at most 0 dB"),
        ({"workers": -1}, "workers is -1"),
    ],
)
def test_impossible_options_are_refused(options, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        Preparation(**options)


def test_a_folder_that_can_not_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        ValueError, match=r"file can't be written \(.*\)\. Give another output folder"
    ):
        build(tmp_path / "file" / "data")
