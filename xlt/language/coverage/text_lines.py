r"""Lines of text files, plain or gzipped, one at a time, however large the files are.

A line that can't be read is left out, counted and named; only `\n` ends a line.
"""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from tqdm import tqdm

MAX_LINE = 2**20  # bytes
NAMED = 5
"""Lines that a remark gives before it only counts."""
MISREAD = "[ÂÃ][\x80-\xbf€‚ƒ„†‡ˆ‰Š‹ŒŽ‘“•˜™š›œžŸ]"
"""What UTF-8 looks like after it was read as Latin-1 or Windows-1252: `seÃ±or`, `StraÃŸe`. Without
the marks that may end a word in capitals: `IRMÃ…`."""
_GZIP = b"\x1f\x8b"
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)  # UTF-32-LE begins as 16-LE
_BLOCK = 2**16  # bytes between two steps of the progress bar


@dataclass(slots=True)
class Refused:
    """Lines that were left out for one reason."""

    count: int = 0
    numbers: list[int] = field(default_factory=list)
    """Numbers of the first of them."""


@dataclass(kw_only=True, slots=True)
class Lines:
    """The lines of one file that hold something; may be read several times."""

    path: Path
    refused: dict[str, Refused] = field(default_factory=dict)
    """Why lines were left out -> which, in the last reading."""

    @property
    def name(self) -> str:
        """The file's."""
        return self.path.name

    def __iter__(self) -> Iterator[str]:
        """Read every line, without its end.

        Raises:
            ValueError: there is no such file, it is damaged, or it is UTF-16.
        """
        self.refused = {}
        if not self.path.is_file():
            raise ValueError(f"there is no text file {self.path}")
        with (
            self.path.open("rb") as raw,
            tqdm(
                total=self.path.stat().st_size,
                desc=self.name,
                unit="B",
                unit_scale=True,
                disable=None,
            ) as bar,
        ):
            try:
                for number, line in enumerate(_lines(raw, bar), start=1):
                    text = self._text(line, number)
                    if text:
                        yield text
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise ValueError(
                    f"{self.path} is a damaged gzip file ({error}): get it again"
                ) from error

    def remarks(self) -> list[str]:
        """One sentence for every reason why lines were left out."""
        found = []
        for reason, refused in self.refused.items():
            where = ", ".join(map(str, refused.numbers))
            rest = refused.count - len(refused.numbers)
            where += f" and {rest:,} more" if rest else ""
            lines = "1 line" if refused.count == 1 else f"{refused.count:,} lines"
            found.append(f"{self.path}: {lines} left out, {reason} (line {where}).")
        return found

    def _text(self, line: bytes, number: int) -> str:
        if number == 1:
            if line.startswith(_WIDE):
                raise ValueError(f"{self.path} is UTF-16 or UTF-32: save it as UTF-8")
            line = line.removeprefix(codecs.BOM_UTF8)
        if len(line) > MAX_LINE and not line.endswith(b"\n"):
            return self._refuse(
                f"longer than {MAX_LINE:,} bytes: is it one sentence a line?", number
            )
        if b"\0" in line:
            return self._refuse("with a NUL byte: is the file text, and UTF-8?", number)
        try:
            return line.decode("utf-8").strip()
        except UnicodeDecodeError:
            return self._refuse("not UTF-8: save the file as UTF-8", number)

    def _refuse(self, reason: str, number: int) -> str:
        refused = self.refused.setdefault(reason, Refused())
        refused.count += 1
        if len(refused.numbers) < NAMED:
            refused.numbers.append(number)
        return ""


def _lines(raw: BinaryIO, bar: "tqdm[Any]") -> Iterator[bytes]:
    """Every line; of one that is too long only a beginning that is too long."""
    zipped = raw.read(len(_GZIP)) == _GZIP
    raw.seek(0)
    file = gzip.GzipFile(fileobj=raw) if zipped else raw
    while line := file.readline(MAX_LINE + 1):
        if raw.tell() - bar.n > _BLOCK:
            bar.update(raw.tell() - bar.n)
        yield line
        while len(line) > MAX_LINE and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE + 1)
    bar.update(raw.tell() - bar.n)
