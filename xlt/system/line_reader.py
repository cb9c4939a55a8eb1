r"""Lines of text files: UTF-8, plain or gzipped, one at a time, however large the files are.

Only `\n` ends a line; a `\r` before it is dropped. UTF-16 that begins with its mark, as spreadsheets
save it, is read too. A file in another encoding is refused as a whole; a line that can't be read is
given with its fault, and never left out in silence.
"""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

MAX_LINE_BYTES = 2**20
"""Limit of a line that is read; what is longer is not text, but something without line ends."""
_GZIP = b"\x1f\x8b"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WIDE: Sequence[tuple[bytes, str]] = (  # UTF-32-LE begins as UTF-16-LE does
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class TextFileError(ValueError):
    """A file that is not text as it is read here: what was seen, and how to convert it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Damage of one line."""

    kind: Literal["too long", "NUL byte", "not UTF-8"]
    """The same for all lines of its kind: faults are counted by it."""
    seen: str
    """To follow "the line" in a sentence: `has the byte 0xf1`."""
    at: int | None = None
    """Number of the byte in its line, from 1."""
    encoding: str = ""
    """Encoding that the file may have instead, as iconv calls it."""

    def __str__(self) -> str:
        """The fault as a clause, with "it" for the line."""
        place = "" if self.at is None else f", at byte {self.at}"
        return f"it {self.seen}{place}{': it is not UTF-8' if self.kind == 'not UTF-8' else ''}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a file."""

    number: int
    """From 1."""
    text: str
    """Without its end; U+FFFD stands for what a fault made unreadable."""
    fault: Fault | None = None


def read_lines(file: BinaryIO, name: str, most_bytes: int = MAX_LINE_BYTES) -> Iterator[Line]:
    """Every line, a damaged one with its fault.

    Args:
        file: Opened for bytes; a gzipped one is unpacked if it can be read twice.
        name: Of the file, for messages.
        most_bytes: Of a line; of a longer one nothing is kept.

    Raises:
        TextFileError: the file is UTF-32, or UTF-16 without its mark or damaged, its lines end in
            carriage returns alone, or it is a damaged gzip file.
    """
    if file.seekable():
        head = file.read(len(codecs.BOM_UTF32_LE))
        file.seek(0)
        if head.startswith(_GZIP):
            file = cast(BinaryIO, gzip.GzipFile(fileobj=file))
        elif head.startswith(_UTF16) and head != codecs.BOM_UTF32_LE:
            yield from _utf16_lines(file, name, most_bytes)
            return
    try:
        yield from _lines(file, name, most_bytes)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise TextFileError(f"{name} is a damaged gzip file ({error}): get it again.") from error


class _AsUtf8:
    """A UTF-16 file whose lines are given in UTF-8."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text

    def readline(self, size: int) -> bytes:
        """As of a file; `size` counts characters."""
        return self._text.readline(size).encode()


def _utf16_lines(file: BinaryIO, name: str, most_bytes: int) -> Iterator[Line]:
    text = io.TextIOWrapper(file, "utf-16", newline="\n")
    try:
        yield from _lines(cast(BinaryIO, _AsUtf8(text)), name, most_bytes)
    except UnicodeDecodeError as error:
        raise TextFileError(f"{name} is damaged UTF-16 ({error.reason}): get it again.") from error
    finally:
        if not file.closed:  # it is its opener's to close
            text.detach()


def strict_lines(path: Path, most_bytes: int = MAX_LINE_BYTES) -> Iterator[tuple[int, str]]:
    """Number and text of every line of a file.

    Raises:
        TextFileError: as `read_lines`, and at the first damaged line, with its number.
    """
    with path.open("rb") as file:
        for line in read_lines(file, str(path), most_bytes):
            if line.fault is not None:
                raise TextFileError(_sentence(path, line.number, line.fault))
            yield line.number, line.text


def check_encoding(path: Path) -> None:
    """Refuse a file of another encoding as a whole, before damage seems to hit its lines by their letters.

    UTF-8 with some damaged lines is not meant: lines with letters beyond ASCII are mostly sound there.

    Raises:
        TextFileError: as `read_lines`; and for more damaged lines than sound ones of such letters.
    """
    first: Line | None = None
    damaged = sound = 0
    with path.open("rb") as file:
        for line in read_lines(file, str(path)):
            if line.fault is None:
                sound += not line.text.isascii()
            elif line.fault.kind == "not UTF-8":
                first = first or line
                damaged += 1
    if first is not None and first.fault is not None and damaged > sound:
        raise TextFileError(_sentence(path, first.number, first.fault))


def _lines(file: BinaryIO, name: str, most_bytes: int) -> Iterator[Line]:
    number = 0
    while raw := file.readline(most_bytes + 2):  # the end may be `\r\n`
        number += 1
        if number == 1:
            _check_encoding(raw, name)
            raw = raw.removeprefix(codecs.BOM_UTF8)
        line = raw.removesuffix(b"\n").removesuffix(b"\r")
        size, more = len(line), raw
        while not more.endswith(b"\n") and (more := file.readline(most_bytes)):
            size += len(more) - more.endswith(b"\n") - more.endswith(b"\r\n")
        if number == 1 and b"\r" in raw and not more.endswith(b"\n"):
            raise TextFileError(_old_mac(name))
        if len(line) > most_bytes:
            seen = f"has {size:,} bytes, more than the {most_bytes:,} that are read"
            yield Line(number=number, text="", fault=Fault(kind="too long", seen=seen))
        else:
            yield _line(number, line)


def _line(number: int, line: bytes) -> Line:
    """A line that is not too long, with its fault if it has one."""
    text = line.decode("utf-8", "replace").replace("\0", "\ufffd")
    if b"\0" in line:
        fault = Fault(
            kind="NUL byte",
            seen="holds a NUL byte",
            at=line.index(b"\0") + 1,
            encoding=_wide_without_mark(line),
        )
        return Line(number=number, text=text, fault=fault)
    try:
        return Line(number=number, text=line.decode("utf-8"))
    except UnicodeDecodeError as error:
        fault = Fault(
            kind="not UTF-8",
            seen=f"has the byte 0x{line[error.start]:02x}",
            at=error.start + 1,
            encoding="WINDOWS-1252",
        )
        return Line(number=number, text=text, fault=fault)


def _wide_without_mark(line: bytes) -> str:
    """UTF-16BE or UTF-16LE if a third of the bytes are NUL, as in Western texts in them; else ""."""
    if line.count(b"\0") * 3 <= len(line):
        return ""
    return "UTF-16BE" if line[0] == 0 else "UTF-16LE"


def _check_encoding(first: bytes, name: str) -> None:
    """Refuse by the first line what is another encoding."""
    for mark, encoding in _WIDE:
        if first.startswith(mark):
            raise TextFileError(_convert(name, encoding, encoding))
    line = first.removesuffix(b"\n").removesuffix(b"\r")
    if encoding := _wide_without_mark(line):
        raise TextFileError(_convert(name, "UTF-16 without its mark (line 1)", encoding))


def _sentence(path: Path, number: int, fault: Fault) -> str:
    """A fault that ends the reading, with what to do."""
    if fault.kind == "not UTF-8":
        return _convert(str(path), f"not UTF-8: line {number} {fault.seen}", fault.encoding)
    if fault.encoding:
        return _convert(str(path), f"UTF-16 without its mark (line {number})", fault.encoding)
    if fault.kind == "too long":
        return f"{path}, line {number} {fault.seen}; is a line break missing?"
    return (
        f"{path}, line {number} {fault.seen}, at byte {fault.at}: the file is damaged, or is not "
        "text."
    )


def _convert(name: str, what: str, encoding: str) -> str:
    """A sentence about a file in another encoding, with the command that converts it."""
    known = "" if encoding.startswith("UTF") else "if it is Latin-1 or Windows-1252, "
    return (
        f"{name} is {what}; texts are read as UTF-8. Convert it: {known}"
        f"iconv -f {encoding} -t UTF-8 {name} > new{Path(name).suffix}"
    )


def _old_mac(name: str) -> str:
    return (
        f"{name} ends its lines with a carriage return alone, as old Macs did. Convert it: "
        f"tr '\\r' '\\n' < {name} > new{Path(name).suffix}"
    )
