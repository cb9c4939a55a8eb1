import base64
import io
import math

import numpy as np
import soundfile

from xlt.audio.decode import SAMPLE_RATE_HZ, encode_flac
from xlt.reports.embedded_audio import LONGEST_S, data_uri, files_in, players, silence
from xlt.scoring.utterances import Scored


def tone(seconds, hz=440):
    t = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (0.3 * np.sin(2 * math.pi * hz * t)).astype(np.float32)


def scored(name, audio=None):
    return Scored(id=name, reference="a", hypothesis="b", audio=audio)


def heard(uri):
    head, _, data = uri.partition(",")
    assert head == "data:audio/mpeg;base64"
    return soundfile.read(io.BytesIO(base64.b64decode(data, validate=True)))


def test_a_player_holds_the_recording_and_little_more():
    uri = data_uri(tone(3))
    samples, rate_hz = heard(uri)
    assert rate_hz == SAMPLE_RATE_HZ
    assert 3 <= len(samples) / rate_hz < 3.2
    spectrum = np.abs(np.fft.rfft(samples[8000:40000]))
    assert np.argmax(spectrum) / len(samples[8000:40000]) * rate_hz == np.float64(440)
    assert len(uri) < 8_000 * 3
    assert data_uri(tone(3)) == uri


def test_too_loud_samples_are_clipped_not_wrapped():
    samples, _ = heard(data_uri(10 * tone(1)))
    assert 0.8 < np.abs(samples).max() < 1.5


def test_files_are_found_from_their_folder_and_bad_ones_are_none(tmp_path):
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips/a.flac").write_bytes(encode_flac(tone(1)))
    (tmp_path / "clips/b.flac").write_bytes(b"no sound")
    listen = files_in(tmp_path)
    assert len(listen(scored("a", "clips/a.flac"))) == SAMPLE_RATE_HZ
    for name in ("clips/b.flac", "clips/missing.flac", "clips", "", None, "a\0b", "x" * 5000):
        assert listen(scored("b", name)) is None


def test_a_page_stays_small_and_the_worst_are_heard_first():
    one = len(data_uri(tone(2)))
    found = players(map(scored, "abc"), lambda _: tone(2), most_bytes=2 * one)
    assert list(found) == ["a", "b"]
    lengths = {"a": 20, "b": 1}
    found = players(map(scored, "ab"), lambda u: tone(lengths[u.id]), most_bytes=one)
    assert list(found) == ["b"]


def test_long_clips_are_cut_and_say_so():
    found = players(map(scored, "ab"), lambda u: tone(LONGEST_S + 5 if u.id == "a" else LONGEST_S))
    assert (found["a"].cut, found["b"].cut) == (True, False)
    samples, rate_hz = heard(found["a"].uri)
    assert len(samples) / rate_hz < LONGEST_S + 0.2


def test_no_recording_no_player():
    assert players([scored("a")], silence) == {}
    assert players([scored("a")], lambda _: np.zeros(0, np.float32)) == {}
