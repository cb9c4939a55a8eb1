"""Tokenizer folder of a language, in the files that transformers opens offline."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from xlt.language.labels import BLANK, DELIMITER, UNK, labels
from xlt.language.letter_table import letter_table
from xlt.language.rules import Language


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


def _pretty(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))
