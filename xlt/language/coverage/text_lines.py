r"""Lines of text files, plain or gzipped, one at a time, however large the files are.

A line that can't be read is left out, counted and named; only `\n` ends a line.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from xlt.system.line_reader import MAX_LINE_BYTES, read_lines

NAMED = 5
"""Lines that a remark gives before it only counts."""
MISREAD = "[ÂÃ][\x80-\xbf€‚ƒ„†‡ˆ‰Š‹ŒŽ‘“•˜™š›œžŸ]"
"""Look of UTF-8 after it was read as Latin-1 or Windows-1252: `seÃ±or`, `StraÃŸe`. Without
the marks that may end a word in capitals: `IRMÃ…`."""
_REASONS: Mapping[str, str] = {
    "too long": f"longer than {MAX_LINE_BYTES:,} bytes: is it one sentence a line?",
    "NUL byte": "with a NUL byte: is the file text, and UTF-8?",
    "not UTF-8": "not UTF-8: save the file as UTF-8",
}
"""Fault of a line -> how a remark puts it."""
_BLOCK = 2**16  # bytes between two steps of the progress bar


@dataclass(slots=True)
class SkippedLines:
    """Lines that were left out for one reason."""

    count: int = 0
    numbers: list[int] = field(default_factory=list)
    """Numbers of the first of them."""


@dataclass(kw_only=True, slots=True)
class TextLines:
    """The lines of one file that hold something; may be read several times."""

    path: Path
    skipped: dict[str, SkippedLines] = field(default_factory=dict)
    """Why lines were left out -> which, in the last reading."""

    @property
    def name(self) -> str:
        """The file's."""
        return self.path.name

    def __iter__(self) -> Iterator[str]:
        """Read every line, without its end.

        Raises:
            ValueError: there is no such file, it is damaged, or not UTF-8.
        """
        self.skipped = {}
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
            for line in read_lines(raw, str(self.path)):
                if raw.tell() - bar.n > _BLOCK:
                    bar.update(raw.tell() - bar.n)
                if line.fault is not None:
                    self._skip(_REASONS[line.fault.kind], line.number)
                elif text := line.text.strip():
                    yield text
            bar.update(raw.tell() - bar.n)

    def remarks(self) -> list[str]:
        """One sentence for every reason why lines were left out."""
        found = []
        for reason, skipped in self.skipped.items():
            where = ", ".join(map(str, skipped.numbers))
            rest = skipped.count - len(skipped.numbers)
            where += f" and {rest:,} more" if rest else ""
            lines = "1 line" if skipped.count == 1 else f"{skipped.count:,} lines"
            found.append(f"{self.path}: {lines} left out, {reason} (line {where}).")
        return found

    def _skip(self, reason: str, number: int) -> None:
        skipped = self.skipped.setdefault(reason, SkippedLines())
        skipped.count += 1
        if len(skipped.numbers) < NAMED:
            skipped.numbers.append(number)
