r"""Files of texts to be scored: TSV, CSV, JSON lines, sclite's trn, and one text a line.

Every line becomes an entry or an error that names it; the first error ends the reading, for a
score over the rest of a damaged file would be a score of something else.
"""

import csv
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from xlt.corpora.columns import AUDIO, ID, RECOGNISED, REFERENCE
from xlt.scoring.plain_texts import plain_texts
from xlt.system.line_reader import strict_lines

MOST_BYTES = 100_000
"""Of one line. An utterance is a breath or a sentence; two hours of speech are 100 kB of text."""
MOST_CHARACTERS = 20_000
"""Of one text: the table of an alignment grows with the square, to 400 MB here."""

IDS = (*ID, *AUDIO)
"""Columns that name an utterance, the first that is there; columns are matched in lower case."""
TRN = re.compile(r"(.*?)[ \t]*\(([^()\s]+)(?:[ \t]+-?[0-9]+(?:\.[0-9]+)?)?\)[ \t]*")
"""sclite's transcript line: the words, then the id in parentheses; behind it Sphinx has its score."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TextEntry:
    """One line of a file."""

    id: str
    line: int
    fields: Mapping[str, str]
    """By column in lower case; `text` where a format has no columns."""


Fields = dict[str, str]
Lines = Iterator[tuple[int, str]]
Parser = Callable[[Path, Lines, Sequence[str]], Iterator[tuple[int, Fields]]]


def read_entries(path: Path, texts: Sequence[str]) -> list[TextEntry]:
    """All lines of a file, in order.

    Args:
        path: A file whose ending says what it is: .tsv, .csv, .jsonl, .json, .trn, .txt.
        texts: Names under which a column with the wanted text may go.

    Raises:
        ValueError: the ending is another, the content is not what the ending says, the encoding is
            not UTF-8, an id appears twice; one sentence that names file and line.
    """
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name the file of the texts in it.")
    if not path.exists():
        raise ValueError(f"There is no file {path}.")
    parser = PARSERS.get(path.suffix.lower())
    if parser is None:
        raise ValueError(
            f"{path}: xlt can't tell what {path.suffix or 'a file without ending'!r} holds; "
            f"name it by its format: {', '.join(PARSERS)}."
        )
    entries: list[TextEntry] = []
    seen: dict[str, int] = {}
    for line, fields in parser(path, strict_lines(path, MOST_BYTES), texts):
        column = next((name for name in IDS if name in fields), "id")
        name = normalize("NFC", fields.get(column, "").strip())  # macOS writes names in NFD
        if column not in fields and _has_both_texts(fields):
            name = f"row {line}"
        if not name:
            raise ValueError(f"{path}, line {line}: the utterance has no id ({column} is empty).")
        if name in seen:
            raise ValueError(
                f"{path}: the id {name!r} stands on line {seen[name]} and again on line {line}; "
                "keep the right one."
            )
        for text in texts:
            if len(fields.get(text, "")) > MOST_CHARACTERS:
                raise ValueError(
                    f"{path}, line {line}: the text of {name!r} has {len(fields[text]):,} "
                    f"characters, more than the {MOST_CHARACTERS:,} that can be aligned; cut the "
                    "recording into utterances."
                )
        seen[name] = line
        entries.append(TextEntry(id=name, line=line, fields=fields))
    if not entries:
        raise ValueError(f"{path} holds no utterance.")
    return entries


def _has_both_texts(columns: Collection[str]) -> bool:
    """True where a row holds what was said and what was recognised: it needs no id to be paired."""
    return bool({*columns} & {*RECOGNISED} and {*columns} & {*REFERENCE})


def printable(text: str) -> str:
    """Text from a file as a terminal may show it: control characters and lone surrogates escaped."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _trn(path: Path, lines: Lines, texts: Sequence[str]) -> Iterator[tuple[int, Fields]]:
    for number, line in lines:
        if not line.strip() or line.startswith(";;"):  # a comment of the format
            continue
        found = TRN.fullmatch(line)
        if found is None:
            raise ValueError(
                f"{path}, line {number} does not end with an id in parentheses, as lines of a trn "
                f"file do: {line[-60:]!r}."
            )
        yield number, {"id": found[2], texts[0]: found[1]}


def _txt(path: Path, lines: Lines, texts: Sequence[str]) -> Iterator[tuple[int, Fields]]:
    for number, name, text in plain_texts(list(lines)):
        yield number, {"id": name, texts[0]: text}


