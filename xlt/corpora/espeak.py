"""Speech that eSpeak NG makes from sentences: no corpus of people, but one that anybody can make.

For demonstrations and tests in languages without a small free corpus, and for extra voices. The
engine comes from PyPI's `espeakng-loader` (extra `xlt[mini]`); each voice speaks in a process of
its own, so the same voices and sentences give the same samples everywhere.
"""

import io
import json
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Self

from xlt.corpora.base import CorpusError, RefusedRow, Row
from xlt.system.line_reader import TextFileError, strict_lines

LICENCE = "Apache-2.0 (sentences); spoken by eSpeak NG"
VOICES = {
    "de": ("de+m3", "de+f2", "de+m7", "de+f4", "de+m1", "de+f3"),
    "en": ("en-us+m3", "en+f2", "en-us+f4", "en-gb-x-rp+m7", "en-gb-scotland+m1", "en-us+f3"),
    "es": ("es-419+m3", "es+f2", "es-419+f4", "es+m7", "es-419+m1", "es+f3"),
    "pt": ("pt-br+m3", "pt-br+f2", "pt+m7", "pt-br+f4", "pt-br+m1", "pt+f3"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Espeak:
    """Sentences, spoken by several voices of eSpeak NG."""

    language: str = ""
    """Language code of the sentences; if not given, the one that it is prepared for."""
    voices: tuple[str, ...] = ()
    """eSpeak NG's voices with variants ("pt-br+f2"); six of the language's own if not given."""
    sentences: Path | None = None
    """A text file, one sentence a line; the package's own (de, en, es, pt) if not given."""
    limit: int | None = None
    """Number of clips in all, every sentence once before any twice; all pairs if not given."""

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise ValueError(f"limit is {self.limit}: it must be above 0")
        if self.language and not self.voices and self.language not in VOICES:
            raise ValueError(
                f"xlt names no voices for {self.language!r}, only for {', '.join(VOICES)}:"
                f" give `voices`, as `espeak-ng --voices` lists them"
            )

    @classmethod
    def at(cls, path: Path, language: str) -> Self:
        """A file of sentences, one a line."""
        return cls(sentences=path, language=language)

    @property
    def name(self) -> str:
        """`espeak-pt`."""
        return f"espeak-{self.language}"

    @property
    def licence(self) -> str:
        """Of the package's own sentences; of yours, yours."""
        return LICENCE if self.sentences is None else "unknown (sentences); spoken by eSpeak NG"

    @property
    def synthetic(self) -> bool:
        """A machine speaks."""
        return True

    @property
    def same_speaker(self) -> bool:
        """Only with a single voice."""
        return len(self._voices) == 1

    @property
    def _voices(self) -> tuple[str, ...]:
        return self.voices or VOICES[self.language]

    def fetch(self) -> None:
        """Nothing to get; raises CorpusError where the engine isn't installed."""
        if find_spec("espeakng_loader") is None:
            raise CorpusError(
                "Speech by eSpeak NG needs the extra mini: pip install espeakng-loader"
            )

    def inputs(self) -> Iterator[tuple[str, Path]]:
        """The file of sentences."""
        with as_file(self._source()) as path:
            yield path.name, path

    def rows(self) -> Iterator[Row | RefusedRow]:
        """Every clip, voice by voice.

        Raises:
            CorpusError: no engine, no such voice, or no sentences.
        """
        self.fetch()
        sentences = self._sentences()
        for at, voice in enumerate(self._voices):
            chosen = plan(len(sentences), len(self._voices), self.limit)[at]
            clips = speak(voice, [sentences[n] for n in chosen])
            for n, audio in zip(chosen, clips, strict=True):
                yield self._row(voice, n, sentences[n], audio)

    def _source(self) -> Path | Traversable:
        own = files("xlt.corpora").joinpath(f"data/sentences/{self.language}.txt")
        return self.sentences or own

    def _sentences(self) -> list[str]:
        """The sentences, in the order of their file; # begins a comment."""
        source = self._source()
        if not source.is_file():
            raise CorpusError(f"There are no sentences at {source}: give a text file, one a line.")
        with as_file(source) as path:
            try:
                lines = [line.strip() for _, line in strict_lines(path)]
            except TextFileError as error:
                raise CorpusError(str(error)) from error
        sentences = [line for line in lines if line and not line.startswith("#")]
        if not sentences:
            raise CorpusError(f"{source} holds no sentence: one a line, please.")
        return sentences

    def _row(self, voice: str, number: int, sentence: str, audio: bytes) -> Row | RefusedRow:
        """One clip."""
        place = f"{self.name}/{voice}/{number:05}.wav"
        if not audio:
            return RefusedRow(id=place, reason="not_spoken", detail=f"no sound for {sentence!r}")
        return Row(
            id=place,
            audio=audio,
            suffix=".wav",
            transcript=sentence,
            corpus=self.name,
            language=self.language,
            licence=self.licence,
            speaker=f"espeak:{voice}",
            notes={"synthetic": "eSpeak NG"},
        )


def plan(sentences: int, voices: int, limit: int | None) -> list[list[int]]:
    """Sentences of each voice: pairs (n, v) in rounds, every sentence once a round."""
    chosen: list[list[int]] = [[] for _ in range(voices)]
    pairs = sentences * voices
    for pair in range(pairs if limit is None else min(limit, pairs)):
        turn, sentence = divmod(pair, sentences)
        chosen[(sentence + turn) % voices].append(sentence)
    return chosen


def speak(voice: str, sentences: Sequence[str]) -> Iterator[bytes]:
    """One WAV a sentence (b"" where nothing was said), by a fresh process.

    Speaking rate and pitch differ from voice to voice, and a little from sentence to sentence.

    Raises:
        CorpusError: eSpeak NG doesn't know the voice, or it failed.
    """
    if not sentences:
        return
    with tempfile.TemporaryFile() as wanted, tempfile.TemporaryFile() as said:
        for sentence in sentences:
            line = json.dumps({"text": sentence} | manner(voice, sentence))
            wanted.write(f"{line}\n".encode())
        wanted.seek(0)
        command = [sys.executable, "-m", "xlt.corpora.espeak_worker", voice]
        with subprocess.Popen(command, stdin=wanted, stdout=subprocess.PIPE, stderr=said) as worker:
            assert worker.stdout is not None, "it was asked for"
            try:
                rate_hz = _number(worker.stdout)
                for _ in sentences:
                    yield _wav(_exactly(worker.stdout, _number(worker.stdout)), rate_hz)
            except EOFError:
                said.seek(0)
                last = (said.read().decode(errors="replace").strip().splitlines() or ["killed"])[-1]
                raise CorpusError(f"eSpeak NG can't speak as {voice!r}: {last}.") from None
            finally:
                worker.kill()


def manner(voice: str, sentence: str) -> dict[str, int]:
    """Rate [words/min], pitch and its range [0-99] of one sentence by one voice."""
    base, jitter = (sha256(key.encode()).digest() for key in (voice, f"{voice}/{sentence}"))
    return {
        "rate": 140 + base[0] % 36 + jitter[0] % 25,
        "pitch": 35 + base[1] % 26 + jitter[1] % 11,
        "range": 40 + base[2] % 31 + jitter[2] % 11,
    }


def _wav(samples: bytes, rate_hz: int) -> bytes:
    """16-bit mono samples as a WAV file."""
    if not samples:
        return b""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples)
    return out.getvalue()


def _number(stream: IO[bytes]) -> int:
    return int.from_bytes(_exactly(stream, 4), "little")


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data
