"""A dataset on the Hub as a corpus: several shards on a small Hub on 127.0.0.1, read by a child process.

The Hub's address is read when huggingface_hub is imported, so what talks to it is a child.

Also tests: xlt/corpora/readers/hub_dataset.py, xlt/corpora/readers/hub_errors.py
"""

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import datasets
import hub_server as server
import numpy as np
import pytest
import soundfile

from xlt.corpora.base import CorpusError
from xlt.corpora.folder import Folder
from xlt.corpora.hub import Hub, is_hub_id
from xlt.corpora.resolve import resolve

CARD = """---
license: cc-by-4.0
configs:
- config_name: spanish
  data_files:
  - {split: train, path: spanish/train-*}
  - {split: validation, path: spanish/validation-*}
  - {split: test.clean, path: spanish/test.clean-*}
  - {split: other, path: spanish/other-*}
- config_name: german
  data_files: german/*
---
"""
SHARDS = {"train": 3, "validation": 1, "test.clean": 1, "other": 1}
"""Split -> its number of files, of two rows each."""
CHILD = """
import json, os, sys, time
time.sleep = lambda _: None  # the libraries' pauses between two tries
from dataclasses import asdict
from pathlib import Path
from xlt.corpora.hub import Hub
from xlt.dataset.inputs import changes, write_inputs

for line in sys.stdin:
    do, fields, token, folder = json.loads(line)
    os.environ["HF_TOKEN"] = token
    corpus = Hub(**fields)
    try:
        if do == "rows":
            said = [asdict(row) | {"audio": len(getattr(row, "audio", b""))} for row in corpus.rows()]
        elif do == "write":
            said = write_inputs([corpus], "es", Path(folder))
        else:
            said = changes([corpus], "es", Path(folder))
        print(json.dumps([True, said]), flush=True)
    except ValueError as error:
        print(json.dumps([False, str(error)]), flush=True)
"""


def recording(hz: float) -> bytes:
    file = io.BytesIO()
    tone = 0.4 * np.sin(np.arange(24_000) * hz * 2 * np.pi / 16_000)
    soundfile.write(file, tone, 16_000, format="FLAC")
    return file.getvalue()


def shard(folder: Path, number: int, **columns: list) -> bytes:
    """A Parquet file of two rows, as `push_to_hub` makes them."""
    rows = {
        "audio": [
            {"bytes": recording(200 + 40 * number + 20 * k), "path": f"{k}.flac"} for k in (0, 1)
        ],
        "sentence": [f"frase {number} {'ab'[k]}" for k in (0, 1)],
        "speaker_id": [number, number],
    }
    table = datasets.Dataset.from_dict(rows | columns)
    table = table.cast_column("audio", datasets.Audio(sampling_rate=16_000))
    if "gender" in columns:
        table = table.cast_column("gender", datasets.ClassLabel(names=["male", "female"]))
    path = folder / f"{number}.parquet"
    table.to_parquet(path)
    return path.read_bytes()


