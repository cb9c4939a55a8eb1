"""What is fetched of a Hub id, from a small Hub on 127.0.0.1 (hub_server.py), and what is said otherwise.

The Hub's address is read when huggingface_hub is imported, so what talks to it is a child process.
"""

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import hub_server as server
import pytest
import torch
from checkpoints import write_checkpoint
from published import write_published
from safetensors.torch import load_file

from xlt.models.language_parts import adapter_names

REPO = "tester/xlsr"
FETCH = """
import dataclasses, json, sys
from xlt.models.hub_files import fetch
from xlt.models.location import hub_id
from xlt.models.safety import ModelRefused
for line in sys.stdin:
    name, allow_pickle, also = json.loads(line)
    try:
        found = fetch(hub_id(name), allow_pickle=allow_pickle, also=also)
        answer = {"files": sorted(p.name for p in found.folder.rglob("*") if p.is_file()),
            "folder": str(found.folder), "remarks": found.remarks, **dataclasses.asdict(found.origin)}
    except ModelRefused as error:
        answer = {"refused": str(error), "cause": type(error.__cause__).__name__}
    print(json.dumps(answer), flush=True)
"""
"""A child that fetches the models whose names it reads, line by line."""
READ = ["config.json", "model.safetensors", "preprocessor_config.json", "vocab.json"]


