"""Decoding: every container gives the same tone, every bad clip its reason. Run: pytest tests/audio/test_decode.py.

Also tests: xlt/audio/limits.py
"""

import io
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from encoded import by_ffmpeg, refusal
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import speechlike

from xlt.audio.decode import SAMPLE_RATE_HZ, decode, encode_flac, pcm16, read
from xlt.audio.limits import AudioRefused, Limits


def tone(rate_hz: int = 16_000, length_s: float = 1.0, hz: float = 440.0) -> np.ndarray:
    seconds = np.arange(round(rate_hz * length_s)) / rate_hz
    return (0.3 * np.sin(2 * np.pi * hz * seconds)).astype(np.float32)


def by_soundfile(samples: np.ndarray, rate_hz: int, kind: str, subtype: str | None = None) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples, rate_hz, format=kind, subtype=subtype)
    return out.getvalue()


def loudest_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    return float(np.argmax(spectrum)) * SAMPLE_RATE_HZ / samples.size


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "MP3", "OGG", "AIFF", "AU", "CAF", "W64", "NIST"])
@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (44_100, 2)])
def test_libsndfile_formats(kind: str, rate_hz: int, channels: int):
    samples = decode(by_soundfile(np.tile(tone(rate_hz)[:, None], (1, channels)), rate_hz, kind))
    assert samples.dtype == np.float32
    assert samples.shape == (16_000,)
    assert loudest_hz(samples) == pytest.approx(440, abs=2)


@pytest.mark.parametrize(
    ("kind", "codec"),
    [("ipod", "aac"), ("adts", "aac"), ("webm", "libopus"), ("matroska", "aac")],
)
def test_ffmpeg_formats(kind: str, codec: str):
    samples = decode(by_ffmpeg(tone(48_000), 48_000, kind, codec, channels=2))
    assert samples.size == pytest.approx(16_000, abs=700)  # codecs pad to whole frames
    assert loudest_hz(samples) == pytest.approx(440, abs=2)


def test_raw_g722_is_known_by_its_suffix(tmp_path: Path):
    data = by_ffmpeg(tone(), 16_000, "g722", "g722")
    (tmp_path / "a.g722").write_bytes(data)
    samples = decode(tmp_path / "a.g722")
    assert samples.size == 2 * len(data)
    assert loudest_hz(samples) == pytest.approx(440, abs=2)
    np.testing.assert_array_equal(samples, decode(data, suffix=".G722"))


def test_the_content_decides_not_the_extension(tmp_path: Path):
    (tmp_path / "a.mp3").write_bytes(by_soundfile(tone(), 16_000, "FLAC"))
    (tmp_path / "b.g722").write_bytes(by_soundfile(tone(), 16_000, "WAV"))
    assert decode(tmp_path / "a.mp3").shape == decode(tmp_path / "b.g722").shape == (16_000,)


def test_mono_is_the_mean_of_the_channels():
    left, right = tone(), np.zeros(16_000, np.float32)
    data = by_soundfile(np.stack([left, right], axis=1), 16_000, "WAV", "FLOAT")
    np.testing.assert_allclose(decode(data), left / 2, atol=1e-7)


def test_16_khz_is_not_touched():
    samples = tone()
    np.testing.assert_array_equal(decode(by_soundfile(samples, 16_000, "WAV", "FLOAT")), samples)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "DOUBLE", "ULAW"])
def test_sample_formats(subtype: str):
    np.testing.assert_allclose(
        decode(by_soundfile(tone(), 16_000, "WAV", subtype)), tone(), atol=0.02
    )


def bad(value: float) -> bytes:
    samples = tone()
    samples[100] = value
    return by_soundfile(samples, 16_000, "WAV", "FLOAT")


@pytest.mark.parametrize(
    ("data", "reason", "seen"),
    [
        (b"", "empty_file", "0 bytes"),
        (by_soundfile(np.zeros(0, np.float32), 16_000, "WAV"), "empty_file", "no samples"),
        (by_soundfile(np.zeros(1, np.float32), 44_100, "WAV"), "empty_file", "44100 Hz"),
        (b"this is text, not sound " * 99, "undecodable", "Format not recognised"),
        (bytes(5_000), "undecodable", "Invalid data"),
        (b"ID3\x03" + bytes(400), "undecodable", ""),
        (by_soundfile(tone(), 16_000, "FLAC")[:-3_000], "truncated", "lost sync"),
        (by_soundfile(tone(length_s=4), 16_000, "MP3")[:3_000], "truncated", "of 4.00 s are there"),
        (by_soundfile(np.zeros((9, 9), np.float32), 16_000, "WAV"), "too_many_channels", "9"),
        (by_soundfile(tone(length_s=61), 16_000, "FLAC"), "too_long", "61.0 s, allowed are 60 s"),
        (by_soundfile(tone(1_000), 1_000, "WAV"), "bad_rate", "1000 Hz"),
        (bad(np.nan), "not_finite", "1 of 16000"),
        (bad(np.inf), "not_finite", "1 of 16000"),
    ],
)
def test_a_bad_clip_gets_its_reason_and_a_sentence(data: bytes, reason: str, seen: str):
    error = refusal(data)
    assert error.reason == reason
    assert seen in str(error)
    assert str(error).startswith("The recording ")
    assert str(error).endswith(".")


