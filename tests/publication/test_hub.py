"""Pushing for real, to a small Hub on 127.0.0.1 (hub_server.py), and loading what was pushed.

The Hub's address is read when huggingface_hub is imported, so what talks to it is a child process.
"""

import hashlib
import json
import subprocess
import sys

import hub_server as server
import pytest
from finished_run import contents, rewrite

from xlt.publication import hub as hub_module
from xlt.publication.hub import NotPublished, publish
from xlt.publication.kept_text import metadata_of
from xlt.reports.card import BEGIN
from xlt.reports.record import Record

REPO = "tester/x-es"


PUSH = """
import json, sys
from pathlib import Path
from xlt.publication.hub import publish
for line in sys.stdin:
    run, repo, token = json.loads(line)
    try:
        said = str(publish(Path(run), repo, private=True, token=token, retry_waits_s=(0.05,)))
        print(json.dumps([True, said]), flush=True)
    except ValueError as error:
        print(json.dumps([False, str(error)]), flush=True)
"""
"""A child that publishes the runs it reads, line by line: starting one costs seconds."""


class Publisher:
    def __init__(self, address, home, **variables):
        self.log = home.with_suffix(".log")
        with self.log.open("w") as stderr:
            self.child = subprocess.Popen(
                [sys.executable, "-c", PUSH],
                env=server.environment(address, home) | variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )

    def ask(self, run, token=None):
        self.child.stdin.write(json.dumps([str(run), REPO, token]) + "\n")
        self.child.stdin.flush()

    def push(self, run, token=None):
        """Result of one push: published or not, and the message."""
        self.ask(run, token)
        answer = self.child.stdout.readline()
        assert answer, self.log.read_text()
        assert server.TOKEN not in answer + self.log.read_text()
        return json.loads(answer)

    def end(self):
        self.child.kill()
        self.child.wait()


@pytest.fixture(scope="module")
def one_hub():
    with server.Hub() as started:
        yield started


@pytest.fixture(scope="module")
def publisher(one_hub, tmp_path_factory):
    started = Publisher(one_hub.url, tmp_path_factory.mktemp("push") / "home")
    yield started
    started.end()


@pytest.fixture
def hub(one_hub):
    """The one Hub, emptied."""
    one_hub.reset()
    return one_hub


@pytest.fixture
def push(publisher):
    return lambda run, token=server.TOKEN: publisher.push(run, token)


TRANSCRIBE = """
import sys, numpy
from transformers import pipeline
recognise = pipeline("automatic-speech-recognition", model=sys.argv[1])
tone = 0.1 * numpy.sin(numpy.arange(16000) * 440 * 2 * numpy.pi / 16000)
print("TEXT", repr(recognise(tone.astype("float32"))["text"]))
"""


@pytest.mark.slow
def test_publish_then_load_from_the_hub(run, hub, push):
    done, said = push(run)
    assert done, said
    assert "Published and verified, file by file" in said
    repo = hub.repos[REPO]
    assert repo.files == contents(run / "export")
    assert set(repo.files) == {
        "MANIFEST", "README.md", "config.json", "model.safetensors", "preprocessor_config.json",
        "processor_config.json", "record.json", "tokenizer_config.json", "vocab.json",
    }  # fmt: skip
    assert b"por favor deje" not in b"".join(repo.files.values())  # a reference of the record
    assert (repo.commits, repo.private, repo.lfs) == (1, True, {"model.safetensors"})
    assert f'model="{REPO}"' in repo.files["README.md"].decode()

    done = subprocess.run(
        [sys.executable, "-c", TRANSCRIBE, REPO],
        env=server.environment(hub.url, run.parent / "fresh-home") | {"HF_TOKEN": server.TOKEN},
        capture_output=True,
        text=True,
    )
    assert "TEXT '" in done.stdout, done.stderr
    assert any("resolve/" in r and "model.safetensors" in r for r in hub.requests)


