"""Files of a model on the Hub: the few that are read, from a ref that has safetensors, at a known commit.

A repository may hold a thousand adapters, checkpoint folders and other frameworks' weights: only the
files of the top folder that xlt reads are fetched.
"""

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi, constants, snapshot_download
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RevisionNotFoundError
from huggingface_hub.file_download import repo_folder_name
from huggingface_hub.hf_api import ModelInfo

from xlt.models.location import EXTRACTOR_FILES, HubId, meant
from xlt.models.safety import ADAPTER, INDEX, ModelRefused

LABEL_FILES = (
    "vocab.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
CARD = "README.md"
"""Card of a model: its licence stands there."""
SMALL_FILES = ("config.json", *LABEL_FILES, *EXTRACTOR_FILES, CARD)
SAFETENSORS = re.compile(r"model(-\d{5}-of-\d{5})?\.safetensors")
PICKLES = re.compile(r"pytorch_model(-\d{5}-of-\d{5})?\.bin")
HTTP_ERROR: type[Exception] = HfHubHTTPError.__bases__[0]
"""Base error of the HTTP library below: huggingface_hub has changed that library twice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HubOrigin:
    """Repository, ref and commit that a model folder was fetched from."""

    repo: str
    ref: str
    """As it was asked for or found: main, a branch, refs/pr/5, or a commit id."""
    commit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HubFolder:
    """Fetched files of a model."""

    folder: Path
    origin: HubOrigin
    remarks: tuple[str, ...] = ()


def fetch(
    wanted: HubId,
    *,
    also: Sequence[str] = (),
    allow_pickle: bool = False,
    check: Callable[[Path], None] = lambda folder: None,
) -> HubFolder:
    """Fetch a model's files, or find them in the cache where the Hub can't be reached.

    `also` are further files that are taken where they are there, such as an adapter; `check` sees the
    folder while only its small files are there, and may refuse it before the weights are fetched.

    Where `main` holds pickled weights alone, the pull request that adds them as safetensors is
    taken; with `allow_pickle`, the pickle where there is none.

    Raises:
        ModelRefused: there is no such repository or revision, it needs a login, holds no safetensors
            weights, or does not fit on the disk.
    """
    api = HfApi()
    try:
        info = api.model_info(wanted.repo, revision=wanted.revision, files_metadata=True)
    except (RevisionNotFoundError, GatedRepoError) as error:
        raise ModelRefused(_refused(api, wanted, error)) from error
    except (HTTP_ERROR, OSError) as error:
        if found := _cached(wanted, allow_pickle):
            return found
        raise ModelRefused(_unreachable(wanted.repo, error), words=meant(wanted.repo)) from error
    try:
        return _fetched(api, wanted, info, also, allow_pickle, check)
    except (HTTP_ERROR, OSError) as error:
        raise ModelRefused(_unreachable(wanted.repo, error)) from error


def _fetched(
    api: HfApi,
    wanted: HubId,
    info: ModelInfo,
    also: Sequence[str],
    allow_pickle: bool,
    check: Callable[[Path], None],
) -> HubFolder:
    ref, remarks = wanted.revision or "main", []
    files = _sizes(info)
    if "config.json" not in files:
        raise ModelRefused(_no_model(wanted.repo, ref, files))
    if not _matching(files, SAFETENSORS):
        other = _with_safetensors(api, wanted.repo, info)
        if other and wanted.revision is None:
            ref, files, said = other
            remarks.append(said)
        elif not (allow_pickle and _matching(files, PICKLES)):
            raise ModelRefused(_no_safetensors(wanted, files, other[0] if other else None))
    weights = _matching(files, SAFETENSORS) or _matching(files, PICKLES)
    names = [name for name in (*SMALL_FILES, INDEX, *weights, *also) if name in files]
    _check_room(wanted.repo, ref, names, files)
    check(_download(wanted.repo, ref, [name for name in names if name in SMALL_FILES]))
    folder = _download(wanted.repo, ref, names)
    origin = HubOrigin(repo=wanted.repo, ref=ref, commit=folder.name)
    return HubFolder(folder=folder, origin=origin, remarks=tuple(remarks))


def _download(repo: str, ref: str, names: Sequence[str]) -> Path:
    """The folder of a commit in the cache, which is named by its id."""
    from tqdm.auto import tqdm

    found = snapshot_download(
        repo,
        revision=ref,
        allow_patterns=list(names),
        tqdm_class=tqdm,  # shown even where bars of libraries are hidden
    )
    return Path(str(found))


def _with_safetensors(
    api: HfApi, repo: str, main: ModelInfo
) -> tuple[str, dict[str, int], str] | None:
    """The pull request that adds safetensors: its ref, its files with sizes, and a sentence.

    Anybody may open one: those that change nothing else of the model come first, the oldest first.
    """
    refs = api.list_repo_refs(repo, include_pull_requests=True).pull_requests or []
    others = []
    for ref in sorted((r.ref for r in refs), key=_number):
        info = api.model_info(repo, revision=ref, files_metadata=True)
        if not _matching(_sizes(info), SAFETENSORS):
            continue
        if not (changed := _changed(main, info)):
            return ref, _sizes(info), _said(repo, ref, ())
        others.append((ref, _sizes(info), _said(repo, ref, changed)))
    return others[0] if others else None


def _said(repo: str, ref: str, changed: Sequence[str]) -> str:
    differs = f" It also has another {' and '.join(changed)} than main." if changed else ""
    return (
        f"main of {repo} holds no safetensors weights: those of {ref} are taken "
        f"({constants.ENDPOINT}/{repo}/discussions/{_number(ref)}).{differs}"
    )


def _changed(main: ModelInfo, other: ModelInfo) -> list[str]:
    """Files of the model, its weights in other formats among them, that differ between two refs."""
    ids = [{s.rfilename: s.blob_id for s in info.siblings or ()} for info in (main, other)]
    matter = [n for n in ids[0] if n in SMALL_FILES[:-1] or PICKLES.fullmatch(n)]
    return [name for name in matter if ids[0][name] != ids[1].get(name)]


def _number(ref: str) -> int:
    digits = ref.rsplit("/", 1)[-1]
    return int(digits) if digits.isdigit() else 0


def _sizes(info: ModelInfo) -> dict[str, int]:
    """Files of the top folder, with their bytes."""
    return {s.rfilename: s.size or 0 for s in info.siblings or () if "/" not in s.rfilename}


def _matching(names: Iterable[str], pattern: re.Pattern[str]) -> list[str]:
    return sorted(name for name in names if pattern.fullmatch(name))


def _check_room(repo: str, ref: str, names: Sequence[str], sizes: dict[str, int]) -> None:
    """Refuse before the fetch what would not fit; files that are in the cache need no room."""
    found = snapshot_download(repo, revision=ref, allow_patterns=list(names), dry_run=True)
    needed = sum(sizes[f.filename] for f in found if not isinstance(f, str) and f.will_download)
    cache = Path(constants.HF_HUB_CACHE)
    there = next(p for p in (cache, *cache.absolute().parents) if p.exists())
    free = shutil.disk_usage(there).free
    if needed > free:
        raise ModelRefused(
            f"The files of {repo} take {needed / 1e6:,.0f} MB, and the disk of {cache} has "
            f"{free / 1e6:,.0f} MB free. Make room there, or set HF_HOME to a folder on another disk."
        ) from OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _cached(wanted: HubId, allow_pickle: bool) -> HubFolder | None:
    """A whole model in the cache: at the revision, else at main, else at a pull request's ref."""
    storage = Path(constants.HF_HUB_CACHE) / repo_folder_name(
        repo_id=wanted.repo, repo_type="model"
    )
    pulls = sorted(storage.glob("refs/refs/pr/*"), key=lambda p: _number(p.name))
    refs = [wanted.revision] if wanted.revision else ["main", *(f"refs/pr/{p.name}" for p in pulls)]
    for ref in refs:
        file = storage / "refs" / ref
        commit = file.read_text(encoding="utf-8").strip() if file.is_file() else ref
        folder = storage / "snapshots" / commit
        names = [p.name for p in folder.glob("*")] if folder.is_dir() else []
        whole = _matching(names, SAFETENSORS) or (allow_pickle and _matching(names, PICKLES))
        if whole and "config.json" in names:
            origin = HubOrigin(repo=wanted.repo, ref=ref, commit=commit)
            return HubFolder(folder=folder, origin=origin)
    return None


def _refused(api: HfApi, wanted: HubId, error: Exception) -> str:
    page = f"{constants.ENDPOINT}/{wanted.repo}"
    if isinstance(error, GatedRepoError):
        return (
            f"{wanted.repo} is given only to who has accepted its terms: do so at {page}, then "
            "`hf auth login`, or set HF_TOKEN."
        )
    refs = api.list_repo_refs(wanted.repo, include_pull_requests=True)
    names = [r.name for r in (*refs.branches, *refs.tags)]
    names += [r.ref for r in refs.pull_requests or ()]
    return (
        f"{wanted.repo} has no revision {wanted.revision}; there are {', '.join(names[:20])} "
        f"({page}/commits/main has the ids of commits)."
    )


def _unreachable(repo: str, error: Exception) -> str:
    owner, _, name = repo.partition("/")
    here = sorted(p.name for p in Path(owner).iterdir()) if Path(owner).is_dir() else []
    beside = f"; {owner}/ here holds no {name}, but {', '.join(here[:10])}" if here else ""
    return (
        f"Could not get {repo} from the Hub ({type(error).__name__}: {error}). Check the name and the "
        f"network, or give a folder that holds the checkpoint{beside}."
    )


def _no_model(repo: str, ref: str, files: Iterable[str]) -> str:
    if ADAPTER in files:
        return (
            f"{repo} holds {ADAPTER} and no config.json: it is an adapter of PEFT. Fetch it (`hf download "
            f"{repo} --local-dir adapter`) and give the folder: the answer has the line that merges it."
        )
    return (
        f"{repo} has no config.json at {ref}: it is not a model in Hugging Face's layout. It holds "
        f"{', '.join(sorted(files)[:10]) or 'nothing'}."
    )


def _no_safetensors(wanted: HubId, files: Iterable[str], other: str | None) -> str:
    ref = wanted.revision or "main"
    if other is not None:
        return (
            f"{wanted.repo} holds no safetensors weights at {ref}; those of {other} are: give "
            f"{wanted.repo}@{other}."
        )
    if pickles := _matching(files, PICKLES):
        name = wanted.repo if wanted.revision is None else f"{wanted.repo}@{ref}"
        return (
            f"{wanted.repo} holds no safetensors weights at {ref}, nor in a pull request; it has "
            f"{pickles[0]}, a pickle, which is not opened unasked. Two ways out: write it as safetensors "
            f"once, `xlt convert {name} --out converted`, and give that folder; or --allow-pickle "
            "(allow_pickle=True in a recipe), which does the same each time. Both read it by torch's "
            "weights_only, which runs nothing that is in it."
        )
    return (
        f"{wanted.repo} holds no safetensors weights at {ref}, nor in a pull request. It holds "
        f"{', '.join(sorted(files)[:10])}."
    )