def test_an_unknown_codec_is_refused():
    data = bytearray(by_soundfile(tone(), 16_000, "WAV"))
    data[20:22] = b"\xef\xbe"  # the format tag
    assert refusal(bytes(data)).reason == "undecodable"


def test_damaged_metadata_does_not_hide_the_sound():
    data = by_ffmpeg(tone(48_000), 48_000, "ipod", "aac")
    assert decode(data.replace(b"M4A isom", b"\xff\xfe4A som")).size == decode(data).size


def test_long_g722_is_refused_by_its_size():
    assert refusal(bytes(8_000 * 61), suffix=".g722").reason == "too_long"


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch):
    data = by_soundfile(np.zeros((16_000 * 600, 2), np.int16), 16_000, "FLAC")
    assert len(data) < 200_000 < 16_000 * 600 * 8
    monkeypatch.setattr(soundfile.SoundFile, "read", lambda *_, **__: pytest.fail("decoded"))
    assert refusal(data).reason == "too_long"
    assert refusal(data, Limits(max_duration_s=1e4, max_bytes=1_000_000)).reason == "too_large"


def test_a_header_that_names_no_length_is_stopped_while_decoding():
    data = bytearray(by_soundfile(tone(length_s=3), 16_000, "FLAC"))
    data[21] &= 0xF0  # STREAMINFO: 36 bits of total samples, 0 = unknown
    data[22:26] = bytes(4)
    assert decode(bytes(data)).size == 48_000
    assert refusal(bytes(data), Limits(max_duration_s=2)).reason == "too_long"


@pytest.mark.parametrize("promised", [2**32 - 1, 2**31 - 1, 0])
def test_a_wav_written_to_a_pipe_is_whole_and_a_cut_one_is_not(promised: int):
    data = bytearray(by_soundfile(tone(), 16_000, "WAV"))
    assert refusal(bytes(data[:20_000])).reason == "truncated"
    data[4:8] = promised.to_bytes(4, "little")  # its writer could not know
    at = data.index(b"data") + 4
    data[at : at + 4] = promised.to_bytes(4, "little")
    assert decode(bytes(data)).size == 16_000
    (remark,) = read(bytes(data)).remarks
    assert remark == f"its header names no length (data size {promised:x}): all 1.00 s were read"


def test_an_au_of_size_0_is_read_to_its_end():
    data = bytearray(by_soundfile(tone(), 16_000, "AU"))
    data[8:12] = bytes(4)
    found = read(bytes(data))
    assert found.channels["mono"].size == 16_000
    assert found.remarks == ("its header names no length (data size 0): all 1.00 s were read",)
    assert refusal(bytes(data[: int.from_bytes(data[4:8])])).reason == "empty_file"


def test_tags_after_no_samples_are_not_taken_for_sound():
    data = by_soundfile(np.zeros(0, np.float32), 16_000, "WAV")
    tags = b"LIST" + (4).to_bytes(4, "little") + b"INFO"
    assert refusal(data + tags).reason == "empty_file"


