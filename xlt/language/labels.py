"""CTC labels: the ordered letters of a language, and those of any checkpoint's folder.

Ids are the contract with published heads: 0 is the blank, then `|`, `[UNK]`, then the letters in
the order of the language. They come from the language, never from data.
"""

import hashlib
import json
import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from xlt.language.letter_table import letter_table
from xlt.language.rules import LANGUAGES, Language, get

BLANK = "[PAD]"
"""The CTC blank; transformers pads with it, hence the name."""
DELIMITER = "|"
"""Stands for the space between words."""
UNK = "[UNK]"
"""Nothing is encoded to it here; transformers wants one."""

_BLANKS = (BLANK, "<pad>", "<blank>", "<blk>", "[BLANK]")
_UNKNOWNS = (UNK, "<unk>")
_SPECIALS = ("<s>", "</s>", "[CLS]", "[SEP]", "[BOS]", "[EOS]")
_UNUSED = "<unused-"
_log = logging.getLogger(__name__)


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
        """Check the special ids and that no token stands twice."""
        ids = {token: i for i, token in enumerate(self.tokens)}
        if len(ids) != len(self.tokens):
            twice = sorted({t for t in self.tokens if self.tokens.count(t) > 1})
            raise ValueError(f"labels {twice} stand more than once; each needs one id")
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


def repeats(ids: Sequence[int]) -> int:
    """Count equal neighbours: CTC needs a blank frame between each of them."""
    return sum(a == b for a, b in pairwise(ids))


def read_labels(folder: Path) -> Labels:
    """Read the labels of any Hugging Face folder with a `vocab.json`, in its own order.

    The blank is the `pad_token_id` that the model was trained with (config.json), else the pad
    token of the tokenizer's files, else found by name.

    Raises:
        ValueError: no vocab.json, one that is no token -> id table, or none that could be the
            blank; the message says what was found.
    """
    folder = Path(folder)
    config = _json(folder / "config.json")
    tokenizer = _json(folder / "special_tokens_map.json")
    tokenizer |= _json(folder / "tokenizer_config.json")
    tokens = _tokens(folder, tokenizer, config)
    ids = {token: i for i, token in enumerate(tokens)}
    blank = _blank(folder, ids, tokenizer, config)
    unknown = _first(ids, (_text(tokenizer.get("unk_token")), *_UNKNOWNS), taken={blank})
    wanted = (_text(tokenizer.get("word_delimiter_token")), DELIMITER, " ")
    delimiter = _first(ids, wanted, taken={blank, unknown})
    named = {_text(tokenizer.get(key)) for key in ("bos_token", "eos_token")}
    silent = {*named, *_SPECIALS, *_BLANKS, *_UNKNOWNS}
    others = tuple(
        i
        for token, i in ids.items()
        if i not in (blank, unknown, delimiter)
        and (token in silent or token.startswith(_UNUSED) or not token.strip())
    )
    return Labels(tokens=tokens, blank=blank, delimiter=delimiter, unknown=unknown, others=others)


def write_tokenizer(
    language: Language, folder: Path, letters: Iterable[Sequence[str]] | None = None
) -> None:
    """Write vocab.json, tokenizer_config.json, special_tokens_map.json and letters.tsv.

    The bytes depend on the language alone; but `letters` may be another table for letters.tsv, one
    with counts. `Wav2Vec2CTCTokenizer` opens the folder offline and agrees on every id; it has no
    `<s>` and `</s>`, so its length is the number of labels.
    """
    special = {"pad_token": BLANK, "unk_token": UNK, "word_delimiter_token": DELIMITER}
    config = {
        "bos_token": None,
        "do_lower_case": False,
        "eos_token": None,
        **special,
        "replace_word_delimiter_char": " ",
        "tokenizer_class": "Wav2Vec2CTCTokenizer",
    }
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "vocab.json", _pretty(dict(labels(language).ids)))
    _write(folder / "tokenizer_config.json", _pretty(config))
    _write(folder / "special_tokens_map.json", _pretty({"pad_token": BLANK, "unk_token": UNK}))
    lines = ("\t".join(row) for row in letters or letter_table(language))
    _write(folder / "letters.tsv", "".join(f"{line}\n" for line in lines))


