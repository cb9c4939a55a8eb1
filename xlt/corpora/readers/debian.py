"""Debian packages: found in a folder, downloaded by apt-get without root, opened."""

import io
import re
import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from xlt.corpora.base import CorpusError

WANTED = re.compile(r"'(?P<url>[^']+)' (?P<file>\S+) (?P<size>\d+) SHA256:(?P<sha256>[0-9a-f]{64})")


def package(name: str, folder: Path) -> Path | None:
    """The newest `<name>_<version>_<architecture>.deb` in a folder."""
    found = sorted(folder.glob(f"{name}_*.deb"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None


def download(name: str, folder: Path, instead: str) -> Path:
    """The package in the folder, downloaded if it isn't there; prints source and size.

    It arrives in a folder of its own, is compared with the SHA-256 of the package list, and only
    then renamed: a killed download is never taken for a whole one.

    Raises:
        CorpusError: with what to do; `instead` names another way.
    """
    if (here := package(name, folder)) is not None:
        print(f"  {here} is there")
        return here
    if shutil.which("apt-get") is None:
        raise CorpusError(f"There is no apt-get on this machine to fetch {name}: {instead}.")
    wanted = WANTED.search(_apt_get("--print-uris", name, Path.cwd(), instead))
    if wanted is None:
        raise CorpusError(
            f"apt-get doesn't say where {name} lies and what its SHA-256 is: {instead}."
        )
    print(f"  {wanted['url']} ({int(wanted['size']) / 1e6:.1f} MB) -> {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as partial:
        _apt_get("--quiet", name, Path(partial), instead)
        arrived = package(name, Path(partial))
        if arrived is None or sha256(arrived.read_bytes()).hexdigest() != wanted["sha256"]:
            raise CorpusError(f"What apt-get downloaded of {name} isn't whole: try again.")
        return arrived.rename(folder / arrived.name)


def _apt_get(option: str, name: str, folder: Path, instead: str) -> str:
    """Output of `apt-get download`, run in a folder."""
    command = ["apt-get", option, "download", name]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=None)
    if done.returncode:
        said = " ".join(line for line in done.stderr.splitlines() if line.startswith("E:"))
        unknown = "Unable to locate" in said or "No packages found" in said
        what_to_do = "run `sudo apt-get update` and try again" if unknown else "try again"
        raise CorpusError(
            f"apt-get can't download {name} ({said or f'exit status {done.returncode}'}):"
            f" {what_to_do}, or {instead}."
        )
    return done.stdout


def data_of(file: BinaryIO) -> BinaryIO:
    """The data.tar.* of a package, which is an `ar` archive; source: deb(5).

    Raises:
        EOFError: the package is cut or damaged.
    """
    at = 8
    while True:
        file.seek(at)
        header = file.read(60)
        if len(header) < 60 or header[58:] != b"`\n":
            raise EOFError("the package has no data.tar")
        name, digits = header[:16].rstrip(b" /"), header[48:58].strip()
        if not digits.isdigit():
            raise EOFError(f"a member of {digits!r} bytes")
        size = int(digits)
        if name.startswith(b"data.tar"):
            return io.BufferedReader(_Window(file, at + 60, size))
        at += 60 + size + size % 2


class _Window(io.RawIOBase):
    """The bytes [start, start + size) of a file, as a file."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file, self._start, self._size, self._at = file, start, size, 0
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._file.seek(self._start + self._at)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed names a private type
        data = self._file.read(min(len(buffer), self._size - self._at))
        if not data and self._at < self._size and len(buffer):
            raise EOFError(f"{self._size - self._at} bytes are missing")
        self._at += len(data)
        buffer[: len(data)] = data
        return len(data)