def _jsonl(path: Path, lines: Lines, texts: Sequence[str]) -> Iterator[tuple[int, Fields]]:
    for number, line in _objects(path, lines):
        if not line.strip():
            continue
        try:
            content = json.loads(line, object_pairs_hook=_once)
        except _Twice as error:
            raise ValueError(
                f"{path}, line {number} names {error} twice; keep the right one."
            ) from error
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f"{path}, line {number} is not JSON ({error}); a file of JSON lines has one object "
                "a line."
            ) from error
        if not isinstance(content, dict):
            raise ValueError(
                f"{path}, line {number} is not a JSON object but {line.strip()[:60]!r}; write "
                f'{{"id": ..., "{texts[0]}": ...}}.'
            )
        text = _column(path, f"line {number}", content, texts)
        if not isinstance(content[text], str):
            raise ValueError(
                f"{path}, line {number}: {text!r} is {json.dumps(content[text])[:60]}, where a text "
                'is needed ("" for an empty one).'
            )
        known = {k: v for k, v in content.items() if v is not None}
        yield number, {k: v if isinstance(v, str) else json.dumps(v) for k, v in known.items()}


def _objects(path: Path, lines: Lines) -> Lines:
    """Objects one a line; those of an array that goes over the whole file are taken apart.

    Each is parsed again as a line, so both are held to the same rules.
    """
    for number, line in lines:
        if number > 1 or not line.lstrip().startswith("["):
            yield number, line
            continue
        try:
            text = "\n".join([line, *(more for _, more in lines)])
            rows = json.loads(text, object_pairs_hook=_once)
        except _Twice as error:
            raise ValueError(f"{path} names {error} twice in one object.") from error
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f"{path} is not a JSON array ({error}), and line 1 is not JSON of one object: write "
                '{"id": ..., "text": ...}.'
            ) from error
        yield from ((k, json.dumps(row)) for k, row in enumerate(rows, 1))


class _Twice(ValueError):
    """A name that appears twice in a JSON object, of which a reader would get the last alone."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object with its names in lower case."""
    found: dict[str, object] = {}
    for name, value in pairs:
        if name.lower() in found:
            raise _Twice(repr(name.lower()))
        found[name.lower()] = value
    return found


def _tsv(path: Path, lines: Lines, texts: Sequence[str]) -> Iterator[tuple[int, Fields]]:
    """Fields between tabs; nothing is quoted, quotes are letters like others."""
    rows = ((number, line.split("\t")) for number, line in lines if line)
    return _table(path, rows, texts, "tab")


def _csv(path: Path, lines: Lines, texts: Sequence[str]) -> Iterator[tuple[int, Fields]]:
    """Fields between commas, quoted where needed; a text may not go on over a line's end."""
    return _table(path, _csv_rows(path, lines), texts, "comma")


def _csv_rows(path: Path, lines: Lines) -> Iterator[tuple[int, list[str]]]:
    for number, line in lines:
        try:
            rows = list(csv.reader([line], strict=True))
        except csv.Error as error:
            raise ValueError(
                f"{path}, line {number} can't be read as CSV ({error}); a text with a quote or a "
                'comma is written "so, and ""so""", on one line.'
            ) from error
        if rows and rows[0]:
            yield number, rows[0]


def _table(
    path: Path, rows: Iterator[tuple[int, list[str]]], texts: Sequence[str], separator: str
) -> Iterator[tuple[int, Fields]]:
    """With a header where the first row names a column of texts, else id and text."""
    columns: list[str] = []
    for number, row in rows:
        if not columns:
            columns = [name.strip().lower() for name in row]
            if set(columns) & {*texts, *IDS}:
                _column(path, "the header", columns, texts)
                if not _has_both_texts(columns):
                    _column(path, "the header", columns, IDS)
                if len(set(columns)) < len(columns):
                    raise ValueError(f"{path}: the header names a column twice: {row}.")
                continue
            columns = ["id", texts[0]]
        if len(row) != len(columns):
            raise ValueError(
                f"{path}, line {number} has {len(row)} {separator}-separated fields, where "
                f"{len(columns)} are expected: {printable(', '.join(columns))}."
                + (_other_format(row[0], len(columns)) if len(row) == 1 else "")
            )
        yield number, dict(zip(columns, row, strict=True))


def _other_format(line: str, fields: int) -> str:
    """Advice about a line that is one field, where it looks like a line of another format."""
    if TRN.fullmatch(line):
        return " It looks like sclite's trn: name the file .trn."
    if line.startswith("{"):
        return " It looks like JSON: name the file .jsonl."
    for separator, name, remedy in (
        ("\t", "tabs", "name the file .tsv"),
        (";", "semicolons, as some spreadsheets write CSV", "save it with tabs, as .tsv"),
        (",", "commas", "name the file .csv"),
    ):
        if line.count(separator) == fields - 1:
            return f" It seems to be parted by {name}: {remedy}."
    return ""


def _column(
    path: Path, where: str, columns: Sequence[str] | Mapping[str, object], names: Sequence[str]
) -> str:
    """The first of the names that there is a column for."""
    found = next((name for name in names if name in columns), None)
    if found is None:
        raise ValueError(
            f"{path}: {where} has no column {' or '.join(names)}, only "
            f"{printable(', '.join(columns))}."
        )
    return found


PARSERS: Mapping[str, Parser] = {
    ".tsv": _tsv,
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".json": _jsonl,
    ".trn": _trn,
    ".txt": _txt,
}
