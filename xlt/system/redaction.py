"""Redaction of credentials: in data, in texts, and in all that a process prints or logs."""

import io
import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

REDACTED = "[redacted]"
_WORD_BEGINS = (
    r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})"  # `%3D` in an address
    r"|(?<=\\[nrt])"  # an escaped line end, as in repr() and JSON
    r"|(?<=\x1b\[m)|(?<=\x1b\[\dm)|(?<=\x1b\[\d\dm)|(?<=\x1b\[\d;\d\dm))"  # a terminal's colour
)
SECRET_TEXT = re.compile(
    _WORD_BEGINS + r"(?:"  # a key begins where a word begins: not in `asterisk-core-sounds`
    r"hf_[A-Za-z0-9]{16,}|api_org_[A-Za-z0-9]{16,}"  # Hugging Face
    r"|gh[pousr]_[A-Za-z0-9]{30,}|AKIA[A-Z0-9]{16}(?![A-Za-z0-9])"  # GitHub, AWS
    r"|sk-(?=[A-Za-z_-]*[0-9])(?=[a-z0-9_-]*[A-Z])"  # OpenAI: mixed characters, and either
    r"(?:(?:[a-z0-9]+-)*[A-Za-z0-9]{20,}[A-Za-z0-9_-]*|[A-Za-z0-9_-]{40,}))"  # a long part or many
    r"|(?:hf|api_org|gh[pousr])_(?=[A-Z0-9]*[a-z])(?=[a-z0-9]*[A-Z])[A-Za-z0-9]{30,}"  # in a word
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user:password in an address
)
"""Credentials that are known by their form."""
SHORTEST_SECRET = 8
"""Characters. Shorter values of variables would blank out ordinary words."""
_SECRET_WORDS = frozenset("secret secrets password passwd credential credentials".split())
_SECRET_ENDS = ("api_key", "access_key", "private_key")
_LABELS = frozenset("pad unk bos eos cls sep mask blank delimiter".split())
"""Words before `_token` in the name of a label: `pad_token` is not a secret."""


def names_a_secret(name: str) -> bool:
    """True if a variable or a key of this name holds a credential: `HF_TOKEN`, `wandb_api_key`.

    `token` alone is a label of an alphabet, as are `pad_token` and its like.
    """
    lower = name.lower().replace("-", "_")
    words = lower.split("_")
    if lower.endswith("token"):
        return lower != "token" and not (words[-1] == "token" and words[-2] in _LABELS)
    return lower.endswith(_SECRET_ENDS) or not _SECRET_WORDS.isdisjoint(words)


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without the variables that hold credentials, for a child process."""
    return {name: value for name, value in environment.items() if not names_a_secret(name)}


def known_secrets() -> tuple[str, ...]:
    """Credentials that this process could leak: of the environment and of `hf auth login`."""
    from huggingface_hub import get_token

    login = get_token()
    found = [*_of_environment(), *([login] if login and len(login) >= SHORTEST_SECRET else [])]
    return tuple(dict.fromkeys(found))


def redact(value: Any, secrets: Sequence[str]) -> Any:
    """The same data with every credential replaced: `secrets`, known forms, values of secret keys."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, REDACTED)
        return SECRET_TEXT.sub(REDACTED, value)
    if isinstance(value, list):
        return [redact(v, secrets) for v in value]
    if isinstance(value, dict):
        return {
            redact(k, secrets): REDACTED
            if names_a_secret(k) and isinstance(v, str) and v
            else redact(v, secrets)
            for k, v in value.items()
        }
    return value


def without_credentials(text: str) -> str:
    """The text with credentials redacted: known forms, and those of this process's environment."""
    redacted: str = redact(text, _of_environment())
    return redacted


def redact_output() -> None:
    """Redact whatever this process prints or logs from now on."""
    logging.setLogRecordFactory(RedactedLogRecord)
    if not isinstance(sys.stdout, RedactedStream):
        sys.stdout = RedactedStream(sys.stdout)
    if not isinstance(sys.stderr, RedactedStream):
        sys.stderr = RedactedStream(sys.stderr)


class RedactedStream(io.TextIOBase):
    """Text stream that passes on what is written to it, with credentials redacted."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write the redacted text; return the length of the text as given."""
        self.stream.write(without_credentials(text))
        return len(text)

    def flush(self) -> None:
        """Flush the stream below."""
        if not self.stream.closed:
            self.stream.flush()

    def isatty(self) -> bool:
        """True if the stream is a terminal."""
        return self.stream.isatty()

    def fileno(self) -> int:
        """The descriptor of the stream below."""
        return self.stream.fileno()

    def writable(self) -> bool:
        """Always writable."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed: a plain attribute
        """Encoding of the stream below."""
        return self.stream.encoding

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class RedactedLogRecord(logging.LogRecord):
    """Log record whose message is redacted, whatever handler it goes to."""

    def getMessage(self) -> str:
        """The message with its arguments, redacted."""
        return without_credentials(super().getMessage())


def _of_environment() -> list[str]:
    return [
        value
        for name, value in os.environ.items()
        if len(value) >= SHORTEST_SECRET and names_a_secret(name)
    ]
