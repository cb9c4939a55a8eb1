"""The exact folder that is published: the model's files, its card, its record, its transcripts.

Nothing else gets in: every file is on a list, none is a pickle, none has changed since the run,
and none holds a credential.
"""

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from xlt.dataset.trained_clips import FILE as TRAINED_CLIPS
from xlt.models.safety import foreign_code_keys
from xlt.reports.card import model_card
from xlt.reports.record import Record
from xlt.system.files import sha256, write_atomically
from xlt.system.redaction import SECRET_TEXT, known_secrets, redact

MODEL_FILES = frozenset(
    "config.json generation_config.json model.safetensors.index.json vocab.json letters.tsv "
    "tokenizer_config.json special_tokens_map.json added_tokens.json preprocessor_config.json "
    "processor_config.json".split()
)
WEIGHTS = re.compile(r"model(-\d{5}-of-\d{5})?\.safetensors")
REQUIRED = ("config.json", "vocab.json", "tokenizer_config.json", "preprocessor_config.json")
NOT_TAKEN = frozenset({"README.md", "MANIFEST", TRAINED_CLIPS})
"""Files of a model folder that the export writes anew, or leaves out: whoever has a recording could
find out from the list of training clips that it was trained on."""
TRANSCRIPT = re.compile(r"[\w.-]+\.tsv")
MANIFEST = "MANIFEST"
"""`sha256sum -c MANIFEST` checks a downloaded model."""


class ExportRefused(ValueError):
    """A run that can't be made into a published model; the message says why and what to do."""


def export(
    run: Path,
    repo: str | None = None,
    licence: str | None = None,
    *,
    with_transcripts: bool = False,
) -> Path:
    """Write the exact folder that is published, `<run>/export`, whole or not at all.

    Args:
        run: a finished run folder, with record.json and model/.
        repo: Hub id that the card shows.
        licence: licence of the model; None: the one of its recipe.
        with_transcripts: put in the reference and recognised texts of the test, too: whoever published
            the corpus may not want them elsewhere.

    Raises:
        ExportRefused: for a file that a published model may not hold, one that is missing, one
            that changed since the run, or a credential in a text.
    """
    record = Record.load(run / "record.json")
    draft, folder = run / ".export-new", run / "export"
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "transcripts").mkdir(parents=True)
    for name, source in _taken(run, with_transcripts):
        _check_unchanged(record, source, run)
        shutil.copyfile(source, draft / name)
    secrets = known_secrets()
    card = model_card(record, repo, licence, with_transcripts=with_transcripts)
    write_atomically(draft / "README.md", redact(card, secrets))
    (record if with_transcripts else replace(record, samples=())).save(draft / "record.json")
    if not any((draft / "transcripts").iterdir()):
        (draft / "transcripts").rmdir()
    _check_no_secret(draft, secrets)
    write_manifest(draft)
    shutil.rmtree(folder, ignore_errors=True)
    draft.replace(folder)
    return folder


def write_manifest(folder: Path) -> None:
    """Write the hashes of all other files of a folder into its MANIFEST."""
    files = {name: sha for name, (_, sha) in inventory(folder).items() if name != MANIFEST}
    lines = [f"{sha}  {name}\n" for name, sha in files.items()]
    write_atomically(folder / MANIFEST, "".join(lines))


def _taken(run: Path, with_transcripts: bool) -> Iterator[tuple[str, Path]]:
    """Name in the export and path of each file of the model and, if wanted, the transcripts."""
    model = run / "model"
    if not model.is_dir():
        raise ExportRefused(
            f"{run} has no model folder: it is not a finished run. Finish it first."
        )
    names = {path.name for path in model.iterdir()}
    missing = [name for name in REQUIRED if name not in names]
    if missing or not any(WEIGHTS.fullmatch(name) for name in names):
        raise ExportRefused(
            f"{model} lacks {', '.join(missing) or 'model.safetensors'}: save the model and its "
            "processor there."
        )
    for path in sorted(model.iterdir()):
        if path.name not in NOT_TAKEN:
            _check_allowed(path, path.name in MODEL_FILES or bool(WEIGHTS.fullmatch(path.name)))
            yield path.name, path
    _check_config(model / "config.json")
    for path in sorted((run / "transcripts").glob("*")) if with_transcripts else ():
        _check_allowed(path, bool(TRANSCRIPT.fullmatch(path.name)))
        yield f"transcripts/{path.name}", path


def _check_allowed(path: Path, allowed: bool) -> None:
    if not allowed or path.is_symlink() or not path.is_file():
        raise ExportRefused(
            f"{path} may not be part of a published model. Allowed are plain files: weights in "
            f"safetensors, {', '.join(sorted(MODEL_FILES))}, and transcripts/*.tsv. Move it away."
        )


def _check_config(path: Path) -> None:
    """Refuse to publish what `xlt.models.safety` would refuse to open."""
    foreign = foreign_code_keys(json.loads(path.read_text(encoding="utf-8")))
    if foreign:
        raise ExportRefused(
            f"{path} would make a reader run code from elsewhere ({', '.join(foreign)}). "
            "Remove these keys."
        )


def _check_unchanged(record: Record, path: Path, run: Path) -> None:
    noted = record.files.get(path.relative_to(run).as_posix())
    if noted is not None and noted != sha256(path):
        raise ExportRefused(
            f"{path} is not the file that the run wrote: its SHA-256 differs from record.json, "
            "so the scores are not its own. Restore it, or run again."
        )


def _check_no_secret(folder: Path, secrets: Sequence[str]) -> None:
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".json", ".md", ".tsv")):
        text = path.read_text(encoding="utf-8")
        if SECRET_TEXT.search(text) or any(secret in text for secret in secrets):
            name = path.relative_to(folder)
            raise ExportRefused(f"{name} holds what looks like a credential. Remove it there.")


def inventory(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file of a folder: name -> size in bytes, SHA-256."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): (p.stat().st_size, sha256(p)) for p in files}
