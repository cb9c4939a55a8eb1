"""Pushing for real, to a small Hub on 127.0.0.1 (hub_server.py), and loading what was pushed.

The Hub's address is read when huggingface_hub is imported, so what talks to it is a child process.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from places import GOLDEN, ROOT, SUPPORT
from transformers import (
    Wav2Vec2Config,
    Wav2Vec2CTCTokenizer,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    Wav2Vec2Processor,
)

from xlt.publication.folder import ExportRefused, export
from xlt.publication.hub import NotPublished, publish
from xlt.reports.record import Record, digests

REPO = "tester/x-es"


def _load(name):
    spec = importlib.util.spec_from_file_location(name, SUPPORT / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


server = _load("hub_server")


def write_model(folder):
    """A random Wav2Vec2ForCTC of a few kilobytes with its processor, as a run leaves it."""
    torch.manual_seed(0)
    folder.mkdir(parents=True)
    tokens = ["[PAD]", "|", "[UNK]", *"aeiou"]
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}))
    tokenizer = Wav2Vec2CTCTokenizer(
        folder / "vocab.json", bos_token=None, eos_token=None, unk_token="[UNK]", pad_token="[PAD]"
    )
    extractor = Wav2Vec2FeatureExtractor(return_attention_mask=True, do_normalize=True)
    Wav2Vec2Processor(feature_extractor=extractor, tokenizer=tokenizer).save_pretrained(folder)
    extractor.save_pretrained(folder)
    config = Wav2Vec2Config(
        vocab_size=len(tokens), pad_token_id=0, hidden_size=16, num_hidden_layers=1,
        num_attention_heads=2, intermediate_size=16, conv_dim=(8, 8), conv_kernel=(10, 3),
        conv_stride=(5, 64), num_feat_extract_layers=2, num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
    )  # fmt: skip
    Wav2Vec2ForCTC(config).save_pretrained(folder)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "es"
    write_model(run / "model")
    (run / "transcripts").mkdir()
    (run / "transcripts/letters.tsv").write_text("id\treference\thypothesis\n1\tsí\tsi\n")
    data = Record.load(GOLDEN / "record.json").to_dict() | {"files": digests(run)}
    Record.from_dict(data).save(run / "record.json")
    return run


@pytest.fixture
def run(finished, tmp_path):
    return Path(shutil.copytree(finished, tmp_path / "runs/es"))


def rewrite(run, **fields):
    """Change fields of the run's record."""
    data = Record.load(run / "record.json").to_dict() | fields
    Record.from_dict(data).save(run / "record.json")


def environment(address, home):
    return os.environ | {
        "HF_ENDPOINT": address,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "PYTHONPATH": str(ROOT),
        "NO_PROXY": "127.0.0.1",
    }


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
"""A child that publishes what it is told to, line by line: starting one costs seconds."""


class Publisher:
    def __init__(self, address, home, **variables):
        self.log = home.with_suffix(".log")
        with self.log.open("w") as stderr:
            self.child = subprocess.Popen(
                [sys.executable, "-c", PUSH],
                env=environment(address, home) | variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )

    def ask(self, run, token=None):
        self.child.stdin.write(json.dumps([str(run), REPO, token]) + "\n")
        self.child.stdin.flush()

    def push(self, run, token=None):
        """Whether it was published, and what was said about it."""
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


