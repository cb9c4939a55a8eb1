"""Identity of clips: the same in every dataset, also in one that was prepared without the column.

Also tests: xlt/dataset/trained_clips.py
"""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile
from recordings import write_recordings

from xlt.audio.decode import decode, encode_flac, pcm16, samples_sha256
from xlt.audio.frames import Geometry
from xlt.corpora.folder import Folder
from xlt.dataset import identity
from xlt.dataset.account import Account
from xlt.dataset.identity import BYTES, DTYPE, ClipIdentities, identities, voice
from xlt.dataset.options import Preparation
from xlt.dataset.prepare import prepare
from xlt.dataset.reader import open_split
from xlt.dataset.splits import SPLITS
from xlt.dataset.trained_clips import FILE, TrainedClips, trained_clips
from xlt.dataset.vet import AUDIO_DIGITS
from xlt.language import rules

GEOMETRY = Geometry(kernels=(400,), strides=(320,))


def prepared(place: Path, out: str, **options: object) -> Path:
    corpus = Folder(path=place / "rec", language="es")
    asked = Preparation(**options)
    prepare((corpus,), rules.get("es"), GEOMETRY, 1.0, place / out, asked)
    return place / out


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("identity")
    write_recordings(place / "rec")
    prepared(place, "data")
    return place


def without_column(folder: Path, to: Path) -> Path:
    """The dataset as it was prepared before there was the column."""
    shutil.copytree(folder, to)
    for path in to.glob("*.parquet"):
        table = pq.read_table(path).drop_columns([identity.COLUMN])
        pq.write_table(table, path, compression="none", use_dictionary=False)
    shutil.rmtree(to / ".cache", ignore_errors=True)
    return to


def test_it_is_the_sha_of_the_16_bit_samples_in_any_encoding(tmp_path: Path) -> None:
    samples = (0.3 * np.random.default_rng(1).standard_normal(8000)).astype(np.float32)
    expected = hashlib.sha256(pcm16(samples).astype("<i2").tobytes()).hexdigest()
    soundfile.write(tmp_path / "a.wav", pcm16(samples), 16_000)
    for source in (encode_flac(samples), tmp_path / "a.wav"):
        assert samples_sha256(decode(source)) == expected
    assert samples_sha256(samples)[:AUDIO_DIGITS] == expected[:24]


def test_every_clip_of_a_dataset_has_its_own(place: Path) -> None:
    data = place / "data"
    for split in SPLITS:
        opened, found = open_split(data, split), identities(data, split)
        for i in range(len(opened)):
            digest = bytes.fromhex(samples_sha256(opened.samples(i)))[:BYTES]
            assert found.clips[i] == np.array(digest, DTYPE)
            assert found.voices[i] == np.array(voice(opened.speakers[i]), DTYPE)
    every = identities(data, *SPLITS)
    assert len(set(every.clips.tolist())) == sum(Account.load(data).kept.values())


def test_it_is_the_same_in_a_dataset_with_other_splits(place: Path) -> None:
    other = prepared(place, "other", seed=5)
    assert open_split(other, "test").ids != open_split(place / "data", "test").ids
    both = [set(identities(data, *SPLITS).clips.tolist()) for data in (place / "data", other)]
    kept = [
        {clip for split in SPLITS for clip in open_split(data, split).ids}
        for data in (place / "data", other)
    ]
    assert len(both[0] & both[1]) == len(kept[0] & kept[1])


def test_a_dataset_of_before_opens_and_is_decoded_once(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = without_column(place / "data", tmp_path / "old")
    expected = identities(place / "data", *SPLITS)
    for _ in range(2):
        found = identities(old, *SPLITS)
        assert (found.clips == expected.clips).all() and (found.voices == expected.voices).all()
        monkeypatch.setattr(identity, "samples_sha256", lambda _: pytest.fail("decoded again"))


def test_the_one_voice_of_a_corpus_has_no_name() -> None:
    assert voice(None) == b"" and voice(None, "gong") == voice(None, "gong") != voice(None, "bell")
    assert voice("gong") == voice("gong", "bell") != voice(None, "gong")


def some(*names: str, voices: tuple[bytes, ...] = ()) -> ClipIdentities:
    digests = [hashlib.sha256(name.encode()).digest()[:BYTES] for name in names]
    heard = [*voices, *[b""] * (len(names) - len(voices))]
    return ClipIdentities(clips=np.array(digests, DTYPE), voices=np.array(heard, DTYPE))


def test_what_was_trained_on_is_kept_beside_the_model(tmp_path: Path) -> None:
    ana, luis = voice("toy:ana"), voice("toy:luis")
    before = TrainedClips.of("en", some("x", "y", voices=(luis,)))
    trained = TrainedClips.of("es", some("b", "a", "b", voices=(ana, b"", ana)), before)
    trained.write(tmp_path)
    size = (tmp_path / FILE).stat().st_size
    head = (tmp_path / FILE).read_bytes().partition(b"\n")[0]
    assert json.loads(head)["clips"] == 4 and size == len(head) + 1 + (4 + 2) * BYTES
    found = trained_clips(tmp_path)
    assert found is not None and found.language == "es"
    assert (np.sort(found.clips) == found.clips).all()
    asked = some("a", "c", "y", voices=(ana, voice("toy:eva")))
    assert found.hold(asked).tolist() == [True, False, True]
    assert found.voices_of(asked) == (1, 2)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-1],
        lambda content: content.replace(b"clips 1", b"clips 9"),
        lambda content: content.replace(b'"clips": 2', b'"clips": -2'),
        lambda content: b"",
        lambda content: b"[]\n",
    ],
)
def test_a_damaged_list_is_said(tmp_path: Path, spoil) -> None:
    TrainedClips.of("es", some("a", "b")).write(tmp_path)
    (tmp_path / FILE).write_bytes(spoil((tmp_path / FILE).read_bytes()))
    with pytest.raises(ValueError, match="can't be read .*restore it, or delete it"):
        trained_clips(tmp_path)


def test_a_model_of_an_older_run_is_known_by_the_runs_data(place: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    assert trained_clips(tmp_path / "model") is None
    (tmp_path / "record.json").write_text("{}")
    (tmp_path / "data").symlink_to(place / "data")
    found = trained_clips(tmp_path / "model")
    assert found is not None and found.hold(identities(place / "data", "train")).all()
    assert not found.hold(identities(place / "data", "test")).any()
