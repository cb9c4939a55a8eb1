"""Safe reading of archives: members stream by, nothing is ever extracted to disk.

tar (plain, gz, bz2, xz), zip and deb (its data). Regular files only. Anything that could write
elsewhere, hang a reader, hide a file or fill the memory is refused with a sentence that names it:
absolute paths, `..`, links, devices, fifos, sparse files, two members of one name (also where only
case or Unicode form differ) or in one place, too many or too large members, archives that unpack
to a suspicious multiple of their size, archives that end in the middle.
"""

import bz2
import gzip
import io
import lzma
import re
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Self, cast

from xlt.corpora.readers.debian import data_of

HEADER_BYTES = 65_536  # longest long name or pax header that is read
LOCAL_HEADER_BYTES = 30  # of a zip member, without its name
MAX_NAME, MAX_PART = 1_024, 255
BLOCK = tarfile.BLOCKSIZE


class ArchiveRefused(ValueError):
    """An archive that isn't read (further): a sentence that names archive and member."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caps:
    """Limits of an archive's contents."""

    max_members: int = 20_000_000
    """Most members."""
    max_member_bytes: int = 2_000_000_000
    """Largest member."""
    max_ratio: float = 100.0
    """Largest unpacked size in multiples of the archive's own."""
    free_bytes: int = 64_000_000
    """Unpacked size that is allowed whatever the ratio."""


def members(path: Path, caps: Caps = Caps()) -> Iterator[tuple[str, BinaryIO]]:
    """The regular files of an archive, in its order: name and a file that is open until the next.

    Names are relative, with `/`. Memory grows by some 100 bytes a member (its name is remembered
    to refuse a second one), not with their size.

    Raises:
        ArchiveRefused: see above.
    """
    if not path.is_file():
        raise ArchiveRefused(f"There is no archive at {path}.")
    guard = _Guard(path, caps, path.stat().st_size)
    with guard.damage(), path.open("rb") as file:
        head = file.read(300)
        file.seek(0)
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            yield from _zip(file, guard)
        elif head.startswith(b"!<arch>\n"):
            yield from _tar(_plain(data_of(file), guard), guard)
        elif _packing(head) or head[257:262] == b"ustar":
            yield from _tar(_plain(file, guard), guard)
        else:
            raise ArchiveRefused(
                f"{path} is not an archive that xlt reads (tar, tar.gz, tar.bz2, tar.xz, zip, deb):"
                f" it begins with {head[:16]!r}. A web page saved under that name looks like this."
            )


@dataclass(slots=True)
class _Guard:
    """Contents of an archive so far, and the refusals."""

    path: Path
    caps: Caps
    size: int
    unpacked: int = 0
    names: set[bytes] = field(default_factory=set)
    last: str = ""

    def refuse(self, what: str) -> ArchiveRefused:
        return ArchiveRefused(f"{self.path} is refused: {what}.")

    def count(self, unpacked: int) -> None:
        """Add to the unpacked size, and refuse a bomb."""
        self.unpacked += unpacked
        if self.unpacked > max(self.caps.free_bytes, self.caps.max_ratio * self.size):
            raise self.refuse(
                f"its {self.size} bytes unpack to more than {self.caps.max_ratio:g} times"
                f" as many (seen so far: {self.unpacked})"
            )

    def admit(self, name: str, size: int) -> str:
        """The clean name of a member that may pass."""
        clean = self.clean(name)
        key = blake2b(unicodedata.normalize("NFC", clean).casefold().encode(), digest_size=8)
        if key.digest() in self.names:
            raise self.refuse(f"it holds {clean!r} twice (case and Unicode form don't count)")
        self.names.add(key.digest())
        if len(self.names) > self.caps.max_members:
            raise self.refuse(f"it holds more than {self.caps.max_members} members")
        if size > self.caps.max_member_bytes:
            raise self.refuse(
                f"its member {clean!r} has {size} bytes, allowed are {self.caps.max_member_bytes}"
            )
        self.last = clean
        return clean

    def clean(self, name: str) -> str:
        """`./a//b` -> `a/b`; a name that leads elsewhere, or that may look so, is refused."""
        shown = repr(name[:80])
        if name.startswith("/") or re.match(r"[A-Za-z]:", name):
            raise self.refuse(f"its member {shown} has an absolute path")
        parts = [part for part in name.split("/") if part not in ("", ".")]
        for part in parts:
            folded = unicodedata.normalize("NFKC", part)
            if ".." in (part, folded) or {"/", "\\"} & set(part + folded):
                raise self.refuse(f"its member {shown} leads out of its folder")
            if not part.isprintable() or len(part.encode(errors="replace")) > MAX_PART:
                raise self.refuse(f"its member {shown} has an impossible name")
        if not parts or len(name) > MAX_NAME:
            raise self.refuse(f"its member {shown} has an impossible name")
        return "/".join(parts)

    @contextmanager
    def damage(self) -> Iterator[None]:
        """Turn what the readers raise on damaged or cut archives into one sentence."""
        try:
            yield
        except (
            *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError),
            *(UnicodeError, NotImplementedError, RuntimeError),  # zipfile: unknown method, password
        ) as error:
            after = f"after {self.last!r}" if self.last else "at its beginning"
            raise self.refuse(
                f"it is damaged or ends in the middle {after} ({error}); get it again"
            ) from error


