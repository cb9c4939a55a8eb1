"""A credential in the environment, the arguments, an error and an address: found nowhere afterwards."""

import io
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkpoints import write_checkpoint
from recordings import write_recordings
from toys import NEUTRAL, QUIET

from xlt.corpora.folder import Folder
from xlt.publication import hub
from xlt.recipe.command import run
from xlt.recipe.options import Recipe
from xlt.system.redaction import REDACTED, RedactedStream, redact_output, without_credentials
from xlt.training.options import Training

CANARY = "hf_CANARY0123456789abcdef"
PLAIN = "wandb-CANARY-of-no-known-form"


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Credentials in the environment; streams and records as they were afterwards."""
    monkeypatch.setenv("HF_TOKEN", CANARY)
    monkeypatch.setenv("WANDB_API_KEY", PLAIN)
    out, err, factory = sys.stdout, sys.stderr, logging.getLogRecordFactory()
    yield
    sys.stdout, sys.stderr = out, err
    logging.setLogRecordFactory(factory)


def hits(folder: Path) -> list[str]:
    """Files, by their paths, that hold a canary in their name or content."""
    words = [CANARY.encode(), PLAIN.encode()]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [
        str(path.relative_to(folder))
        for path in files
        if any(w in path.read_bytes() or w in os.fsencode(path.name) for w in words)
    ]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"token {CANARY}!", f"token {REDACTED}!"),
        (f"https://{CANARY}@huggingface.co/a", f"https://{REDACTED}@huggingface.co/a"),
        ("https://me:secret@host/a", f"https://{REDACTED}@host/a"),
        (f"key={PLAIN}", f"key={REDACTED}"),
        ("hf_hub and https://host/a stay", "hf_hub and https://host/a stay"),
    ],
)
def test_credentials_are_replaced(secrets: None, text: str, clean: str) -> None:
    assert without_credentials(text) == clean


def test_streams_and_logs_are_hushed(secrets: None) -> None:
    below = io.StringIO()
    sys.stdout = sys.stderr = below
    redact_output()
    redact_output()
    assert isinstance(sys.stdout, RedactedStream)
    assert sys.stdout.stream is below
    print("a", CANARY)
    there = io.StringIO()
    logger = logging.Logger("xlt.test")
    logger.addHandler(logging.StreamHandler(there))
    logger.warning("got %s", CANARY)
    assert there.getvalue() == f"got {REDACTED}\n"
    assert below.getvalue() == f"a {REDACTED}\n"


@pytest.mark.slow
def test_a_run_leaves_no_credential_anywhere(
    secrets: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    recipe = Recipe(
        name="toy",
        language="es",
        source=str(write_checkpoint(tmp_path / CANARY)),
        data=(Folder(path=write_recordings(tmp_path / "recordings"), language="es"),),
        regularisation=QUIET,
        augmentation=NEUTRAL,
        training=Training(steps=2, batch_s=20.0, evaluate_every=2, checkpoint_every=2),
        licence=f"see https://user:{CANARY}@host/licence",
    )
    out = tmp_path / "runs"
    said = ["--trackers", "tensorboard", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["toy.py", *said])
    run(recipe)
    exported = hub.publish(out / "toy", "someone/model", dry_run=True, force=True)
    printed = "".join(capfd.readouterr())
    assert list((out / "toy" / "logs").rglob("*tfevents*"))
    assert (out / "toy" / "export" / "README.md").is_file()
    assert REDACTED in (out / "toy" / "record.json").read_text()
    assert "clips in" in printed
    assert hits(out) == []
    assert CANARY not in printed + str(exported)

    address = f"https://user:{CANARY}@huggingface.co/a/b"
    monkeypatch.setattr(sys, "argv", ["toy.py", *said, "--source", address])
    with pytest.raises(SystemExit):
        run(recipe)
    refused = "".join(capfd.readouterr())
    assert REDACTED in refused
    assert CANARY not in refused
    assert hits(out) == []