class Fetcher:
    """A child process with a cache of its own."""

    def __init__(self, address: str, home: Path, **more: str) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-c", FETCH],
            env=server.environment(address, home, **more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(
        self, name: str = REPO, *, allow_pickle: bool = False, also: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(json.dumps([name, allow_pickle, also]) + "\n")
        self.child.stdin.flush()
        answer: dict[str, Any] = json.loads(self.child.stdout.readline())
        return answer

    def end(self) -> None:
        self.child.kill()
        self.child.wait()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Files of a tiny checkpoint, its weights also as the pickle that main of many repositories holds."""
    folder = write_checkpoint(tmp_path_factory.mktemp("published"))
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.fixture(scope="module")
def one_hub() -> Iterator[server.Hub]:
    with server.Hub() as started:
        yield started


@pytest.fixture
def hub(one_hub: server.Hub) -> server.Hub:
    one_hub.reset()
    return one_hub


@pytest.fixture
def fetch(one_hub: server.Hub, tmp_path: Path) -> Iterator[Fetcher]:
    started = Fetcher(one_hub.url, tmp_path / "home")
    yield started
    started.end()


def without(files: dict[str, bytes], *names: str) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name not in names}


def repo(files: dict[str, bytes], **refs: dict[str, bytes]) -> server.Repo:
    pulls = {f"refs/pr/{number.removeprefix('pr')}": content for number, content in refs.items()}
    lfs = {name for name in files if name.endswith((".safetensors", ".bin"))}
    return server.Repo(files=files, refs=pulls, lfs=lfs | {"model.safetensors"})


def fetched(hub: server.Hub) -> list[str]:
    """Paths of the files whose content went over the line."""
    parts = [request.split("/resolve/", 1) for request in hub.requests]
    return sorted({p[1].split("/", 1)[1] for p in parts if len(p) == 2 and p[0].startswith("GET")})


def test_only_the_files_of_the_top_folder_that_are_read_are_fetched(
    hub: server.Hub, fetch: Fetcher, published: dict[str, bytes]
) -> None:
    weights = published["model.safetensors"]
    others = {
        **{f"adapter.{code}.safetensors": weights for code in ("deu", "fra", "spa")},
        "checkpoint-500/model.safetensors": weights,
        "checkpoint-500/config.json": b"{}",
        "runs/events.out.tfevents.1": b"x",
        "model.fp16.safetensors": weights,
        "flax_model.msgpack": b"x",
        "tf_model.h5": b"x",
        "optimizer.pt": b"x",
        "trainer_state.json": b"{}",
        "README.md": b"---\nlicense: cc-by-nc-4.0\n---\n",
        "tokenizer_config.json": b"{}",
    }
    hub.repos[REPO] = repo(published | others)
    found = fetch()
    expected = sorted([*READ, "README.md", "tokenizer_config.json"])
    assert found["files"] == expected
    assert fetched(hub) == expected
    assert (found["repo"], found["ref"]) == (REPO, "main")
    assert found["commit"] == hub.repos[REPO].sha
    assert found["remarks"] == []
    asked = fetch(also=adapter_names("de"))
    assert asked["files"] == sorted([*expected, "adapter.deu.safetensors"])


def test_shards_come_with_their_index(
    hub: server.Hub, fetch: Fetcher, published: dict[str, bytes]
) -> None:
    shards = {f"model-0000{k}-of-00002.safetensors": b"x" for k in (1, 2)}
    index = {"model.safetensors.index.json": b"{}"}
    hub.repos[REPO] = repo(without(published, "model.safetensors") | shards | index)
    assert set(shards | index) < set(fetch()["files"])
    assert "pytorch_model.bin" not in fetched(hub)


def test_the_pull_request_that_adds_safetensors_is_taken_and_named(
    hub: server.Hub, fetch: Fetcher, published: dict[str, bytes]
) -> None:
    main = without(published, "model.safetensors")
    hub.repos[REPO] = repo(main, pr1=main | {"README.md": b"a change"}, pr5=published)
    found = fetch()
    assert found["ref"] == "refs/pr/5"
    assert found["commit"] == hub.repos[REPO].commit_of("refs/pr/5")
    assert found["files"] == READ
    assert "pytorch_model.bin" not in fetched(hub)
    assert found["remarks"] == [
        f"main of {REPO} holds no safetensors weights: those of refs/pr/5 are taken "
        f"({hub.url}/{REPO}/discussions/5)."
    ]


def test_a_pull_request_that_changes_nothing_else_is_preferred(
    hub: server.Hub, fetch: Fetcher, published: dict[str, bytes]
) -> None:
    main = without(published, "model.safetensors")
    other = published | {"vocab.json": b"{}"}
    hub.repos[REPO] = repo(main, pr2=other, pr10=published)
    assert fetch()["ref"] == "refs/pr/10"
    hub.repos[REPO].refs.pop("refs/pr/10")
    found = fetch()
    assert found["ref"] == "refs/pr/2"
    assert "It also has another vocab.json than main." in found["remarks"][0]


def test_a_revision_is_taken_as_it_is_asked_for(
    hub: server.Hub, fetch: Fetcher, published: dict[str, bytes]
) -> None:
    main = without(published, "model.safetensors")
    hub.repos[REPO] = repo(main, pr1=main, pr5=published)
    for revision in ("refs/pr/5", hub.repos[REPO].commit_of("refs/pr/5")):
        found = fetch(f"{REPO}@{revision}")
        assert (found["ref"], found["remarks"]) == (revision, [])
        assert found["commit"] == hub.repos[REPO].commit_of("refs/pr/5")
    said = fetch(f"{REPO}@refs/pr/1")["refused"]
    assert said.endswith(f"those of refs/pr/5 are: give {REPO}@refs/pr/5.")
    said = fetch(f"{REPO}@refs/pr/7")["refused"]
    assert f"{REPO} has no revision refs/pr/7; there are main, refs/pr/1, refs/pr/5" in said


def test_without_safetensors_two_ways_out_are_named(
    hub: server.Hub, fetch: Fetcher, published: dict[str, bytes]
) -> None:
    main = without(published, "model.safetensors")
    hub.repos[REPO] = repo(main, pr1=main)
    said = fetch()["refused"]
    assert f"`xlt convert {REPO} --out converted`" in said
    assert "--allow-pickle (allow_pickle=True in a recipe)" in said
    assert fetched(hub) == []
    found = fetch(allow_pickle=True)
    assert "pytorch_model.bin" in found["files"]
    assert found["ref"] == "main"


def test_safetensors_come_before_an_allowed_pickle(
    hub: server.Hub, fetch: Fetcher, published: dict[str, bytes]
) -> None:
    hub.repos[REPO] = repo(without(published, "model.safetensors"), pr5=published)
    assert fetch(allow_pickle=True)["ref"] == "refs/pr/5"
    assert "pytorch_model.bin" not in fetched(hub)


def test_the_disk_is_asked_before_the_fetch(
    hub: server.Hub, fetch: Fetcher, published: dict[str, bytes]
) -> None:
    hub.repos[REPO] = repo(published)
    hub.repos[REPO].claimed["model.safetensors"] = 10**17
    answer = fetch()
    assert f"The files of {REPO} take 100,000,000,000 MB, and the disk of" in answer["refused"]
    assert "set HF_HOME to a folder on another disk" in answer["refused"]
    assert answer["cause"] == "OSError"
    assert fetched(hub) == []


def test_what_is_no_model_is_said(
    hub: server.Hub, fetch: Fetcher, published: dict[str, bytes]
) -> None:
    hub.repos[REPO] = repo({"adapter_config.json": b"{}", "adapter_model.safetensors": b""})
    assert "it is an adapter of PEFT. Fetch it (`hf download tester/xlsr" in fetch()["refused"]
    hub.repos[REPO] = repo({"parakeet.nemo": b""})
    assert "has no config.json at main" in fetch()["refused"]
    assert "It holds parakeet.nemo." in fetch()["refused"]
    hub.repos[REPO] = repo({"config.json": b"{}"})
    assert "nor in a pull request. It holds config.json." in fetch()["refused"]
    said = fetch("tester/nowhere")["refused"]
    assert said.startswith("Could not get tester/nowhere from the Hub (RepositoryNotFoundError")


@pytest.mark.parametrize("pulled", [False, True])
def test_offline_the_cache_is_enough(
    hub: server.Hub, fetch: Fetcher, published: dict[str, bytes], tmp_path: Path, pulled: bool
) -> None:
    main = without(published, "model.safetensors") if pulled else published
    hub.repos[REPO] = repo(main, **({"pr5": published} if pulled else {}))
    first = fetch()
    requests = len(hub.requests)
    alone = Fetcher(hub.url, tmp_path / "home", HF_HUB_OFFLINE="1")
    again = alone()
    assert [again[k] for k in ("folder", "ref", "commit")] == [
        first[k] for k in ("folder", "ref", "commit")
    ]
    assert alone(f"{REPO}@{first['commit']}")["folder"] == first["folder"]
    assert "OfflineModeIsEnabled" in alone("tester/other")["refused"]
    assert len(hub.requests) == requests
    alone.end()


def test_a_cut_connection_is_said_and_the_next_try_completes_it(
    hub: server.Hub, fetch: Fetcher, published: dict[str, bytes]
) -> None:
    hub.repos[REPO] = repo(published)
    hub.faults.append(server.Fault(part=f"/api/models/{REPO}", status=500, times=1))
    assert "from the Hub" in fetch()["refused"]
    assert fetch()["files"] == READ


RUN = """
import sys
from xlt.cli import main
sys.argv = ["xlt", *sys.argv[1:]]
main()
"""


def run_xlt(hub: server.Hub, place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command `xlt`, talking to the small Hub."""
    return subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        env=server.environment(hub.url, place / "home"),
        cwd=place,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_a_language_is_asked_for_before_the_weights_are_fetched(
    hub: server.Hub, tmp_path: Path
) -> None:
    folder = write_published("facebook/mms-1b-all", tmp_path / "mms")
    hub.repos[REPO] = repo({p.name: p.read_bytes() for p in folder.iterdir()})
    refused = run_xlt(hub, tmp_path, "transfer", REPO, "de")
    assert refused.returncode
    assert "--source-language deu, or --source-language eng" in refused.stderr
    assert not [name for name in fetched(hub) if name.endswith(".safetensors")]
    done = run_xlt(hub, tmp_path, "transfer", REPO, "de", "--source-language", "deu")
    assert done.returncode == 0, done.stderr
    assert "fresh" not in done.stdout
    weights = [name for name in fetched(hub) if name.endswith(".safetensors")]
    assert weights == ["adapter.deu.safetensors", "model.safetensors"]


@pytest.mark.slow
def test_every_way_out_of_a_pickle_opens_the_same_model(
    hub: server.Hub, published: dict[str, bytes], tmp_path: Path
) -> None:
    main = without(published, "model.safetensors")
    hub.repos[REPO] = repo(main)

    xlt = partial(run_xlt, hub, tmp_path)
    refused = xlt("transfer", REPO, "es")
    assert refused.returncode
    assert "Two ways out" in refused.stderr
    allowed = xlt("transfer", REPO, "es", "--allow-pickle")
    assert allowed.returncode == 0, allowed.stderr
    made = xlt("convert", REPO, "--out", "converted")
    assert made.returncode == 0, made.stderr
    opened = xlt("transfer", "converted", "es")
    table = opened.stdout.replace("converted", REPO)
    assert table == allowed.stdout
    assert "case fold" in table
    hub.repos[REPO] = repo(main, pr5=published)
    pulled = xlt("transfer", REPO, "es")
    assert "those of refs/pr/5 are taken" in pulled.stdout
    assert pulled.stdout.startswith(table)
    hostile = pickle.dumps({"x": Path("/")})
    hub.repos["tester/bad"] = repo(main | {"pytorch_model.bin": hostile})
    said = xlt("transfer", "tester/bad", "es", "--allow-pickle")
    assert said.returncode
    assert "can't be read as plain tensors" in said.stderr
    assert "Nothing in it was run" in said.stderr
