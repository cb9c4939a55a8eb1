"""`xlt transcribe` on a folder: texts on one stream, what is wrong with a recording on the other.

Also tests: xlt/cli/models.py
"""

import numpy as np
import pytest
import soundfile
from sounds import speechlike

from xlt.cli.models import transcribe


@pytest.mark.slow
def test_a_folder_is_transcribed_and_what_is_wrong_is_said(tmp_path, capsys):
    whole = tmp_path / "b.wav"
    soundfile.write(whole, np.stack([speechlike(), 0.5 * speechlike()], axis=1), 16_000)
    (tmp_path / "a.wav").write_bytes(whole.read_bytes()[:-32_000])
    (tmp_path / "c.wav").write_bytes(b"no sound at all")
    (tmp_path / "notes.txt").write_text("not a recording")
    with pytest.raises(ValueError, match="1 of 3 files could not be read"):
        transcribe((tmp_path,), model="xlt:en-mini", channel="apart")
    out, said = capsys.readouterr()
    rows = [line.split("\t")[:2] for line in out.splitlines()]
    assert rows == [
        [str(tmp_path / name), side] for name in ("a.wav", "b.wav") for side in ("left", "right")
    ]
    first, *rest = said.splitlines()
    assert first == "model xlt:en-mini; 3 files"
    assert [line.split(": ", 1)[0] for line in rest] == [
        str(tmp_path / "a.wav"),
        str(tmp_path / "c.wav"),
    ]
    assert "0.50 of 1.00 s are there" in rest[0]
    assert "can't be read as audio" in rest[1]
