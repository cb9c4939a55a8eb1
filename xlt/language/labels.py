"""CTC labels: the ordered letters of a language with the special tokens; encoding and decoding.

Ids are the contract with published heads: 0 is the blank, then `|`, `[UNK]`, then the letters in
the order of the language. They come from the language, never from data.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from xlt.language.rules import Language

BLANK = "[PAD]"
"""The CTC blank; transformers pads with it, hence the name."""
DELIMITER = "|"
"""Stands for the space between words."""
UNK = "[UNK]"
"""Nothing is encoded to it here; transformers wants one."""
UNUSED = "<unused-"
"""Beginning of the name of a row that no file names: `<unused-7>`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Labels:
    """The V labels of a CTC head, in the order of its rows."""

    tokens: tuple[str, ...]
    """Token of each id."""
    blank: int = 0
    """Id of the CTC blank."""
    delimiter: int | None = None
    """Id of the word delimiter; None when the head can't write spaces."""
    unknown: int | None = None
    """Id of the unknown token; None when there is none."""
    others: tuple[int, ...] = ()
    """Ids of further special tokens (`<s>`, `</s>`): read over when decoding."""
    ids: Mapping[str, int] = field(init=False, repr=False, compare=False)
    """Token -> id."""
    characters: Mapping[str, int] = field(init=False, repr=False, compare=False)
    """Character of a normalised text -> id: the letters, and the space where it can be written."""

    def __post_init__(self) -> None:
        """Check the special ids and that no token appears twice."""
        ids = {token: i for i, token in enumerate(self.tokens)}
        if len(ids) != len(self.tokens):
            twice = sorted({t for t in self.tokens if self.tokens.count(t) > 1})
            raise ValueError(f"labels {twice} appear more than once; each needs one id")
        special = [self.blank, *self.others]
        special += [i for i in (self.delimiter, self.unknown) if i is not None]
        if len(set(special)) != len(special) or not set(special) <= set(range(len(ids))):
            raise ValueError(
                f"special ids {special} (blank, others, delimiter, unknown) must be different "
                f"and below the number of labels, {len(ids)}"
            )
        characters = {token: i for token, i in ids.items() if i not in special}
        if self.delimiter is not None:
            characters[" "] = self.delimiter
        object.__setattr__(self, "ids", ids)
        object.__setattr__(self, "characters", characters)

    @property
    def letters(self) -> tuple[str, ...]:
        """Tokens that write something: all but the special ones and the delimiter."""
        special = {self.blank, self.delimiter, self.unknown, *self.others}
        return tuple(token for i, token in enumerate(self.tokens) if i not in special)

    @property
    def unused(self) -> tuple[str, ...]:
        """Rows of a foreign head that no file names."""
        return tuple(token for token in self.tokens if token.startswith(UNUSED))

    @property
    def digest(self) -> str:
        """SHA-256 of the ordered tokens and of the blank: equal digests, exchangeable heads."""
        content = json.dumps([self.tokens, self.blank], ensure_ascii=True)
        return hashlib.sha256(content.encode()).hexdigest()


def labels(language: Language) -> Labels:
    """Return the labels of a language: blank, delimiter, unknown, letters in order."""
    tokens = (BLANK, DELIMITER, UNK, *language.letters)
    return Labels(tokens=tokens, blank=0, delimiter=1, unknown=2)


def encode(text: str, labels: Labels) -> list[int]:
    """Turn a normalised text into label ids, character by character: (L,).

    Raises:
        ValueError: a character has no label. Special tokens can't be written: `[` and `|` are
            characters like others, and no letters.
    """
    try:
        return [labels.characters[character] for character in text]
    except KeyError as error:
        character = error.args[0]
        allowed = "".join(token for token in labels.characters if len(token) == 1)
        raise ValueError(
            f"no label for {character!r} (U+{ord(character):04X}) of the text {text[:80]!r}; "
            f"labels are {allowed!r}. Normalise the text in the language of these labels first"
        ) from None


def decode(ids: Iterable[int], labels: Labels, *, collapse: bool = True) -> str:
    """Turn label ids into text; special tokens write nothing, the delimiter writes a space.

    Args:
        ids: (T,) ids a frame, or (L,) ids of a label sequence.
        labels: what the ids mean.
        collapse: read frames: merge equal neighbours. False for label sequences, where a double
            letter is one.
    """
    sequence = [key for key, _ in groupby(ids)] if collapse else list(ids)
    silent = {labels.blank, labels.unknown, *labels.others}
    pieces = (
        " " if i == labels.delimiter else labels.tokens[i] for i in sequence if i not in silent
    )
    return " ".join("".join(pieces).split())