@pytest.mark.parametrize(
    "text", ["#EXTM3U\n#EXTINF:1,\nfile://{}\n", "ffconcat version 1.0\nfile {}\n"]
)
def test_a_playlist_opens_no_other_file(tmp_path: Path, text: str):
    (tmp_path / "secret.wav").write_bytes(by_soundfile(tone(), 16_000, "WAV"))
    assert refusal(text.format(tmp_path / "secret.wav").encode()).reason == "undecodable"


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"gone\.wav"):
        decode(tmp_path / "gone.wav")


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "MP3", "OGG"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_decoded_or_refused(kind: str, data: st.DataObject):
    whole = bytearray(by_soundfile(tone(length_s=0.3), 16_000, kind))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(whole)))
    try:
        samples = decode(bytes(whole[:cut]))
    except AudioRefused:
        return
    assert samples.ndim == 1
    assert samples.size
    assert np.isfinite(samples).all()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("WAV", r"3\.00 of 6\.00 s are there; \d+ of \d+ bytes are there"),
        ("FLAC", r"\d\.\d\d of 6\.00 s are there; libsndfile: .*lost sync"),
        ("MP3", r"\d\.\d\d of 6\.00 s are there"),
        ("OGG", r"\d\.\d\d s are there; the Ogg stream has no last page"),
    ],
)
def test_a_cut_recording_is_read_as_far_as_it_goes(kind: str, said: str):
    whole = by_soundfile(speechlike(6.0), 16_000, kind)
    found = read(whole[: len(whole) // 2])
    assert re.match(said, found.cut), found.cut
    (samples,) = found.channels.values()
    assert 1.5 * 16_000 <= samples.size < 4.5 * 16_000
    assert found.cut.startswith(f"{samples.size / 16_000:.2f} ")
    np.testing.assert_allclose(samples[:20_000], decode(whole)[:20_000], atol=1e-6)
    assert refusal(whole[: len(whole) // 2]).reason == "truncated"


def test_a_damaged_frame_of_flac_costs_that_frame():
    noise = 0.1 * np.random.default_rng(0).standard_normal(64_000).astype(np.float32)
    whole = by_soundfile(noise, 16_000, "FLAC")
    bad = bytearray(whole)
    middle = len(bad) // 2
    bad[middle : middle + 2_000] = bytes(2_000)
    found = read(bytes(bad))
    (samples,) = found.channels.values()
    assert 0.7 * 64_000 < samples.size <= 64_000
    np.testing.assert_array_equal(samples[:16_000], decode(whole)[:16_000])
    assert "lost sync" in found.cut or "damaged" in found.cut


def test_what_is_whole_has_no_remark():
    found = read(by_soundfile(tone(), 16_000, "WAV"))
    assert (found.cut, found.cancels, found.remarks) == (None, None, ())
    assert list(found.channels) == ["mono"]


def call() -> np.ndarray:
    """Two people who speak in turn, each on a channel of their own: (S, 2)."""
    turns = np.repeat(np.arange(4) % 2, 16_000)
    both = np.stack([tone(length_s=4), tone(length_s=4, hz=880)], axis=1)
    return both * np.stack([turns == 0, turns == 1], axis=1)


def test_channels_are_mixed_picked_or_read_apart():
    data = by_soundfile(call(), 16_000, "WAV", "FLOAT")
    mixed = read(data)
    assert "its two channels differ" in mixed.remarks[0]
    assert "50% is in the left one alone" in mixed.remarks[0]
    np.testing.assert_allclose(mixed.channels["mono"], call().mean(axis=1), atol=1e-7)
    for k, name in enumerate(("left", "right")):
        (one,) = read(data, channel=name).channels.values()
        np.testing.assert_array_equal(one, call()[:, k].astype(np.float32))
    apart = read(data, channel="apart")
    assert list(apart.channels) == ["left", "right"]
    assert [round(loudest_hz(samples)) for samples in apart.channels.values()] == [440, 880]
    assert apart.remarks == ()


def test_of_inverted_channels_the_louder_one_is_read_and_that_is_said():
    data = by_soundfile(tone()[:, None] * [0.9, -1], 16_000, "WAV", "FLOAT")
    found = read(data)
    np.testing.assert_array_equal(found.channels["mono"], -tone())
    assert "0.3% of their energy" in found.cancels
    assert refusal(data).reason == "cancelling_channels"
    assert read(data, channel="left").cancels is None


def test_flac_gives_16_bits_back_exactly_and_clips_the_rest():
    steps = np.array([-32_768, -1, 0, 1, 32_767], np.float32) / 32_768
    np.testing.assert_array_equal(decode(encode_flac(np.tile(steps, 99))), np.tile(steps, 99))
    clipped = decode(encode_flac(np.array([2.0, -2.0, 1.0] * 99, np.float32)))
    assert clipped[:3].tolist() == [32_767 / 32_768, -1.0, 32_767 / 32_768]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1.5, 1.5, width=32), min_size=1, max_size=99))
def test_16_bit_values_are_those_in_the_flac(values: list[float]):
    samples = np.array(values, np.float32)
    stored, _ = soundfile.read(io.BytesIO(encode_flac(samples)), dtype="int16")
    np.testing.assert_array_equal(pcm16(samples), stored)
    np.testing.assert_array_equal(pcm16(decode(encode_flac(samples))), stored)


@pytest.mark.parametrize("samples", [np.zeros((2, 9)), np.array([np.nan]), np.array([np.inf])])
def test_flac_takes_finite_mono(samples: np.ndarray):
    with pytest.raises(ValueError, match="finite mono samples"):
        encode_flac(samples.astype(np.float32))


def test_limits_are_positive():
    with pytest.raises(ValueError, match="max_channels is 0"):
        Limits(max_channels=0)
