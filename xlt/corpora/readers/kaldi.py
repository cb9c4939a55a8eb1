"""Kaldi data folders: wav.scp, text, and where they are there, segments and utt2spk.

A line of wav.scp may be a command that ends in `|`; such a folder is refused, and nothing is run.
"""

from collections.abc import Iterator
from pathlib import Path

from xlt.corpora.base import CorpusError
from xlt.corpora.columns import AUDIO, DURATION_S, ID, OFFSET_S, SPEAKER
from xlt.corpora.readers.delimited import Place, TableRow
from xlt.corpora.readers.tables import table_lines


def is_kaldi(folder: Path) -> bool:
    """True for a folder with wav.scp and text."""
    return (folder / "wav.scp").is_file() and (folder / "text").is_file()


def read_kaldi(folder: Path) -> Iterator[tuple[Place, TableRow]]:
    """Every utterance of `text` with its recording; recordings without one are named too.

    Raises:
        CorpusError: wav.scp holds a command, or a line of a list can't be read.
    """
    recordings = _pairs(folder / "wav.scp")
    for utterance, written in recordings.items():
        if written.endswith("|") or written.startswith("|"):
            raise CorpusError(
                f"{folder / 'wav.scp'} has a command for {utterance} ({written[:80]!r}), which is not "
                f"run. Write its recordings to files and name those: {utterance} wavs/{utterance}.wav"
            )
    speakers = _pairs(folder / "utt2spk") if (folder / "utt2spk").is_file() else {}
    segments = _segments(folder / "segments") if (folder / "segments").is_file() else None
    said = set()
    with (folder / "text").open("rb") as file:
        for line in table_lines(file, str(folder / "text")):
            utterance, _, text = line.text.strip().partition(" ")
            said.add(utterance)
            fields = {ID[0]: utterance, "text": text.strip()}
            recording = utterance
            if segments is not None and utterance in segments:
                recording, fields[OFFSET_S[0]], fields[DURATION_S[0]] = segments[utterance]
            if line.fault is not None:
                yield line.number, str(line.fault)
            elif recording not in recordings or (
                segments is not None and utterance not in segments
            ):
                where = "wav.scp" if segments is None else "segments or wav.scp"
                yield line.number, f"utterance {utterance!r} is not in {where}"
            else:
                speaker = {SPEAKER[0]: speakers[utterance]} if utterance in speakers else {}
                yield line.number, {AUDIO[0]: recordings[recording]} | fields | speaker
    for utterance in recordings if segments is None else segments:
        if utterance not in said:
            yield utterance, f"utterance {utterance!r} has no line in text"


def _pairs(path: Path) -> dict[str, str]:
    """First word of every line -> its rest."""
    pairs = {}
    with path.open("rb") as file:
        for line in table_lines(file, str(path)):
            if line.fault is not None:
                raise CorpusError(f"{path}:{line.number}: {line.fault}. Mend that line")
            key, *rest = line.text.strip().split(maxsplit=1)[:2] or [""]
            if key:
                pairs[key] = rest[0] if rest else ""
    return pairs


def _segments(path: Path) -> dict[str, tuple[str, str, str]]:
    """Utterance -> its recording, start and duration in seconds."""
    segments = {}
    for utterance, rest in _pairs(path).items():
        try:
            recording, start, end = rest.split()
            segments[utterance] = (recording, start, repr(float(end) - float(start)))
        except ValueError as error:
            raise CorpusError(
                f"{path}: the line of {utterance} is {rest[:80]!r}; it should have a recording, a "
                f"start and an end in seconds: {utterance} recording1 0.00 2.50"
            ) from error
    return segments
