"""Texts one a line, and the logs that have a number or an id with each text."""

import re
from collections.abc import Iterator, Sequence

ID_WORD = re.compile(r"(?=.*[0-9])(?=.*[^\W\d]|.*[-_./])[\w./:-]{3,}")
"""A first word that is not speech: `spk1_0001`, `a/b-7`; digits and something else."""
FEWEST = 2
"""Lines from which on a pattern is one."""
NUMBERED = "number "
"""Beginning of the id of a text whose number stands on the line above it."""

Line = tuple[int, str]


def plain_texts(lines: Sequence[Line]) -> Iterator[tuple[int, str, str]]:
    """(line, id, text) of each text: ids are line numbers, unless the file has some.

    Numbers on lines of their own, as in the logs of Hugging Face's evaluation scripts, are ids; so is
    the first word of every line where it looks like one and no two are alike, as in Kaldi's `text`.
    """
    if _counts([line for _, line in lines[::2]]) and len(lines) % 2 == 0:
        for (_, name), (number, text) in zip(lines[::2], lines[1::2], strict=True):
            yield number, f"{NUMBERED}{name.strip()}", text
        return
    first = [line.split(maxsplit=1)[0] if line.strip() else "" for _, line in lines]
    named = len(first) >= FEWEST and len(set(first)) == len(first)
    if named and all(map(ID_WORD.fullmatch, first)):
        for (number, line), name in zip(lines, first, strict=True):
            yield number, name, line.strip()[len(name) :].strip()
        return
    for number, line in lines:
        yield number, f"line {number}", line


def _counts(names: Sequence[str]) -> bool:
    """True if the lines count up by one, from 0 or 1 on."""
    if len(names) < FEWEST or not all(name.strip().isdecimal() for name in names):
        return False
    numbers = [int(name) for name in names]
    return numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
