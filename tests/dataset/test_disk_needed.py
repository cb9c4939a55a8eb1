"""Room for a preparation, asked for before its first clip. Run: pytest tests/dataset/test_disk_needed.py."""

import errno
from pathlib import Path

import numpy as np
import pytest
import soundfile
from releases import NEW, new_row, packed

from xlt.audio.frames import Geometry
from xlt.audio.sandbox import Decoders
from xlt.corpora.common_voice import CommonVoice
from xlt.corpora.folder import Folder
from xlt.corpora.prepared import Prepared
from xlt.dataset import disk_needed
from xlt.dataset.account import Account
from xlt.dataset.disk_needed import PROBED, check_room, flac_bytes
from xlt.dataset.prepare import prepare
from xlt.language.rules import get

GEOMETRY = Geometry(kernels=(400,), strides=(320,))


def recordings(folder: Path, clips: int, rate_hz: int = 16_000, channels: int = 1) -> Folder:
    """Speech-like noise, which FLAC can't make much smaller than speech."""
    folder.mkdir()
    noise, lines = np.random.default_rng(0), ["file_name,text"]
    for k in range(clips):
        samples = 0.01 * noise.standard_normal((rate_hz, channels))
        soundfile.write(folder / f"{k}.wav", samples, rate_hz, subtype="PCM_16")
        lines.append(f"{k}.wav,{'a' * (1 + k % 5)} {'b' * (1 + k // 5)}")
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Folder(path=folder, language="es")


@pytest.mark.parametrize(("rate_hz", "channels"), [(16_000, 1), (48_000, 2)])
def test_the_estimate_is_a_lower_bound_whatever_the_format(
    tmp_path: Path, rate_hz: int, channels: int
):
    corpus = recordings(tmp_path / "mine", 3 * PROBED, rate_hz, channels)
    estimate = flac_bytes(corpus)
    prepare([corpus], get("es"), GEOMETRY, 1.1, tmp_path / "data")
    made = sum(path.stat().st_size for path in (tmp_path / "data").glob("*.parquet"))
    clips = sum(Account.load(tmp_path / "data").kept.values())
    assert 0.3 * made < estimate * clips / (3 * PROBED) < made


def test_what_the_disk_can_not_hold_is_refused_before_a_clip_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    corpus = recordings(tmp_path / "mine", 10)
    with monkeypatch.context() as patched:
        patched.setattr(disk_needed, "FLAC_BYTES_A_SECOND", 1e15)
        patched.setattr(Decoders, "decode", lambda *_: pytest.fail("a clip was decoded"))
        with pytest.raises(
            OSError, match=r"the disk of .* is full: at least .* no clip is decoded yet"
        ) as error:
            prepare([corpus], get("es"), GEOMETRY, 1.1, tmp_path / "data")
    assert error.value.errno == errno.ENOSPC
    assert prepare([corpus], get("es"), GEOMETRY, 1.1, tmp_path / "data").clips_in == 10


def test_an_archive_is_taken_by_its_size(tmp_path: Path):
    noise = np.random.default_rng(0).bytes(50_000)
    files = {"train.tsv": (NEW + new_row("c", "a.mp3", "x")).encode(), "clips/a.mp3": noise}
    path = packed(tmp_path / "es.tar.gz", files)
    corpus = CommonVoice(path=path, language="es")
    assert flac_bytes(corpus) == disk_needed.COMMON_VOICE * path.stat().st_size
    check_room([corpus], tmp_path)


def test_what_is_not_known_counts_nothing(tmp_path: Path):
    corpus = recordings(tmp_path / "mine", 10)
    prepare([corpus], get("es"), GEOMETRY, 1.1, tmp_path / "data")
    assert flac_bytes(Prepared(path=tmp_path / "data")) == 0
