"""From a finished run to a model on the Hub: an exact folder first, then one verified commit.

The push is its own step and never touches the run: whatever fails, the export stands, and the
same command again completes it. Credentials come from HF_TOKEN or `hf auth login`, never from a
command line.
"""

import hashlib
import logging
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from huggingface_hub import HfApi, ModelCard, constants, get_token
from huggingface_hub.errors import (
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile

from xlt.publication.export_folder import export, inventory, write_manifest
from xlt.publication.kept_text import merged, metadata_of
from xlt.reports.card_metadata import HUB_ID, faults
from xlt.reports.hub_licences import hub_licence
from xlt.reports.record import Record
from xlt.system.files import sha256, write_atomically
from xlt.system.mending import Mendable
from xlt.system.redaction import known_secrets, redact

logger = logging.getLogger(__name__)

STALE = ("transcripts/*.tsv", "model*.safetensors", "model.safetensors.index.json")
"""Files that a push removes from the repository when the export no longer has it."""
WORST_WER = 0.90
RETRY_WAITS_S = (2.0, 8.0)
"""Pauses before the second and third try of a push that the server or the network broke."""

HTTP_ERROR: type[Exception] = HfHubHTTPError.__bases__[0]
"""Base error of the HTTP library below: huggingface_hub has changed that library twice."""


class NotPublished(Mendable):
    """The model is not (or not wholly) on the Hub; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """The exported files and, unless it was a dry run, their place on the Hub."""

    folder: Path
    files: dict[str, tuple[int, str]]
    """Name -> size in bytes, SHA-256."""
    url: str | None
    """None after a dry run."""
    commit: str | None
    refused: str | None
    """Reason to refuse publishing without `force`; None if there is none."""
    notes: tuple[str, ...] = ()
    """Sentences on what goes up and what does not."""

    def __str__(self) -> str:
        lines = [f"{self.folder}: {len(self.files)} files"]
        lines += [f"  {sha[:16]}  {size:>12,}  {n}" for n, (size, sha) in self.files.items()]
        if self.url:
            lines.append(f"Published and verified, file by file: {self.url} (commit {self.commit})")
        else:
            lines.append("Dry run: nothing was sent.")
        lines += [f"Note: {note}" for note in (self.refused, *self.notes) if note]
        return "\n".join(lines)


def publish(
    run: Path,
    repo: str,
    *,
    dry_run: bool = False,
    force: bool = False,
    private: bool = False,
    licence: str | None = None,
    with_transcripts: bool = False,
    token: str | None = None,
    retry_waits_s: Sequence[float] = RETRY_WAITS_S,
) -> Publication:
    """Export a run and push it as one commit, then compare every remote hash with the local one.

    Args:
        run: a finished run folder.
        repo: Hub id, `owner/name`; created if it does not exist.
        dry_run: stop after the export.
        force: publish a model whose test WER is above 90 %, or that has no score.
        private: make a new repository private.
        licence: licence of the model; None: the one of its recipe.
        with_transcripts: also publish the reference and recognised texts of the test.
        token: None takes HF_TOKEN or the login of `hf auth login`.
        retry_waits_s: pauses between tries.

    Raises:
        ExportRefused: if the run can't be made into a published model.
        NotPublished: with what was seen and what to do. The export stands; run it again.
    """
    if not HUB_ID.fullmatch(repo):
        raise NotPublished(
            f"{repo!r} is not a Hub id. Give owner/name, such as you/{run.name}.",
            words={repo: f"you/{re.sub(r'[^A-Za-z0-9.-]+', '-', repo).strip('-.') or run.name}"},
        )
    record = Record.load(run / "record.json")
    folder = export(run, repo, licence, with_transcripts=with_transcripts)
    _check_card(folder / "README.md")
    refused, notes = _objection(record), _notes(folder, record, with_transcripts)
    done = Publication(
        folder=folder, files=inventory(folder), url=None, commit=None, refused=refused, notes=notes
    )
    if dry_run:
        return done
    if refused and not force:
        raise NotPublished(f"{refused} Train longer, or publish it all the same with --force.")
    api = HfApi(token=_token(token, folder))
    for wait_s in (*retry_waits_s, None):
        try:
            _keep_text(api, folder, repo)
            commit = _push(api, folder, repo, private)
            _verify(api, folder, repo, commit)
            url = f"{constants.ENDPOINT}/{repo}"
            return replace(done, files=inventory(folder), url=url, commit=commit)
        except (HTTP_ERROR, ConnectionError, TimeoutError) as error:
            if wait_s is None or not _may_pass(error):
                raise NotPublished(_explain(error, repo, folder, api.token)) from error
            logger.warning("%s Trying again in %g s.", _what(error, api.token), wait_s)
            time.sleep(wait_s)
    raise AssertionError("the last try returns or raises")


def _objection(record: Record) -> str | None:
    score = record.test_scores.get(record.chosen)
    if score is None:
        return f"The record has no test score for the chosen arm {record.chosen!r}."
    wer = score.wer
    if wer <= WORST_WER:
        return None
    return f"Its test WER is {100 * wer:.1f} %; above {100 * WORST_WER:.0f} % a model is of no use."


def _notes(folder: Path, record: Record, with_transcripts: bool) -> tuple[str, ...]:
    """Sentences on what the card lacks and what stays here."""
    found = []
    if "license" not in metadata_of((folder / "README.md").read_text(encoding="utf-8")):
        known = dict.fromkeys((record.account.get("licences") or {}).values())
        of_data = f" The training data is under {', '.join(known)}." if known else ""
        listed = [terms.id for terms in map(hub_licence, known) if terms and terms.id != "other"]
        found.append(
            f"no licence is known, and the card says so.{of_data} Give the model one with --licence, "
            f"such as --licence {listed[0] if len(listed) == 1 else 'cc-by-4.0'}."
        )
    if not with_transcripts:
        found.append(
            "the reference and recognised texts of the test stay here; --with-transcripts publishes them."
        )
    return tuple(found)


def _check_card(path: Path) -> None:
    """Refuse a card whose metadata the Hub would not take, before a repository is made."""
    text = path.read_text(encoding="utf-8")
    try:
        ModelCard(text)
    except (ValueError, KeyError, TypeError) as error:
        raise NotPublished(f"{path}: its metadata can't be read: {error}") from error
    if wrong := faults(metadata_of(text)):
        raise NotPublished(f"The Hub would not take the metadata of {path}: {'; '.join(wrong)}.")


def _keep_text(api: HfApi, folder: Path, repo: str) -> None:
    """Put into the card what a person wrote into the published one, and let the Hub check it."""
    path = folder / "README.md"
    with tempfile.TemporaryDirectory() as cache:
        try:
            published = Path(api.hf_hub_download(repo, "README.md", cache_dir=cache))
            old = published.read_text(encoding="utf-8")
        except (RepositoryNotFoundError, RemoteEntryNotFoundError, RevisionNotFoundError):
            old = ""  # a new one, or one without a card
        except LocalEntryNotFoundError as error:  # the library's word for no answer from the Hub
            raise ConnectionError(str(error.__cause__ or error)) from error
        except UnicodeDecodeError as error:
            raise NotPublished(
                f"README.md of {repo} is not UTF-8 text, so nothing of it could be kept: mend or delete it there."
            ) from error
    if old.strip():
        write_atomically(path, merged(path.read_text(encoding="utf-8"), old))
        write_manifest(folder)
    _check_card(path)
    try:
        ModelCard(path.read_text(encoding="utf-8")).validate()
    except ValueError as error:
        raise NotPublished(
            f"The Hub does not take the metadata of {path}: {' '.join(str(error).split())}. No repository "
            "was made and nothing was sent."
        ) from error


def _token(token: str | None, folder: Path) -> str:
    if constants.HF_HUB_OFFLINE:
        raise NotPublished(
            f"HF_HUB_OFFLINE is set, so nothing was sent. Unset it and run again; {folder} is ready."
        )
    found = token or get_token()
    if not found:
        raise NotPublished(
            "No Hugging Face credential found. Run `hf auth login` or set HF_TOKEN to a token "
            f"with write access, and run again; {folder} is ready."
        )
    return found


def _push(api: HfApi, folder: Path, repo: str, private: bool) -> str:
    api.create_repo(repo, exist_ok=True, private=private or None)
    info = api.upload_folder(
        repo_id=repo,
        folder_path=folder,
        commit_message="Upload model with xlt",
        delete_patterns=list(STALE),
    )
    return str(info.oid)


def _verify(api: HfApi, folder: Path, repo: str, commit: str) -> None:
    tree = api.list_repo_tree(repo, recursive=True, revision=commit)
    remote = {entry.path: entry for entry in tree if isinstance(entry, RepoFile)}
    wrong = [name for name in inventory(folder) if not _same(folder / name, remote.get(name))]
    if wrong:
        raise NotPublished(
            f"{len(wrong)} files of {repo} differ from {folder} after the push: "
            f"{', '.join(wrong)}. Run it again."
        )


def _same(path: Path, remote: RepoFile | None) -> bool:
    """True if the Hub has this very file: by SHA-256 for large files, by git's hash for others."""
    if remote is None or remote.size != path.stat().st_size:
        return False
    if remote.lfs is not None:
        return remote.lfs.sha256 == sha256(path)
    content = path.read_bytes()
    return remote.blob_id == hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _status(error: Exception) -> int | None:
    return getattr(getattr(error, "response", None), "status_code", None)


def _may_pass(error: Exception) -> bool:
    status = _status(error)
    return status is None or status == 429 or status >= 500


def _what(error: Exception, token: str | bool | None) -> str:
    secrets = (*known_secrets(), *([token] if isinstance(token, str) else []))
    status = _status(error)
    text = f"HTTP {status}" if status else f"{type(error).__name__}: {error}"
    return f"{constants.ENDPOINT} answered or failed with {redact(text, secrets)}."


def _explain(error: Exception, repo: str, folder: Path, token: str | bool | None) -> str:
    advice = {
        401: "The credential is not valid: run `hf auth login` or renew HF_TOKEN.",
        403: f"The credential may not write to {repo}: it needs write access there.",
        404: f"{repo} is not there, or the credential may not see it.",
    }.get(_status(error) or 0, "Check the network and https://status.huggingface.co.")
    return f"{_what(error, token)} {advice} {folder} is whole; the same command again completes it."
