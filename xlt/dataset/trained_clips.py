"""Set of the clips that a model was trained on, kept in a small file of the model's folder.

A line of JSON (format, language, numbers), then the sorted clips and the sorted voices, 16 bytes each.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from xlt.dataset.account import REPORT, Account
from xlt.dataset.identity import BYTES, DTYPE, ClipIdentities, identities
from xlt.system.files import atomic_file

FILE = "trained_clips.sha256"
FORMAT = "xlt trained clips 1"


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainedClips:
    """Sorted clips and voices that a model was trained on, its source's among them."""

    language: str
    """Code of the model's own language."""
    clips: NDArray[np.bytes_]
    voices: NDArray[np.bytes_]

    @classmethod
    def of(cls, language: str, found: ClipIdentities, source: Self | None = None) -> Self:
        """The clips of a training, and those that its source was trained on before."""
        clips, voices = np.unique(found.clips), np.unique(found.voices[found.voices != b""])
        if source is not None:
            clips, voices = np.union1d(clips, source.clips), np.union1d(voices, source.voices)
        return cls(language=language, clips=clips, voices=voices)

    def hold(self, found: ClipIdentities) -> NDArray[np.bool_]:
        """(clips,) True for each clip that the model was trained on."""
        held: NDArray[np.bool_] = np.isin(found.clips, self.clips)
        return held

    def voices_of(self, found: ClipIdentities) -> tuple[int, int]:
        """Number of known voices of some clips that the model was trained on, and of all of them."""
        known = np.unique(found.voices[found.voices != b""])
        return int(np.isin(known, self.voices).sum()), len(known)

    def write(self, folder: Path) -> None:
        """Write the file into a model folder."""
        head = {
            "format": FORMAT,
            "language": self.language,
            "clips": len(self.clips),
            "voices": len(self.voices),
        }
        with atomic_file(folder / FILE) as stream:
            stream.write(json.dumps(head).encode() + b"\n")
            stream.write(self.clips.astype(DTYPE).tobytes() + self.voices.astype(DTYPE).tobytes())

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file of a model folder.

        Raises:
            ValueError: it is damaged or of another version.
        """
        head, _, content = path.read_bytes().partition(b"\n")
        try:
            said = json.loads(head)
            count, all_ = int(said["clips"]), int(said["clips"]) + int(said["voices"])
            if said["format"] != FORMAT or min(count, all_ - count) < 0:
                raise ValueError(f"format {said['format']!r}, known is {FORMAT!r}")
            if len(content) != BYTES * all_:
                raise ValueError(f"{len(content)} bytes where {BYTES * all_} are said")
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path} can't be read ({error}): restore it, or delete it to go on without knowing "
                "which clips the model was trained on."
            ) from error
        entries = np.frombuffer(content, DTYPE)
        return cls(language=str(said["language"]), clips=entries[:count], voices=entries[count:])


def trained_clips(model: Path) -> TrainedClips | None:
    """The clips that a model folder names; of an older run's model, those of the run's train split.

    None where neither is there.

    Raises:
        ValueError: the file or the run's dataset is damaged.
    """
    if (model / FILE).is_file():
        return TrainedClips.read(model / FILE)
    data = model.parent / "data"
    if (model.parent / "record.json").is_file() and (data / REPORT).is_file():
        account = Account.load(data)
        found = identities(data, "train", one_voice=account.same_speaker)
        return TrainedClips.of(account.language, found)
    return None
