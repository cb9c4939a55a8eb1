"""Labels of any Hugging Face CTC checkpoint, read from the files of its tokenizer and its config."""

import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from xlt.language.labels import BLANK, DELIMITER, UNK, UNUSED, Labels

_BLANKS = (BLANK, "<pad>", "<blank>", "<blk>", "[BLANK]")
_UNKNOWNS = (UNK, "<unk>")
_SPECIALS = ("<s>", "</s>", "[CLS]", "[SEP]", "[BOS]", "[EOS]")
_DELIMITERS = ("▁", DELIMITER, " ")
"""Word delimiters by name, the first that is there: beside `▁`, a `|` is a letter."""
_log = logging.getLogger(__name__)


def read_labels(
    folder: Path,
    *,
    model: Path | None = None,
    language: str | None = None,
    rows: int | None = None,
) -> Labels:
    """Read the labels of any Hugging Face folder with a `vocab.json`, in its own order.

    `model` is the folder of config.json, where that is another one; `language` the one to take of a
    vocabulary of several, by default the tokenizer's target_lang; `rows` the rows of its head, by default
    config.json's vocab_size.

    The blank is the `pad_token_id` that the model was trained with (config.json), else the pad
    token of the tokenizer's files, else found by name.

    Raises:
        ValueError: no vocab.json, one that is not a token -> id table, or no token that could
            be the blank; the message says what was found.
    """
    folder = Path(folder)
    config = _json((model or folder) / "config.json")
    config |= {} if rows is None else {"vocab_size": rows}
    tokenizer = _json(folder / "special_tokens_map.json")
    tokenizer |= _json(folder / "tokenizer_config.json")
    tokenizer |= {} if language is None else {"target_lang": language}
    tokens = _tokens(folder, tokenizer, config)
    ids = {token: i for i, token in enumerate(tokens)}
    blank = _blank(folder, ids, tokenizer, config)
    unknown = _first(ids, (_text(tokenizer.get("unk_token")), *_UNKNOWNS), taken={blank})
    wanted = (_text(tokenizer.get("word_delimiter_token")), *_DELIMITERS)
    delimiter = _first(ids, wanted, taken={blank, unknown})
    named = {_text(tokenizer.get(key)) for key in ("bos_token", "eos_token")}
    silent = {*named, *_SPECIALS, *_BLANKS, *_UNKNOWNS}
    others = tuple(
        i
        for token, i in ids.items()
        if i not in (blank, unknown, delimiter)
        and (token in silent or token.startswith(UNUSED) or not token.strip())
    )
    return Labels(tokens=tokens, blank=blank, delimiter=delimiter, unknown=unknown, others=others)


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
    return tuple(by_id.get(i, f"{UNUSED}{i}>") for i in range(count))


def _by_language(path: Path, table: dict[str, Any], tokenizer: Mapping[str, Any]) -> dict[str, Any]:
    """Take the target language's part of a vocab.json that holds several (MMS)."""
    if not any(isinstance(part, dict) for part in table.values()):
        return table
    target = tokenizer.get("target_lang")
    if target not in table or not isinstance(table[target], dict):
        some = ", ".join(sorted(table)[:10])
        raise ValueError(
            f"{path} holds the labels of {len(table)} languages ({some}, …) and target_lang is "
            f"{target!r}; give --source-language, or set target_lang in tokenizer_config.json, to one of them"
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
        raise ValueError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold a JSON object, not a {type(content).__name__}")
    return content