class _Guarded(io.RawIOBase):
    """A file whose every read is counted (if asked) and guarded."""

    def __init__(self, inner: io.BufferedIOBase, guard: _Guard, *, counted: bool) -> None:
        self._inner, self._guard, self._counted = inner, guard, counted
        self.tail = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed names a private type
        with self._guard.damage():
            data = self._inner.read1(
                len(buffer)
            )  # what there is: a cut file gives all before the cut
        if self._counted:
            self._guard.count(len(data))
            self.tail = (self.tail + data[-BLOCK:])[-BLOCK:]
        buffer[: len(data)] = data
        return len(data)


def _packing(head: bytes) -> str:
    """The compression that a file begins with, "" for none that is known."""
    magics = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zst"}
    return next((kind for magic, kind in magics.items() if head.startswith(magic)), "")


def _plain(file: BinaryIO, guard: _Guard) -> _Guarded:
    """The unpacked bytes of a file, counted."""
    kind = _packing(file.read(8))
    file.seek(0)
    if kind == "zst":
        raise guard.refuse("it is packed with zstd, which xlt doesn't read; repack it as tar.gz")
    inner = cast(io.BufferedIOBase, file)
    if kind == "gz":
        inner = cast(io.BufferedIOBase, gzip.GzipFile(fileobj=file))
    elif kind == "bz2":
        inner = cast(io.BufferedIOBase, bz2.BZ2File(file))
    elif kind == "xz":
        inner = cast(io.BufferedIOBase, lzma.LZMAFile(file))  # noqa: SIM115 (closed with its file)
    return _Guarded(inner, guard, counted=True)


class _Header(tarfile.TarInfo):
    """A tar header that refuses what tarfile would read whole into memory."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        header = super().frombuf(buf, encoding, errors)
        named = {tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK}
        paxed = {tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE}
        if header.type in named | paxed and header.size > HEADER_BYTES:
            raise tarfile.ReadError(f"a name or header of {header.size} bytes")
        if header.size < 0:
            raise tarfile.ReadError(f"a member of {header.size} bytes")
        return header


def _tar(stream: _Guarded, guard: _Guard) -> Iterator[tuple[str, BinaryIO]]:
    """The regular files of a tar stream."""
    buffered = io.BufferedReader(stream, 2**20)
    with tarfile.open(fileobj=buffered, mode="r|", tarinfo=_Header, errors="strict") as tar:
        for member in tar:
            tar.members.clear()  # type: ignore[attr-defined]  # tarfile keeps every header otherwise
            if member.isdir():
                if member.name not in ("", "."):
                    guard.clean(member.name)
                continue
            if not member.isreg() or member.issparse() or member.size < 0:
                raise guard.refuse(f"its member {member.name[:80]!r} is {_kind(member)}")
            name = guard.admit(member.name, member.size)
            opened = cast(io.BufferedReader, tar.extractfile(member))
            yield name, io.BufferedReader(_Guarded(opened, guard, counted=False))
        rest = cast(BinaryIO, tar.fileobj)
        while block := rest.read(2**20):  # to the end: gzip and xz check their sums there
            if block.strip(b"\0"):  # tarfile takes a damaged header for the end
                raise EOFError("a header can't be read")
    if stream.tail.strip(b"\0"):
        raise EOFError("no end mark")


def _kind(member: tarfile.TarInfo) -> str:
    """Name the kind of a member that is not a regular file."""
    for said, test in {
        f"a link to {member.linkname[:80]!r}": member.issym() or member.islnk(),
        "a device": member.ischr() or member.isblk(),
        "a fifo": member.isfifo(),
        "a sparse file": member.issparse(),
        f"of {member.size} bytes": member.size < 0,
    }.items():
        if test:
            return said
    return f"of the unknown type {member.type!r}"


def _zip(file: BinaryIO, guard: _Guard) -> Iterator[tuple[str, BinaryIO]]:
    """The regular files of a zip."""
    with zipfile.ZipFile(file) as archive:
        guard.count(sum(entry.file_size for entry in archive.infolist()))
        _check_apart(archive.infolist(), guard)
        for entry in archive.infolist():
            mode = entry.external_attr >> 16
            if "\0" in entry.orig_filename or "\\" in entry.orig_filename:
                raise guard.refuse(
                    f"its member {entry.orig_filename[:80]!r} has an impossible name"
                )
            if entry.is_dir():
                guard.clean(entry.filename)
                continue
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                raise guard.refuse(f"its member {entry.filename[:80]!r} is a link or a device")
            name = guard.admit(entry.filename, entry.file_size)
            with archive.open(entry) as opened:
                inner = cast(io.BufferedIOBase, opened)
                yield name, io.BufferedReader(_Guarded(inner, guard, counted=False))


def _check_apart(entries: list[zipfile.ZipInfo], guard: _Guard) -> None:
    """Refuse members that share their bytes: a flood that no ratio of sizes may show."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise guard.refuse(f"its member {entry.filename[:80]!r} overlaps the one before it")
        end = entry.header_offset + LOCAL_HEADER_BYTES + entry.compress_size