class Reader:
    """A child that reads datasets of a Hub, line by line: starting one costs seconds."""

    def __init__(self, address: str, home: Path) -> None:
        self.log = home.with_suffix(".log")
        with self.log.open("w") as stderr:
            self.child = subprocess.Popen(
                [sys.executable, "-c", CHILD],
                env=server.environment(address, home, HF_HUB_DISABLE_PROGRESS_BARS="1"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )

    def ask(self, do: str, token: str = "", folder: Path | None = None, **fields: Any) -> list:
        assert self.child.stdin and self.child.stdout
        line = [do, {"language": "es", **fields}, token, str(folder)]
        self.child.stdin.write(json.dumps(line) + "\n")
        self.child.stdin.flush()
        answer = self.child.stdout.readline()
        assert answer, self.log.read_text()
        assert server.TOKEN not in answer + self.log.read_text()
        return list(json.loads(answer))

    def refusal(self, **fields: Any) -> str:
        done, said = self.ask("rows", **fields)
        assert not done
        return str(said)


@pytest.fixture(scope="module")
def hub() -> Iterator[server.Hub]:
    with server.Hub() as started:
        yield started


@pytest.fixture(scope="module")
def reader(hub: server.Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    started = Reader(hub.url, tmp_path_factory.mktemp("reader") / "home")
    yield started
    started.child.kill()
    started.child.wait()


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("shards")
    files, number = {}, 0
    for split, parts in SHARDS.items():
        for part in range(parts):
            files[f"spanish/{split}-{part:05}-of-{parts:05}.parquet"] = shard(folder, number)
            number += 1
    return files | {"german/train-00000-of-00001.parquet": shard(folder, 9, gender=[1, -1])}


@pytest.fixture
def voices(hub: server.Hub, shards: dict[str, bytes], request: pytest.FixtureRequest) -> str:
    """The id of a dataset that no other test reads: clients remember what they saw."""
    hub.faults, hub.requests = [], []
    name = "ana/" + re.sub(r"\W+|_", "-", request.node.name)[:60].strip("-")
    files = {**shards, "README.md": CARD.encode()}
    hub.repos[f"datasets/{name}"] = server.Repo(files=files, lfs=set(shards), commits=1)
    return name


def test_every_shard_is_streamed_and_splits_have_our_names(reader: Reader, hub, voices: str):
    done, rows = reader.ask("rows", name=voices, config="spanish")
    assert done, rows
    assert [row["transcript"] for row in rows] == [f"frase {n} {x}" for n in range(5) for x in "ab"]
    assert [row["split"] for row in rows] == ["train"] * 6 + ["dev"] * 2 + ["test"] * 2
    assert rows[2]["id"] == f"{voices}/spanish/spanish/train-00001-of-00003.parquet:1"
    assert {(row["licence"], row["language"], row["suffix"]) for row in rows} == {
        ("cc-by-4.0", "es", ".flac")
    }
    assert rows[2]["speaker"] == f"{voices}:1"
    assert min(row["audio"] for row in rows) > 5_000
    read = [r for r in hub.requests if r.startswith("GET") and r.endswith(".parquet")]
    assert {r.split("/")[-1] for r in read} == {
        f"{split}-{part:05}-of-{parts:05}.parquet"
        for split, parts in SHARDS.items()
        for part in range(parts)
        if split != "other"
    }
    assert "the splits train, validation, test.clean are read, other are not" in (
        reader.log.read_text()
    )


def test_named_splits_and_names_of_classes(reader: Reader, voices: str):
    done, rows = reader.ask("rows", name=voices, config="spanish", splits=["other"])
    assert (done, [row["split"] for row in rows]) == (True, [None, None])
    done, rows = reader.ask("rows", name=voices, config="german", revision="main")
    assert (done, [row["notes"]["gender"] for row in rows]) == (True, ["female", "-1"])


@pytest.mark.parametrize("sent", [0, 100, 9_000])
def test_a_shard_that_is_cut_off_goes_on(reader: Reader, hub, voices: str, sent: int):
    fault = server.Fault("train-00001", 200, sent=sent)
    hub.faults.append(fault)
    done, rows = reader.ask("rows", name=voices, config="spanish")
    assert fault.times == 0
    assert (done, len(rows), len({row["id"] for row in rows})) == (True, 10, 10)


def test_a_connection_that_stays_cut_is_a_sentence_with_the_shard(reader: Reader, hub, voices: str):
    hub.faults.append(server.Fault("train-00001", 200, times=10_000, sent=100))
    said = reader.refusal(name=voices, config="spanish")
    assert f"failed while {voices}/spanish/train-00001-of-00003.parquet was read" in said
    assert said.endswith("the same command goes on where it was.")


def test_a_damaged_shard_is_named(reader: Reader, hub, voices: str):
    path = "spanish/train-00002-of-00003.parquet"
    hub.repos[f"datasets/{voices}"].files[path] = b"PAR1" + b"x" * 500
    said = reader.refusal(name=voices, config="spanish")
    assert f"{voices}/{path} on the Hub can't be read" in said


def test_one_that_has_terms(reader: Reader, hub, voices: str):
    hub.repos[f"datasets/{voices}"].gated = True
    said = reader.refusal(name=voices, config="spanish")
    assert f"accept its terms: do so at {hub.url}/datasets/{voices}, logged in, then" in said
    assert "`hf auth login` here (or set HF_TOKEN)" in said
    done, rows = reader.ask("rows", name=voices, config="spanish", token=server.TOKEN)
    assert (done, len(rows)) == (True, 10)
    said = reader.refusal(name=voices, config="spanish", token="hf_ofSomebodyElse")
    assert "with the account of your token" in said


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "has several configurations; there are spanish, german. Name one: --config spanish"),
        ({"config": "italian"}, "has no configuration 'italian'; there are spanish, german."),
        (
            {"config": "spanish", "splits": ["dev"]},
            "has no split dev; there are train, validation, test.clean, other. Name some: --splits train",
        ),
        (
            {"config": "spanish", "revision": "v2"},
            "has no revision 'v2'; {url}/tree/main lists its branches and tags",
        ),
        (
            {"config": "spanish", "text_column": "words"},
            "(spanish) has the columns audio, sentence, speaker_id; it needs a text (words). Say which "
            "is meant: --audio-column NAME --text-column NAME",
        ),
    ],
)
def test_a_refusal_says_what_there_is(reader: Reader, hub, voices: str, fields: dict, line: str):
    url = f"{hub.url}/datasets/{voices}"
    assert line.format(url=url) in reader.refusal(name=voices, **fields)


