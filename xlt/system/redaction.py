"""Nothing that a process prints shows a credential: not a log line, not an error, not a traceback."""

import io
import logging
import os
import sys
from typing import Any, TextIO

from xlt.reports.record import REDACTED, SECRET_TEXT, SECRET_VARIABLES, SHORTEST_SECRET


class Hushed(io.TextIOBase):
    """A text stream that passes on what is written without the credentials in it."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write it; the count is that of the text as given."""
        self.stream.write(without_credentials(text))
        return len(text)

    def flush(self) -> None:
        """Flush the stream below."""
        if not self.stream.closed:
            self.stream.flush()

    def isatty(self) -> bool:
        """Whether a person reads along."""
        return self.stream.isatty()

    def fileno(self) -> int:
        """The descriptor of the stream below."""
        return self.stream.fileno()

    def writable(self) -> bool:
        """It is."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed: a plain attribute
        """That of the stream below."""
        return self.stream.encoding

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class Record(logging.LogRecord):
    """A log record without credentials, whatever handler it goes to."""

    def getMessage(self) -> str:
        """The message."""
        return without_credentials(super().getMessage())


def without_credentials(text: str) -> str:
    """A text in which nothing looks like a credential, and none of this process's is."""
    for name in SECRET_VARIABLES:
        secret = os.environ.get(name, "")
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, REDACTED)
    return SECRET_TEXT.sub(REDACTED, text)


def hush() -> None:
    """From now on, whatever this process prints or logs is without credentials."""
    logging.setLogRecordFactory(Record)
    if not isinstance(sys.stdout, Hushed):
        sys.stdout = Hushed(sys.stdout)
    if not isinstance(sys.stderr, Hushed):
        sys.stderr = Hushed(sys.stderr)
