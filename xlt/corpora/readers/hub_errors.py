"""Sentences for what goes wrong between this machine and the Hub."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from xlt.corpora.base import CorpusError

PARQUET_BRANCH = "refs/convert/parquet"
"""Revision at which the Hub keeps a dataset as Parquet that its owner keeps otherwise."""


@contextmanager
def hub_errors(name: str, revision: str = "", at: str = "") -> Iterator[None]:
    """Turn the errors of `huggingface_hub` and `datasets` into one sentence.

    Args:
        name: Of the dataset.
        revision: The one that was asked for.
        at: The file that is read, if one is.

    Raises:
        CorpusError: instead of theirs, with what to do.
    """
    from datasets.exceptions import DatasetsError
    from huggingface_hub.errors import HfHubHTTPError

    http_error: type[Exception] = HfHubHTTPError.__bases__[0]  # of the HTTP library below
    try:
        yield
    except CorpusError:
        raise
    except (*(OSError, http_error, DatasetsError, ValueError, RuntimeError, ImportError),) as error:
        raise CorpusError(_sentence(error, name, revision, at)) from error


def _sentence(error: BaseException, name: str, revision: str, at: str) -> str:
    """The first of an error's causes that is known, and what to do."""
    from huggingface_hub import constants

    chain = tuple(_causes(error))
    known = _of_access(chain, name, revision) or _of_content(chain, name, at)
    where = f" while {at} was read" if at else ""
    return known or (
        f"The connection to {constants.ENDPOINT} failed{where} ({_first_line(error)}). Check the "
        "network; the same command goes on where it was."
    )


def _of_access(chain: Sequence[BaseException], name: str, revision: str) -> str:
    """A sentence where this user may not read it here, or it is not there; else ""."""
    from datasets.exceptions import DatasetNotFoundError
    from huggingface_hub import constants, errors, get_token

    page = f"{constants.ENDPOINT}/datasets/{name}"
    if constants.HF_HUB_OFFLINE or _is(chain, errors.OfflineModeIsEnabled):
        return (
            f"{name} is not a path here, and datasets of the Hub can't be reached: HF_HUB_OFFLINE "
            f"is set. Unset it; or, on a machine with network, {_download(name)}, then here: xlt "
            "prepare LANGUAGE FOLDER --out data/mine"
        )
    gated = _is(chain, DatasetNotFoundError) and "gated" in str(chain[0])  # its cause is cut off
    if gated or _is(chain, errors.GatedRepoError):
        first = "with the account of your token" if get_token() else "logged in"
        last = "" if get_token() else ", then `hf auth login` here (or set HF_TOKEN)"
        return f"{name} is given to those who accept its terms: do so at {page}, {first}{last}."
    if _is(chain, errors.RevisionNotFoundError):
        return (
            f"{name} has no revision {revision!r}; {page}/tree/main lists its branches and tags. "
            "Name one, or a commit: --revision main (of a run: data.0:hub --data.0.revision main)"
        )
    if _is(chain, errors.RepositoryNotFoundError):
        return (
            f"There is no folder {name} here, and no dataset {page} for you. Check the name; a "
            "private one needs `hf auth login` (or HF_TOKEN)."
        )
    return ""


def _of_content(chain: Sequence[BaseException], name: str, at: str) -> str:
    """A sentence where it is there and can't be read; else ""."""
    from datasets.data_files import EmptyDatasetError
    from datasets.exceptions import DataFilesNotFoundError

    said = _first_line(chain[0])
    if any("scripts are no longer supported" in str(cause) for cause in chain):
        return (
            f"{name} is made by a program of its own, which is not run. The Hub may have it as "
            f"Parquet: --revision {PARQUET_BRANCH} (of a run: data.0:hub --data.0.revision {PARQUET_BRANCH})"
        )
    if _is(chain, ImportError):
        return (
            f"{name} keeps its recordings as files of their own, which are not streamed here "
            f"({said}). Download it, then name the folder: {_download(name)} && xlt prepare LANGUAGE "
            "FOLDER --out data/mine"
        )
    if _is(chain, DataFilesNotFoundError, EmptyDatasetError):
        return (
            f"{name} holds no data files that can be read ({said}). If it has archives, download and "
            f"unpack them: {_download(name)}"
        )
    if _is(chain, ValueError, RuntimeError) and not _is(chain, OSError):
        return f"{at or name} on the Hub can't be read ({said}): its owner must mend it."
    return ""


def _is(chain: Sequence[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in chain)


def _download(name: str) -> str:
    return f"hf download {name} --repo-type dataset --local-dir FOLDER"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]
