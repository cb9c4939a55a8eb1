"""Input files of a dataset, known by content: `inputs.tsv` in its folder, and what has changed since.

A file is the same if its name, size and time are; where only the time differs, its SHA-256 decides.
A file on the Hub has its commit in the place of the time.
Names are relative to the corpus, so a corpus may be moved, or its path spelled otherwise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from itertools import zip_longest
from pathlib import Path
from urllib.parse import quote

from xlt.corpora.base import IF_GIVEN, Corpus, RemoteFile
from xlt.language.custom import file_of
from xlt.system.files import atomic_file, sha256

INPUTS = "inputs.tsv"
HEADER = "name\tsize\tmtime_ns\tsha256\n"
NAMED = 5
"""Changes that a message names."""


def described(corpus: Corpus) -> str:
    """A corpus by its kind, name and options, without the spelling of any path."""
    options: list[str] = (
        [
            f.name
            for f in fields(corpus)
            if f.repr and (f.metadata != IF_GIVEN or getattr(corpus, f.name))
        ]
        if is_dataclass(corpus)
        else []
    )
    shown: dict[str, object] = {name: getattr(corpus, name) for name in options}
    kept = {key: value for key, value in shown.items() if not isinstance(value, Path)}
    arguments = ", ".join(f"{k}={v!r}" for k, v in (kept | {"name": corpus.name}).items())
    return f"{type(corpus).__name__}({arguments})"


def write_inputs(corpora: Sequence[Corpus], language: str, folder: Path) -> None:
    """Note the files that corpora and a language are read from, with their SHA-256, in a folder."""
    with atomic_file(folder / INPUTS) as table:
        table.write(HEADER.encode())
        for name, path in _files(corpora, language):
            size, version = _state(path)  # first: a file that changes meanwhile is in doubt later
            line = f"{name}\t{size}\t{version}\t{_digest(path)}\n"
            table.write(line.encode())


def changes(corpora: Sequence[Corpus], language: str, folder: Path) -> list[str]:
    """A few words on each of the first files that are not those noted in a folder.

    Raises:
        CorpusError, OSError: if a corpus can't be read now.
    """
    found: list[str] = []
    with (folder / INPUTS).open(encoding="utf-8") as table:
        table.readline()
        for line, now in zip_longest(table, _files(corpora, language)):
            name, size, version, digest = line.rstrip("\n").split("\t") if line else [""] * 4
            if now is None:
                found.append(f"{name} is not read any more")
            elif now[0] != name:
                found.append(f"{now[0]} is there" + (f" in the place of {name}" if name else ""))
                break  # what follows has other places too
            else:
                state = _state(now[1])
                if state[0] != size or (state[1] != version and _digest(now[1]) != digest):
                    found.append(f"{name} has changed")
            if len(found) == NAMED:
                break
    return found


def _state(file: Path | RemoteFile) -> tuple[str, str]:
    """Size, and the time or the commit, as they are noted."""
    if isinstance(file, RemoteFile):
        return str(file.size), file.version
    state = file.stat()
    return str(state.st_size), str(state.st_mtime_ns)


def _digest(file: Path | RemoteFile) -> str:
    return file.digest if isinstance(file, RemoteFile) else sha256(file)


def _files(corpora: Sequence[Corpus], language: str) -> Iterator[tuple[str, Path | RemoteFile]]:
    """Name and path of every input file that is there, in the order of the corpora.

    The file of a language that is not the package's comes last.
    """
    for number, corpus in enumerate(corpora, start=1):
        for name, path in corpus.inputs():
            if isinstance(path, RemoteFile) or path.is_file():
                yield f"{number}/{quote(name, safe='/ ', errors='surrogateescape')}", path
    own = file_of(language)
    if own is not None and own.is_file():
        yield f"language/{quote(own.name, safe=' ')}", own
