"""A language of your own: one data file outside the package, with one `Language` value in it."""

import logging
import runpy
from pathlib import Path

from xlt.language.rules import Language, codes, get, is_packaged, nearest, register

_log = logging.getLogger(__name__)
_FILES: dict[str, Path] = {}
"""Code -> the file that the language was read from."""


def read_language(path: Path) -> Language:
    """Run a language file, register its language under its code, and return it.

    The file is Python and is executed: read only files that you would run.

    Raises:
        ValueError: there is no such file, it can't be run, or holds no single language of its own.
    """
    if not path.is_file():
        raise ValueError(f"there is no language file {path}")
    try:
        values = runpy.run_path(str(path)).values()
    except (SyntaxError, ImportError, NameError, AttributeError, TypeError) as error:
        raise ValueError(f"the language file {path} can't be run: {error}") from error
    # One that the file takes from the package, to say what differs, is not its own.
    found = {id(v): v for v in values if isinstance(v, Language) and not is_packaged(v)}
    if len(found) != 1:
        codes = ", ".join(language.code for language in found.values()) or "none"
        raise ValueError(
            f"{path} must hold one language of its own, a value Language(...); found: {codes}"
        )
    language = register(next(iter(found.values())))
    _FILES[language.code] = path
    return language


def file_of(code: str) -> Path | None:
    """The file that a language of one's own was read from in this process."""
    return _FILES.get(code)


def named(language: str) -> Language:
    """The language that a user named: by its code, `es`, or by its file, `languages/it.py`.

    Another spelling of a code, or a region that has no language of its own here, is taken for the
    nearest one, and that is said.

    Only for what a user typed: codes that come from other people's files go to `rules.get`, which
    executes nothing.

    Raises:
        ValueError: there is no such language, or its file can't be read.
    """
    if language.endswith(".py"):
        return read_language(Path(language))
    near = nearest(language)
    if language in codes() or near is None:
        return get(language)
    found = get(near)
    _log.warning(
        "%r is taken for %s (%s); there are %s", language, near, found.name, ", ".join(codes())
    )
    return found