def test_other_columns_are_named_by_flags(reader: Reader, hub, voices: str, tmp_path: Path):
    table = datasets.Dataset.from_dict(
        {"speech": [{"bytes": recording(300), "path": "a.flac"}], "frase": ["hola"]}
    )
    table.to_parquet(tmp_path / "x.parquet")
    repo = server.Repo(files={"data/train-0.parquet": (tmp_path / "x.parquet").read_bytes()})
    hub.repos[f"datasets/{voices}2"] = repo
    said = reader.refusal(name=f"{voices}2")
    assert "has the columns speech, frase; it needs a recording (audio, " in said
    columns = {"audio_column": "speech", "text_column": "frase"}
    done, rows = reader.ask("rows", name=f"{voices}2", **columns)
    assert (done, [row["transcript"] for row in rows]) == (True, ["hola"])


@pytest.mark.skipif(find_spec("torchcodec") is not None, reason="torchcodec reads them")
def test_recordings_beside_a_table_are_downloaded_first(reader: Reader, hub, voices: str):
    files = {
        "train/a.flac": recording(300),
        "train/b.flac": recording(400),
        "train/metadata.csv": b"file_name,text\na.flac,hola\nb.flac,adi\xc3\xb3s\n",
    }
    hub.repos[f"datasets/{voices}2"] = server.Repo(files=files)
    said = reader.refusal(name=f"{voices}2")
    assert f"hf download {voices}2 --repo-type dataset --local-dir FOLDER && xlt prepare" in said


def test_what_is_not_there_and_what_holds_nothing(reader: Reader, hub, voices: str):
    said = reader.refusal(name="ana/nada")
    assert f"There is no folder ana/nada here, and no dataset {hub.url}/datasets/ana/nada" in said
    hub.repos[f"datasets/{voices}2"] = server.Repo(files={"README.md": b"# to come\n"})
    assert "holds no data files that can be read" in reader.refusal(name=f"{voices}2")
    hub.repos[f"datasets/{voices}3"] = server.Repo(files={f"{voices[4:]}3.py": b"raise SystemExit"})
    assert "--revision refs/convert/parquet" in reader.refusal(name=f"{voices}3")


def test_a_dataset_is_known_by_its_files_not_by_its_commit(
    reader: Reader, hub, voices: str, tmp_path: Path
):
    asked = {"folder": tmp_path, "name": voices, "config": "spanish"}
    assert reader.ask("write", **asked) == [True, None]
    repo = hub.repos[f"datasets/{voices}"]
    noted = (tmp_path / "inputs.tsv").read_text("utf-8")
    assert noted.count(f"\t{repo.sha}\t") == 5
    assert reader.ask("changes", **asked) == [True, []]
    repo.commits += 1  # only the card has changed
    assert reader.ask("changes", **asked) == [True, []]
    path = "spanish/train-00001-of-00003.parquet"
    repo.files[path], repo.commits = repo.files["german/train-00000-of-00001.parquet"], 3
    assert reader.ask("changes", **asked) == [True, [f"1/{path} has changed"]]


