"""Reading past damaged packets. Run: pytest tests/audio/test_ffmpeg.py."""

import io

import av
import numpy as np
import pytest
from encoded import by_ffmpeg, refusal
from sounds import speechlike

from xlt.audio.decode import read
from xlt.audio.ffmpeg import opened
from xlt.audio.limits import AudioRefused, Limits

SPEECH = speechlike(2.0, 48_000)
FRAME_S = 1024 / 48_000
"""A frame of AAC at this rate."""


def packets(data: bytes) -> list[tuple[int, int]]:
    """Place and size of every packet of a file."""
    with av.open(io.BytesIO(data)) as container:
        return [(p.pos, p.size) for p in container.demux() if p.size]


def damaged(data: bytes, which: slice) -> bytes:
    """The same file with the content of some packets replaced by 0xff."""
    bad = bytearray(data)
    for at, size in packets(data)[which]:
        bad[at : at + size] = b"\xff" * size
    return bytes(bad)


def text_and_seconds(data: bytes) -> tuple[str, float]:
    found = read(data)
    (samples,) = found.channels.values()
    return found.cut, len(samples) / 16_000


def test_a_bad_last_packet_costs_that_packet():
    whole = by_ffmpeg(SPEECH, 48_000, "ipod", "aac")
    clean = text_and_seconds(whole)
    assert clean[0] is None
    said, length_s = text_and_seconds(damaged(whole, slice(-1, None)))
    number = len(packets(whole))
    assert f"; 1 of {number} packets is damaged (FFmpeg: " in said
    assert said.startswith(f"{length_s:.2f} ")
    assert length_s == pytest.approx(clean[1], abs=1.5 * FRAME_S)
    assert refusal(damaged(whole, slice(-1, None))).reason == "truncated"


def test_bad_packets_in_the_middle_are_passed_over():
    whole = by_ffmpeg(SPEECH, 48_000, "ipod", "aac")
    said, length_s = text_and_seconds(damaged(whole, slice(40, 44)))
    assert "4 of " in said and "packets are damaged" in said
    assert f"{length_s:.2f} of 2." in said
    assert length_s == pytest.approx(text_and_seconds(whole)[1] - 4 * FRAME_S, abs=FRAME_S)


def test_a_stream_that_is_cut_within_a_packet_is_read_up_to_it():
    whole = by_ffmpeg(SPEECH, 48_000, "adts", "aac")
    said, length_s = text_and_seconds(whole[:-100])
    assert "1 of " in said and "is damaged" in said
    assert length_s == pytest.approx(text_and_seconds(whole)[1], abs=1.5 * FRAME_S)


@pytest.mark.parametrize(("kind", "codec"), [("matroska", "aac"), ("webm", "libopus")])
def test_a_container_that_is_cut_says_how_much_is_there(kind: str, codec: str):
    whole = by_ffmpeg(speechlike(6.0, 48_000), 48_000, kind, codec)
    said, length_s = text_and_seconds(whole[: len(whole) // 2])
    assert 2.0 < length_s < 4.0
    assert "of 6.0" in said and "s are there" in said


def test_a_file_without_a_good_packet_is_refused():
    whole = by_ffmpeg(SPEECH, 48_000, "ipod", "aac")
    assert refusal(damaged(whole, slice(None))).reason == "undecodable"
    with (
        pytest.raises(AudioRefused, match="seen FFmpeg: Invalid data"),
        opened(b"no sound" * 99, None, Limits(), "seen"),
    ):
        pass


def test_a_stream_names_what_it_lost_when_it_was_read():
    whole = by_ffmpeg(SPEECH, 48_000, "ipod", "aac", channels=2)
    with opened(damaged(whole, slice(5, 6)), None, Limits(), "") as stream:
        assert (stream.channels, stream.rate_hz, stream.lost()) == (2, 48_000, None)
        samples = np.concatenate(list(stream.blocks))
        assert samples.shape[1] == 2
        assert (stream.damaged, stream.packets) == (1, len(packets(whole)))
        assert stream.lost() is not None
