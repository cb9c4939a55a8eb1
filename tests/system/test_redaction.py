"""A credential in the environment, the arguments, an error and an address: found nowhere afterwards."""

import io
import itertools
import logging
import os
import random
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


WORDS = (
    "asterisk asterisk-core-sounds asterisk-prompt task-sk task-german-desktop disk-utils risk-core "
    "l10n-sk kde-l10n-sk libreoffice-l10n-sk hunspell-sk aspell-sk mask-rcnn ask-sdk-core flask-sk "
    "sk-learn-tools sk-video sk-Video SK-Dist whisk-api kiosk-hf_demo hf_hub hf_transfer_tools api_org "
    "hf-hub gho ghp_tools ghs-data akia AKIA-tools python3-sk-core scikit-learn_contrib bisque husk-Rust"
).split()
PARTS = (
    "core sounds es-g722 sk l10n-de Tools-2023 data_sets transformers common dbgsym runtime-1.0 Py3-Core"
).split()
VERSIONS = (
    "1.6.1-1",
    "0.10.1",
    "2.0~rc1+dfsg-1+b2",
    "1:2023.08.1-1",
    "4.14.2.post1",
    "20240101",
    "v3.0.0-RC1",
)
FORMS = (
    "{name}_{version}_all.deb",
    "python3-{name}_{version}_amd64.deb",
    "{wheel}-{version}-py3-none-any.whl",
    "{wheel}-{version}-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "{name}-{version}.tar.gz",
)


def file_names(count: int) -> list[str]:
    """File names of the kinds that Debian and PyPI have, the same ones every time."""
    names = [
        form.format(
            name=f"{word}-{part}",
            wheel=f"{word}-{part}".replace("-", "_"),  # as PEP 427 has it
            version=version,
        )
        for word, part, version, form in itertools.product(WORDS, PARTS, VERSIONS, FORMS)
    ]
    return random.Random(0).sample(list(dict.fromkeys(names)), count)


def test_no_file_name_of_debian_or_pypi_is_touched() -> None:
    names = ["asterisk-core-sounds-es-g722_1.6.1-1_all.deb", *file_names(10_000)]
    assert len(set(names)) > 10_000
    assert [name for name in names if without_credentials(name) != name] == []


MIXED = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3gI6jL9m"
KEYS = {
    "Hugging Face": f"hf_{MIXED[:34]}",
    "Hugging Face organisation": f"api_org_{MIXED[:34]}",
    "GitHub": f"ghp_{MIXED[:36]}",
    "GitHub server": f"ghs_{MIXED[:36]}",
    "AWS": "AKIAIOSFODNN7EXAMPLE",  # the example of AWS's own documentation
    "OpenAI": f"sk-{MIXED}xyz12345",
    "OpenAI project": f"sk-proj-{MIXED}_T3BlbkFJ-{MIXED}",
    "OpenAI service": f"sk-svcacct-{MIXED}",
    "environment": PLAIN,
    "address": "me:pa55-word",
}
SENTENCES = (
    "{}",
    "{} is what was given",
    "the request with {} failed.",
    "token={}",
    "--token={}&page=2",
    "'{}'",
    '{{"key": "{}"}}',
    "({}), [{}]",
    "/srv/{}/cache",
    "a/{}",
    "Authorization: Bearer {}",
    "task-core/{} of asterisk-core-sounds",
    "?next=%2Fa%3D{}",
    "'line\\n{}'",
    "\x1b[31m{}\x1b[0m",
    "\x1b[1;32m{}\x1b[0m",
)


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("kind", KEYS)
def test_a_key_is_redacted_wherever_it_is(secrets: None, kind: str, sentence: str) -> None:
    key = f"https://{KEYS[kind]}@host/a" if kind == "address" else KEYS[kind]
    clean = key.replace(KEYS[kind], REDACTED)
    assert without_credentials(sentence.replace("{}", key)) == sentence.replace("{}", clean)


def test_a_key_of_unmistakable_form_is_redacted_within_a_word() -> None:
    for kind in ("Hugging Face", "GitHub"):
        assert KEYS[kind] not in without_credentials(f"x{KEYS[kind]}y")


def test_streams_and_logs_are_redacted(secrets: None) -> None:
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