def test_a_hub_that_does_not_answer_is_a_sentence(reader: Reader, hub, voices: str):
    hub.faults.append(server.Fault("/api/datasets/", 0, times=10_000))
    said = reader.refusal(name=f"{voices}-unseen")
    assert f"The connection to {hub.url} failed (" in said
    assert "Check the network" in said


def test_without_network_it_is_said_what_to_download():
    with pytest.raises(CorpusError, match=r"HF_HUB_OFFLINE is set\..*hf download ana/voces --repo"):
        Hub(name="ana/voces", language="es").fetch()


@pytest.mark.parametrize(
    ("written", "name", "revision"),
    [
        ("ana/voces", "ana/voces", ""),
        ("ana/voces_2.0@v1.1", "ana/voces_2.0", "v1.1"),
        ("datasets/ana/voces", "ana/voces", ""),
        ("hf://datasets/ana/voces@refs/convert/parquet", "ana/voces", "refs/convert/parquet"),
        ("https://huggingface.co/datasets/ana/voces", "ana/voces", ""),
    ],
)
def test_an_id_is_taken_where_a_path_may_be(tmp_path, monkeypatch, written, name, revision):
    monkeypatch.chdir(tmp_path)
    expected = Hub(name=name, revision=revision, language="es")
    assert resolve(Path(written), "es") == expected


@pytest.mark.parametrize(
    "written",
    ["mine/voces", "voces", "/ana/voces", "../ana", "ana/table.csv", "a/b/c", "ana/", "a/b--c"],
)
def test_what_may_be_a_path_is_not_an_id(tmp_path, monkeypatch, written):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    assert not is_hub_id(Path(written))
    with pytest.raises(CorpusError, match="There is no folder"):
        Folder.at(Path(written), "es").fetch()


def test_a_folder_of_that_name_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ana" / "voces").mkdir(parents=True)
    (tmp_path / "ana" / "voces" / "metadata.csv").write_text("file_name,text\na.wav,hola\n")
    assert resolve(Path("ana/voces"), "es") == Folder(path=Path("ana/voces"), language="es")
    with pytest.raises(CorpusError, match="name is 'a--b/c'; the id of a dataset is meant"):
        Hub(name="a--b/c")
    with pytest.raises(CorpusError, match="not the id of a dataset on the Hub: owner/name"):
        Hub.at(Path("voces"), "es")


def prepare(address: str, home: Path, voices: str) -> subprocess.CompletedProcess[str]:
    line = ["-m", "xlt", "prepare", "es", voices, "--config", "spanish", "--out", home / "made"]
    return subprocess.run(
        [sys.executable, *line],
        env=server.environment(address, home, HF_HUB_DISABLE_PROGRESS_BARS="1"),
        cwd=home,
        capture_output=True,
        text=True,
    )


def test_a_preparation_that_broke_off_goes_on(hub, voices: str, tmp_path: Path):
    hub.faults.append(server.Fault("train-00002", 404, times=10_000))
    broken = prepare(hub.url, tmp_path, voices)
    assert broken.returncode == 1
    assert f"failed while {voices}/spanish/train-00002-of-00003.parquet was read" in broken.stderr
    assert (tmp_path / ".made.prepare" / "inputs.tsv").is_file()
    hub.faults.clear()
    done = prepare(hub.url, tmp_path, voices)
    assert done.returncode == 0, done.stderr
    assert "Begun anew" not in done.stdout
    account = json.loads((tmp_path / "made" / "report.json").read_text("utf-8"))["account"]
    assert account["clips_in"] == 10


def test_the_verb_prepares_it(hub, voices: str, tmp_path: Path):
    for expected in ("at commit", "Nothing new: used what was prepared on"):
        done = prepare(hub.url, tmp_path, voices)
        assert done.returncode == 0, done.stderr
        assert expected in done.stdout
        assert f"{voices} is read as the dataset {voices} on the Hub" in done.stderr
    account = json.loads((tmp_path / "made" / "report.json").read_text("utf-8"))["account"]
    assert (account["clips_in"], account["licences"]) == (10, {voices: "cc-by-4.0"})