def write_all(folder: Path) -> None:
    """Write the folder of every language: `python -m xlt.language.labels tokenizers`."""
    for code in LANGUAGES:
        write_tokenizer(get(code), folder / code)


def _pretty(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))


def _tokens(
    folder: Path, tokenizer: Mapping[str, Any], config: Mapping[str, Any]
) -> tuple[str, ...]:
    """Tokens by id; ids that the head has and no file names become `<unused-7>`."""
    path = folder / "vocab.json"
    if not path.is_file():
        raise ValueError(f"{folder} has no vocab.json; a CTC folder needs one beside its weights")
    table = _by_language(path, _json(path), tokenizer)
    if not table or not all(isinstance(i, int) and i >= 0 for i in table.values()):
        raise ValueError(f"{path} must map each token to its id, like {{'a': 3}}; seen: {table}")
    by_id = {i: token for token, i in table.items()}
    if len(by_id) != len(table):
        raise ValueError(f"{path} gives one id to several tokens; each token needs its own")
    size = config.get("vocab_size") if isinstance(config.get("vocab_size"), int) else None
    for token, i in _json(folder / "added_tokens.json").items():
        if size is not None and isinstance(i, int) and i < size:  # later ones have no row
            by_id.setdefault(i, token)
    count = max(max(by_id) + 1, size or 0)
    if count > 10 * len(by_id) + 100:
        raise ValueError(f"{path} has {len(by_id)} tokens but ids up to {count - 1}")
    return tuple(by_id.get(i, f"{_UNUSED}{i}>") for i in range(count))


def _by_language(path: Path, table: dict[str, Any], tokenizer: Mapping[str, Any]) -> dict[str, Any]:
    """Take the target language's part of a vocab.json that holds several (MMS)."""
    if not any(isinstance(part, dict) for part in table.values()):
        return table
    target = tokenizer.get("target_lang")
    if target not in table or not isinstance(table[target], dict):
        some = ", ".join(sorted(table)[:10])
        raise ValueError(
            f"{path} holds the labels of {len(table)} languages ({some}, …) and target_lang is "
            f"{target!r}; set target_lang in tokenizer_config.json to one of them"
        )
    part: dict[str, Any] = table[target]
    return part


def _blank(
    folder: Path,
    ids: Mapping[str, int],
    tokenizer: Mapping[str, Any],
    config: Mapping[str, Any],
) -> int:
    by_name = _first(ids, (_text(tokenizer.get("pad_token")), *_BLANKS), taken=set())
    by_id = config.get("pad_token_id")
    if isinstance(by_id, int) and 0 <= by_id < len(ids):
        if by_name not in (None, by_id):
            _log.warning(
                "%s: config.json says the blank is id %d, the tokenizer says id %d; "
                "the model was trained with config.json's",
                folder,
                by_id,
                by_name,
            )
        return by_id
    if by_name is None:
        raise ValueError(
            f"{folder}: no CTC blank found: config.json has no pad_token_id, the tokenizer no "
            f"pad_token, and none of {', '.join(_BLANKS)} is among the labels"
        )
    return by_name


def _first(
    ids: Mapping[str, int], names: Iterable[str | None], taken: set[int | None]
) -> int | None:
    found = (ids[n] for n in names if n is not None and n in ids and ids[n] not in taken)
    return next(found, None)


def _text(token: Any) -> str | None:
    """A special token as text: plain, or an object with its content."""
    if isinstance(token, dict):
        token = token.get("content")
    return token if isinstance(token, str) else None


def _json(path: Path) -> dict[str, Any]:
    """Read an object from a JSON file; empty if there is no such file."""
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold a JSON object, not a {type(content).__name__}")
    return content


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m xlt.language.labels FOLDER")
    write_all(Path(sys.argv[1]))
