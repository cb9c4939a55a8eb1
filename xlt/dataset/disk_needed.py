"""Room for a whole preparation, asked for before the first clip is decoded."""

import errno
import shutil
from collections.abc import Sequence
from pathlib import Path

import soundfile

from xlt.corpora.base import Corpus
from xlt.corpora.common_voice import CommonVoice
from xlt.system.disk_full import no_room

FLAC_BYTES_A_SECOND = 15_000
"""Of speech, mono, 16 kHz, 16 bits: 14 to 20 kB; the lower end, as nobody is to be stopped in vain."""
COMMON_VOICE = 2.0
"""Bytes of FLAC for one of Common Voice's MP3 (48 kHz, about 55 kbit/s) and its archives: 2.2 to 2.9."""
PROBED = 40
"""Recordings of a corpus whose headers are read."""
COPIES = 1.05
"""The second pass holds little more than one copy."""


def check_room(corpora: Sequence[Corpus], work: Path) -> None:
    """Refuse to begin a preparation that the disk of its work folder can't hold.

    It is a lower bound: the size of the recordings, by the durations of some of them. Corpora whose
    recordings lie in Parquet files or elsewhere are not counted.

    Raises:
        OSError: ENOSPC, with what is needed.
    """
    needed = COPIES * sum(map(flac_bytes, corpora))
    if needed > shutil.disk_usage(work).free:
        raise no_room(errno.ENOSPC, work, int(needed), "no clip is decoded yet")


def flac_bytes(corpus: Corpus) -> float:
    """Bytes of a corpus once it is prepared, a low estimate; 0 where nothing is known of it."""
    total, seconds, size = 0, 0.0, 0
    probed: list[Path] = []
    every = 1
    for k, (_, path) in enumerate(corpus.inputs()):
        if not isinstance(path, Path) or not path.is_file():
            continue
        total += path.stat().st_size
        if k % every == 0:
            probed.append(path)
        if len(probed) > PROBED:
            probed, every = probed[::2], 2 * every
    if isinstance(corpus, CommonVoice):
        return COMMON_VOICE * total
    for path in probed:
        try:
            found = soundfile.info(str(path))
        except soundfile.LibsndfileError:  # a table, or audio of another kind
            continue
        seconds, size = seconds + found.frames / found.samplerate, size + path.stat().st_size
    return total * seconds / size * FLAC_BYTES_A_SECOND if size else 0.0
