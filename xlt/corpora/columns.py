"""Names of columns in tables of recordings and texts: one list for preparation and scoring.

Of several columns that may hold the same thing, the first of its list is read. `sentence` comes
before `text`, for it is Common Voice's name of what its speaker was shown, as published; `text` is
what manifests have besides, often normalised by the tool that wrote them, or another text
altogether. `file_name` comes first among paths, for it is the one that an audiofolder's metadata.csv
must have. Names are compared in lower case, without spaces around them.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

ID: tuple[str, ...] = ("id", "utt_id", "utterance_id", "utterance", "clip")
AUDIO: tuple[str, ...] = (
    *("file_name", "path", "audio", "audio_filepath", "file", "filename", "wav_filename"),
    *("audio_file", "audio_path"),
)
TEXT: tuple[str, ...] = (
    *("sentence", "text", "transcript", "transcription", "raw_transcription", "normalized_text"),
)
"""Texts of recordings."""
SPEAKER: tuple[str, ...] = ("speaker", "speaker_id", "spk", "client_id")
ACCENT: tuple[str, ...] = ("accent", "accents", "variant", "dialect")
GENDER: tuple[str, ...] = ("gender", "sex")
DURATION_S: tuple[str, ...] = ("duration_s", "duration", "seconds")
OFFSET_S: tuple[str, ...] = ("offset", "offset_s")
"""Start of an utterance in its recording, as NeMo's manifests have it beside its duration."""
SNR_DB: tuple[str, ...] = ("snr_db", "snr")
LICENCE: tuple[str, ...] = ("licence", "license")
SPLIT: tuple[str, ...] = ("split",)
CORPUS: tuple[str, ...] = ("corpus",)
TRAINED_ON: tuple[str, ...] = ("trained_on",)
"""yes or no: the recogniser whose text stands in the row was trained on its clip."""

REFERENCE: tuple[str, ...] = ("reference", "ref", *TEXT)
"""Texts of recordings in the table of a test, which may also name its side."""
RECOGNISED: tuple[str, ...] = (
    *("hypothesis", "hyp", "pred_text", "prediction", "predicted", "recognised", "recognized"),
)
"""Recognised texts; these names can't mean a reference."""
HYPOTHESIS: tuple[str, ...] = (*RECOGNISED, *TEXT[1:], TEXT[0])
"""Recognised texts in a table of hypotheses. `sentence` comes last here: where a recogniser's
output stands beside the columns of the corpus, it is the reference."""


def present(columns: Iterable[str], names: tuple[str, ...]) -> tuple[str, ...]:
    """Those columns that go under one of the names, in the order of the names."""
    return _present(tuple(columns), names)


@lru_cache(maxsize=256)  # the rows of a table have the same columns
def _present(columns: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    plain = {column: column.strip().lower() for column in columns}
    found = [column for column in columns if plain[column] in names]
    return tuple(sorted(found, key=lambda column: names.index(plain[column])))


def first_value(row: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    """The first field under one of the names that is not empty."""
    return next((row[c] for c in present(row, names) if row[c].strip()), None)


def choice(what: str, found: Sequence[str]) -> str:
    """A sentence about the column that was read, for where another one might have been meant."""
    others = " or ".join(map(repr, found[1:]))
    return f"{what} were read from the column {found[0]!r}, not from {others}."
