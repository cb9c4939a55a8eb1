"""Outline of a corpus before it is prepared: clips, hours, language and some transcripts.

Tables are read, and a few recordings; a large archive is only begun, and its rest estimated.
"""

import heapq
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path

from xlt.audio.decode import SAMPLE_RATE_HZ
from xlt.audio.limits import AudioRefused
from xlt.audio.sandbox import Decoders
from xlt.corpora.asterisk import Asterisk
from xlt.corpora.base import Corpus, CorpusError, RefusedRow, Row
from xlt.corpora.builders import AnyCorpus
from xlt.corpora.common_voice import CommonVoice
from xlt.corpora.espeak import Espeak
from xlt.corpora.hub import Hub
from xlt.corpora.prepared import Prepared
from xlt.corpora.readers.archives import members

ROWS = 20_000
"""Rows of a corpus that are looked at."""
HEARD = 20
"""Recordings that are decoded."""
TEXTS = 400
"""Transcripts that are kept."""
SMALL_BYTES = 200_000_000
"""Largest archive that is read as a whole."""
BEGUN = 400
"""Members of a larger one that are read."""
OF_RELEASE = re.compile(r"cv-corpus-[^/]*/([A-Za-z-]+)/")


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """Outline of one corpus."""

    name: str
    language: str
    clips: int | None = None
    """Rows with a recording; None where they are only made or fetched when the run starts."""
    refused: int = 0
    """Rows that can't be used: no recording, a damaged line."""
    first_refused: str = ""
    """The sentence of one of them."""
    hours: float | None = None
    transcripts: tuple[str, ...] = ()
    """Some of them, as published."""
    unheard: tuple[str, ...] = ()
    """Sentences on recordings that could not be decoded, of those that were tried."""
    heard: int = 0
    """Recordings that were tried."""
    exact: bool = False
    """True if clips and hours are known, not estimated."""
    at_least: bool = False
    """True if there are more rows than were looked at."""

    def __str__(self) -> str:
        if self.clips is None:
            return f"{self.name} ({self.language}): fetched or made when the run starts"
        about = "" if self.exact else "about "
        count = f"{'more than ' if self.at_least else ''}{self.clips:,} clips"
        hours = "" if self.hours is None else f", {about}{brief(self.hours)} h"
        refused = f"; rows that can't be used: {self.refused:,}" if self.refused else ""
        return f"{self.name} ({self.language}): {count}{hours}{refused}"


def brief(amount: float) -> str:
    """An estimate with its first two digits, and whole from ten on: 0.012, 3.2, 1,320."""
    return f"{amount:,.0f}" if amount >= 10 else f"{amount:.2g}"


def outline(corpus: AnyCorpus) -> Outline:
    """Look at a corpus.

    Raises:
        CorpusError: it isn't there, or holds nothing that is known; says what would do.
        ArchiveRefused: the archive is damaged or hostile.
    """
    if isinstance(corpus, Prepared):
        return _prepared(corpus)
    if isinstance(corpus, Espeak):
        corpus.fetch()  # says which package is missing
    if isinstance(corpus, Hub):
        corpus.fetch()  # looks it up
    if isinstance(corpus, Asterisk | Espeak | Hub):
        return Outline(name=corpus.name, language=corpus.language)
    corpus.fetch()
    if isinstance(corpus, CommonVoice) and _is_large(corpus.path):
        return _begun(corpus)
    return _looked_at(corpus, corpus.rows())


def _is_large(archive: Path) -> bool:
    return archive.is_file() and archive.stat().st_size > SMALL_BYTES


def _prepared(corpus: Prepared) -> Outline:
    """The outline that a dataset's account gives."""
    account = corpus.account()
    return Outline(
        name=corpus.name,
        language=corpus.language,
        clips=sum(account["kept"].values()),
        hours=sum(account["hours"].values()),
        exact=True,
    )


def _looked_at(corpus: Corpus, rows: Iterable[Row | RefusedRow]) -> Outline:
    """The outline of rows; recordings are drawn by their ids, so any order gives the same ones."""
    clips, refused, first = 0, 0, ""
    drawn: list[tuple[int, str, Row]] = []
    texts: list[str] = []
    for row in islice(rows, ROWS):
        if isinstance(row, RefusedRow):
            refused += 1
            first = first or row.detail
            continue
        clips += 1
        if len(texts) < TEXTS:
            texts.append(row.transcript)
        place = -int.from_bytes(blake2b(row.id.encode(), digest_size=8).digest(), "big")
        keep = heapq.heappush if len(drawn) < HEARD else heapq.heappushpop
        keep(drawn, (place, row.id, row))
    seconds, unheard = _durations([row for *_, row in drawn])
    return Outline(
        name=corpus.name,
        language=corpus.language,
        clips=clips,
        refused=refused,
        first_refused=first,
        hours=clips * sum(seconds) / len(seconds) / 3600 if seconds else None,
        transcripts=tuple(texts),
        unheard=tuple(unheard),
        heard=len(drawn),
        at_least=clips + refused == ROWS,
    )


def _durations(rows: list[Row]) -> tuple[list[float], list[str]]:
    """Seconds of the recordings that decode, and sentences on those that don't."""
    seconds, unheard = [], []
    with Decoders() as decoders:
        for row in rows:
            try:
                samples = decoders.decode(row.audio, suffix=row.suffix)
            except (AudioRefused, OSError) as error:
                unheard.append(f"{row.id}: {error}")
            else:
                seconds.append(len(samples) / SAMPLE_RATE_HZ)
    return seconds, unheard


def _begun(corpus: CommonVoice) -> Outline:
    """The outline of a large archive: by the sizes of its first clips, and by all its bytes.

    Raises:
        CorpusError: it is a release of another language.
    """
    sizes: list[int] = []
    rows: list[Row] = []
    for name, content in _first_clips(corpus):
        sizes.append(len(content))
        if len(rows) < HEARD:
            row = Row(
                id=name,
                audio=content,
                suffix=Path(name).suffix,
                transcript="",
                corpus=corpus.name,
                language=corpus.language,
                licence=corpus.licence,
            )
            rows.append(row)
    whole = corpus.path.stat().st_size
    clips = round(whole / (sum(sizes) / len(sizes))) if sizes else None
    seconds, unheard = _durations(rows)
    return Outline(
        name=corpus.name,
        language=corpus.language,
        clips=clips,
        hours=clips * sum(seconds) / len(seconds) / 3600 if clips and seconds else None,
        unheard=tuple(unheard),
        heard=len(rows),
    )


def _first_clips(corpus: CommonVoice) -> Iterator[tuple[str, bytes]]:
    for name, file in islice(members(corpus.path), BEGUN):
        found = OF_RELEASE.search(name)
        if found and found[1] != corpus.language:
            raise CorpusError(
                f"{corpus.path} is Common Voice in {found[1]!r}, not in {corpus.language!r}: to train "
                f"that language, xlt train {found[1]} {corpus.path}"
            )
        if "/clips/" in f"/{name}":
            yield name, file.read()