def local(folder):
    files = [p for p in folder.rglob("*") if p.is_file()]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


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
    assert repo.files == local(run / "export")
    assert set(repo.files) == {
        "MANIFEST", "README.md", "config.json", "model.safetensors", "preprocessor_config.json",
        "processor_config.json", "record.json", "tokenizer_config.json",
        "transcripts/letters.tsv", "vocab.json",
    }  # fmt: skip
    assert (repo.commits, repo.private, repo.lfs) == (1, True, {"model.safetensors"})
    assert f'model="{REPO}"' in repo.files["README.md"].decode()

    done = subprocess.run(
        [sys.executable, "-c", TRANSCRIBE, REPO],
        env=environment(hub.url, run.parent / "fresh-home") | {"HF_TOKEN": server.TOKEN},
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert "TEXT '" in done.stdout, done.stderr
    assert any("resolve/" in r and "model.safetensors" in r for r in hub.requests)


@pytest.mark.slow
def test_again_changes_nothing_and_a_new_run_replaces_it_in_one_commit(run, hub, push):
    assert push(run)[0]
    assert push(run)[0]
    assert hub.repos[REPO].commits == 1
    (run / "transcripts/letters.tsv").rename(run / "transcripts/fresh.tsv")
    hub.repos[REPO].files["photo.png"] = b"somebody's own"
    assert push(run)[0]
    repo = hub.repos[REPO]
    assert repo.commits == 2
    assert repo.files == local(run / "export") | {"photo.png": b"somebody's own"}


@pytest.mark.parametrize("status", [500, 0], ids=["500", "cut"])
def test_one_failure_is_tried_again(run, hub, push, status):
    hub.faults.append(server.Fault("/commit/", status))
    done, said = push(run)
    assert done, said
    assert hub.repos[REPO].files == local(run / "export")


def test_after_a_failed_push_the_same_command_completes_it(run, hub, push):
    hub.faults.append(server.Fault("/commit/", 503, times=2))
    done, said = push(run)
    assert not done
    assert "HTTP 503" in said
    assert "the same command again completes it" in said
    assert hub.repos[REPO].files == {}
    assert push(run)[0]
    assert hub.repos[REPO].files == local(run / "export")


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
    assert hub.repos[REPO].files == local(run / "export")


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_file_that_arrives_changed_is_noticed(run, hub, push, name):
    hub.damaged = name
    done, said = push(run)
    assert not done
    assert f"1 files of {REPO} differ" in said
    assert name in said


def test_who_may_not_is_told_what_to_do(run, hub, push):
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


def test_the_manifest_holds_every_file(run):
    folder = export(run)
    lines = [line.split("  ") for line in (folder / "MANIFEST").read_text().splitlines()]
    found = {name: hashlib.sha256(content).hexdigest() for name, content in local(folder).items()}
    del found["MANIFEST"]
    assert {name: digest for digest, name in lines} == found


def test_an_export_is_the_same_twice_and_leaves_nothing_behind(run):
    first = local(export(run))
    (run / "export/left-over.txt").write_text("x")
    assert local(export(run)) == first
    assert not [p for p in run.iterdir() if p.name.startswith(".")]


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
def test_what_is_no_hub_id_is_refused(run, repo):
    with pytest.raises(NotPublished, match="Give owner/name"):
        publish(run, repo)


def _pickle(run):
    (run / "model/pytorch_model.bin").write_bytes(b"\x80\x04.")


def _arguments(run):
    (run / "model/training_args.bin").write_bytes(b"\x80\x04.")


def _folder(run):
    (run / "model/checkpoint-9").mkdir()


def _link(run):
    (run / "transcripts/x.tsv").symlink_to("/etc/hostname")


def _no_weights(run):
    (run / "model/model.safetensors").unlink()


def _no_vocabulary(run):
    (run / "model/vocab.json").unlink()


def _no_model(run):
    shutil.rmtree(run / "model")


def _edited(run):
    with (run / "model/model.safetensors").open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"\x7f")


def _foreign_code(run):
    path = run / "model/config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"auto_map": {}}))
    rewrite(run, files={})  # else the changed file is what is noticed


def _secret(run):
    (run / "transcripts/y.tsv").write_text(f"1\t{server.TOKEN}\t\n")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_pickle, r"pytorch_model.bin may not be part"),
        (_arguments, r"training_args.bin may not be part"),
        (_folder, r"checkpoint-9 may not be part"),
        (_link, r"x.tsv may not be part"),
        (_no_weights, r"lacks model.safetensors"),
        (_no_vocabulary, r"lacks vocab.json"),
        (_no_model, r"has no model folder"),
        (_edited, r"model.safetensors is not the file that the run wrote"),
        (_foreign_code, r"auto_map"),
        (_secret, r"transcripts/y.tsv holds what looks like a credential"),
    ],
)
def test_what_may_not_be_published_is_named(run, spoil, message):
    good = local(export(run))
    spoil(run)
    with pytest.raises(ExportRefused, match=message):
        export(run)
    assert local(run / "export") == good