@pytest.mark.slow
def test_again_changes_nothing_and_a_new_run_replaces_it_in_one_commit(run, hub, push):
    assert push(run)[0]
    assert push(run)[0]
    assert hub.repos[REPO].commits == 1
    hub.repos[REPO].files["photo.png"] = b"somebody's own"
    hub.repos[REPO].files["transcripts/fresh.tsv"] = b"of an earlier push"
    rewrite(run, seeds={"training": 7})
    assert push(run)[0]
    repo = hub.repos[REPO]
    assert repo.commits == 2
    assert repo.files == contents(run / "export") | {"photo.png": b"somebody's own"}


@pytest.mark.slow
@pytest.mark.parametrize("status", [500, 0], ids=["500", "cut"])
def test_one_failure_is_tried_again(run, hub, push, status):
    hub.faults.append(server.Fault("/commit/", status))
    done, said = push(run)
    assert done, said
    assert hub.repos[REPO].files == contents(run / "export")


def test_after_a_failed_push_the_same_command_completes_it(run, hub, push):
    hub.faults.append(server.Fault("/commit/", 503, times=2))
    done, said = push(run)
    assert not done
    assert "HTTP 503" in said
    assert "the same command again completes it" in said
    assert hub.repos[REPO].files == {}
    assert push(run)[0]
    assert hub.repos[REPO].files == contents(run / "export")


@pytest.mark.slow
def test_after_a_killed_push_the_same_command_completes_it(run, hub, push):
    hub.faults.append(server.Fault("/commit/", -1))
    victim = Publisher(hub.url, run.parent / "home", HF_TOKEN=server.TOKEN)
    try:
        victim.ask(run)
        assert hub.stalled.wait(60), victim.log.read_text()
    finally:
        victim.end()
    assert hub.repos[REPO].files == {}
    assert push(run)[0]
    assert hub.repos[REPO].files == contents(run / "export")


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_file_that_arrives_changed_is_noticed(run, hub, push, name):
    hub.damaged = name
    done, said = push(run)
    assert not done
    assert f"1 files of {REPO} differ" in said
    assert name in said


def test_who_may_not_push_learns_what_to_do(run, hub, push):
    wrong = "hf_" + "wrongButOtherwisePlausible0123456789"
    done, said = push(run, wrong)
    assert not done
    assert "HTTP 401" in said
    assert "hf auth login" in said
    assert "wrongBut" not in said
    assert push(run, None)[1].startswith("No Hugging Face credential found.")
    assert hub.repos == {}


def test_no_network_is_said_and_the_export_stands(run):
    nobody = "http://127.0.0.1:9"  # the discard port: nothing listens
    child = Publisher(nobody, run.parent / "home", HF_TOKEN=server.TOKEN)
    try:
        done, said = child.push(run)
    finally:
        child.end()
    assert not done
    assert nobody in said
    assert "Check the network" in said
    assert (run / "export/MANIFEST").is_file()


def test_offline_is_said_and_the_export_stands(run):
    with pytest.raises(NotPublished, match="HF_HUB_OFFLINE is set"):
        publish(run, REPO)
    assert (run / "export/MANIFEST").is_file()


def test_a_dry_run_shows_the_files_and_sends_nothing(run):
    done = publish(run, REPO, dry_run=True)
    text = str(done)
    size, digest = done.files["model.safetensors"]
    assert size == (run / "model/model.safetensors").stat().st_size
    assert f"{digest[:16]}  {size:>12,}  model.safetensors" in text
    assert "Dry run" in text
    assert done.url is None


@pytest.mark.slow
def test_what_a_person_wrote_into_the_card_stays(run, hub, push):
    assert push(run)[0]
    repo = hub.repos[REPO]
    card = repo.files["README.md"].decode()
    edited = card.replace(BEGIN, "Recorded in our kitchen.\n\n" + BEGIN) + "\nWrite to us.\n"
    repo.files["README.md"] = edited.replace(
        "---\nlanguage", "---\nthumbnail: a.png\nlanguage"
    ).encode()
    rewrite(run, name="es-2")
    assert push(run)[0]
    pushed = repo.files["README.md"].decode()
    assert "Recorded in our kitchen.\n\n" + BEGIN + "\n\n# es-2" in pushed
    assert pushed.endswith("Write to us.\n")
    assert metadata_of(pushed)["thumbnail"] == "a.png"
    assert repo.files == contents(run / "export")
    listed = dict(
        reversed(line.split("  ")) for line in repo.files["MANIFEST"].decode().splitlines()
    )
    assert listed["README.md"] == hashlib.sha256(repo.files["README.md"]).hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("code", ["pt-PT", "de-CH", "es-AR"])
