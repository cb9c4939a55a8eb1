"""Errors that know which change of the command line would mend them, and the line with that change."""

import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path


class Mendable(ValueError):
    """An error that ends with the line that would work, once it is known what was typed."""

    def __init__(
        self,
        sentence: str,
        *,
        words: Mapping[str, str] | None = None,
        flags: Mapping[str, str] | None = None,
        line: str = "",
    ) -> None:
        """A sentence on what is wrong, and its mend.

        Args:
            sentence: What was seen, and what is allowed.
            words: Word as typed -> the word that is meant.
            flags: Flag -> its value, which is set or replaced.
            line: The whole line, where it is another one.
        """
        super().__init__(sentence)
        self.words, self.flags, self.line = dict(words or {}), dict(flags or {}), line

    def mended(self, typed: Sequence[str]) -> str:
        """The line that would work, made of the one that was typed; "" if it does not hold the word."""
        if self.line:
            return self.line
        words = [*typed]
        for wrong, right in self.words.items():
            for i in range(len(words) - 1, -1, -1):  # the last one, where a word was typed twice
                flag, sign, value = words[i].partition("=")
                if words[i] == wrong:
                    words[i] = right
                elif words[i].startswith("--") and sign and wrong in (flag, value):
                    words[i] = (
                        f"{right if flag == wrong else flag}={right if value == wrong else value}"
                    )
                else:
                    continue
                break
        for flag, value in self.flags.items():
            words = [*with_flag(words, flag, value)]
        return "" if words == [*typed] else shlex.join(words)


def together(errors: Iterable[ValueError], sentence: str = "") -> Mendable:
    """One error of several, with all that mends them; its sentence is theirs, a line each, or another."""
    errors = [*errors]
    mendable = [error for error in errors if isinstance(error, Mendable)]
    return Mendable(
        sentence or "\n".join(map(str, errors)),
        words={k: v for error in mendable for k, v in error.words.items()},
        flags={k: v for error in mendable for k, v in error.flags.items()},
        line=next((error.line for error in mendable if error.line), "") if len(errors) == 1 else "",
    )


def with_flag(words: Sequence[str], flag: str, value: str) -> Iterator[str]:
    """A command line in which a flag has a value; those of corpora stay behind it."""
    given, data = False, next((i for i, word in enumerate(words) if _of_data(word)), len(words))
    for i, word in enumerate(words):
        if i == data and not given and flag not in words[data:]:
            yield from (flag, value)
            given = True
        if i and words[i - 1] == flag:
            continue
        yield word if not word.startswith(f"{flag}=") else f"{flag}={value}"
        if word == flag:
            yield value
        given = given or word == flag or word.startswith(f"{flag}=")
    if not given:
        yield from (flag, value)


def _of_data(word: str) -> bool:
    return re.match(r"data\.\d+:", word) is not None


def program() -> list[str]:
    """Beginning of the command line of this process: xlt, or python with the file of a recipe."""
    script = Path(sys.argv[0])
    verb = script.name == "xlt" or script.parts[-2:] == ("xlt", "__main__.py")
    return ["xlt"] if verb else ["python", os.path.relpath(script)]


def near_path(path: Path) -> Path | None:
    """The path that is there and spelled most alike, in its folder or one of a like name; None: nothing."""
    return next(_near(path), None)


def _near(path: Path) -> Iterator[Path]:
    folder = path.parent
    if not folder.is_dir():
        if folder != path:
            yield from (near / path.name for near in _near(folder) if (near / path.name).exists())
        return
    names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    yield from (folder / name for name in get_close_matches(path.name, names, n=3))