def test_a_variety_is_published(run, hub, push, code):
    rewrite(run, language=code, licence="CC-BY-4.0")
    done, said = push(run)
    assert done, said
    data = metadata_of(hub.repos[REPO].files["README.md"].decode())
    assert (data["language"], data["language_bcp47"]) == (code[:2], [code])
    assert data["license"] == "cc-by-4.0"


@pytest.mark.slow
def test_metadata_that_the_hub_refuses_leaves_no_repository(run, hub, push):
    hub.faults.append(server.Fault("/validate-yaml", 400))
    done, said = push(run)
    assert not done
    assert "The Hub does not take the metadata" in said and "nothing was sent" in said
    assert hub.repos == {}


def test_transcripts_go_up_only_when_they_are_asked_for(run):
    without = publish(run, REPO, dry_run=True)
    assert not any(name.startswith("transcripts") for name in without.files)
    assert "--with-transcripts publishes them" in str(without)
    assert "The texts of the test are not published." in (run / "export/README.md").read_text()
    assert Record.load(run / "export/record.json").samples == []
    whole = publish(run, REPO, dry_run=True, with_transcripts=True)
    assert "transcripts/letters.tsv" in whole.files
    assert "--with-transcripts" not in str(whole)
    assert Record.load(run / "export/record.json").samples


def test_a_dry_run_says_that_no_licence_is_known_and_takes_one(run):
    rewrite(run, licence="")
    said = str(publish(run, REPO, dry_run=True))
    assert "no licence is known" in said and "training data is under CC-BY-SA-3.0" in said
    assert "--licence cc-by-sa-3.0" in said
    assert "no licence" not in str(publish(run, REPO, dry_run=True, licence="CC BY 4.0"))
    assert metadata_of((run / "export/README.md").read_text())["license"] == "cc-by-4.0"


def test_a_dry_run_checks_the_metadata(run, monkeypatch):
    monkeypatch.setattr(hub_module, "faults", lambda data: [f"language is {data['language']!r}"])
    with pytest.raises(
        NotPublished, match="would not take the metadata of .*README.md: language is 'es'"
    ):
        publish(run, REPO, dry_run=True)


def test_a_useless_model_needs_force(run):
    words = {"hits": 9, "substitutions": 91, "deletions": 0, "insertions": 0}
    record = Record.load(run / "record.json")
    rewrite(run, scores={"letters": record.scores["letters"] | {"words": words}})
    with pytest.raises(NotPublished, match=r"test WER is 91\.0 %.*--force"):
        publish(run, REPO)
    assert "WER is 91.0 %" in str(publish(run, REPO, dry_run=True))
    with pytest.raises(NotPublished, match="HF_HUB_OFFLINE"):  # past the gate, and no further
        publish(run, REPO, force=True)
    rewrite(run, scores={"letters": record.scores["letters"] | {"words": words | {"hits": 12}}})
    with pytest.raises(NotPublished, match="HF_HUB_OFFLINE"):
        publish(run, REPO)


def test_an_unscored_model_needs_force(run):
    rewrite(run, scores={})
    with pytest.raises(NotPublished, match="no test score for the chosen arm 'letters'"):
        publish(run, REPO)


@pytest.mark.parametrize("repo", ["x-es", "a/b/c", "../x", "", "https://hub/a/b", "a/b c"])
def test_another_text_than_a_hub_id_is_refused(run, repo):
    with pytest.raises(NotPublished, match="Give owner/name"):
        publish(run, repo)


LOADED = (
    "import sys, xlt.publication.hub; print(*sorted({'torch', 'transformers'} & set(sys.modules)))"
)


def test_publishing_needs_no_torch():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
